//! Racers that all start at the same moment.

use std::{future::Future, time::Duration};

use futures_util::future::join_all;
use tokio::{sync::Barrier, time::timeout};

/// No race takes longer.
const RACE_MAX: Duration = Duration::from_mins(1);

/// Runs `racer` for each number below `racers`, all released at once; what each came back with, in their order.
pub async fn race<F: Future>(racers: usize, racer: impl Fn(usize) -> F) -> Vec<F::Output> {
    let barrier = Barrier::new(racers);
    let runs = (0..racers).map(|number| {
        let run = racer(number);
        async {
            barrier.wait().await;
            run.await
        }
    });
    timeout(RACE_MAX, join_all(runs)).await.expect("the race ends in time")
}
