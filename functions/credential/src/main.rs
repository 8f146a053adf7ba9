//! The Lambda function `credential`: lend build workers the access tokens of bindings (S-48 to S-51).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::credential::Credential;
use codebind::edge::log;
use codebind::edge::serve::{BUDGET_LONG, ended, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start();
    ended(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let environment = environment();
    let aws = codebind::app::aws(&environment)?;
    let world = codebind::app::world(&environment, &aws)?;
    let (clients, ()) = tokio::join!(codebind::app::clients(&environment, &aws), codebind::app::connect(&world));
    let function = Credential::new(&environment, clients?)?;
    serve("credential", BUDGET_LONG, async |incoming, frame| function.handle(&world, incoming, frame).await).await
}
