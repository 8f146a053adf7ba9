//! The index of work: which rows are due, and the claim that makes one this run's.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValue;

use super::event_row::read_events;
use super::rotation::read_begun;
use super::row::{Item, Reader, number, read_binding, read_sealed, text, unreadable};
use super::transient_row::read_grant;
use super::{Dynamo, store_error};
use crate::domain::binding::{Binding, BindingId};
use crate::domain::grant::TicketId;
use crate::domain::owner::Owner;
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::Upkeep;
use crate::ports::{
    ClaimWork, Claimed, ClaimedRow, ClaimedTransient, Due, DueRow, FindWork, Held, QueuedRevocation, Retry, StoreError,
    TransientKind, WorkTable,
};

/// The index of both tables: partition key `work_shard`, sort key `work_at`; of the rest only the keys.
const INDEX: &str = "work";

/// How the name of an attribute begins in which a credential waits to be revoked.
const REVOCATION: &str = "revocation_";

impl Dynamo {
    fn table(&self, table: WorkTable) -> &str {
        match table {
            WorkTable::Bindings => &self.tables.bindings,
            WorkTable::Transients => &self.tables.transients,
        }
    }

    /// Table and key of a row.
    pub(super) fn place_of(&self, row: &DueRow) -> (&str, Item) {
        match row {
            DueRow::Binding { owner, provider } => (
                self.table(WorkTable::Bindings),
                Item::from([("owner".to_owned(), text(owner)), ("provider".to_owned(), text(provider))]),
            ),
            DueRow::Transient { id } => (self.table(WorkTable::Transients), Item::from([("id".to_owned(), text(id))])),
        }
    }
}

impl FindWork for Dynamo {
    async fn find_due(
        &self,
        table: WorkTable,
        shard: &str,
        now: Timestamp,
        max: usize,
    ) -> Result<Vec<Due>, StoreError> {
        let query = self.client.query().table_name(self.table(table)).index_name(INDEX);
        let result = query
            .key_condition_expression("#work_shard = :work_shard AND #work_at <= :now")
            .expression_attribute_names("#work_shard", "work_shard")
            .expression_attribute_names("#work_at", "work_at")
            .expression_attribute_values(":work_shard", text(shard))
            .expression_attribute_values(":now", number(now.milliseconds()))
            .limit(i32::try_from(max).unwrap_or(i32::MAX))
            .send()
            .await;
        let rows = result.map_err(|error| store_error(&error))?.items.unwrap_or_default();
        rows.iter().map(|row| due(row, table)).collect()
    }
}

fn due(row: &Item, table: WorkTable) -> Result<Due, StoreError> {
    let reader = Reader(row);
    let row = match table {
        WorkTable::Bindings => DueRow::Binding { owner: reader.text("owner")?, provider: reader.text("provider")? },
        WorkTable::Transients => DueRow::Transient { id: reader.text("id")? },
    };
    Ok(Due { row, at: reader.time("work_at")? })
}

