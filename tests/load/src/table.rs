//! The table of bindings, filled with as many rows as a registry with many owners would have.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::{AttributeValue, PutRequest, WriteRequest},
};
use codebind::adapter::aws::http_client;
use codebind::domain::owner::{Owner, User};
use codebind::domain::work::shard;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::Failure;

const BINDINGS: &str = "codebind-bindings";
/// What one call takes at most.
const BATCH: u64 = 25;
/// Calls at a time: the embedded server writes one after the other anyway.
const AT_A_TIME: usize = 4;

/// A row.
type Item = HashMap<String, AttributeValue>;

/// The table, and the row that all others are made from.
pub(crate) struct Table {
    client: Client,
    pattern: Item,
    issuer: String,
    rows: u64,
}

impl Table {
    /// The table at `url`, which holds one real binding: that of person 0 of `issuer` at `provider`.
    pub(crate) async fn open(url: &str, issuer: &str, provider: &str) -> Result<Self, Failure> {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "load"))
            .http_client(http_client(None).map_err(Failure::because)?)
            .endpoint_url(url)
            .build();
        let client = Client::from_conf(config);
        let get = client.get_item().table_name(BINDINGS).consistent_read(true);
        let get = get.key("owner", AttributeValue::S(owner_of(issuer, 0).key()));
        let found = get.key("provider", AttributeValue::S(provider.to_owned())).send().await;
        let pattern = found.map_err(Failure::because)?.item.ok_or("the first binding is not in the table")?;
        Ok(Self { client, pattern, issuer: issuer.to_owned(), rows: 1 })
    }

    /// Adds bindings of other owners until there are `rows`.
    pub(crate) async fn grow_to(&mut self, rows: u64) -> Result<(), Failure> {
        let starts = (self.rows..rows).step_by(usize::try_from(BATCH).unwrap_or(1));
        let batches = stream::iter(starts.map(|start| self.write(start..rows.min(start + BATCH))));
        batches.buffer_unordered(AT_A_TIME).try_collect::<()>().await?;
        self.rows = self.rows.max(rows);
        Ok(())
    }

    async fn write(&self, numbers: std::ops::Range<u64>) -> Result<(), Failure> {
        let put = |number| PutRequest::builder().set_item(Some(self.row(number))).build().map_err(Failure::because);
        let put = |number| Ok(WriteRequest::builder().put_request(put(number)?).build());
        let requests = numbers.map(put).collect::<Result<Vec<_>, Failure>>()?;
        let written = self.client.batch_write_item().request_items(BINDINGS, requests).send().await;
        let left = written.map_err(Failure::because)?.unprocessed_items.unwrap_or_default();
        if left.is_empty() { Ok(()) } else { Err("the table did not take all rows".into()) }
    }

    /// The pattern as the binding of another owner and another account, with its work due at another time.
    fn row(&self, number: u64) -> Item {
        let mut row = self.pattern.clone();
        let owner = owner_of(&self.issuer, number).key();
        let work_shard = shard(&[&owner, &number.to_string()]);
        row.insert("owner".to_owned(), AttributeValue::S(owner));
        for (name, value) in &mut row {
            match value {
                // The key of the index of accounts: many accounts, as in a real table.
                AttributeValue::S(text) if name == "account_key" => *text = format!("{text}-{number}"),
                AttributeValue::S(text) if name == "work_shard" => text.clone_from(&work_shard),
                AttributeValue::N(at) if name == "work_at" => {
                    let later = at.parse::<u64>().unwrap_or(0) + (number % 86_400) * 1000;
                    *at = later.to_string();
                }
                _ => {}
            }
        }
        row
    }
}

/// The owner of a row: a person. Number 0 is the one that is really bound.
fn owner_of(issuer: &str, number: u64) -> Owner {
    Owner::User(User { issuer: issuer.to_owned(), subject: subject(number) })
}

/// The name of the person who holds a row.
pub(crate) fn subject(number: u64) -> String {
    format!("person-{number}")
}
