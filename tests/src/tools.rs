//! Programs from `PyPI` that a test runs: installed below the target directory, once, by name and version.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::binaries;

/// The directory of the programs that these packages bring. Where there is no Python, or nothing to install from, why.
///
/// # Errors
/// Words for people.
pub fn python_tools(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let tools = binaries::target_directory().join("tools");
    let directory = tools.join(name);
    // Tests run side by side, and two may want the same: the second finds what the first has installed.
    let turn = || -> io::Result<File> {
        fs::create_dir_all(&tools)?;
        let file = File::create(tools.join(format!(".{name}.lock")))?;
        file.lock()?;
        Ok(file)
    };
    let _turn = turn().map_err(|error| error.to_string())?;
    // Written last: a set that was left half made, or is of other versions, is made anew.
    let (stamp, wanted) = (directory.join("packages"), packages.join("\n"));
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(directory.join("bin"));
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory))?;
    run(Command::new(directory.join("bin/pip")).args(["install", "--quiet"]).args(packages))?;
    fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    Ok(directory.join("bin"))
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
