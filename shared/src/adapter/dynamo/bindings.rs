//! The table of bindings: one row per owner and provider, so that "one account of each" is the key itself (S-5).

use aws_sdk_dynamodb::types::Select;

use super::change::{Change, Changed};
use super::event_row::{due, event_attribute, write_told};
use super::removal::revocation_attribute;
use super::row::{Item, Reader, SCHEMA, number, read_binding, text, write_binding, write_credential};
use super::{Dynamo, store_error};
use crate::domain::authorization::Authorization;
use crate::domain::binding::{Binding, BindingId, NewBinding, Origin, Place, StandingBinding};
use crate::domain::event::{EventId, EventKind, Told};
use crate::domain::owner::Owner;
use crate::domain::timestamp::Timestamp;
use crate::ports::{Bind, BindOutcome, Closed, ListBindings, RenewOutcome, StoreError};

/// What status reads: nothing of a credential (S-34).
const SHOWN: &str = "#owner, #provider, #schema, #version, #binding";

/// The names in [`SHOWN`].
const SHOWN_NAMES: [&str; 5] = ["#owner", "#provider", "#schema", "#version", "#binding"];

/// What every writing of a binding sets.
const WRITTEN: &str = "#binding = :binding, #credential = :credential, #account_key = :account_key, \
                       #issued_at = :issued_at, #index_id = :binding_id, #token_mark = :token_mark, \
                       #work_shard = :work_shard, #work_at = :work_at, #event = :event REMOVE #turn, #suspect_at \
                       ADD #version :one";

/// Holds until the owner unbinds after `:began_at` (S-30).
const NOT_UNBOUND_SINCE: &str = " AND (attribute_not_exists(#unbound_at) OR #unbound_at < :began_at)";

impl Dynamo {
    pub(super) fn binding_change(&self, owner: &Owner, provider: &str, update: &str, condition: &str) -> Change {
        Change {
            table: self.tables.bindings.clone(),
            key: key(owner, provider),
            update: update.to_owned(),
            condition: condition.to_owned(),
            names: named(["#schema"]).to_vec(),
            values: vec![(":schema", number(SCHEMA))],
        }
    }
}

/// Lets the change pass only if the owner has not unbound since `began_at` (S-30).
fn refuse_if_unbound_since(change: &mut Change, began_at: Timestamp) {
    change.condition.push_str(NOT_UNBOUND_SINCE);
    change.names.extend(named(["#unbound_at"]));
    change.values.push((":began_at", number(began_at.milliseconds())));
}

/// Names and values that both ways of writing a binding share.
fn written(change: &mut Change, new: &NewBinding, kind: EventKind) {
    let credential = write_credential(&new.sealed, new.binding.id.as_str(), &new.binding.address);
    change.names.extend(named(["#binding", "#credential", "#version"]));
    change.values.push((":binding", write_binding(&new.binding)));
    change.values.push((":credential", credential));
    change.values.push((":one", number(1)));
    change.values.push((":binding_id", text(new.binding.id.as_str())));
    // Turn and suspicion are about the token that was there before.
    change.names.extend(named(["#account_key", "#issued_at", "#token_mark", "#turn", "#suspect_at"]));
    change.names.push(("#index_id", "binding_id".to_owned()));
    change.values.push((":account_key", text(&new.binding.account_key())));
    change.values.push((":token_mark", text(new.token_mark.as_str())));
    change.values.push((":issued_at", number(new.binding.updated_at.milliseconds())));
    let at = new.binding.updated_at;
    due(change, &new.owner, &new.binding.provider, at);
    change.names.push(("#event", event_attribute(&EventId::of(kind, at, &new.attempt))));
    change.values.push((":event", write_told(&Told::of(&new.binding))));
}

impl Bind for Dynamo {
    async fn bind(&self, new: &NewBinding, origin: Option<Origin<'_>>) -> Result<BindOutcome, StoreError> {
        let mut change = self.binding_change(
            &new.owner,
            &new.binding.provider,
            &format!("SET #schema = :schema, {WRITTEN}"),
            "(attribute_not_exists(#schema) OR #schema = :schema) AND attribute_not_exists(#binding)",
        );
        written(&mut change, new, EventKind::Bound);
        refuse_if_unbound_since(&mut change, began_at(new, origin));
        match self.write(change, new, origin).await? {
            Changed::Done(_) => Ok(BindOutcome::Bound),
            Changed::SecondRefused(_) => Ok(BindOutcome::OriginUsed),
            Changed::Refused(row) => refused_bind(&row.ok_or_else(|| missing("item"))?, new, origin),
        }
    }

    async fn renew(
        &self,
        new: &NewBinding,
        standing: &StandingBinding,
        queue_old: bool,
        origin: Option<Origin<'_>>,
    ) -> Result<RenewOutcome, StoreError> {
        // The right-hand sides of SET are the row as it was: the credential that is replaced goes into the queue.
        let queued = if queue_old { "#revocation = #credential, " } else { "" };
        let mut change = self.binding_change(
            &new.owner,
            &new.binding.provider,
            &format!("SET {queued}{WRITTEN}"),
            "#schema = :schema AND #binding.#binding_id = :binding_id AND #version = :seen",
        );
        written(&mut change, new, EventKind::Renewed);
        change.names.push(("#binding_id", "id".to_owned()));
        change.values.push((":seen", number(standing.version)));
        if queue_old {
            change.names.push(("#revocation", revocation_attribute(&BindingId::fresh().map_err(no_entropy)?)));
        }
        if let Some(Origin::Authorization(authorization)) = origin {
            refuse_if_unbound_since(&mut change, authorization.created_at);
        }
        match self.write(change, new, origin).await? {
            Changed::Done(_) => Ok(RenewOutcome::Renewed),
            // A repeated request finds what it wrote itself, under a new version.
            Changed::Refused(Some(row)) if is_as_written(&row, new)? => Ok(RenewOutcome::Renewed),
            Changed::Refused(_) => Ok(RenewOutcome::Changed),
            Changed::SecondRefused(_) => Ok(RenewOutcome::OriginUsed),
        }
    }

