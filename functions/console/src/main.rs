//! The Lambda function `console`: the page on which people bind, see and unbind (S-68, S-69).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::console::Console;
use codebind::edge::log;
use codebind::edge::serve::{BUDGET_SHORT, ended, serve};
use console::PAGE;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start();
    ended(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let function = Console::new(&environment(), &PAGE)?;
    serve("console", BUDGET_SHORT, async |incoming, frame| function.handle(incoming, frame)).await
}
