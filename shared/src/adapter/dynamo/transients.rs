//! The table of transients: what is good once and for minutes (S-14, S-17, S-22).

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::change::{Change, Changed};
use super::row::{Item, number, text};
use super::transient_row::{
    authorization_key, code_key, grant_key, read_authorization, read_code, read_grant, write_authorization, write_code,
    write_grant,
};
use super::{Dynamo, store_error};
use crate::domain::authorization::{Authorization, AuthorizationId};
use crate::domain::grant::{Grant, KeptCode, TicketId};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::shard;
use crate::ports::{
    ConsumeAuthorization, Consumed, FindGrant, KeepCode, PutAuthorization, PutGrant, StoreError, TakeCode,
};

/// How long a used row is remembered, so that a second click is told so, and the sweeper sees where it led.
const REMEMBERED: Duration = Duration::from_hours(24);

/// How long after its use it is asked where an authorization led.
const ACCOUNTED_WITHIN: Duration = Duration::from_hours(1);

/// What became of an attempt to use a row up.
enum Used {
    Now(Item),
    Not(Option<Item>),
}

impl Dynamo {
    /// Writes a row whose key holds 256 random bits: the row that a repeated request finds is its own. One that comes
    /// after the row was used must not make it new again.
    async fn put_once(&self, row: Item) -> Result<(), StoreError> {
        let created = row.get("ends_at").cloned().unwrap_or_else(|| number(0));
        let put = self.client.put_item().table_name(&self.tables.transients);
        let result = put
            .set_item(Some(row))
            .condition_expression(
                "attribute_not_exists(#id) OR (#ends_at = :ends_at AND attribute_not_exists(#consumed_by) \
                 AND attribute_not_exists(#used_by))",
            )
            .expression_attribute_names("#id", "id")
            .expression_attribute_names("#ends_at", "ends_at")
            .expression_attribute_names("#consumed_by", "consumed_by")
            .expression_attribute_names("#used_by", "used_by")
            .expression_attribute_values(":ends_at", created)
            .send()
            .await;
        result.map(drop).map_err(|error| store_error(&error))
    }

    /// Uses a row up if it is live: one write that is safe to repeat.
    async fn use_up(&self, key: &str, now: Timestamp) -> Result<Used, StoreError> {
        // Names this very request: the SDK repeats it when its answer is lost, and must find itself the winner.
        let me = Secret::fresh().map_err(|error| StoreError::Unavailable(error.into()))?;
        let update = self.client.update_item().table_name(&self.tables.transients);
        let result = update
            .key("id", text(key))
            .update_expression(
                "SET #consumed_by = :me, #consumed_at = :now, #expires_at = :remembered_until, \
                 #work_shard = :work_shard, #work_at = :work_at",
            )
            .condition_expression(
                "attribute_exists(#id) AND ((attribute_not_exists(#consumed_by) AND #ends_at > :now) \
                 OR #consumed_by = :me)",
            )
            .expression_attribute_names("#id", "id")
            .expression_attribute_names("#consumed_by", "consumed_by")
            .expression_attribute_names("#consumed_at", "consumed_at")
            .expression_attribute_names("#ends_at", "ends_at")
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_names("#work_shard", "work_shard")
            .expression_attribute_names("#work_at", "work_at")
            .expression_attribute_values(":work_shard", text(&shard(&[key])))
            .expression_attribute_values(":work_at", number(now.plus(ACCOUNTED_WITHIN).milliseconds()))
            .expression_attribute_values(":me", text(me.reveal()))
            .expression_attribute_values(":now", number(now.milliseconds()))
            .expression_attribute_values(":remembered_until", number(now.plus(REMEMBERED).seconds()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(output) => output.attributes.map(Used::Now).ok_or_else(|| missing("attributes")),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(Used::Not(failed.item.clone())),
                _ => Err(store_error(&error)),
            },
        }
    }
}

impl PutAuthorization for Dynamo {
    async fn put_authorization(&self, authorization: &Authorization) -> Result<(), StoreError> {
        self.put_once(write_authorization(authorization)).await
    }
}

impl ConsumeAuthorization for Dynamo {
    async fn consume_authorization(&self, id: &AuthorizationId, now: Timestamp) -> Result<Consumed, StoreError> {
        match self.use_up(&authorization_key(id), now).await? {
            Used::Now(row) => {
                let authorization = Box::new(read_authorization(&row, id)?);
                // In code too, so that neither a condition nor this line can let an expired one pass alone (S-17).
                if authorization.is_expired(now) {
                    return Ok(Consumed::Expired(authorization));
                }
                Ok(Consumed::Now(authorization))
            }
            Used::Not(None) => Ok(Consumed::Unknown),
            Used::Not(Some(row)) if row.contains_key("consumed_by") => {
                Ok(Consumed::Before(Box::new(read_authorization(&row, id)?)))
            }
            Used::Not(Some(row)) => Ok(Consumed::Expired(Box::new(read_authorization(&row, id)?))),
        }
    }
}

impl KeepCode for Dynamo {
    async fn keep_code(&self, code: &KeptCode) -> Result<(), StoreError> {
        self.put_once(write_code(code)).await
    }
}

impl TakeCode for Dynamo {
    async fn take_code(&self, id: &TicketId, now: Timestamp) -> Result<Option<KeptCode>, StoreError> {
        match self.use_up(&code_key(id), now).await? {
            Used::Now(row) => read_code(&row, id).map(Some),
            Used::Not(_) => Ok(None),
        }
    }
}

impl PutGrant for Dynamo {
    async fn put_grant(&self, grant: &Grant) -> Result<(), StoreError> {
        self.put_once(write_grant(grant)).await
    }
}

impl FindGrant for Dynamo {
    async fn find_grant(&self, id: &TicketId) -> Result<Option<Grant>, StoreError> {
        let get = self.client.get_item().table_name(&self.tables.transients).consistent_read(true);
        let row = get.key("id", text(&grant_key(id))).send().await.map_err(|error| store_error(&error))?.item;
        let Some(row) = row else {
            return Ok(None);
        };
        let grant = read_grant(&row, id)?;
        // Used by somebody and for nothing: it was ended.
        let is_ended = row.contains_key("used_by") && grant.used_for.is_none();
        Ok(Some(grant).filter(|_| !is_ended))
    }

    async fn end_grant(&self, grant: &Grant) -> Result<bool, StoreError> {
        let me = Secret::fresh().map_err(|error| StoreError::Unavailable(error.into()))?;
        let end = Change {
            table: self.tables.transients.clone(),
            key: Item::from([("id".to_owned(), text(&grant_key(&grant.id)))]),
            update: "SET #used_by = :me".to_owned(),
            condition: "attribute_exists(#id) AND (attribute_not_exists(#used_by) OR #used_by = :me)".to_owned(),
            names: vec![("#used_by", "used_by".to_owned()), ("#id", "id".to_owned())],
            values: vec![(":me", text(me.reveal()))],
        };
        Ok(matches!(self.change(end).await?, Changed::Done(_)))
    }
}

fn missing(field: &str) -> StoreError {
    StoreError::Unreadable { field: field.to_owned() }
}
