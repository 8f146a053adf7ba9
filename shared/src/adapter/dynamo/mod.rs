//! DynamoDB: two tables, and writes that decide by condition and are safe to repeat (S-5, S-17, S-30).
//!
//! The table of bindings has a row per owner and provider, the table of transients one per authorization. A row of
//! bindings outlives its binding: it remembers when the owner unbound (S-30) and holds the credentials that wait to
//! be revoked, each in an attribute of its own (S-32).

mod accounts;
mod bindings;
mod breaker;
mod change;
mod event_row;
mod origin;
mod removal;
mod rotation;
mod row;
mod settle;
mod transient_row;
mod transients;
mod turn;
mod work;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};

use super::aws::{self, Aws, Link};
use super::call::Calls;
use crate::config::Tables;
use crate::ports::StoreError;

/// The stores behind the ports.
#[derive(Debug, Clone)]
pub struct Dynamo {
    client: Client,
    link: Link,
    tables: Tables,
}

impl Dynamo {
    /// Builds the client. Nothing is looked up and nothing connected.
    #[must_use]
    pub fn new(aws: &Aws, tables: Tables) -> Self {
        let config = &aws.config;
        let mut builder = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .credentials_provider(aws.credentials())
            .http_client(aws.http_client())
            .timeout_config(aws::timeouts())
            .retry_config(aws::retries())
            .interceptor(Calls { service: "dynamodb" });
        if let Some(url) = &config.dynamodb_url {
            builder = builder.endpoint_url(url);
        }
        Self {
            client: Client::from_conf(builder.build()),
            tables,
            link: aws.link("dynamodb", config.dynamodb_url.as_deref()),
        }
    }

    /// Opens a connection before it is needed.
    pub async fn connect(&self) {
        self.link.open().await;
    }
}

/// Translates an SDK error by type.
fn store_error<E, R>(error: &aws_sdk_dynamodb::error::SdkError<E, R>) -> StoreError
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let is_refusal = aws::is_refusal(error);
    let cause = aws::with_causes(error);
    if is_refusal { StoreError::Refused(cause) } else { StoreError::Unavailable(cause) }
}