impl ClaimWork for Dynamo {
    async fn claim(&self, due: &Due, until: Timestamp) -> Result<Option<Claimed>, StoreError> {
        let (table, key) = self.place_of(&due.row);
        let result = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression("SET #work_at = :until")
            // A repeated request finds its own claim.
            .condition_expression("#work_at = :seen OR #work_at = :until")
            .expression_attribute_names("#work_at", "work_at")
            .expression_attribute_values(":seen", number(due.at.milliseconds()))
            .expression_attribute_values(":until", number(until.milliseconds()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let row = match result {
            Ok(output) => output.attributes.ok_or_else(|| unreadable("attributes"))?,
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => return Ok(None),
                _ => return Err(store_error(&error)),
            },
        };
        match &due.row {
            DueRow::Binding { .. } => claimed_row(&row, until).map(|row| Some(Claimed::Row(Box::new(row)))),
            DueRow::Transient { id } => {
                let kind = transient_kind(&row, id)?;
                Ok(Some(Claimed::Transient(ClaimedTransient { id: id.clone(), until, kind })))
            }
        }
    }
}

fn claimed_row(row: &Item, until: Timestamp) -> Result<ClaimedRow, StoreError> {
    let reader = Reader(row);
    reader.check_schema()?;
    let owner = Owner::from_key(&reader.text("owner")?).ok_or_else(|| unreadable("owner"))?;
    let provider = reader.text("provider")?;
    let held = read_binding(row)?.map(|binding| held(row, binding)).transpose()?;
    let events = read_events(row, &owner, &provider)?;
    let mut revocations = Vec::new();
    for (name, value) in row {
        let Some(attempt) = name.strip_prefix(REVOCATION) else { continue };
        let map = value.as_m().map_err(|_| unreadable(REVOCATION))?;
        revocations.push(revocation(row, attempt, map)?);
    }
    Ok(ClaimedRow { owner, provider, until, held, events, revocations })
}

fn held(row: &Item, binding: Binding) -> Result<Held, StoreError> {
    let reader = Reader(row);
    let time = |reader: &Reader<'_>, name| Ok(reader.optional_number(name)?.map(Timestamp::from_milliseconds));
    let inner = Reader(reader.map("binding")?.ok_or_else(|| unreadable("binding"))?);
    let upkeep = Upkeep {
        notified_days: inner.optional_number("notified_days")?,
        verify_tried_at: time(&inner, "verify_tried_at")?,
        verify_failed_at: time(&inner, "verify_failed_at")?,
        refreshed_at: time(&inner, "refreshed_at")?,
        suspect_at: time(&reader, "suspect_at")?,
        rotated_at: time(&inner, "rotated_at")?,
        rotation_tried_at: time(&inner, "rotation_tried_at")?,
        begun: inner.map("rotation")?.map(read_begun).transpose()?,
    };
    let sealed = read_sealed(reader.map("credential")?.ok_or_else(|| unreadable("credential"))?)?;
    Ok(Held { binding, sealed, token_mark: TokenMark::stored(reader.text("token_mark")?), upkeep })
}

fn revocation(row: &Item, attempt: &str, map: &Item) -> Result<QueuedRevocation, StoreError> {
    let (reader, attempt) = (Reader(map), BindingId::stored(attempt.to_owned()));
    let time = |name| Ok(reader.optional_number(name)?.map(Timestamp::from_milliseconds));
    let attempts = reader.optional_number("attempts")?.and_then(|it| u32::try_from(it).ok()).unwrap_or_default();
    Ok(QueuedRevocation {
        binding_id: BindingId::stored(reader.text("binding_id")?),
        sealed: read_sealed(map)?,
        address: reader.text("address")?,
        account_key: Reader(row).optional_text(&super::removal::account_attribute(&attempt))?,
        retry: Retry { attempts, since: time("since")?, next_at: time("next_at")? },
        attempt,
    })
}

fn transient_kind(row: &Item, id: &str) -> Result<TransientKind, StoreError> {
    let reader = Reader(row);
    reader.check_schema()?;
    let has_led_somewhere = row.contains_key("used_for");
    match id.split_once('.') {
        Some(("grant", hash)) if !has_led_somewhere => {
            let grant = read_grant(row, &TicketId::stored(hash.to_owned()))?;
            Ok(TransientKind::Grant { grant: Box::new(grant), is_ended: row.contains_key("used_by") })
        }
        Some(("authorization", _)) if !has_led_somewhere => unaccounted(&reader),
        _ => Ok(TransientKind::Over),
    }
}

/// An authorization that the console completes leads to a kept code, and says so nowhere: its code tells.
fn unaccounted(reader: &Reader<'_>) -> Result<TransientKind, StoreError> {
    let is_closed = reader.optional_text("used_by")?.is_some_and(|by| by.starts_with("closed."));
    if reader.text("completion")? == "console" && !is_closed {
        return Ok(TransientKind::Over);
    }
    let owner = match reader.optional_text("owner")? {
        Some(key) => Owner::from_key(&key).ok_or_else(|| unreadable("owner"))?,
        None => Owner::User(reader.user("caller_issuer", "caller_subject")?),
    };
    Ok(TransientKind::Unaccounted { owner, provider: reader.text("provider")? })
}
