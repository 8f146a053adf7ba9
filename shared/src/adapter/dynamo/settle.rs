//! What came of a claimed row, in one write that takes effect only while the claim stands.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;

use super::event_row::{event_attribute, write_told};
use super::removal::{account_attribute, revocation_attribute};
use super::row::{Item, number, text, write_credential, write_problem};
use super::{Dynamo, store_error};
use crate::domain::timestamp::Timestamp;
use crate::ports::{ClaimedRow, ClaimedTransient, DueRow, Edit, Held, SettleWork, Settlement, StoreError};

/// An update expression in the making. Every name and value gets a placeholder: attributes are named by what they hold.
#[derive(Default)]
struct Update {
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    names: Vec<(String, String)>,
    values: Vec<(String, AttributeValue)>,
}

impl Update {
    /// Placeholders for a path.
    fn path(&mut self, path: &[&str]) -> String {
        let parts = path.iter().map(|part| {
            let placeholder = format!("#n{}", self.names.len());
            self.names.push((placeholder.clone(), (*part).to_owned()));
            placeholder
        });
        parts.collect::<Vec<_>>().join(".")
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.push((placeholder.clone(), value));
        placeholder
    }

    fn set(&mut self, path: &[&str], value: AttributeValue) {
        let set = format!("{} = {}", self.path(path), self.value(value));
        self.sets.push(set);
    }

    fn remove(&mut self, path: &[&str]) {
        let path = self.path(path);
        self.removes.push(path);
    }

    fn require(&mut self, path: &[&str], value: AttributeValue) {
        let condition = format!("{} = {}", self.path(path), self.value(value));
        self.conditions.push(condition);
    }

    fn edit<T>(&mut self, path: &[&str], edit: Edit<T>, write: impl FnOnce(T) -> AttributeValue) {
        match edit {
            Edit::Keep => {}
            Edit::Set(value) => self.set(path, write(value)),
            Edit::Remove => self.remove(path),
        }
    }

    /// While the claim stands, and `next_at` in its place.
    fn claim(&mut self, until: Timestamp, next_at: Option<Timestamp>) {
        self.require(&["work_at"], time(until));
        if let Some(next_at) = next_at {
            self.set(&["work_at"], time(next_at));
        } else {
            self.remove(&["work_at"]);
            self.remove(&["work_shard"]);
        }
    }

    fn expression(&self) -> String {
        let part = |word: &str, parts: &[String]| match parts {
            [] => String::new(),
            parts => format!("{word} {} ", parts.join(", ")),
        };
        part("SET", &self.sets) + &part("REMOVE", &self.removes)
    }
}

fn time(at: Timestamp) -> AttributeValue {
    number(at.milliseconds())
}

impl SettleWork for Dynamo {
    async fn settle(&self, row: &ClaimedRow, done: &Settlement) -> Result<bool, StoreError> {
        let mut update = Update::default();
        update.claim(row.until, done.next_at);
        for id in &done.published {
            update.remove(&[&event_attribute(id)]);
        }
        for event in &done.events {
            update.set(&[&event_attribute(&event.id)], write_told(&event.told));
        }
        for attempt in &done.settled {
            update.remove(&[&revocation_attribute(attempt)]);
            update.remove(&[&account_attribute(attempt)]);
        }
        for (attempt, retry) in &done.put_off {
            let attribute = revocation_attribute(attempt);
            let path = update.path(&[&attribute]);
            update.conditions.push(format!("attribute_exists({path})"));
            update.set(&[&attribute, "attempts"], number(retry.attempts.into()));
            for (name, at) in [("since", retry.since), ("next_at", retry.next_at)] {
                if let Some(at) = at {
                    update.set(&[&attribute, name], time(at));
                }
            }
        }
        if let Some(held) = &row.held {
            care(&mut update, held, done);
        }
        let place = DueRow::Binding { owner: row.owner.key(), provider: row.provider.clone() };
        self.send(&place, update).await
    }

    async fn settle_transient(&self, row: &ClaimedTransient, next_at: Option<Timestamp>) -> Result<bool, StoreError> {
        let mut update = Update::default();
        update.claim(row.until, next_at);
        self.send(&DueRow::Transient { id: row.id.clone() }, update).await
    }
}

/// What concerns the binding: it must be the very one that was seen, with the very token.
fn care(update: &mut Update, held: &Held, done: &Settlement) {
    update.require(&["binding", "id"], text(held.binding.id.as_str()));
    update.require(&["token_mark"], text(done.token_mark.as_ref().unwrap_or(&held.token_mark).as_str()));
    update.edit(&["binding", "problem"], done.problem, write_problem);
    update.edit(&["binding", "credential_expires_at"], done.credential_expires_at, time);
    update.edit(&["binding", "verify_failed_at"], done.verify_failed_at, time);
    update.edit(&["suspect_at"], done.suspect_at, time);
    for (name, at) in [("last_verified_at", done.verified_at), ("verify_tried_at", done.verify_tried_at)] {
        if let Some(at) = at {
            update.set(&["binding", name], time(at));
        }
    }
    if done.forget_rotation {
        update.remove(&["binding", "rotation"]);
    }
    if let Some(at) = done.rotation_tried_at {
        update.set(&["binding", "rotation_tried_at"], time(at));
    }
    update.edit(&["binding", "notified_days"], done.notified_days, number);
    if let Some(sealed) = &done.resealed {
        let (id, address) = (held.binding.id.as_str(), &held.binding.address);
        update.set(&["credential"], write_credential(sealed, id, address));
    }
}

impl Dynamo {
    async fn send(&self, row: &DueRow, update: Update) -> Result<bool, StoreError> {
        let (table, key): (&str, Item) = self.place_of(row);
        let request = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(update.expression())
            .condition_expression(update.conditions.join(" AND "))
            .set_expression_attribute_names(Some(update.names.into_iter().collect()))
            .set_expression_attribute_values(Some(update.values.into_iter().collect()));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(store_error(&error)),
            },
        }
    }
}
