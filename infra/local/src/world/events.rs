//! The sweeper on demand, and what was published.

use serde_json::Value;

use super::World;
use crate::schedule;

impl World {
    /// Where the event bus is.
    #[must_use]
    pub fn event_bus_url(&self) -> &str {
        &self.event_bus.url
    }

    /// Every event that was published so far, the oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.event_bus.events().all()
    }

    /// Has the bus not accept the next `entries` of events.
    pub fn refuse_events(&self, entries: usize) {
        self.event_bus.events().refuse(entries);
    }

    /// Runs the sweeper once, as the schedule does; its answer.
    ///
    /// # Errors
    ///
    /// Says why there is no answer: the worker crashed, or took too long.
    pub async fn sweep(&self) -> Result<Value, String> {
        schedule::sweep(&self.workers.0).await
    }
}
