//! Events in rows: each in an attribute of its own, in the row of the binding that it tells of, until it is published.

use aws_sdk_dynamodb::types::AttributeValue;

use super::bindings::named;
use super::change::Change;
use super::row::{Item, Reader, item, number, text, unreadable};
use crate::domain::binding::{BindingId, BindingProblemKind};
use crate::domain::event::{Event, EventAccount, EventId, EventKind, Told};
use crate::domain::owner::Owner;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::shard;
use crate::ports::StoreError;

/// How the name of such an attribute begins.
const PREFIX: &str = "event_";

/// The attribute in which an event waits.
pub(super) fn event_attribute(id: &EventId) -> String {
    format!("{PREFIX}{}", id.as_str())
}

/// Names and values with which a change makes its row due at `at`.
pub(super) fn due(change: &mut Change, owner: &Owner, provider: &str, at: Timestamp) {
    change.names.extend(named(["#work_shard", "#work_at"]));
    change.values.push((":work_shard", text(&shard(&[&owner.key(), provider]))));
    change.values.push((":work_at", number(at.milliseconds())));
}

/// The map of an event: the members that a binding's map has too, so that a copy of that one is an event as well.
pub(super) fn write_told(told: &Told) -> AttributeValue {
    AttributeValue::M(item([
        ("id", Some(text(told.binding_id.as_str()))),
        ("account_id", told.account.as_ref().map(|it| text(&it.id))),
        ("account_login", told.account.as_ref().map(|it| text(&it.login))),
        ("reason", told.reason.as_deref().map(text)),
        ("days_left", told.days_left.map(number)),
    ]))
}

/// The events that wait in a row, the oldest first.
pub(super) fn read_events(row: &Item, owner: &Owner, provider: &str) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    for (name, value) in row {
        let Some(id) = name.strip_prefix(PREFIX) else { continue };
        let id = EventId::stored(id).ok_or_else(|| unreadable(PREFIX))?;
        let map = value.as_m().map_err(|_| unreadable(PREFIX))?;
        let told = read_told(map, id.kind())?;
        events.push(Event { id, owner: owner.clone(), provider: provider.to_owned(), told });
    }
    events.sort_by_key(|event| event.id.at());
    Ok(events)
}

fn read_told(map: &Item, kind: Option<EventKind>) -> Result<Told, StoreError> {
    let reader = Reader(map);
    let (id, login) = (reader.optional_text("account_id")?, reader.optional_text("account_login")?);
    // The copy of a whole binding: whoever marked it knew nothing else of it (S-33).
    let is_copy = map.contains_key("bound_at");
    let displaced = (is_copy && kind == Some(EventKind::ReauthorizationRequired))
        .then(|| BindingProblemKind::TokenDisplaced.name().to_owned());
    Ok(Told {
        binding_id: BindingId::stored(reader.text("id")?),
        account: id.zip(login).map(|(id, login)| EventAccount { id, login }),
        reason: reader.optional_text("reason")?.or(displaced),
        days_left: reader.optional_number("days_left")?,
    })
}
