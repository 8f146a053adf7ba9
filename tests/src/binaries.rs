//! The function binaries, built once per test process from the sources as they are.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

use codebind_local::build;

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

/// The directory of the binaries as they are deployed. To build these takes minutes, when something has changed.
pub(crate) fn release_directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| match build::release(target_dir(&profile_dir())) {
        Ok(built) => built.binaries,
        Err(error) => panic!("{error}"),
    })
}

/// Builds the functions for release, so that scenes that want them start at once; where they are.
pub fn build_release() -> &'static Path {
    release_directory()
}

/// The directory of this test's own profile: tests live in `{target}/{profile}/deps`.
fn profile_dir() -> PathBuf {
    let executable = env::current_exe().expect("a process knows its executable");
    executable.ancestors().nth(2).expect("tests live in {target}/{profile}/deps").to_owned()
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
