//! The Lambda function `token-bind`: bind by personal access token (S-23 to S-29).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::log;
use codebind::edge::serve::{BUDGET_LONG, ended, serve};
use codebind::edge::token_bind::TokenBind;

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
    let function = TokenBind::new(&environment, clients?)?;
    serve("token-bind", BUDGET_LONG, async |incoming, frame| function.handle(&world, incoming, frame).await).await
}
