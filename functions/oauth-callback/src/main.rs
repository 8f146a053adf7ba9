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
    let function = OAuthCallback::new(&environment, codebind::app::clients(&environment).await?)?;
    let world = codebind::app::world(&environment)?;
    serve("oauth-callback", BUDGET_LONG, async |incoming, frame| function.handle(&world, incoming, frame).await).await
}
