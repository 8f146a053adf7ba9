//! A rotation in the row of its binding: what is to be done, and what came of it (S-67).
//!
//! It is kept within the binding: a renewal and an unbinding forget it with the token that it is about.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Dynamo;
use super::bindings::named;
use super::change::{Change, Changed};
use super::event_row::{event_attribute, write_told};
use super::row::{Item, Reader, item, number, text, write_credential};
use crate::domain::binding::BindingId;
use crate::domain::event::Event;
use crate::domain::rotation::Begun;
use crate::ports::{ClaimedRow, Held, KeepRotation, StoreError, Successor};

/// Holds while the token is the one that was seen.
const AS_SEEN: &str = "#schema = :schema AND #binding.#id = :id AND #token_mark = :seen";

impl Dynamo {
    fn rotation_change(&self, row: &ClaimedRow, held: &Held, update: &str) -> Change {
        let mut change = self.binding_change(&row.owner, &row.provider, update, AS_SEEN);
        change.names.extend(named(["#binding", "#id", "#token_mark", "#rotation"]));
        change.values.push((":id", text(held.binding.id.as_str())));
        change.values.push((":seen", text(held.token_mark.as_str())));
        change
    }
}

impl KeepRotation for Dynamo {
    async fn begin_rotation(&self, row: &ClaimedRow, held: &Held, begun: &Begun) -> Result<bool, StoreError> {
        let mut change = self.rotation_change(row, held, "SET #binding.#rotation = :rotation");
        // A repeated request finds itself.
        change.condition.push_str(
            " AND #work_at = :until \
             AND (attribute_not_exists(#binding.#rotation) OR #binding.#rotation.#attempt = :attempt)",
        );
        change.names.extend(named(["#work_at", "#attempt"]));
        change.values.push((":until", number(row.until.milliseconds())));
        change.values.push((":attempt", text(begun.attempt.as_str())));
        change.values.push((":rotation", write_begun(begun)));
        Ok(matches!(self.change(change).await?, Changed::Done(_)))
    }

    async fn save_rotated(
        &self,
        row: &ClaimedRow,
        held: &Held,
        rotated: &Successor,
        event: &Event,
    ) -> Result<bool, StoreError> {
        let update = "SET #credential = :credential, #token_mark = :token_mark, #event = :event, \
                      #binding.#credential_expires_at = :expires_at, #binding.#rotated_at = :at, \
                      #binding.#last_verified_at = :at \
                      REMOVE #binding.#rotation, #binding.#rotation_tried_at, #binding.#notified_days, \
                      #binding.#verify_failed_at, #binding.#problem, #suspect_at ADD #version :one";
        let mut change = self.rotation_change(row, held, update);
        change.names.extend(named(["#credential", "#credential_expires_at", "#rotated_at", "#last_verified_at"]));
        change.names.extend(named(["#rotation_tried_at", "#notified_days", "#verify_failed_at", "#problem"]));
        change.names.extend(named(["#suspect_at", "#version"]));
        change.names.push(("#event", event_attribute(&event.id)));
        let (id, address) = (held.binding.id.as_str(), &held.binding.address);
        change.values.push((":credential", write_credential(&rotated.sealed, id, address)));
        change.values.push((":token_mark", text(rotated.token_mark.as_str())));
        change.values.push((":event", write_told(&event.told)));
        change.values.push((":expires_at", number(rotated.expires_at.milliseconds())));
        change.values.push((":at", number(rotated.at.milliseconds())));
        change.values.push((":one", number(1)));
        match self.change(change).await? {
            Changed::Done(_) => Ok(true),
            // A repeated request finds what it wrote itself.
            Changed::Refused(Some(row)) => {
                Ok(Reader(&row).optional_text("token_mark")?.as_deref() == Some(rotated.token_mark.as_str()))
            }
            Changed::Refused(None) | Changed::SecondRefused(_) => Ok(false),
        }
    }
}

fn write_begun(begun: &Begun) -> AttributeValue {
    AttributeValue::M(item([
        ("attempt", Some(text(begun.attempt.as_str()))),
        ("intent_at", Some(number(begun.intent_at.milliseconds()))),
        ("expires_at", Some(number(begun.expires_at.milliseconds()))),
    ]))
}

pub(super) fn read_begun(map: &Item) -> Result<Begun, StoreError> {
    let reader = Reader(map);
    Ok(Begun {
        attempt: BindingId::stored(reader.text("attempt")?),
        intent_at: reader.time("intent_at")?,
        expires_at: reader.time("expires_at")?,
    })
}
