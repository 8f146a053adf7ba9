//! The table of bindings: one row per owner and provider, so that "one account of each" is the key itself (S-5).

use aws_sdk_dynamodb::types::AttributeValue;

use super::change::{Change, Changed};
use super::row::{
    Item, Reader, SCHEMA, authorization_key, number, read_binding, read_credential, text, write_binding,
    write_credential,
};
use super::{Dynamo, store_error};
use crate::domain::authorization::Authorization;
use crate::domain::binding::{Binding, BindingId, NewBinding, Place, RemovedBinding, StandingBinding};
use crate::domain::credential::Sealed;
use crate::domain::owner::Owner;
use crate::domain::timestamp::Timestamp;
use crate::ports::{
    Bind, BindOutcome, ListBindings, QueueRevocation, RenewOutcome, SettleRevocation, StoreError, Unbind,
};

/// What status reads: nothing of a credential (S-34).
const SHOWN: &str = "#owner, #provider, #schema, #version, #binding";

/// The names in [`SHOWN`].
const SHOWN_NAMES: [&str; 5] = ["#owner", "#provider", "#schema", "#version", "#binding"];

/// Holds until the owner unbinds after the authorization was started (S-30).
const NOT_UNBOUND_SINCE: &str = " AND (attribute_not_exists(#unbound_at) OR #unbound_at < :started_at)";

impl Dynamo {
    fn binding_change(&self, owner: &Owner, provider: &str, update: &str, condition: &str) -> Change {
        Change {
            table: self.tables.bindings.clone(),
            key: key(owner, provider),
            update: update.to_owned(),
            condition: condition.to_owned(),
            names: named(["#schema"]).to_vec(),
            values: vec![(":schema", number(SCHEMA))],
        }
    }

    /// Sends a change of a binding, with the mark on its authorization if it comes from one.
    async fn write(&self, change: Change, authorization: Option<&Authorization>) -> Result<Changed, StoreError> {
        let Some(authorization) = authorization else {
            return self.change(change).await;
        };
        let mut change = change;
        change.condition.push_str(NOT_UNBOUND_SINCE);
        change.names.extend(named(["#unbound_at"]));
        change.values.push((":started_at", number(authorization.created_at.milliseconds())));
        self.change_both(change, self.completion(authorization)).await
    }

    /// The mark that an authorization led to a binding: one without it ended otherwise, or was cut off.
    fn completion(&self, authorization: &Authorization) -> Change {
        Change {
            table: self.tables.transients.clone(),
            key: Item::from([("id".to_owned(), text(&authorization_key(&authorization.id)))]),
            update: "SET #completed = :true".to_owned(),
            condition: "attribute_exists(#id)".to_owned(),
            names: named(["#completed", "#id"]).to_vec(),
            values: vec![(":true", AttributeValue::Bool(true))],
        }
    }
}

/// Names and values that both ways of writing a binding share.
fn written(change: &mut Change, new: &NewBinding) {
    let credential = write_credential(&new.sealed, &new.binding.id, &new.binding.address);
    change.names.extend(named(["#binding", "#credential", "#version"]));
    change.names.push(("#binding_id", "id".to_owned()));
    change.values.push((":binding", write_binding(&new.binding)));
    change.values.push((":credential", credential));
    change.values.push((":one", number(1)));
    change.values.push((":binding_id", text(new.binding.id.as_str())));
}

impl Bind for Dynamo {
    async fn bind(&self, new: &NewBinding, authorization: Option<&Authorization>) -> Result<BindOutcome, StoreError> {
        let mut change = self.binding_change(
            &new.owner,
            &new.binding.provider,
            "SET #schema = :schema, #binding = :binding, #credential = :credential ADD #version :one",
            // The second half: a repeated request finds what it wrote itself.
            "(attribute_not_exists(#schema) OR #schema = :schema) \
             AND (attribute_not_exists(#binding) OR #binding.#binding_id = :binding_id)",
        );
        written(&mut change, new);
        match self.write(change, authorization).await? {
            Changed::Done(_) => Ok(BindOutcome::Bound),
            Changed::Refused(row) => {
                let row = row.ok_or_else(|| missing("item of a refused condition"))?;
                let unbound_at = Reader(&row).optional_number("unbound_at")?;
                let started_at = authorization.map(|it| it.created_at.milliseconds());
                if started_at.is_some_and(|started_at| unbound_at.is_some_and(|at| at >= started_at)) {
                    return Ok(BindOutcome::UnboundSince);
                }
                let standing = standing(&row)?.ok_or_else(|| missing("binding"))?;
                Ok(BindOutcome::Standing(Box::new(standing)))
            }
        }
    }

