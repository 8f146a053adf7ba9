//! What a request costs as bindings and callers grow: `cargo load`. The system runs here, on the loopback interface,
//! with the functions as they are deployed; the run ends by itself and fails if the cost of a request grows.
//!
//! The cost is CPU time of the function, as the kernel counts it. Latency and throughput are printed too, but here two
//! cores carry the callers, the gateway, the functions, the database and the providers: they tell of the machine.

use std::{
    fmt,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use codebind_local::{Lifetimes, Storage, World, WorldOptions, build};
use reqwest::{Client, redirect::Policy};

mod callers;
mod processes;
mod report;
mod table;

use callers::{Outcome, Request, Run, token_claims};
use table::Table;

/// Rows to grow the table to, one after the other.
const ROWS: [u64; 4] = [10, 1_000, 100_000, 1_000_000];
/// Callers at a time, where the rows grow.
const CALLERS: u64 = 8;
/// Callers to grow to, where the rows stay.
const CALLERS_GROWING: [u64; 5] = [1, 8, 50, 200, 500];
/// Workers of one function at a time. In AWS there would be as many as there are callers.
const WORKERS: usize = 8;
/// What the cost of a request may grow by before the run fails: less cannot be told from noise here.
const GROWTH_MAX: f64 = 1.25;

/// Measures what a request costs as bindings and callers grow.
#[derive(Debug, Parser)]
struct Options {
    /// How long each combination is measured.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    seconds: u64,
    /// The most rows in the table.
    #[arg(long, default_value_t = 1_000_000, value_name = "ROWS")]
    rows_max: u64,
    /// Where the functions are, if they are built already.
    #[arg(long, value_name = "DIRECTORY")]
    functions: Option<PathBuf>,
    /// Where the page of results and its plots are written.
    #[arg(long, value_name = "DIRECTORY")]
    report: Option<PathBuf>,
}

/// Why there are no figures.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn because(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl<T: Into<String>> From<T> for Failure {
    fn from(reason: T) -> Self {
        Self(reason.into())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            // Without a terminal there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    let world = start(options.functions.as_deref()).await?;
    let http = http_client()?;
    let outcomes = measure(&world, &http, options).await;
    world.stop().await;
    let outcomes = outcomes?;
    if let Some(directory) = &options.report {
        report::write(directory, &outcomes)?;
    }
    Request::ALL.into_iter().try_for_each(|request| judge(&outcomes, request))
}

/// The callers' client: no redirects, no proxy.
#[expect(clippy::disallowed_methods, reason = "redirects and proxies are off, and it calls this machine alone")]
fn http_client() -> Result<Client, Failure> {
    // Nothing here speaks TLS, but the client wants to know how.
    let tls = codebind::adapter::tls::client_config(None).map_err(Failure::because)?;
    let builder = Client::builder().redirect(Policy::none()).no_proxy().tls_backend_preconfigured(tls);
    builder.build().map_err(Failure::because)
}

/// Starts the system with the functions as they are deployed, and binds the one account that all rows are copies of.
async fn start(functions: Option<&Path>) -> Result<World, Failure> {
    let function_dir = match functions {
        Some(directory) => directory.to_owned(),
        None => build_functions()?,
    };
    let options = WorldOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        storage: Storage::Memory,
        function_dir,
        workers: WORKERS,
        environment: std::collections::BTreeMap::default(),
        echo_logs: false,
        sweeps: false,
        lifetimes: Lifetimes::default(),
    };
    World::start(options).await.map_err(Failure::because)
}

fn build_functions() -> Result<PathBuf, Failure> {
    let executable = std::env::current_exe().map_err(Failure::because)?;
    let target = executable.ancestors().nth(2).ok_or("this program is in no target directory")?;
    say("building the functions as they are deployed");
    Ok(build::release(target).map_err(Failure::because)?.binaries)
}

async fn measure(world: &World, http: &Client, options: &Options) -> Result<Vec<Outcome>, Failure> {
    let lasts = Duration::from_secs(options.seconds);
    let token = world.token(&token_claims(0));
    let bound = Request::Renew.send(http, world.url()).bearer_auth(token).send().await.map_err(Failure::because)?;
    if !bound.status().is_success() {
        return Err(format!("the first binding was answered {}", bound.status()).into());
    }
    let mut table = Table::open(world, "gitlab")?;
    let mut outcomes = Vec::new();
    let mut grown = 0;
    for rows in ROWS.into_iter().filter(|&it| it <= options.rows_max) {
        let started = Instant::now();
        table.grow_to(rows)?;
        grown = rows;
        say(&format!("{rows} bindings, {CALLERS} callers (rows written in {:?})", started.elapsed()));
        let run = Run { world, http, table: &table, rows, callers: CALLERS, lasts };
        outcomes.extend(all(&run).await?);
    }
    for callers in CALLERS_GROWING.into_iter().filter(|&it| it != CALLERS) {
        say(&format!("{grown} bindings, {callers} callers"));
        outcomes.extend(all(&Run { world, http, table: &table, rows: grown, callers, lasts }).await?);
    }
    Ok(outcomes)
}

async fn all(run: &Run<'_>) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::new();
    for request in Request::ALL {
        let outcome = run.send(request).await?;
        let Outcome { per_second, p50, p99, cpu, peak_kib, .. } = outcome;
        let function = request.function();
        say(&format!(
            "  {function:12} {per_second:7.0}/s  p50 {p50:9.2?}  p99 {p99:9.2?}  CPU {cpu:7.2?}  {peak_kib} KiB"
        ));
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Fails if a request costs more in the largest table than in the smallest, or among the most callers than among few.
fn judge(outcomes: &[Outcome], request: Request) -> Result<(), Failure> {
    let of_request = || outcomes.iter().filter(move |it| it.request == request);
    let with_few_callers = || of_request().filter(|it| it.callers == CALLERS);
    let growths = [
        ("bindings", with_few_callers().min_by_key(|it| it.rows), with_few_callers().max_by_key(|it| it.rows)),
        ("callers", with_few_callers().max_by_key(|it| it.rows), of_request().max_by_key(|it| it.callers)),
    ];
    for (of, few, many) in growths {
        let (Some(few), Some(many)) = (few, many) else { return Err("nothing was measured".into()) };
        let growth = many.cpu.as_secs_f64() / few.cpu.as_secs_f64();
        say(&format!("{}: {growth:.2} times the CPU a request with the most {of}", request.function()));
        if growth > GROWTH_MAX {
            return Err(format!("the cost of {} grows with the {of}: {growth:.2} times", request.function()).into());
        }
    }
    Ok(())
}

fn say(line: &str) {
    // Without a terminal there is nobody to tell.
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(rows: u64, callers: u64, micros: u64) -> Outcome {
        let time = Duration::from_micros(micros);
        let request = Request::List;
        Outcome { request, rows, callers, per_second: 1.0, p50: time, p99: time, cpu: time, peak_kib: 1 }
    }

    #[test]
    fn a_cost_that_grows_is_a_failure() {
        let even = [outcome(10, CALLERS, 300), outcome(1000, CALLERS, 330), outcome(1000, 500, 360)];
        assert!(judge(&even, Request::List).is_ok());
        let with_rows = [outcome(10, CALLERS, 300), outcome(1000, CALLERS, 400), outcome(1000, 500, 400)];
        assert!(judge(&with_rows, Request::List).is_err());
        let with_callers = [outcome(10, CALLERS, 300), outcome(1000, CALLERS, 300), outcome(1000, 500, 400)];
        assert!(judge(&with_callers, Request::List).is_err());
        assert!(judge(&[], Request::List).is_err());
    }
}
