//! The table of transients: one row per authorization, used up once (S-14, S-17).

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::row::{Item, authorization_key, number, read_authorization, text, write_authorization};
use super::{Dynamo, store_error};
use crate::domain::authorization::{Authorization, AuthorizationId};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::ports::{ConsumeAuthorization, Consumed, PutAuthorization, StoreError};

/// How long a used authorization is remembered, so that a second click is told so.
const REMEMBERED: Duration = Duration::from_hours(1);

impl PutAuthorization for Dynamo {
    async fn put_authorization(&self, authorization: &Authorization) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.tables.transients);
        let result = put
            .set_item(Some(write_authorization(authorization)))
            // A repeated request finds its own row: the nonce's hash is this attempt's alone.
            .condition_expression("attribute_not_exists(#id) OR #nonce_hash = :nonce_hash")
            .expression_attribute_names("#id", "id")
            .expression_attribute_names("#nonce_hash", "nonce_hash")
            .expression_attribute_values(":nonce_hash", text(authorization.nonce_hash.as_str()))
            .send()
            .await;
        result.map(drop).map_err(|error| store_error(&error))
    }
}

impl ConsumeAuthorization for Dynamo {
    async fn consume_authorization(&self, id: &AuthorizationId, now: Timestamp) -> Result<Consumed, StoreError> {
        // Names this very request: the SDK repeats it when its answer is lost, and must find itself the winner.
        let me = Secret::fresh().map_err(|error| StoreError::Unavailable(error.into()))?;
        let update = self.client.update_item().table_name(&self.tables.transients);
        let result = update
            .key("id", text(&authorization_key(id)))
            .update_expression("SET #consumed_by = :me, #consumed_at = :now, #expires_at = :remembered_until")
            .condition_expression(
                "attribute_exists(#id) AND ((attribute_not_exists(#consumed_by) AND #ends_at > :now) \
                 OR #consumed_by = :me)",
            )
            .expression_attribute_names("#id", "id")
            .expression_attribute_names("#consumed_by", "consumed_by")
            .expression_attribute_names("#consumed_at", "consumed_at")
            .expression_attribute_names("#ends_at", "ends_at")
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_values(":me", text(me.reveal()))
            .expression_attribute_values(":now", number(now.milliseconds()))
            .expression_attribute_values(":remembered_until", number(now.plus(REMEMBERED).seconds()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(output) => {
                let row = output.attributes.ok_or_else(|| missing("attributes"))?;
                let authorization = read_authorization(&row, id)?;
                // In code too: the condition and the clock of this function must agree (S-17).
                if authorization.is_expired(now) {
                    return Ok(Consumed::Expired(Box::new(authorization)));
                }
                Ok(Consumed::Now(Box::new(authorization)))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => refused(failed.item.as_ref(), id),
                _ => Err(store_error(&error)),
            },
        }
    }
}

fn refused(row: Option<&Item>, id: &AuthorizationId) -> Result<Consumed, StoreError> {
    let Some(row) = row else {
        return Ok(Consumed::Unknown);
    };
    let authorization = Box::new(read_authorization(row, id)?);
    if row.contains_key("consumed_by") {
        Ok(Consumed::Before(authorization))
    } else {
        Ok(Consumed::Expired(authorization))
    }
}

fn missing(field: &str) -> StoreError {
    StoreError::Unreadable { field: field.to_owned() }
}
