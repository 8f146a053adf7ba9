//! The Lambda function `oauth-start`: start an authorization: one conditional write, 201 with a cookie (S-14 to S-16).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::log;
use codebind::edge::oauth_start::OAuthStart;
use codebind::edge::serve::{BUDGET_SHORT, ended, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start();
    ended(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let environment = environment();
    let function = OAuthStart::new(&environment)?;
    let store = codebind::app::store(&environment)?;
    serve("oauth-start", BUDGET_SHORT, async |incoming, frame| function.handle(&store, incoming, frame).await).await
}
