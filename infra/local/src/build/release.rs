//! The functions as they are deployed: built by `cargo-lambda` for Lambda's processor and C library, and zipped.
//! The same sources give the same bytes, wherever the checkout, the target directory and cargo's home lie.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use serde_json::Value;

use super::{MANIFEST, archive, cargo, command_of, forget_ourselves, tools::CargoLambda};
use crate::{FUNCTIONS, build::NoCargoLambda};

/// Code for every such processor: cargo-lambda's own choice would not start on every machine that runs the tests, and
/// what takes time here looks for the processor's abilities when it runs.
const PROCESSOR: &str = "-Ctarget-cpu=x86-64";
/// Nothing listens there: cargo-lambda asks rustup for a target, and nothing is to be fetched.
const NOWHERE: &str = "http://127.0.0.1:9";
/// What separates the flags in `CARGO_ENCODED_RUSTFLAGS`, where a path may hold blanks.
const SEPARATOR: &str = "\u{1f}";

/// The functions, built for release.
#[derive(Debug)]
pub struct ReleaseBuild {
    /// Directory of the binaries, which are named as the functions.
    pub binaries: PathBuf,
    /// Directory of the zips, `{function}.zip`.
    pub zips: PathBuf,
    /// Why they were not built for Lambda but for this machine, if so: they may not start there.
    pub not_for_lambda: Option<NoCargoLambda>,
}

