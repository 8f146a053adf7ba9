//! The Lambda function `sweeper`: does what is due, once a minute (S-32, S-50, S-60 to S-66).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::log;
use codebind::edge::serve::ended;
use codebind::edge::sweep::{rules, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start();
    ended(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let environment = environment();
    let aws = codebind::app::aws(&environment)?;
    let rules = rules(&environment, codebind::app::clients(&environment, &aws).await?)?;
    let world = codebind::app::world(&environment, &aws)?;
    let bus = codebind::app::event_bus(&environment, &aws)?;
    serve(&world, &bus, &rules).await
}
