//! `EventBridge`: events out of the rows onto the operator's bus.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::{BehaviorVersion, Region};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

use super::aws::{self, Aws};
use super::call::Calls;
use crate::domain::event::{Event, EventKind, SOURCE};
use crate::ports::{PublishError, PublishEvents};

/// Publishes on one bus.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    bus: String,
}

impl EventBridge {
    /// Builds the client. Nothing is looked up and nothing connected.
    #[must_use]
    pub fn new(aws: &Aws, bus: String) -> Self {
        let config = &aws.config;
        let mut builder = aws_sdk_eventbridge::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .credentials_provider(aws.credentials())
            .http_client(aws.http_client())
            .timeout_config(aws::timeouts())
            .retry_config(aws::retries())
            .interceptor(Calls { service: "eventbridge" });
        if let Some(url) = &config.eventbridge_url {
            builder = builder.endpoint_url(url);
        }
        Self { client: Client::from_conf(builder.build()), bus }
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(event.id.kind().map_or("", EventKind::name))
            .detail(event.detail())
            .time(DateTime::from_millis(event.id.at().milliseconds()))
            .event_bus_name(&self.bus)
            .build()
    }
}

impl PublishEvents for EventBridge {
    /// As many as one call of `PutEvents` takes.
    const BATCH_MAX: usize = 10;

    async fn publish(&self, events: &[&Event]) -> Result<Vec<bool>, PublishError> {
        let entries = events.iter().map(|event| self.entry(event)).collect();
        let output = self.client.put_events().set_entries(Some(entries)).send().await;
        let output = output.map_err(|error| PublishError(aws::with_causes(&error)))?;
        // In the order of the request. One that is missing was not accepted.
        let accepted = output.entries().iter().map(is_accepted).chain(std::iter::repeat(false));
        Ok(accepted.take(events.len()).collect())
    }
}

fn is_accepted(entry: &PutEventsResultEntry) -> bool {
    entry.error_code().is_none() && entry.event_id().is_some()
}
