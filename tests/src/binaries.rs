//! The function binaries, built once per test process from the sources as they are.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

use codebind_local::build::{self, ReleaseBuild};

/// Which functions the scenes run: `release` for those that are deployed. Unset, they are built as the tests are.
const WHICH: &str = "CODEBIND_TEST_FUNCTIONS";

/// The directory of the binaries, which are up to date from the first call on.
pub(crate) fn directory() -> &'static Path {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the product")]
    let which = env::var(WHICH);
    match which.as_deref() {
        Ok("release") => release_directory(),
        Ok(other) if !other.is_empty() => panic!("{WHICH} is release or nothing, and not {other}"),
        _ => debug_directory(),
    }
}

/// The directory of everything that is built as the tests are.
fn debug_directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| build_workspace(profile_dir()))
}

/// The operator's tool.
pub fn operator_binary() -> PathBuf {
    debug_directory().join("codebind")
}

/// The directory of what a build worker runs.
pub(crate) fn worker_directory() -> PathBuf {
    debug_directory().to_owned()
}

/// The functions as they are deployed. To build these takes minutes, when something has changed.
fn release() -> &'static ReleaseBuild {
    static BUILT: OnceLock<ReleaseBuild> = OnceLock::new();
    BUILT.get_or_init(|| build::release(&target_directory()).unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) fn release_directory() -> &'static Path {
    &release().binaries
}

/// Builds the functions for release, so that scenes that want them start at once; where they are.
pub fn build_release() -> &'static Path {
    release_directory()
}

/// The zips of the functions as they are deployed, each named as its function.
pub fn build_release_zips() -> &'static Path {
    &release().zips
}

/// The directory of this test's own profile: tests live in `{target}/{profile}/deps`.
fn profile_dir() -> PathBuf {
    let executable = env::current_exe().expect("a process knows its executable");
    executable.ancestors().nth(2).expect("tests live in {target}/{profile}/deps").to_owned()
}

/// Cargo's own directory.
pub(crate) fn target_directory() -> PathBuf {
    target_dir(&profile_dir()).to_owned()
}

fn target_dir(profile_dir: &Path) -> &Path {
    profile_dir.parent().expect("a profile has its directory in the target directory")
}

/// Builds beside the test executable and with its profile: nothing but what has changed is compiled.
fn build_workspace(profile_dir: PathBuf) -> PathBuf {
    let built = build::command(target_dir(&profile_dir), false).stdin(Stdio::null()).output().expect("cargo runs");
    assert!(built.status.success(), "the functions do not build:\n{}", String::from_utf8_lossy(&built.stderr));
    profile_dir
}

/// The binary of a function, byte for byte.
pub fn function_binary(name: &str) -> Vec<u8> {
    let path = directory().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