    async fn renew(
        &self,
        new: &NewBinding,
        standing: &StandingBinding,
        queue_old: bool,
        authorization: Option<&Authorization>,
    ) -> Result<RenewOutcome, StoreError> {
        // The right-hand sides of SET are the row as it was: the credential that is replaced goes into the queue.
        let update = if queue_old {
            "SET #revocation = #credential, #binding = :binding, #credential = :credential ADD #version :one"
        } else {
            "SET #binding = :binding, #credential = :credential ADD #version :one"
        };
        let mut change = self.binding_change(
            &new.owner,
            &new.binding.provider,
            update,
            "#schema = :schema AND #binding.#binding_id = :binding_id AND #version = :seen",
        );
        written(&mut change, new);
        change.values.push((":seen", number(standing.version)));
        if queue_old {
            change.names.push(("#revocation", revocation_attribute(&BindingId::fresh().map_err(no_entropy)?)));
        }
        match self.write(change, authorization).await? {
            Changed::Done(_) => Ok(RenewOutcome::Renewed),
            // A repeated request finds what it wrote itself: the same binding, to the millisecond, under a new version.
            Changed::Refused(Some(row)) if self::standing(&row)?.is_some_and(|it| it.binding == new.binding) => {
                Ok(RenewOutcome::Renewed)
            }
            Changed::Refused(_) => Ok(RenewOutcome::Changed),
        }
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

impl Unbind for Dynamo {
    async fn unbind(
        &self,
        place: Place<'_>,
        attempt: &BindingId,
        queue_revocation: bool,
        now: Timestamp,
    ) -> Result<Option<RemovedBinding>, StoreError> {
        // `if_not_exists` makes a repeated request find what the first one left, not what was there before it.
        let (queued, revocation) = if queue_revocation {
            let queued = ", #revocation = if_not_exists(#credential, #revocation)";
            (queued, Some(revocation_attribute(attempt)))
        } else {
            ("", None)
        };
        let mut change = self.binding_change(
            place.owner,
            place.provider.id,
            &format!(
                "SET #unbound_id = if_not_exists(#binding.#binding_id, #unbound_id), #unbound_at = :now, \
                 #unbound_by = :me{queued} REMOVE #binding, #credential ADD #version :one"
            ),
            "#schema = :schema AND (attribute_exists(#binding) OR #unbound_by = :me)",
        );
        change.names.extend(named([
            "#unbound_id",
            "#unbound_at",
            "#unbound_by",
            "#binding",
            "#credential",
            "#version",
        ]));
        change.names.push(("#binding_id", "id".to_owned()));
        change.names.extend(revocation.clone().map(|attribute| ("#revocation", attribute)));
        change.values.push((":now", number(now.milliseconds())));
        change.values.push((":me", text(attempt.as_str())));
        change.values.push((":one", number(1)));
        match self.change(change).await? {
            Changed::Done(row) => removed(&row.ok_or_else(|| missing("attributes"))?, revocation.as_deref()).map(Some),
            Changed::Refused(Some(row)) => {
                Reader(&row).check_schema()?;
                Ok(None)
            }
            Changed::Refused(None) => Ok(None),
        }
    }
}

impl SettleRevocation for Dynamo {
    async fn settle_revocation(&self, place: Place<'_>, attempt: &BindingId) -> Result<(), StoreError> {
        let condition = "#schema = :schema";
        let mut change = self.binding_change(place.owner, place.provider.id, "REMOVE #revocation", condition);
        change.names.push(("#revocation", revocation_attribute(attempt)));
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
    ) -> Result<(), StoreError> {
        let mut change = self.binding_change(
            place.owner,
            place.provider.id,
            "SET #schema = :schema, #revocation = :credential",
            "attribute_not_exists(#schema) OR #schema = :schema",
        );
        change.names.push(("#revocation", revocation_attribute(attempt)));
        change.values.push((":credential", write_credential(sealed, attempt, address)));
        match self.change(change).await? {
            Changed::Done(_) => Ok(()),
            Changed::Refused(_) => Err(missing("schema")),
        }
    }
}

impl ListBindings for Dynamo {
    async fn list_bindings(&self, owner: &Owner) -> Result<Vec<Binding>, StoreError> {
        let query = self.client.query().table_name(&self.tables.bindings).consistent_read(true);
        let mut query = query.key_condition_expression("#owner = :owner").projection_expression(SHOWN);
        for (name, attribute) in named(SHOWN_NAMES) {
            query = query.expression_attribute_names(name, attribute);
        }
        let query = query.expression_attribute_values(":owner", text(&owner.key()));
        let rows = query.send().await.map_err(|error| store_error(&error))?.items.unwrap_or_default();
        rows.iter().filter_map(|row| read_binding(row).transpose()).collect()
    }
}

fn key(owner: &Owner, provider: &str) -> Item {
    Item::from([("owner".to_owned(), text(&owner.key())), ("provider".to_owned(), text(provider))])
}

/// Placeholders with the attributes they stand for. Names are never written out: some are reserved words.
fn named<const N: usize>(placeholders: [&'static str; N]) -> [(&'static str, String); N] {
    placeholders.map(|placeholder| (placeholder, placeholder.trim_start_matches('#').to_owned()))
}

/// The attribute in which one credential waits to be revoked.
fn revocation_attribute(attempt: &BindingId) -> String {
    format!("revocation_{}", attempt.as_str())
}

fn standing(row: &Item) -> Result<Option<StandingBinding>, StoreError> {
    let version = Reader(row).optional_number("version")?.unwrap_or_default();
    Ok(read_binding(row)?.map(|binding| StandingBinding { binding, version }))
}

fn removed(row: &Item, revocation: Option<&str>) -> Result<RemovedBinding, StoreError> {
    let reader = Reader(row);
    let id = BindingId::stored(reader.text("unbound_id")?);
    let kept = revocation.map(|attribute| reader.map(attribute)).transpose()?.flatten();
    Ok(RemovedBinding { id, kept: kept.map(read_credential).transpose()? })
}

fn missing(field: &str) -> StoreError {
    StoreError::Unreadable { field: field.to_owned() }
}

fn no_entropy(error: crate::domain::secret::NoEntropy) -> StoreError {
    StoreError::Unavailable(error.into())
}