    async fn close(&self, authorization: &Authorization, attempt: &BindingId) -> Result<Closed, StoreError> {
        self.close_authorization(authorization, attempt).await
    }

    async fn read_back(&self, place: Place<'_>) -> Result<Option<StandingBinding>, StoreError> {
        let get = self.client.get_item().table_name(&self.tables.bindings).consistent_read(true);
        let mut get = get.set_key(Some(key(place.owner, place.provider.id))).projection_expression(SHOWN);
        for (name, attribute) in named(SHOWN_NAMES) {
            get = get.expression_attribute_names(name, attribute);
        }
        let row = get.send().await.map_err(|error| store_error(&error))?.item;
        row.map_or(Ok(None), |row| standing(&row))
    }
}

impl ListBindings for Dynamo {
    async fn list_bindings(&self, owner: &Owner) -> Result<Vec<Binding>, StoreError> {
        let query = self.client.query().table_name(&self.tables.bindings).consistent_read(true);
        let mut query = query.key_condition_expression("#owner = :owner").projection_expression(SHOWN);
        // Said in so many words: the function's policy allows nothing else (S-38).
        query = query.select(Select::SpecificAttributes);
        for (name, attribute) in named(SHOWN_NAMES) {
            query = query.expression_attribute_names(name, attribute);
        }
        let query = query.expression_attribute_values(":owner", text(&owner.key()));
        let rows = query.send().await.map_err(|error| store_error(&error))?.items.unwrap_or_default();
        rows.iter().filter_map(|row| read_binding(row).transpose()).collect()
    }
}

pub(super) fn key(owner: &Owner, provider: &str) -> Item {
    Item::from([("owner".to_owned(), text(&owner.key())), ("provider".to_owned(), text(provider))])
}

/// Placeholders with the attributes they stand for. Names are never written out: some are reserved words.
pub(super) fn named<const N: usize>(placeholders: [&'static str; N]) -> [(&'static str, String); N] {
    placeholders.map(|placeholder| (placeholder, placeholder.trim_start_matches('#').to_owned()))
}

/// What an unbinding must lie before: an authorization began when it was started, another request when it came in.
fn began_at(new: &NewBinding, origin: Option<Origin<'_>>) -> Timestamp {
    match origin {
        Some(Origin::Authorization(authorization)) => authorization.created_at,
        Some(Origin::Grant(_)) | None => new.binding.updated_at,
    }
}

/// Why a binding was not written, from the row that stands in its way.
fn refused_bind(row: &Item, new: &NewBinding, origin: Option<Origin<'_>>) -> Result<BindOutcome, StoreError> {
    let reader = Reader(row);
    let standing = standing(row)?;
    let unbound_id = reader.optional_text("unbound_id")?;
    // A repeated request finds what it wrote itself, or that it was unbound again already.
    let latest = standing.as_ref().map(|it| it.binding.id.as_str()).or(unbound_id.as_deref());
    if latest == Some(new.binding.id.as_str()) {
        return Ok(BindOutcome::Bound);
    }
    let unbound_at = reader.optional_number("unbound_at")?.map(Timestamp::from_milliseconds);
    let unbound_since = unbound_at.filter(|at| *at >= began_at(new, origin));
    match (standing, unbound_since) {
        (Some(standing), None) => Ok(BindOutcome::Standing(Box::new(standing))),
        // The person started before that unbinding: what stands is not theirs to renew by it.
        (Some(standing), Some(_)) if !matches!(origin, Some(Origin::Authorization(_))) => {
            Ok(BindOutcome::Standing(Box::new(standing)))
        }
        (_, Some(at)) => Ok(BindOutcome::UnboundSince { at }),
        (None, None) => Err(missing("binding")),
    }
}

pub(super) fn standing(row: &Item) -> Result<Option<StandingBinding>, StoreError> {
    let version = Reader(row).optional_number("version")?.unwrap_or_default();
    Ok(read_binding(row)?.map(|binding| StandingBinding { binding, version }))
}

/// Whether the row holds `new`: the same binding, to the millisecond, with the same token.
fn is_as_written(row: &Item, new: &NewBinding) -> Result<bool, StoreError> {
    let token_mark = Reader(row).optional_text("token_mark")?;
    let is_same_token = token_mark.as_deref() == Some(new.token_mark.as_str());
    Ok(is_same_token && standing(row)?.is_some_and(|it| it.binding == new.binding))
}

pub(super) fn missing(field: &str) -> StoreError {
    StoreError::Unreadable { field: field.to_owned() }
}

fn no_entropy(error: crate::domain::secret::NoEntropy) -> StoreError {
    StoreError::Unavailable(error.into())
}
