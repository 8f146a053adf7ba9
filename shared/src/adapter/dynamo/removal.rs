//! Removing a binding, and the credentials that wait to be revoked (S-30, S-32).

use std::time::Duration;

use super::Dynamo;
use super::bindings::{missing, named, standing};
use super::change::{Change, Changed};
use super::event_row::{due, event_attribute};
use super::row::{Item, Reader, number, read_sealed, text, write_credential};
use crate::domain::binding::{BindingId, Place, RemovedBinding};
use crate::domain::credential::Sealed;
use crate::domain::event::{EventId, EventKind};
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::ports::{QueueRevocation, SettleRevocation, StoreError, Unbind};

/// How often a removal that found the row changed is tried again.
const ATTEMPTS_MAX: usize = 4;

/// Holds for a binding written up to then, once: a repeated request is refused, and finds its own removal in the row.
const FROM_BEFORE: &str = "#schema = :schema AND attribute_exists(#binding) AND #binding.#updated_at <= :at \
                           AND NOT #unbound_by = :me";

/// How long the sweeper leaves a revocation to the request that queued it.
const LEFT_TO_THE_REQUEST: Duration = Duration::from_secs(15);

impl Unbind for Dynamo {
    async fn unbind(
        &self,
        place: Place<'_>,
        attempt: &BindingId,
        queue_revocation: bool,
        now: Timestamp,
    ) -> Result<Option<RemovedBinding>, StoreError> {
        let revocation = queue_revocation.then(|| revocation_attribute(attempt));
        let mut at = now;
        for _ in 0..ATTEMPTS_MAX {
            let row = match self.change(self.removal(place, attempt, revocation.as_deref(), at)).await? {
                Changed::Done(row) => row.ok_or_else(|| missing("attributes"))?,
                Changed::Refused(Some(row)) => row,
                Changed::Refused(None) | Changed::SecondRefused(_) => return Ok(None),
            };
            Reader(&row).check_schema()?;
            if Reader(&row).optional_text("unbound_by")?.as_deref() == Some(attempt.as_str()) {
                return removed(&row, revocation.as_deref()).map(Some);
            }
            // Written since this request came in, by its clock: the removal comes after what it saw.
            let Some(standing) = standing(&row)? else {
                return Ok(None);
            };
            at = at.max(standing.binding.updated_at);
        }
        Err(StoreError::Unavailable("the binding kept changing under the removal".into()))
    }
}

impl Dynamo {
    /// The removal of what was written up to `at`. One that is delivered late, or a second time, must not remove what
    /// was bound or renewed after it.
    fn removal(&self, place: Place<'_>, attempt: &BindingId, revocation: Option<&str>, at: Timestamp) -> Change {
        // The right-hand sides are the row as it was: the event is the binding that went.
        let queued = revocation.map_or("", |_| ", #revocation = #credential, #account_of = #account_key");
        let mut change = self.binding_change(
            place.owner,
            place.provider.id,
            &format!(
                "SET #unbound_id = #binding.#binding_id, #unbound_address = #binding.#address, \
                 #unbound_account = #account_key, #unbound_token_mark = #token_mark, #unbound_at = :at, \
                 #unbound_by = :me, #event = #binding, #work_shard = :work_shard, #work_at = :work_at{queued} \
                 REMOVE #binding, #credential, #account_key, #issued_at, #token_mark, #turn, #suspect_at \
                 ADD #version :one"
            ),
            FROM_BEFORE,
        );
        change.names.extend(named([
            "#unbound_id",
            "#unbound_at",
            "#unbound_by",
            "#binding",
            "#credential",
            "#version",
        ]));
        change.names.extend(named([
            "#unbound_address",
            "#unbound_account",
            "#unbound_token_mark",
            "#turn",
            "#suspect_at",
        ]));
        change.names.extend(named(["#address", "#account_key", "#issued_at", "#token_mark", "#updated_at"]));
        change.names.push(("#binding_id", "id".to_owned()));
        change.names.extend(revocation.map(|attribute| ("#revocation", attribute.to_owned())));
        change.names.extend(revocation.map(|_| ("#account_of", account_attribute(attempt))));
        change.names.push(("#event", event_attribute(&EventId::of(EventKind::Unbound, at, attempt))));
        let left = revocation.map_or(Duration::ZERO, |_| LEFT_TO_THE_REQUEST);
        due(&mut change, place.owner, place.provider.id, at.plus(left));
        change.values.push((":at", number(at.milliseconds())));
        change.values.push((":me", text(attempt.as_str())));
        change.values.push((":one", number(1)));
        change
    }
}

impl SettleRevocation for Dynamo {
    async fn settle_revocation(&self, place: Place<'_>, attempt: &BindingId) -> Result<(), StoreError> {
        let condition = "#schema = :schema";
        let mut change =
            self.binding_change(place.owner, place.provider.id, "REMOVE #revocation, #account_of", condition);
        change.names.push(("#revocation", revocation_attribute(attempt)));
        change.names.push(("#account_of", account_attribute(attempt)));
        self.change(change).await.map(drop)
    }
}

impl QueueRevocation for Dynamo {
    async fn queue_revocation(
        &self,
        place: Place<'_>,
        attempt: &BindingId,
        sealed: &Sealed,
        address: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.binding_change(
            place.owner,
            place.provider.id,
            "SET #schema = :schema, #revocation = :credential, #work_shard = :work_shard, #work_at = :work_at",
            "attribute_not_exists(#schema) OR #schema = :schema",
        );
        change.names.push(("#revocation", revocation_attribute(attempt)));
        due(&mut change, place.owner, place.provider.id, now);
        change.values.push((":credential", write_credential(sealed, attempt.as_str(), address)));
        match self.change(change).await? {
            Changed::Done(_) => Ok(()),
            Changed::Refused(_) | Changed::SecondRefused(_) => Err(missing("schema")),
        }
    }
}

/// The attribute in which one credential waits to be revoked.
pub(super) fn revocation_attribute(attempt: &BindingId) -> String {
    format!("revocation_{}", attempt.as_str())
}

/// The attribute that names the account of such a credential: siblings are looked up before it is revoked (S-33).
pub(super) fn account_attribute(attempt: &BindingId) -> String {
    format!("account_of_{}", attempt.as_str())
}

fn removed(row: &Item, revocation: Option<&str>) -> Result<RemovedBinding, StoreError> {
    let reader = Reader(row);
    let id = BindingId::stored(reader.text("unbound_id")?);
    let kept = revocation.map(|attribute| reader.map(attribute)).transpose()?.flatten();
    let address = reader.text("unbound_address")?;
    let account_key = reader.text("unbound_account")?;
    let token_mark = TokenMark::stored(reader.text("unbound_token_mark")?);
    Ok(RemovedBinding { id, address, account_key, token_mark, sealed: kept.map(read_sealed).transpose()? })
}
