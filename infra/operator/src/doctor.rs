//! `doctor`: checks a deployment from outside, as its operator. It writes nothing anywhere, and no secret is ever told.

use std::{io, path::PathBuf, time::Duration};

use clap::Args;
use tokio::time::timeout;

use crate::{
    Variables, VariablesError,
    report::{Finding, Report},
};
use aws::Aws;

mod api;
mod aws;
mod client_secrets;
mod configuration;
mod console;
mod http;
mod issuer;
mod key;
mod registrations;
mod tables;

/// How long an area may take. All are checked at once.
const AREA: Duration = Duration::from_secs(25);

/// What to check.
#[derive(Debug, Args)]
pub struct Options {
    /// File with the functions' variables: NAME=value lines, or JSON as `aws lambda get-function-configuration` prints
    /// it. By default they are the process's own. Credentials for AWS are always the process's own
    #[arg(long, value_name = "FILE")]
    variables: Option<PathBuf>,
    /// Issuer whose tokens the API accepts
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Why nothing was checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no variables.
    #[error(transparent)]
    Variables(#[from] VariablesError),
    /// Nothing can be waited for.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}

/// Checks, and writes what was found to `out`; whether nothing is wrong.
///
/// # Errors
/// [`Error`].
pub fn run(options: &Options, process: &Variables, out: &mut impl io::Write) -> Result<bool, Error> {
    let deployment = match &options.variables {
        Some(path) => Variables::read(path)?,
        None => process.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let report = runtime.block_on(check(&deployment, process, options.issuer.as_deref()));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    // A closed pipe changes nothing about the deployment.
    let _ = if options.json { writeln!(out, "{:#}", report.json()) } else { report.list(out) };
    Ok(report.is_well())
}

async fn check(deployment: &Variables, process: &Variables, issuer: Option<&str>) -> Report {
    let aws = Aws::new(deployment, process);
    let (tables, key, clients, api, console, issuer) = tokio::join!(
        within(tables::check(deployment, aws.as_ref().ok())),
        within(key::check(deployment, aws.as_ref().ok())),
        within(async {
            let secrets = client_secrets::check(deployment, aws.as_ref().ok()).await;
            (secrets.findings, registrations::check(deployment, &secrets.read).await)
        }),
        within(api::check(deployment)),
        within(console::check(deployment)),
        within(issuer::check(issuer)),
    );
    let (secrets, registrations) = clients.unwrap_or_else(|late| (late.clone(), late));
    let mut report = Report::default();
    report.add("configuration", configuration::check(deployment));
    report.add("credentials", vec![aws::credentials(&aws)]);
    report.add("tables", tables.unwrap_or_else(|late| late));
    report.add("key", key.unwrap_or_else(|late| late));
    report.add("client secrets", secrets);
    report.add("registrations", registrations);
    report.add("API", api.unwrap_or_else(|late| late));
    report.add("console", console.unwrap_or_else(|late| late));
    report.add("issuer", issuer.unwrap_or_else(|late| late));
    report
}

async fn within<T>(area: impl Future<Output = T>) -> Result<T, Vec<Finding>> {
    let late = |_| vec![Finding::cannot_tell("time", format!("not done within {} seconds: try again", AREA.as_secs()))];
    timeout(AREA, Box::pin(area)).await.map_err(late)
}
