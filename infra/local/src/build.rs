//! Building the function binaries from inside a process that cargo itself started.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

mod archive;
mod release;
mod tools;

pub use release::{ReleaseBuild, ReleaseError, release};
pub use tools::NoCargoLambda;

/// What cargo tells the programs it runs about themselves. Handed on to another cargo, it changes what build scripts
/// see, and half the dependencies are built anew.
const ABOUT_OURSELVES: [&str; 5] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];

/// The workspace.
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

/// The command that builds every function into `target_dir`, with the selection of packages that `cargo dev` and
/// `cargo test` make themselves: another one would build the dependencies anew.
#[must_use]
pub fn command(target_dir: &Path, release: bool) -> Command {
    let mut command = command_of("build");
    command.args(["--workspace", "--bins", "--locked", "--manifest-path", MANIFEST]);
    command.arg("--target-dir").arg(target_dir);
    if release {
        command.arg("--release");
    }
    command
}

/// A command of cargo's, as if it were not cargo that started us.
fn command_of(subcommand: &str) -> Command {
    let mut command = Command::new(cargo());
    command.arg(subcommand);
    forget_ourselves(&mut command);
    command
}

fn forget_ourselves(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if ABOUT_OURSELVES.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}

/// The cargo that started us, or the one on the path.
#[must_use]
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_of_this_program_is_not_handed_on() {
        let command = command(Path::new("target"), true);
        let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
        assert!(removed.contains(&std::ffi::OsStr::new("CARGO_MANIFEST_DIR")), "{removed:?}");
        assert!(command.get_args().any(|it| it == "--release"));
    }
}
