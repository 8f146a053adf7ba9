//! `cargo dev`: builds the functions, runs the whole product here, and says how to make a first binding.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
};

use clap::Parser;
use codebind::{
    domain::provider::{AddressRule, Provider},
    providers,
};
use codebind_local::{Error, Lifetimes, Storage, World, WorldOptions, build};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

/// An account that the simulators' consent pages offer.
const OAUTH_ACCOUNT: &str = "octo-fake";
/// A token that the simulators take, and whose it is.
const PERSONAL_TOKEN: &str = "glpat-api-glfake";
const USERNAME: &str = "glfake";

/// Runs codebind on this machine: gateway, functions, DynamoDB, KMS and a simulator of every provider.
#[derive(Parser)]
#[command(name = "cargo dev")]
struct Options {
    /// Address of the gateway
    #[arg(long, default_value = "127.0.0.1:4180")]
    listen: SocketAddr,
    /// Directory of bindings, keys and tokens; it survives restarts
    #[arg(long, default_value = ".codebind", value_name = "DIR")]
    data: PathBuf,
    /// Keep everything in memory instead
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Most processes per function
    #[arg(long, default_value_t = 8, value_name = "N")]
    workers: usize,
    /// Do not run the sweeper every minute
    #[arg(long)]
    no_sweeper: bool,
    /// Build and run optimised functions
    #[arg(long)]
    release: bool,
}

/// Why `cargo dev` ends by itself.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot run {}: {source}", cargo.display())]
    Cargo { cargo: OsString, source: io::Error },
    #[error("the functions do not build: {0}")]
    Build(ExitStatus),
    #[error("cannot tell where the built functions are: {0}")]
    TargetDirectory(io::Error),
    #[error("cannot watch for signals: {0}")]
    Signals(io::Error),
    #[error(transparent)]
    World(#[from] Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Without a terminal there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Failure> {
    let mut interrupted = signal(SignalKind::interrupt()).map_err(Failure::Signals)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(Failure::Signals)?;
    let mut stopped = async || {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    };
    let world = tokio::select! {
        world = start(options) => world?,
        () = stopped() => return Ok(()),
    };
    // A closed pipe does not end the run.
    let _ = greet(&world);
    stopped().await;
    world.stop().await;
    Ok(())
}

async fn start(options: Options) -> Result<World, Failure> {
    let Options { listen, data, memory, workers, no_sweeper, release } = options;
    let profile = if release { "release" } else { "debug" };
    let target_dir = target_dir().map_err(Failure::TargetDirectory)?;
    build_functions(&target_dir, release).await?;
    let storage = if memory { Storage::Memory } else { Storage::Directory(data) };
    let function_dir = target_dir.join(profile);
    let environment = codebind_variables();
    let (echo_logs, sweeps) = (true, !no_sweeper);
    let lifetimes = Lifetimes::default();
    let options = WorldOptions { listen, storage, function_dir, workers, environment, echo_logs, sweeps, lifetimes };
    Ok(World::start(options).await?)
}

/// The directory that cargo put this very program in, whatever configuration chose it.
fn target_dir() -> io::Result<PathBuf> {
    let executable = env::current_exe()?;
    let target_dir = executable.parent().and_then(Path::parent);
    target_dir.map(Path::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into())
}

async fn build_functions(target_dir: &Path, release: bool) -> Result<(), Failure> {
    let mut command = Command::from(build::command(target_dir, release));
    command.kill_on_drop(true);
    let status = command.status().await.map_err(|source| Failure::Cargo { cargo: build::cargo(), source })?;
    if status.success() { Ok(()) } else { Err(Failure::Build(status)) }
}

/// Every `CODEBIND_*` variable, which is the operator's word and wins.
fn codebind_variables() -> BTreeMap<String, String> {
    let text = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    text.filter(|(name, _)| name.starts_with("CODEBIND_")).collect()
}

fn greet(world: &World) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let public_url = world.environment().get("CODEBIND_PUBLIC_URL").map_or(world.url(), String::as_str);
    writeln!(out, "console    {}/console", public_url.trim_end_matches('/'))?;
    writeln!(out, "gateway    {}", world.url())?;
    writeln!(out, "workers    {}", world.workers_url())?;
    writeln!(out, "dynamodb   {}", world.dynamodb_url())?;
    writeln!(out, "kms        {}  key {}", world.kms_url(), world.kms_key_id())?;
    writeln!(out, "events     {}/dev/events", world.url())?;
    for provider in providers::ALL {
        let url = world.simulator_url(provider.id).unwrap_or("no simulator in this run");
        writeln!(out, "{:10} {url}", provider.id)?;
    }
    writeln!(out, "\nA first binding: open the console, sign in as alice, and bind an account. Or from here:\n")?;
    for line in first_binding(world) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\nready")?;
    out.flush()
}

/// Command lines that bind an account of a provider of each kind.
fn first_binding(world: &World) -> Vec<String> {
    let url = world.url();
    let mut lines =
        vec![format!(r#"TOKEN=$(curl -s {url}/dev/token -d '{{"sub":"me"}}' | sed 's/.*"token":"\([^"]*\)".*/\1/')"#)];
    let simulated = || providers::ALL.iter().filter_map(|it| Some((*it, world.simulator_url(it.id)?)));
    if let Some((provider, oauth, base)) = simulated().find_map(|(it, base)| Some((it, it.oauth()?, base))) {
        let endpoint = format!("{base}{}", oauth.authorization_path);
        lines.push(format!(
            r#"URL=$(curl -s -c cookies -X POST {url}/v1/users/me/bindings/{}/authorization -H "authorization: Bearer $TOKEN" | sed 's/.*"authorization_url":"\([^"]*\)".*/\1/')"#,
            provider.id,
        ));
        // What the button of the consent page sends; the cookie has to come back to the gateway.
        lines.push(format!(
            r#"curl -s -L -b cookies "{endpoint}/decision" -d "${{URL#*\?}}" -d decision=authorize -d account={OAUTH_ACCOUNT}"#
        ));
    }
    let asks_address = |it: &Provider| it.personal_token().is_some_and(|it| it.address == AddressRule::Entered);
    if let Some((provider, base)) = simulated().find(|(it, _)| asks_address(it)) {
        lines.push(format!(
            r#"curl -s -X PUT {url}/v1/users/me/bindings/{} -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{{"address":"{base}","username":"{USERNAME}","token":"{PERSONAL_TOKEN}"}}'"#,
            provider.id,
        ));
    }
    lines.push(format!(r#"curl -s {url}/v1/users/me/bindings -H "authorization: Bearer $TOKEN""#));
    lines
}
