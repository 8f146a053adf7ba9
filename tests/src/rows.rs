//! The tables, read and changed through the real API, as an operator or a clock would.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use codebind::{
    adapter::aws::http_client,
    domain::{authorization::AuthorizationId, owner::Owner, secret::State},
};

const BINDINGS: &str = "codebind-bindings";
const TRANSIENTS: &str = "codebind-transients";

/// A row.
pub type Item = HashMap<String, AttributeValue>;

/// Both tables.
#[derive(Debug, Clone)]
pub struct Rows {
    client: Client,
}

impl Rows {
    pub(crate) fn at(url: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "tests"))
            .http_client(http_client(None).expect("the client can be built"))
            .endpoint_url(url)
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// The row of the authorization that `state` names.
    pub async fn authorization(&self, state: &str) -> Option<Item> {
        let get = self.client.get_item().table_name(TRANSIENTS).key("id", authorization_key(state));
        get.consistent_read(true).send().await.expect("the table can be read").item
    }

    /// Changes one attribute of an authorization, which must exist.
    pub async fn set_authorization(&self, state: &str, attribute: &str, value: AttributeValue) {
        let update = self.client.update_item().table_name(TRANSIENTS).key("id", authorization_key(state));
        let update = update
            .update_expression("SET #attribute = :value")
            .condition_expression("attribute_exists(id)")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", value);
        update.send().await.expect("the authorization can be changed");
    }

    /// The row of an owner's binding; it outlives the binding.
    pub async fn binding(&self, owner: &Owner, provider: &str) -> Option<Item> {
        let get = self.client.get_item().table_name(BINDINGS).consistent_read(true);
        let get = get.key("owner", AttributeValue::S(owner.key()));
        let get = get.key("provider", AttributeValue::S(provider.to_owned()));
        get.send().await.expect("the table can be read").item
    }

    /// Changes one attribute of the row of an owner's binding, by its path.
    pub async fn set_binding(&self, owner: &Owner, provider: &str, path: &[&str], value: AttributeValue) {
        let update = self.client.update_item().table_name(BINDINGS).key("owner", AttributeValue::S(owner.key()));
        let update = update.key("provider", AttributeValue::S(provider.to_owned()));
        let names: Vec<_> = (0..path.len()).map(|at| format!("#n{at}")).collect();
        let update = names
            .iter()
            .zip(path)
            .fold(update, |update, (placeholder, name)| update.expression_attribute_names(placeholder, *name));
        let update = update.update_expression(format!("SET {} = :value", names.join(".")));
        update.expression_attribute_values(":value", value).send().await.expect("the row can be changed");
    }

    /// As if the time had come for everything that the sweeper is to do one day.
    pub async fn make_due(&self) {
        let past = || AttributeValue::N("1".to_owned());
        for mut row in self.bindings().await.into_iter().filter(|row| row.contains_key("work_shard")) {
            row.insert("work_at".to_owned(), past());
            for (_, value) in row.iter_mut().filter(|(name, _)| name.starts_with("revocation_")) {
                if let AttributeValue::M(map) = value {
                    map.entry("next_at".to_owned()).and_modify(|it| *it = past());
                }
            }
            self.put_binding(row).await;
        }
        for mut row in self.transients().await.into_iter().filter(|row| row.contains_key("work_shard")) {
            row.insert("work_at".to_owned(), past());
            self.put_transient(row).await;
        }
    }

    /// Puts a whole row into the table of bindings.
    pub async fn put_binding(&self, item: Item) {
        let put = self.client.put_item().table_name(BINDINGS).set_item(Some(item));
        put.send().await.expect("the row can be written");
    }

    /// Puts a whole row into the table of transients.
    pub async fn put_transient(&self, item: Item) {
        let put = self.client.put_item().table_name(TRANSIENTS).set_item(Some(item));
        put.send().await.expect("the row can be written");
    }

    /// Every row of both tables.
    pub async fn all(&self) -> Vec<Item> {
        [self.of(BINDINGS).await, self.of(TRANSIENTS).await].concat()
    }

    /// Every row of an owner's binding.
    pub async fn bindings(&self) -> Vec<Item> {
        self.of(BINDINGS).await
    }

    /// Every authorization, kept code and grant.
    pub async fn transients(&self) -> Vec<Item> {
        self.of(TRANSIENTS).await
    }

    async fn of(&self, table: &str) -> Vec<Item> {
        let scan = self.client.scan().table_name(table).consistent_read(true);
        let pages = scan.into_paginator().items().send();
        pages.collect::<Result<_, _>>().await.expect("the table can be read")
    }
}

fn authorization_key(state: &str) -> AttributeValue {
    let id = AuthorizationId::of(&State::new(state.to_owned()));
    AttributeValue::S(format!("authorization.{}", id.as_str()))
}
