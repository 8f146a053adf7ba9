//! Which providers refuse our client: a row of the table of transients for each (S-52).

use std::time::Duration;

use super::bindings::named;
use super::change::{Change, Changed};
use super::row::{Item, Reader, number, text, unreadable};
use super::{Dynamo, store_error};
use crate::domain::refresh::Breaker;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::ports::{KeepBreaker, StoreError};

/// How long a row is kept after it was last written.
const KEPT: Duration = Duration::from_hours(24);

impl Dynamo {
    fn breaker_change(&self, provider: &str, update: &str, condition: &str) -> Change {
        Change {
            table: self.tables.transients.clone(),
            key: Item::from([("id".to_owned(), text(&breaker_key(provider)))]),
            update: update.to_owned(),
            condition: condition.to_owned(),
            names: named(["#refusals"]).to_vec(),
            values: Vec::new(),
        }
    }
}

fn breaker_key(provider: &str) -> String {
    format!("breaker.{provider}")
}

impl KeepBreaker for Dynamo {
    async fn breaker(&self, provider: &str) -> Result<Option<Breaker>, StoreError> {
        let get = self.client.get_item().table_name(&self.tables.transients).consistent_read(true);
        let row = get.key("id", text(&breaker_key(provider))).send().await.map_err(|error| store_error(&error))?.item;
        let Some(row) = row else {
            return Ok(None);
        };
        let reader = Reader(&row);
        let refusals = u32::try_from(reader.number("refusals")?).map_err(|_| unreadable("refusals"))?;
        Ok(Some(Breaker { refusals, until: reader.time("until")? }))
    }

    async fn open_breaker(&self, provider: &str, breaker: Breaker, now: Timestamp) -> Result<bool, StoreError> {
        // Names this very request: a repeated one must find that it was the first.
        let me = Secret::fresh().map_err(|error| StoreError::Unavailable(error.into()))?;
        let mut change = self.breaker_change(
            provider,
            "SET #refusals = :refusals, #until = :until, #expires_at = :expires_at, #opened_by = :me",
            "attribute_not_exists(#refusals) OR #refusals < :refusals OR #opened_by = :me",
        );
        change.names.extend(named(["#until", "#expires_at", "#opened_by"]));
        change.values.push((":refusals", number(breaker.refusals.into())));
        change.values.push((":until", number(breaker.until.milliseconds())));
        change.values.push((":expires_at", number(now.plus(KEPT).seconds())));
        change.values.push((":me", text(me.reveal())));
        Ok(matches!(self.change(change).await?, Changed::Done(_)))
    }

    async fn claim_probe(&self, provider: &str, seen: Breaker, until: Timestamp) -> Result<bool, StoreError> {
        let condition = "#refusals = :refusals AND #until = :seen";
        let mut change = self.breaker_change(provider, "SET #until = :until", condition);
        change.names.extend(named(["#until"]));
        change.values.push((":refusals", number(seen.refusals.into())));
        change.values.push((":seen", number(seen.until.milliseconds())));
        change.values.push((":until", number(until.milliseconds())));
        // A repeated request finds its own claim and takes it for another's: then nobody asks until it is over.
        Ok(matches!(self.change(change).await?, Changed::Done(_)))
    }

    async fn close_breaker(&self, provider: &str, seen: Breaker) -> Result<bool, StoreError> {
        let mut change = self.breaker_change(provider, "SET #refusals = :none", "#refusals = :refusals");
        change.values.push((":refusals", number(seen.refusals.into())));
        change.values.push((":none", number(0)));
        Ok(matches!(self.change(change).await?, Changed::Done(_)))
    }
}
