//! What else could be deployed: built below the target directory, never among the sources.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;
use crate::events;
use crate::scene::{Subject, aws};
use crate::stand_in::StandIn;
use crate::worker::Program;

/// The bare function.
pub(crate) const FLOOR: &str = "bare lambda_http";
/// The same write, as `cargo add` gives it.
pub(crate) const CARGO_ADD: &str = "cargo add: AWS SDK, same write";
/// The same write in Node.
pub(crate) const NODE_PUT: &str = "Node: AWS SDK, same write";

/// Subject, source and whether it talks to AWS, of those in Node.
const NODE: [(&str, &str); 4] = [
    ("Node: echo", "empty"),
    (NODE_PUT, "put"),
    ("Node: Grant (stores nothing)", "grant"),
    ("Node: Octokit (stores nothing)", "octokit"),
];

/// The baselines, built.
#[derive(Debug)]
pub(crate) struct Baselines {
    directory: PathBuf,
    node: Option<PathBuf>,
}

impl Baselines {
    /// Builds all into `directory`; those of Node where there is Node and npm.
    ///
    /// # Errors
    /// When one does not build.
    pub(crate) fn build(directory: &Path) -> Result<Self, Failure> {
        for name in ["floor", "cargo-add"] {
            cargo(&sources(name), &directory.join(name))?;
        }
        let node = program_on_path("node").filter(|_| program_on_path("npm").is_some());
        if node.is_some() {
            bundle(&sources("node"), &directory.join("node"))?;
        }
        Ok(Self { directory: directory.to_owned(), node })
    }

    /// Whether there is no Node.
    pub(crate) fn is_without_node(&self) -> bool {
        self.node.is_none()
    }

    /// Everything that was built.
    ///
    /// # Errors
    /// When a file is gone.
    pub(crate) fn subjects(&self, stand_in: &StandIn) -> Result<Vec<Subject>, Failure> {
        let event = events::event("oauth-start")?.to_string();
        let mut environment = aws(stand_in);
        // The roots that `cargo add` gives come from a file: here of one root instead of all, which favours it.
        environment.push(("SSL_CERT_FILE".to_owned(), stand_in.authority.display().to_string()));
        let mut subjects = Vec::new();
        for (name, package) in [(FLOOR, "floor"), (CARGO_ADD, "cargo-add")] {
            let path = self.directory.join(package).join("release").join(package);
            let zip = zipped(&path)?;
            let program = Program { path, arguments: Vec::new(), environment: environment.clone() };
            subjects.push(Subject { name, program, event: event.clone(), zip, is_ours: false });
        }
        for (name, source) in self.node.iter().flat_map(|_| NODE) {
            let bundle = self.directory.join("node/out").join(format!("{source}.cjs"));
            let (zip, path) = (zipped(&bundle)?, self.node.clone().unwrap_or_default());
            let program = Program { path, arguments: vec![bundle.into()], environment: environment.clone() };
            subjects.push(Subject { name, program, event: event.clone(), zip, is_ours: false });
        }
        Ok(subjects)
    }
}

fn sources(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines").join(name)
}

fn cargo(sources: &Path, target: &Path) -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--quiet", "--manifest-path"]).arg(sources.join("Cargo.toml"));
    run(command.env("CARGO_TARGET_DIR", target))
}

/// Copies the sources, installs what they need by its lock file, and makes one file of each.
fn bundle(sources: &Path, directory: &Path) -> Result<(), Failure> {
    fs::create_dir_all(directory)?;
    for file in fs::read_dir(sources)? {
        let file = file?;
        fs::copy(file.path(), directory.join(file.file_name()))?;
    }
    let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    run(Command::new("npm").args(npm).current_dir(directory))?;
    let mut esbuild = Command::new(directory.join("node_modules/.bin/esbuild"));
    esbuild.args(NODE.map(|(_, source)| format!("{source}.js")));
    esbuild.args(["--bundle", "--minify", "--platform=node", "--target=node20", "--outdir=out"]);
    run(esbuild.args(["--out-extension:.js=.cjs", "--log-level=warning"]).current_dir(directory))
}

/// Runs a command that must succeed; what it says goes to standard error.
///
/// # Errors
/// When it fails.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let name = Path::new(command.get_program()).display().to_string();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = status.map_err(|error| format!("{name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name}: {status}").into()) }
}

/// A program on the path.
pub(crate) fn program_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file())
}

/// How many bytes a file has when it is deflated: its zip has some hundred more.
fn zipped(file: &Path) -> Result<u64, Failure> {
    let mut gzip = Command::new("gzip").args(["-9", "-c"]).stdin(File::open(file)?).stdout(Stdio::piped()).spawn()?;
    let mut out = gzip.stdout.take().ok_or("gzip writes nothing")?;
    let bytes = io::copy(&mut out, &mut io::sink())?;
    gzip.wait()?;
    Ok(bytes)
}
