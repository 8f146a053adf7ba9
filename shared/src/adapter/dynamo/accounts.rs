//! The index of accounts: which owners bound the same one. It lags a little behind the table, so nothing that must be
//! right at once is decided by it.

use super::bindings::named;
use super::change::Changed;
use super::event_row::{due, event_attribute};
use super::row::{Item, Reader, number, text, write_problem};
use super::{Dynamo, store_error};
use crate::domain::binding::{BindingId, BindingProblem};
use crate::domain::event::{EventId, EventKind};
use crate::domain::owner::Owner;
use crate::domain::sibling::{Sibling, TokenMark};
use crate::ports::{FindSiblings, MarkBinding, StoreError};

/// The index: partition key `account_key`, sort key `issued_at`; of the rest only the keys, the
/// binding's id and its token's mark.
const INDEX: &str = "accounts";

/// How many bindings of one account are looked at.
const SIBLINGS_MAX: i32 = 100;

impl FindSiblings for Dynamo {
    async fn find_siblings(&self, account_key: &str) -> Result<Vec<Sibling>, StoreError> {
        let query = self.client.query().table_name(&self.tables.bindings).index_name(INDEX);
        let result = query
            .key_condition_expression("#account_key = :account_key")
            .expression_attribute_names("#account_key", "account_key")
            .expression_attribute_values(":account_key", text(account_key))
            // Newest first.
            .scan_index_forward(false)
            .limit(SIBLINGS_MAX)
            .send()
            .await;
        let rows = result.map_err(|error| store_error(&error))?.items.unwrap_or_default();
        rows.iter().map(sibling).collect()
    }
}

fn sibling(row: &Item) -> Result<Sibling, StoreError> {
    let reader = Reader(row);
    let owner = Owner::from_key(&reader.text("owner")?);
    let owner = owner.ok_or_else(|| StoreError::Unreadable { field: "owner".to_owned() })?;
    let token_mark = TokenMark::stored(reader.text("token_mark")?);
    Ok(Sibling { owner, binding_id: BindingId::stored(reader.text("binding_id")?), token_mark })
}

impl MarkBinding for Dynamo {
    async fn mark_binding(&self, sibling: &Sibling, provider: &str, problem: BindingProblem) -> Result<(), StoreError> {
        let mut change = self.binding_change(
            &sibling.owner,
            provider,
            "SET #binding.#problem = :problem, #event = #binding, #work_shard = :work_shard, #work_at = :work_at \
             ADD #version :one",
            "#schema = :schema AND #binding.#id = :id AND attribute_not_exists(#binding.#problem)",
        );
        change.names.extend(named(["#binding", "#problem", "#version", "#id"]));
        change.values.push((":problem", write_problem(problem)));
        change.values.push((":one", number(1)));
        change.values.push((":id", text(sibling.binding_id.as_str())));
        // The event is the binding as it was: of whom it tells is not known here.
        let event = EventId::of(EventKind::ReauthorizationRequired, problem.since, &sibling.binding_id);
        change.names.push(("#event", event_attribute(&event)));
        due(&mut change, &sibling.owner, provider, problem.since);
        match self.change(change).await? {
            // Unbound or marked meanwhile: then there is nothing to say.
            Changed::Done(_) | Changed::Refused(_) | Changed::SecondRefused(_) => Ok(()),
        }
    }
}
