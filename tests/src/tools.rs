//! Programs that a test runs and that no crate brings: installed below the target directory, once, by name and version.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::binaries;

/// The directory of the programs that these packages of `PyPI` bring. Where there is no Python, or nothing to install
/// from, why.
///
/// # Errors
/// Words for people.
pub fn python_tools(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let wanted = packages.join("\n");
    let directory = installed(name, &wanted, |directory| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(directory))?;
        run(Command::new(directory.join("bin/pip")).args(["install", "--quiet"]).args(packages)).map(drop)
    })?;
    Ok(directory.join("bin"))
}

/// A directory with the `node_modules` that `package.json` and `package-lock.json` in `manifests` ask for. The sources
/// stay as they are.
///
/// # Errors
/// Words for people.
pub fn node_packages(name: &str, manifests: &Path) -> Result<PathBuf, String> {
    let files = ["package.json", "package-lock.json"];
    let read = |file: &str| fs::read_to_string(manifests.join(file)).map_err(|error| format!("{file}: {error}"));
    let wanted = read(files[0])? + &read(files[1])?;
    installed(name, &wanted, |directory| {
        fs::create_dir_all(directory).map_err(|error| error.to_string())?;
        for file in files {
            fs::copy(manifests.join(file), directory.join(file)).map_err(|error| error.to_string())?;
        }
        // A package needs no script of its own to be installed, and gets none run.
        run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(directory))
            .map(drop)
    })
}

/// Does `install` below the tools' directory, if what is there is not `wanted`.
fn installed(name: &str, wanted: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let _turn = turn(name).map_err(|error| error.to_string())?;
    let directory = tools().join(name);
    // Written last: a set that was left half made, or is of other versions, is made anew.
    let stamp = directory.join("packages");
    if !fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        install(&directory)?;
        fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    }
    Ok(directory)
}

fn tools() -> PathBuf {
    binaries::target_directory().join("tools")
}

/// Tests run side by side, and two may want the same: the second finds what the first has installed.
fn turn(name: &str) -> io::Result<File> {
    fs::create_dir_all(tools())?;
    let file = File::create(tools().join(format!(".{name}.lock")))?;
    file.lock()?;
    Ok(file)
}

/// Installs packages of Debian's.
///
/// # Errors
/// Words for people: not everybody has them, or may install them.
pub fn install_debian_packages(packages: &[&str]) -> Result<(), String> {
    let _turn = turn("debian").map_err(|error| error.to_string())?;
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        run(command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
    };
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat()).map(drop)
}

/// Where a program of this name is.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|it| it.is_file())
}

/// Runs a command to its end; what it printed.
///
/// # Errors
/// What it said before it failed.
pub fn run(command: &mut Command) -> Result<String, String> {
    let name = Path::new(command.get_program()).display().to_string();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    let [printed, said] = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    if output.status.success() { Ok(printed) } else { Err(format!("{name}: {}\n{printed}{said}", output.status)) }
}
