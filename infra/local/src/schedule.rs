//! The schedule: invokes the sweeper once a minute, as the deployment's rule does, or when it is asked to.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval_at};

use crate::{
    crew::Failure,
    environment::{ACCOUNT_ID, REGION},
    function::SWEEPER,
    ids::trace_id,
    runtime_api::Pools,
    server::Server,
};

const EVERY: Duration = Duration::from_mins(1);

/// Invokes the sweeper; its answer, or why there is none.
pub(crate) async fn sweep(pools: &Pools) -> Result<Value, String> {
    let pool = pools.get(SWEEPER.name).ok_or("there is no sweeper")?;
    let event = json!({
        "version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "account": ACCOUNT_ID,
        "region": REGION, "detail": {},
    });
    let answer = pool.invoke(trace_id(), event.to_string().into()).await;
    let answer = answer.map_err(|Failure(reason)| reason)?;
    serde_json::from_slice(&answer).map_err(|error| error.to_string())
}

/// Invokes it every minute.
pub(crate) fn start(pools: Arc<Pools>) -> Server {
    Server::spawn(|stopped| async move {
        tokio::select! {
            () = every_minute(&pools) => {}
            () = stopped => {}
        }
    })
}

async fn every_minute(pools: &Pools) {
    let mut ticks = interval_at(tokio::time::Instant::now() + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // What failed stays due; the function's own output says why.
        let _ = sweep(pools).await;
    }
}