/// Why there are no functions for release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A program does not run.
    #[error("cannot run {}: {source}", program.display())]
    Program {
        /// Which.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Cargo does not tell where its sources are.
    #[error("cargo does not describe the workspace: {0}")]
    Metadata(String),
    /// The compiler or the linker refused; its words are on standard error.
    #[error("the functions do not build: {0}")]
    Build(ExitStatus),
    /// The directory of the zips cannot be used.
    #[error("cannot use {}: {source}", directory.display())]
    Directory {
        /// Where it is.
        directory: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A zip cannot be written.
    #[error("cannot write the zip of {function}: {source}")]
    Zip {
        /// Whose.
        function: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Builds the functions into `target_dir`, and zips them. Without `cargo-lambda`, and without a way to install it, they
/// are built for this machine. What the build says goes to standard error.
///
/// # Errors
/// [`ReleaseError`].
pub fn release(target_dir: &Path) -> Result<ReleaseBuild, ReleaseError> {
    let flags = flags(target_dir)?;
    let zips = target_dir.join("lambda");
    // cargo-lambda moves what cargo has built: another process would find it gone.
    let _turn = take_turn(&zips)?;
    let (mut command, not_for_lambda) = match CargoLambda::get(target_dir) {
        Ok(lambda) => (for_lambda(&lambda, &zips), None),
        Err(reason) => {
            // Without a standard error there is nobody to tell.
            let _ = writeln!(io::stderr(), "warning: {reason}: the functions are built for this machine");
            (for_this_machine(), Some(reason))
        }
    };
    command.args(["--locked", "--release", "--manifest-path", MANIFEST]);
    for function in FUNCTIONS {
        command.args(["--package", function.name]);
    }
    command.env("CARGO_TARGET_DIR", target_dir).env("CARGO_ENCODED_RUSTFLAGS", flags);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = status.map_err(|source| ReleaseError::Program { program: command.get_program().into(), source })?;
    if !status.success() {
        return Err(ReleaseError::Build(status));
    }
    let binaries = zips.join("bin");
    for function in FUNCTIONS {
        let name = function.name;
        let for_lambda = zips.join(name).join("bootstrap");
        let built = if not_for_lambda.is_none() { for_lambda } else { target_dir.join("release").join(name) };
        archive::copy(&built, &binaries, name)
            .and_then(|binary| archive::write(&binary, &zips, name))
            .map_err(|source| ReleaseError::Zip { function: name, source })?;
    }
    Ok(ReleaseBuild { binaries, zips, not_for_lambda })
}

/// Waits until no other process builds; the turn ends with the file.
fn take_turn(directory: &Path) -> Result<File, ReleaseError> {
    let lock = || {
        fs::create_dir_all(directory)?;
        let file = File::create(directory.join(".lock"))?;
        file.lock()?;
        Ok(file)
    };
    lock().map_err(|source| ReleaseError::Directory { directory: directory.to_owned(), source })
}

fn for_lambda(lambda: &CargoLambda, directory: &Path) -> Command {
    let mut command = lambda.command();
    command.args(["build", "--x86-64", "--skip-target-check", "--lambda-dir"]).arg(directory);
    command.env("RUSTUP_DIST_SERVER", NOWHERE);
    // An operator's own settings of cargo-lambda would change the bytes.
    command.env_remove("CARGO_LAMBDA_COMPILER").env_remove("CARGO_LAMBDA_GLOBAL").env_remove("CARGO_LAMBDA_CONTEXT");
    forget_ourselves(&mut command);
    command
}

fn for_this_machine() -> Command {
    let mut command = command_of("build");
    command.arg("--bins");
    command
}

/// Flags for the compiler that take every path of this machine out of what it writes.
fn flags(target_dir: &Path) -> Result<OsString, ReleaseError> {
    let output = |command: &mut Command| {
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        output.map_err(|source| ReleaseError::Program { program: command.get_program().into(), source })
    };
    let mut metadata = command_of("metadata");
    metadata.args(["--locked", "--format-version", "1", "--manifest-path", MANIFEST]);
    let described = output(&mut metadata)?;
    if !described.status.success() {
        return Err(ReleaseError::Metadata(described.status.to_string()));
    }
    let workspace: Value =
        serde_json::from_slice(&described.stdout).map_err(|error| ReleaseError::Metadata(error.to_string()))?;
    let root = output(Command::new(compiler()).args(["--print", "sysroot"]))?;
    let version = output(Command::new(compiler()).arg("-vV"))?;
    let (root, version) = (String::from_utf8_lossy(&root.stdout), String::from_utf8_lossy(&version.stdout));
    let mut flags = OsString::from(PROCESSOR);
    for (from, to) in remapped(&workspace, target_dir, root.trim(), &version) {
        // One word: so written, cargo leaves it out of the hashes that name symbols.
        for part in [SEPARATOR.as_ref(), "--remap-path-prefix=".as_ref(), from.as_os_str(), "=".as_ref(), to.as_ref()] {
            flags.push(part);
        }
    }
    Ok(flags)
}

/// The compiler that belongs to [`cargo`].
fn compiler() -> PathBuf {
    let beside = PathBuf::from(cargo()).with_file_name("rustc");
    if beside.is_file() { beside } else { "rustc".into() }
}

/// Which paths become which; of several that fit, the compiler takes the last.
fn remapped(workspace: &Value, target_dir: &Path, root: &str, version: &str) -> Vec<(PathBuf, String)> {
    let mut remapped = vec![];
    if let Some(root) = workspace["workspace_root"].as_str() {
        remapped.push((root.into(), "/codebind".to_owned()));
    }
    remapped.push((target_dir.to_owned(), "/target".to_owned()));
    let packages = workspace["packages"].as_array().into_iter().flatten();
    let manifests = packages.filter(|it| it["source"].is_string()).filter_map(|it| it["manifest_path"].as_str());
    // The folder that the packages of a registry are in has a name that differs with where they are fetched from.
    let registries: BTreeSet<_> = manifests.filter_map(|it| Path::new(it).parent()?.parent()).collect();
    remapped.extend(registries.into_iter().map(|it| (it.to_owned(), "/registry".to_owned())));
    // Where the library's sources are installed too, the compiler names them in place of what it was built with.
    if let Some(hash) = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")) {
        remapped.push((Path::new(root).join("lib/rustlib/src/rust"), format!("/rustc/{hash}")));
    }
    remapped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_path_of_this_machine_is_taken_out() {
        let package = |source: Value, manifest: &str| json!({"source": source, "manifest_path": manifest});
        let workspace = json!({"workspace_root": "/home/me/codebind", "packages": [
            package(Value::Null, "/home/me/codebind/shared/Cargo.toml"),
            package(json!("registry+x"), "/home/me/.cargo/registry/src/mirror-1/a-1.0.0/Cargo.toml"),
            package(json!("registry+x"), "/home/me/.cargo/registry/src/mirror-1/b-2.0.0/Cargo.toml"),
        ]});
        let target = Path::new("/home/me/codebind/target");
        let version = "rustc 1.0.0\nbinary: rustc\ncommit-hash: abc\n";
        let remapped = remapped(&workspace, target, "/home/me/.rustup/toolchains/x", version);
        let remapped: Vec<_> = remapped.iter().map(|(from, to)| (from.to_str().unwrap(), to.as_str())).collect();
        assert_eq!(
            remapped,
            [
                ("/home/me/codebind", "/codebind"),
                ("/home/me/codebind/target", "/target"),
                ("/home/me/.cargo/registry/src/mirror-1", "/registry"),
                ("/home/me/.rustup/toolchains/x/lib/rustlib/src/rust", "/rustc/abc"),
            ],
        );
    }

    #[test]
    fn the_workspace_itself_is_described() {
        let flags = flags(Path::new("/somewhere/target")).unwrap().into_string().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        for part in [&*format!("={}=/codebind", root.display()), "=/registry", "=/somewhere/target=/target", "=/rustc/"]
        {
            assert_eq!(flags.matches(part).count(), 1, "{part} in {flags}");
        }
        assert!(flags.split(SEPARATOR).all(|it| it == PROCESSOR || it.starts_with("--remap-path-prefix=/")), "{flags}");
    }

    #[test]
    fn without_cargo_lambda_only_binaries_are_built() {
        let command = for_this_machine();
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["build", "--bins"]);
    }
}
