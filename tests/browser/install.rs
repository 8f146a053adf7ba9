//! What the browser tests take: Node.js with Playwright, Chromium, and letters for every language of the console.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tests::{find_program, install_debian_packages, node_packages, run};

/// The names that Chromium goes by.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const NODE_MAJOR_MIN: u32 = 20;

/// Where everything is.
pub(super) struct Tools {
    pub(super) chromium: PathBuf,
    /// Holds `node_modules`, and a copy of the specs, as they look for packages from where they are.
    pub(super) packages: PathBuf,
    /// For screenshots, traces and the like.
    pub(super) output: PathBuf,
}

impl Tools {
    /// Finds or installs it; or says what is missing and how to get it.
    pub(super) fn install(specs: &Path) -> Result<Self, String> {
        let chromium = if let Some(found) = chromium() {
            found
        } else {
            debian(&["chromium"], "Chromium is not on the PATH")?;
            chromium().ok_or("Chromium was installed and is not on the PATH")?
        };
        node()?;
        // Without letters a screenshot shows boxes, which is a pity and no failure.
        let letters = run(Command::new("fc-list").args([":lang=zh-cn", "family"])).unwrap_or_default();
        if letters.trim().is_empty() {
            let _ = debian(&["fonts-noto-cjk"], "there is no font with Chinese letters");
        }
        let packages = node_packages("browser", specs)?;
        let failed = |error: std::io::Error| error.to_string();
        copy(specs, &packages.join("specs")).map_err(failed)?;
        let target = packages.ancestors().nth(2).ok_or("tools are in {target}/tools")?;
        let output = target.join("browser");
        fs::create_dir_all(output.join("screenshots")).map_err(failed)?;
        Ok(Self { chromium, packages, output })
    }
}

fn chromium() -> Option<PathBuf> {
    BROWSERS.into_iter().find_map(find_program)
}

fn node() -> Result<(), String> {
    if find_program("node").is_none() || find_program("npm").is_none() {
        debian(&["nodejs", "npm"], "Node.js and npm are not on the PATH")?;
    }
    let version = run(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|it| it.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        _ => Err(format!("Playwright takes Node.js {NODE_MAJOR_MIN} or newer, and this is {}", version.trim())),
    }
}

/// Installs packages of Debian's, where there is one and it lets us.
fn debian(packages: &[&str], missing: &str) -> Result<(), String> {
    let by_hand = format!("{missing}. Install it ({}), and run this again.", packages.join(", "));
    if find_program("apt-get").is_none() {
        return Err(format!("{by_hand} There is no apt-get here that could."));
    }
    install_debian_packages(packages).map_err(|why| format!("{by_hand} apt-get could not, which takes root:\n{why}"))
}

/// Copies the files of a folder; what was there before goes.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
