//! The Lambda function `unbind`: remove a binding and revoke what was issued for it (S-30 to S-33).

use std::process::ExitCode;

use codebind::config::environment;
use codebind::edge::log;
use codebind::edge::serve::{BUDGET_SHORT, ended, serve};
use codebind::edge::unbind::Unbind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start();
    ended(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let environment = environment();
    let aws = codebind::app::aws(&environment)?;
    let world = codebind::app::world(&environment, &aws)?;
    let (clients, ()) =
        tokio::join!(codebind::app::revoking_clients(&environment, &aws), codebind::app::connect(&world));
    let function = Unbind::new(&environment, clients?)?;
    serve("unbind", BUDGET_SHORT, async |incoming, frame| function.handle(&world, incoming, frame).await).await
}
