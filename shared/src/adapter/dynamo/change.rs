//! One conditional change of a row, sent alone or as part of a transaction.

use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::row::Item;
use super::{Dynamo, store_error};
use crate::ports::StoreError;

/// How often a transaction that met another one is tried again.
const CONFLICT_ATTEMPTS_MAX: u32 = 6;

/// The pause after the first such meeting, in milliseconds; it doubles.
const CONFLICT_PAUSE_MILLISECONDS: u64 = 15;

/// A conditional update of one row.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) table: String,
    pub(super) key: Item,
    pub(super) update: String,
    pub(super) condition: String,
    pub(super) names: Vec<(&'static str, String)>,
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

/// What became of a change.
#[derive(Debug)]
pub(super) enum Changed {
    /// Done; the row as it is now, where the request alone was sent.
    Done(Option<Item>),
    /// Its condition does not hold; the row as it stands, if there is one.
    Refused(Option<Item>),
    /// The condition of the second change of a transaction does not hold; its row as it stands, if there is one.
    SecondRefused(Option<Item>),
}

impl Dynamo {
    /// Sends `change` alone.
    pub(super) async fn change(&self, change: Change) -> Result<Changed, StoreError> {
        let mut update = self.client.update_item().table_name(change.table);
        for (name, attribute) in change.names {
            update = update.expression_attribute_names(name, attribute);
        }
        for (name, value) in change.values {
            update = update.expression_attribute_values(name, value);
        }
        let result = update
            .set_key(Some(change.key))
            .update_expression(change.update)
            .condition_expression(change.condition)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(output) => Ok(Changed::Done(output.attributes)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Changed::Refused(failed.item.clone()))
                }
                _ => Err(store_error(&error)),
            },
        }
    }

    /// Sends `first` and `second` as one transaction.
    pub(super) async fn change_both(&self, first: Change, second: Change) -> Result<Changed, StoreError> {
        let first = first.into_transaction_part()?;
        let second = second.into_transaction_part()?;
        let mut pause = Duration::from_millis(CONFLICT_PAUSE_MILLISECONDS);
        for attempt in 1.. {
            let write = self.client.transact_write_items();
            let result = write.transact_items(first.clone()).transact_items(second.clone()).send().await;
            let Err(error) = result else {
                return Ok(Changed::Done(None));
            };
            let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
                return Err(store_error(&error));
            };
            let reasons = canceled.cancellation_reasons();
            let refused = |at: usize| reasons.get(at).filter(|it| it.code() == Some("ConditionalCheckFailed"));
            // The second first: it tells whether this very transaction took effect before.
            if let Some(reason) = refused(1) {
                return Ok(Changed::SecondRefused(reason.item.clone()));
            }
            if let Some(reason) = refused(0) {
                return Ok(Changed::Refused(reason.item.clone()));
            }
            let is_conflict = reasons.iter().any(|it| it.code() == Some("TransactionConflict"));
            if !is_conflict || attempt == CONFLICT_ATTEMPTS_MAX {
                return Err(StoreError::Unavailable(super::aws::with_causes(&error)));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(StoreError::Unavailable("no attempt was made".into()))
    }
}

impl Change {
    fn into_transaction_part(self) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(self.table)
            .set_key(Some(self.key))
            .update_expression(self.update)
            .condition_expression(self.condition)
            .set_expression_attribute_names(Some(
                self.names.into_iter().map(|(name, attribute)| (name.to_owned(), attribute)).collect(),
            ))
            .set_expression_attribute_values(Some(
                self.values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Refused(error.into()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
