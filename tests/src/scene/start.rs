//! Starting a world right after another one ended.

use std::time::{Duration, Instant};

use codebind_local::{Error, World, WorldOptions};
use tokio::time::sleep;

/// How long a data directory or a port of a world before may still be in use.
const FREE_AGAIN_MAX: Duration = Duration::from_secs(20);

/// Starts a world. Another scenario that starts a process holds, for a moment, copies of every lock and socket of this
/// process: what a world before has let go may not be free at once.
pub(super) async fn start(options: impl Fn() -> WorldOptions) -> World {
    let deadline = Instant::now() + FREE_AGAIN_MAX;
    loop {
        match World::start(options()).await {
            Ok(world) => return world,
            Err(Error::DataInUse { .. } | Error::SimulatorPortInUse { .. }) if Instant::now() < deadline => {
                sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}
