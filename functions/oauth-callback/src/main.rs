//! The Lambda function `oauth-callback`: take what the provider sent the browser back with, and bind (S-17 to S-21).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::log;
use codebind::edge::oauth_callback::OAuthCallback;
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
    let function = OAuthCallback::new(&environment, clients?)?;
    serve("oauth-callback", BUDGET_LONG, async |incoming, frame| function.handle(&world, incoming, frame).await).await
}
