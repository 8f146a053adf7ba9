//! The Lambda function `status`: show the catalogue and the bindings: one query, no decryption (S-7, S-34).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::log;
use codebind::edge::serve::{BUDGET_SHORT, ended, serve};
use codebind::edge::status::Status;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start();
    ended(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let environment = environment();
    let function = Status::new(&environment)?;
    let store = codebind::app::store(&environment)?;
    serve("status", BUDGET_SHORT, async |incoming, frame| function.handle(&store, incoming, frame).await).await
}
