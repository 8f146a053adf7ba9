//! The table of bindings, filled with as many rows as a registry with many owners would have.

use codebind::domain::owner::{Owner, User};
use codebind::domain::work::shard;
use codebind_local::{Bindings, World};
use serde_json::{Value, json};

use crate::Failure;

/// Rows at a time: those of one transaction are in memory together.
const BATCH: u64 = 10_000;

/// The table, and the row that all others are made from.
pub(crate) struct Table {
    bindings: Bindings,
    pattern: Value,
    issuer: String,
    rows: u64,
}

impl Table {
    /// The table, which holds one real binding: that of person 0 at `provider`.
    pub(crate) fn open(world: &World, provider: &str) -> Result<Self, Failure> {
        let (bindings, issuer) = (world.bindings(), format!("{}/dev", world.url()));
        let key = json!({"owner": {"S": owner_of(&issuer, 0)}, "provider": {"S": provider}});
        let pattern = bindings.get(&key).map_err(Failure::because)?;
        Ok(Self { bindings, pattern, issuer, rows: 1 })
    }

    /// Adds bindings of other owners until there are `rows`.
    pub(crate) fn grow_to(&mut self, rows: u64) -> Result<(), Failure> {
        while self.rows < rows {
            let end = rows.min(self.rows + BATCH);
            self.bindings.add((self.rows..end).map(|number| self.row(number))).map_err(Failure::because)?;
            self.rows = end;
        }
        Ok(())
    }

    /// Makes rows as they were when they were added.
    pub(crate) fn put_back(&self, numbers: &[u64]) -> Result<(), Failure> {
        self.bindings.add(numbers.iter().map(|&number| self.row(number))).map_err(Failure::because)
    }

    /// The pattern as the binding of another owner and another account, with its work due at another time.
    fn row(&self, number: u64) -> Value {
        let mut row = self.pattern.clone();
        let owner = owner_of(&self.issuer, number);
        let due = row["work_at"]["N"].as_str().and_then(|at| at.parse::<u64>().ok()).unwrap_or_default();
        // The key of the index of accounts: many accounts, as in a real table.
        let account = format!("{}-{number}", row["account_key"]["S"].as_str().unwrap_or_default());
        row["account_key"]["S"] = account.into();
        row["work_shard"]["S"] = shard(&[&owner, &number.to_string()]).into();
        row["work_at"]["N"] = (due + (number % 86_400) * 1000).to_string().into();
        row["owner"]["S"] = owner.into();
        row
    }
}

/// The key of the owner of a row: a person. Number 0 is the one that is really bound.
fn owner_of(issuer: &str, number: u64) -> String {
    Owner::User(User { issuer: issuer.to_owned(), subject: subject(number) }).key()
}

/// The name of the person who holds a row.
pub(crate) fn subject(number: u64) -> String {
    format!("person-{number}")
}
