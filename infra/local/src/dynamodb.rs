//! The embedded DynamoDB: its tables, and the sweep that real DynamoDB does by itself.

use std::{path::Path, time::Duration};

use dynoxide::{AttributeValue, Database, Item};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    Error,
    server::{Server, listen_on_loopback},
};

/// The table of bindings.
pub(crate) const BINDINGS_TABLE: &str = "codebind-bindings";
/// The table of what is short-lived.
pub(crate) const TRANSIENTS_TABLE: &str = "codebind-transients";
const TTL_ATTRIBUTE: &str = "expires_at";
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// A running DynamoDB.
pub(crate) struct DynamoDb {
    pub(crate) url: String,
    database: Database,
    server: Server,
    sweeper: Server,
}

impl DynamoDb {
    /// Starts on a free port, with data in `file` or in memory, and the tables in place.
    pub(crate) async fn start(file: Option<&Path>) -> Result<Self, Error> {
        let database = match file {
            Some(path) => Database::new(&path.to_string_lossy()),
            None => Database::memory(),
        }
        .map_err(refused)?;
        create_tables(&database)?;
        let (listener, url) = listen_on_loopback().await.map_err(refused)?;
        let (for_clients, for_sweeper) = (database.clone(), database.clone());
        let server = Server::spawn(|stopped| async move {
            // It fails only when serving does, and then every request of the functions says so.
            let _ = dynoxide::server::serve_with_shutdown(listener, for_clients, stopped).await;
        });
        let sweeper = Server::spawn(|stopped| async move {
            tokio::select! {
                () = sweep(for_sweeper) => {}
                () = stopped => {}
            }
        });
        Ok(Self { url, database, server, sweeper })
    }

    /// Every text that rows of short-lived things hold under `attribute`; nothing when they cannot be read.
    pub(crate) fn transient_texts(&self, attribute: &str) -> Vec<String> {
        let all = request(json!({"TableName": TRANSIENTS_TABLE, "ConsistentRead": true}));
        let rows = all.and_then(|all| self.database.scan(all).map_err(refused)).ok().and_then(|it| it.items);
        let text = |row: &Item| match row.get(attribute) {
            Some(AttributeValue::S(text)) => Some(text.clone()),
            _ => None,
        };
        rows.iter().flatten().filter_map(text).collect()
    }

    pub(crate) async fn stop(self) {
        self.sweeper.stop().await;
        self.server.stop().await;
    }
}

async fn sweep(database: Database) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let database = database.clone();
        // Items that outlive a failed sweep go with the next one, and no rule relies on their going.
        let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    }
}

fn create_tables(database: &Database) -> Result<(), Error> {
    let existing = database.list_tables(request(json!({}))?).map_err(refused)?.table_names;
    for (table, create) in [(BINDINGS_TABLE, bindings_table()), (TRANSIENTS_TABLE, transients_table())] {
        if existing.iter().any(|name| name == table) {
            continue;
        }
        database.create_table(request(create)?).map_err(refused)?;
    }
    // Repeated at every start: a kill between the two calls would leave a table without it.
    let ttl = json!({
        "TableName": TRANSIENTS_TABLE,
        "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": true},
    });
    let already_enabled = describe_ttl(database)? == "ENABLED";
    if !already_enabled {
        database.update_time_to_live(request(ttl)?).map_err(refused)?;
    }
    Ok(())
}

/// One row per owner and provider; the index finds the bindings of one account, whoever holds them.
fn bindings_table() -> Value {
    json!({
        "TableName": BINDINGS_TABLE,
        "KeySchema": [key("owner", "HASH"), key("provider", "RANGE")],
        "AttributeDefinitions": [
            attribute("owner", "S"), attribute("provider", "S"), attribute("account_key", "S"), attribute("issued_at", "N"),
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "accounts",
            "KeySchema": [key("account_key", "HASH"), key("issued_at", "RANGE")],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["binding_id", "token_mark"]},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

fn transients_table() -> Value {
    json!({
        "TableName": TRANSIENTS_TABLE,
        "KeySchema": [key("id", "HASH")],
        "AttributeDefinitions": [attribute("id", "S")],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

fn key(name: &str, key_type: &str) -> Value {
    json!({"AttributeName": name, "KeyType": key_type})
}

fn attribute(name: &str, attribute_type: &str) -> Value {
    json!({"AttributeName": name, "AttributeType": attribute_type})
}

fn describe_ttl(database: &Database) -> Result<String, Error> {
    let describe = request(json!({"TableName": TRANSIENTS_TABLE}))?;
    let described = database.describe_time_to_live(describe).map_err(refused)?;
    Ok(described.time_to_live_description.time_to_live_status)
}

fn request<T: DeserializeOwned>(body: Value) -> Result<T, Error> {
    serde_json::from_value(body).map_err(refused)
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::Database(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::Scratch;

    #[tokio::test]
    async fn tables_outlive_a_restart() {
        let scratch = Scratch::new();
        std::fs::create_dir(&scratch.0).unwrap();
        let file = scratch.0.join("dynamodb.sqlite");
        for _ in 0..2 {
            let running = DynamoDb::start(Some(&file)).await.unwrap();
            running.stop().await;
        }
        let database = Database::new(&file.to_string_lossy()).unwrap();
        let tables = database.list_tables(request(json!({})).unwrap()).unwrap().table_names;
        assert_eq!(tables, [BINDINGS_TABLE, TRANSIENTS_TABLE]);
        assert_eq!(describe_ttl(&database).unwrap(), "ENABLED");
    }
}
