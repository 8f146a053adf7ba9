//! The Lambda function `token-bind`: bind by personal access token (S-23 to S-29).

use codebind::config::environment;
use codebind::edge::serve::{BUDGET_LONG, serve, start_log};
use codebind::edge::token_bind::TokenBind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let environment = environment();
    let function = TokenBind::new(&environment, codebind::app::clients(&environment).await?)?;
    let world = codebind::app::world(&environment)?;
    serve("token-bind", BUDGET_LONG, async |incoming, frame| function.handle(&world, incoming, frame).await).await
}
