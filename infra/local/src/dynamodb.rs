//! The embedded DynamoDB: its tables, and the sweep that real DynamoDB does by itself.

use std::{path::Path, time::Duration};

use dynoxide::{AttributeValue, Database, ImportOptions, Item};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    Error, forward,
    iam::{Gate, Ledger, Service, guarded},
    server::{Server, listen_on_loopback},
    template::template,
};

/// The table of bindings.
pub(crate) const BINDINGS_TABLE: &str = "codebind-bindings";
/// The table of what is short-lived.
pub(crate) const TRANSIENTS_TABLE: &str = "codebind-transients";
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// A running DynamoDB.
pub(crate) struct DynamoDb {
    pub(crate) url: String,
    database: Database,
    gate: Server,
    server: Server,
    sweeper: Server,
}

impl DynamoDb {
    /// Starts on a free port, with data in `file` or in memory, and the tables in place.
    pub(crate) async fn start(file: Option<&Path>, ledger: Ledger) -> Result<Self, Error> {
        let database = match file {
            Some(path) => Database::new(&path.to_string_lossy()),
            None => Database::memory(),
        }
        .map_err(refused)?;
        create_tables(&database)?;
        let gate = Gate::new(Service::DynamoDb, ledger)?;
        let (listener, url) = listen_on_loopback().await.map_err(refused)?;
        let (inner, inner_url) = listen_on_loopback().await.map_err(refused)?;
        let (for_clients, for_sweeper) = (database.clone(), database.clone());
        let server = Server::spawn(|stopped| async move {
            // It fails only when serving does, and then every request of the functions says so.
            let _ = dynoxide::server::serve_with_shutdown(inner, for_clients, stopped).await;
        });
        let gate = Server::spawn_router(listener, guarded(forward::router(inner_url), gate));
        let sweeper = Server::spawn(|stopped| async move {
            tokio::select! {
                () = sweep(for_sweeper) => {}
                () = stopped => {}
            }
        });
        Ok(Self { url, database, gate, server, sweeper })
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

    /// The rows of the table of bindings.
    pub(crate) fn bindings(&self) -> Bindings {
        Bindings(self.database.clone())
    }

    pub(crate) async fn stop(self) {
        self.sweeper.stop().await;
        self.gate.stop().await;
        self.server.stop().await;
    }
}

/// The rows of the table of bindings, in DynamoDB's JSON: to fill it with more than anybody would bind one by one.
pub struct Bindings(Database);

impl Bindings {
    /// The row under a key.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, key: &Value) -> Result<Value, Error> {
        let get = request(json!({"TableName": BINDINGS_TABLE, "Key": key, "ConsistentRead": true}))?;
        let item = self.0.get_item(get).map_err(refused)?.item;
        serde_json::to_value(item.ok_or_else(|| refused("no such row"))?).map_err(refused)
    }

    /// Adds rows, with their entries in the indexes; all of them or none.
    ///
    /// # Errors
    /// When one is no row of this table.
    pub fn add(&self, rows: impl IntoIterator<Item = Value>) -> Result<(), Error> {
        let rows = rows.into_iter().map(request).collect::<Result<Vec<Item>, _>>()?;
        self.0.import_items(BINDINGS_TABLE, rows, ImportOptions::default()).map_err(refused)?;
        Ok(())
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

/// Makes the tables of the template.
fn create_tables(database: &Database) -> Result<(), Error> {
    let existing = database.list_tables(request(json!({}))?).map_err(refused)?.table_names;
    for (table, properties) in template()?.tables() {
        if !existing.contains(&table) {
            database.create_table(request(definition(&table, properties))?).map_err(refused)?;
        }
        // Looked at at every start: a kill between the two calls would leave a table without it.
        let ttl = &properties["TimeToLiveSpecification"];
        if !ttl.is_null() && describe_ttl(database, &table)? != "ENABLED" {
            let update = json!({"TableName": table, "TimeToLiveSpecification": ttl});
            database.update_time_to_live(request(update)?).map_err(refused)?;
        }
    }
    Ok(())
}

/// What of a table there is without an account: keys, indexes and how it is billed.
fn definition(table: &str, properties: &Value) -> Value {
    let mut definition = json!({"TableName": table});
    for member in ["AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema"] {
        if let Some(value) = properties.get(member) {
            definition[member] = value.clone();
        }
    }
    definition
}

fn describe_ttl(database: &Database, table: &str) -> Result<String, Error> {
    let describe = request(json!({"TableName": table}))?;
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
            let running = DynamoDb::start(Some(&file), Ledger::default()).await.unwrap();
            running.stop().await;
        }
        let database = Database::new(&file.to_string_lossy()).unwrap();
        let tables = database.list_tables(request(json!({})).unwrap()).unwrap().table_names;
        assert_eq!(tables, [BINDINGS_TABLE, TRANSIENTS_TABLE]);
        assert_eq!(describe_ttl(&database, TRANSIENTS_TABLE).unwrap(), "ENABLED");
    }

    #[tokio::test]
    async fn rows_are_added_with_their_entries_in_the_indexes() {
        let running = DynamoDb::start(None, Ledger::default()).await.unwrap();
        let (rows, key) =
            (running.bindings(), |owner: &str| json!({"owner": {"S": owner}, "provider": {"S": "gitlab"}}));
        let row = |owner: &str| {
            let mut row = key(owner);
            row["account_key"] = json!({"S": "account"});
            row["issued_at"] = json!({"N": "1"});
            row
        };
        rows.add(["first", "second"].map(row)).unwrap();
        assert_eq!(rows.get(&key("second")).unwrap(), row("second"));
        assert!(rows.get(&key("nobody")).is_err());
        assert!(rows.add([row("third"), json!({"owner": {"S": "without a provider"}})]).is_err());
        let ask = json!({
            "TableName": BINDINGS_TABLE, "IndexName": "accounts", "KeyConditionExpression": "account_key = :account",
            "ExpressionAttributeValues": {":account": {"S": "account"}},
        });
        assert_eq!(running.database.query(request(ask).unwrap()).unwrap().count, 2);
        running.stop().await;
    }
}
