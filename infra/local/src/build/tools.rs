//! `cargo-lambda`, and the linker and C compiler of zig that it uses: what is on the path, or in the target directory,
//! or else put there from PyPI.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};

/// What is installed, in the versions that go together.
const PACKAGES: [(&str, &str); 2] = [("cargo-lambda", "1.9.2"), ("ziglang", "0.17.1")];
const CARGO_LAMBDA: &str = "cargo-lambda";
const PYTHON: &str = "python3";

/// A `cargo-lambda` that finds its zig.
#[derive(Debug)]
pub(super) struct CargoLambda {
    program: PathBuf,
    /// Where Python finds zig, if not by itself.
    packages: Option<PathBuf>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoCargoLambda {
    /// There is no Python that could install it.
    #[error("cargo-lambda is not on the path, and without Python 3 it cannot be installed")]
    NoPython,
    /// Python says why.
    #[error("cargo-lambda is not on the path, and cannot be installed: {0}")]
    NotInstalled(String),
}

impl CargoLambda {
    /// Finds one, or installs it below `target_dir`.
    pub(super) fn get(target_dir: &Path) -> Result<Self, NoCargoLambda> {
        if let Some(program) = on_path(CARGO_LAMBDA).filter(|_| has_zig()) {
            return Ok(Self { program, packages: None });
        }
        let directory = target_dir.join("tools/lambda");
        if !is_installed(&directory) {
            install(&directory)?;
        }
        Ok(Self { program: directory.join("bin").join(CARGO_LAMBDA), packages: Some(directory) })
    }

    /// The command `cargo lambda`.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("lambda");
        if let Some(packages) = &self.packages {
            command.env("PYTHONPATH", packages);
        }
        command
    }
}

/// Whether `directory` holds the very versions that are wanted.
fn is_installed(directory: &Path) -> bool {
    let information = |(name, version): (&str, &str)| format!("{}-{version}.dist-info", name.replace('-', "_"));
    PACKAGES.iter().all(|it| directory.join(information(*it)).is_dir())
}

/// Installs into a directory of this process and moves that: no other process sees it half made.
fn install(directory: &Path) -> Result<(), NoCargoLambda> {
    let python = on_path(PYTHON).ok_or(NoCargoLambda::NoPython)?;
    let scratch = directory.with_file_name(format!("lambda-{}", process::id()));
    let installed = install_at(&python, &scratch, directory);
    // What is left of it does no harm.
    let _ = fs::remove_dir_all(&scratch);
    match installed {
        // Another process was faster.
        Err(_) if is_installed(directory) => Ok(()),
        installed => installed.map_err(|error| NoCargoLambda::NotInstalled(error.to_string())),
    }
}

fn install_at(python: &Path, scratch: &Path, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(scratch)?;
    let (environment, packages) = (scratch.join("venv"), scratch.join("lambda"));
    run(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
    // Not into the virtual environment itself, which must not be moved.
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&packages);
    run(pip.args(PACKAGES.map(|(name, version)| format!("{name}=={version}"))))?;
    if directory.exists() {
        // Of other versions than are wanted now.
        fs::rename(directory, scratch.join("before"))?;
    }
    fs::rename(&packages, directory)
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.trim().lines().next_back().unwrap_or("it says nothing").to_owned();
    Err(io::Error::other(format!("{}: {last}", output.status)))
}

/// A program on the path.
fn on_path(name: &str) -> Option<PathBuf> {
    in_directories(&env::var_os("PATH")?, name)
}

fn in_directories(path: &OsString, name: &str) -> Option<PathBuf> {
    env::split_paths(path).map(|directory| directory.join(name)).find(|program| program.is_file())
}

/// Whether `cargo-lambda` will find zig, in the two ways that it looks.
fn has_zig() -> bool {
    let answers = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let command = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    answers(PYTHON, &["-m", "ziglang", "version"]) || answers("zig", &["version"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::Scratch;

    #[test]
    fn only_the_wanted_versions_count_as_installed() {
        let scratch = Scratch::new();
        for (name, version) in PACKAGES {
            assert!(!is_installed(&scratch.0));
            fs::create_dir_all(scratch.0.join(format!("{}-{version}.dist-info", name.replace('-', "_")))).unwrap();
        }
        assert!(is_installed(&scratch.0));
    }

    #[test]
    fn a_program_is_the_first_of_its_name_on_the_path() {
        let scratch = Scratch::new();
        for directory in ["a", "b", "c"] {
            fs::create_dir_all(scratch.0.join(directory)).unwrap();
        }
        for file in ["b/zig", "c/zig"] {
            fs::write(scratch.0.join(file), b"").unwrap();
        }
        let path = env::join_paths(["a", "b", "c"].map(|it| scratch.0.join(it))).unwrap();
        assert_eq!(in_directories(&path, "zig"), Some(scratch.0.join("b/zig")));
        assert_eq!(in_directories(&path, "cargo-lambda"), None);
    }

    #[test]
    fn what_cannot_be_installed_leaves_nothing_behind() {
        let scratch = Scratch::new();
        let directory = scratch.0.join("tools/lambda");
        let python = scratch.0.join("no-python");
        assert!(install_at(&python, &scratch.0.join("tools/lambda-1"), &directory).is_err());
        assert!(!directory.exists());
    }

    #[test]
    fn a_program_that_fails_is_quoted_with_its_last_line() {
        let error = run(Command::new("sh").args(["-c", "echo first >&2; echo last >&2; exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "exit status: 3: last");
    }
}
