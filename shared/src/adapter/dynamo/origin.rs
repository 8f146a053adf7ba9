//! What a binding comes from: an authorization or a grant, each good for one write and no more (S-20, S-22).

use super::Dynamo;
use super::bindings::{missing, named};
use super::change::{Change, Changed};
use super::row::{Item, Reader, text};
use super::transient_row::{authorization_key, grant_key};
use crate::domain::authorization::Authorization;
use crate::domain::binding::{BindingId, NewBinding, Origin};
use crate::ports::{Closed, StoreError};

/// Holds once: neither another attempt, nor the same request delivered late or twice, writes again with the token that
/// is stored or queued by then.
const UNUSED: &str = "attribute_exists(#id) AND attribute_not_exists(#used_by)";

impl Dynamo {
    /// Sends a change of a binding, with the mark on what it comes from.
    pub(super) async fn write(
        &self,
        change: Change,
        new: &NewBinding,
        origin: Option<Origin<'_>>,
    ) -> Result<Changed, StoreError> {
        let Some(origin) = origin else {
            return self.change(change).await;
        };
        match self.change_both(change, self.mark_used(origin, new)).await? {
            // A repeated request finds its own mark: it was written.
            Changed::SecondRefused(Some(row)) if is_used_by(&row, &new.attempt)? => Ok(Changed::Done(None)),
            changed => Ok(changed),
        }
    }

    /// The mark that an authorization or grant led to this binding. One without it ended otherwise, or was cut off.
    fn mark_used(&self, origin: Origin<'_>, new: &NewBinding) -> Change {
        let key = match origin {
            Origin::Authorization(authorization) => authorization_key(&authorization.id),
            Origin::Grant(grant) => grant_key(&grant.id),
        };
        let mut change = self.origin_change(
            &key,
            "SET #used_for = :binding_id, #used_by = :attempt REMOVE #work_shard, #work_at",
            UNUSED,
        );
        change.names.extend(named(["#used_for", "#work_shard", "#work_at"]));
        change.values.push((":binding_id", text(new.binding.id.as_str())));
        change.values.push((":attempt", text(new.attempt.as_str())));
        change
    }

    /// Closes an authorization, so that a write of unknown outcome can be told apart from one that never will be.
    pub(super) async fn close_authorization(
        &self,
        authorization: &Authorization,
        attempt: &BindingId,
    ) -> Result<Closed, StoreError> {
        let key = authorization_key(&authorization.id);
        let condition = "attribute_exists(#id) AND (attribute_not_exists(#used_by) OR #used_by = :closed)";
        let mut change = self.origin_change(&key, "SET #used_by = :closed", condition);
        change.values.push((":closed", text(&format!("closed.{}", attempt.as_str()))));
        match self.change(change).await? {
            Changed::Done(_) => Ok(Closed::Unwritten),
            Changed::Refused(Some(row)) if is_used_by(&row, attempt)? => Ok(Closed::Written),
            // One attempt alone gets past the consumption, so this cannot be; nothing is concluded from it.
            Changed::Refused(_) | Changed::SecondRefused(_) => Err(missing("used_by")),
        }
    }

    fn origin_change(&self, key: &str, update: &str, condition: &str) -> Change {
        Change {
            table: self.tables.transients.clone(),
            key: Item::from([("id".to_owned(), text(key))]),
            update: update.to_owned(),
            condition: condition.to_owned(),
            names: named(["#used_by", "#id"]).to_vec(),
            values: Vec::new(),
        }
    }
}

fn is_used_by(row: &Item, attempt: &BindingId) -> Result<bool, StoreError> {
    Ok(Reader(row).optional_text("used_by")?.as_deref() == Some(attempt.as_str()))
}
