//! The table of bindings: one row per owner and provider, so that "one account of each" is the key itself (S-5).

use super::change::{Change, Changed};
use super::removal::revocation_attribute;
use super::row::{Item, Reader, SCHEMA, number, read_binding, text, write_binding, write_credential};
use super::transient_row::{authorization_key, grant_key};
use super::{Dynamo, store_error};
use crate::domain::binding::{Binding, BindingId, NewBinding, Origin, Place, StandingBinding};
use crate::domain::owner::Owner;
use crate::ports::{Bind, BindOutcome, ListBindings, RenewOutcome, StoreError};

/// What status reads: nothing of a credential (S-34).
const SHOWN: &str = "#owner, #provider, #schema, #version, #binding";

/// The names in [`SHOWN`].
const SHOWN_NAMES: [&str; 5] = ["#owner", "#provider", "#schema", "#version", "#binding"];

/// What every writing of a binding sets.
const WRITTEN: &str = "#binding = :binding, #credential = :credential, #account_key = :account_key, \
                       #issued_at = :issued_at, #index_id = :binding_id, #token_mark = :token_mark ADD #version :one";

/// Holds until the owner unbinds after the authorization was started (S-30).
const NOT_UNBOUND_SINCE: &str = " AND (attribute_not_exists(#unbound_at) OR #unbound_at < :started_at)";

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

    /// Sends a change of a binding, with the mark on what it comes from.
    async fn write(&self, change: Change, new: &NewBinding, origin: Option<Origin<'_>>) -> Result<Changed, StoreError> {
        let mut change = change;
        let origin_key = match origin {
            None => return self.change(change).await,
            Some(Origin::Grant(grant)) => grant_key(&grant.id),
            Some(Origin::Authorization(authorization)) => {
                change.condition.push_str(NOT_UNBOUND_SINCE);
                change.names.extend(named(["#unbound_at"]));
                change.values.push((":started_at", number(authorization.created_at.milliseconds())));
                authorization_key(&authorization.id)
            }
        };
        self.change_both(change, self.mark_used(&origin_key, new)).await
    }

    /// The mark that an authorization or grant led to this binding. One without it ended otherwise, or was cut off.
    fn mark_used(&self, key: &str, new: &NewBinding) -> Change {
        Change {
            table: self.tables.transients.clone(),
            key: Item::from([("id".to_owned(), text(key))]),
            update: "SET #used_for = :binding_id, #used_by = :attempt".to_owned(),
            // The last part: a repeated request finds its own mark. Another attempt with the same grant holds the same
            // token, and would queue it for revocation as the one it replaces.
            condition: "attribute_exists(#id) AND (attribute_not_exists(#used_by) OR #used_by = :attempt)".to_owned(),
            names: named(["#used_for", "#used_by", "#id"]).to_vec(),
            values: vec![(":binding_id", text(new.binding.id.as_str())), (":attempt", text(new.attempt.as_str()))],
        }
    }
}

/// Names and values that both ways of writing a binding share.
fn written(change: &mut Change, new: &NewBinding) {
    let credential = write_credential(&new.sealed, new.binding.id.as_str(), &new.binding.address);
    change.names.extend(named(["#binding", "#credential", "#version"]));
    change.names.push(("#binding_id", "id".to_owned()));
    change.values.push((":binding", write_binding(&new.binding)));
    change.values.push((":credential", credential));
    change.values.push((":one", number(1)));
    change.values.push((":binding_id", text(new.binding.id.as_str())));
    change.names.extend(named(["#account_key", "#issued_at", "#token_mark"]));
    change.names.push(("#index_id", "binding_id".to_owned()));
    change.values.push((":account_key", text(&new.binding.account_key())));
    change.values.push((":token_mark", text(new.token_mark.as_str())));
    change.values.push((":issued_at", number(new.binding.updated_at.milliseconds())));
}

impl Bind for Dynamo {
    async fn bind(&self, new: &NewBinding, origin: Option<Origin<'_>>) -> Result<BindOutcome, StoreError> {
        let mut change = self.binding_change(
            &new.owner,
            &new.binding.provider,
            &format!("SET #schema = :schema, {WRITTEN}"),
            // The second half: a repeated request finds what it wrote itself.
            "(attribute_not_exists(#schema) OR #schema = :schema) \
             AND (attribute_not_exists(#binding) OR #binding.#binding_id = :binding_id)",
        );
        written(&mut change, new);
        match self.write(change, new, origin).await? {
            Changed::Done(_) => Ok(BindOutcome::Bound),
            Changed::SecondRefused => Ok(BindOutcome::OriginUsed),
            Changed::Refused(row) => {
                let row = row.ok_or_else(|| missing("item of a refused condition"))?;
                let unbound_at = Reader(&row).optional_number("unbound_at")?;
                let Some(Origin::Authorization(authorization)) = origin else {
                    return standing_outcome(&row);
                };
                if unbound_at.is_some_and(|at| at >= authorization.created_at.milliseconds()) {
                    return Ok(BindOutcome::UnboundSince);
                }
                standing_outcome(&row)
            }
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
        written(&mut change, new);
        change.values.push((":seen", number(standing.version)));
        if queue_old {
            change.names.push(("#revocation", revocation_attribute(&BindingId::fresh().map_err(no_entropy)?)));
        }
        match self.write(change, new, origin).await? {
            Changed::Done(_) => Ok(RenewOutcome::Renewed),
            Changed::Refused(Some(row)) if is_written(&row, new)? => Ok(RenewOutcome::Renewed),
            Changed::Refused(_) => Ok(RenewOutcome::Changed),
            Changed::SecondRefused => Ok(RenewOutcome::OriginUsed),
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
pub(super) fn named<const N: usize>(placeholders: [&'static str; N]) -> [(&'static str, String); N] {
    placeholders.map(|placeholder| (placeholder, placeholder.trim_start_matches('#').to_owned()))
}

fn standing_outcome(row: &Item) -> Result<BindOutcome, StoreError> {
    let standing = standing(row)?.ok_or_else(|| missing("binding"))?;
    Ok(BindOutcome::Standing(Box::new(standing)))
}

fn standing(row: &Item) -> Result<Option<StandingBinding>, StoreError> {
    let version = Reader(row).optional_number("version")?.unwrap_or_default();
    Ok(read_binding(row)?.map(|binding| StandingBinding { binding, version }))
}

/// Whether a repeated request finds what it wrote itself: the same binding with the same token, under a new version. The
/// binding alone does not tell: two renewals by one person in one millisecond differ in their tokens only.
fn is_written(row: &Item, new: &NewBinding) -> Result<bool, StoreError> {
    let is_same = standing(row)?.is_some_and(|it| it.binding == new.binding);
    Ok(is_same && Reader(row).optional_text("token_mark")?.as_deref() == Some(new.token_mark.as_str()))
}

pub(super) fn missing(field: &str) -> StoreError {
    StoreError::Unreadable { field: field.to_owned() }
}

fn no_entropy(error: crate::domain::secret::NoEntropy) -> StoreError {
    StoreError::Unavailable(error.into())
}
