//! The function binaries, built once per test process from the sources as they are.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

use codebind_local::build;

/// The directory of the binaries, which are up to date from the first call on.
pub(crate) fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(build_functions)
}

/// Builds beside the test executable, in `{target}/{profile}/deps`, and with its profile: then nothing but what has
/// changed is compiled.
fn build_functions() -> PathBuf {
    let executable = env::current_exe().expect("a process knows its executable");
    let profile_dir = executable.ancestors().nth(2).expect("tests live in {target}/{profile}/deps");
    let target_dir = profile_dir.parent().expect("a profile has its directory in the target directory");
    let is_release = profile_dir.ends_with("release");
    let built = build::command(target_dir, is_release).stdin(Stdio::null()).output().expect("cargo runs");
    assert!(built.status.success(), "the functions do not build:\n{}", String::from_utf8_lossy(&built.stderr));
    profile_dir.to_owned()
}

/// The binary of a function, byte for byte.
pub fn function_binary(name: &str) -> Vec<u8> {
    let path = directory().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
