//! The table of bindings, filled with as many rows as a registry with many owners would have.

use std::ops::Range;

use codebind::domain::owner::{Owner, User};
use codebind::domain::work::shard;
use codebind_local::World;
use serde_json::{Value, json};

use crate::Failure;

/// Rows at a time: those of one transaction are in memory together.
const BATCH: u64 = 10_000;

/// The table, and who holds its rows.
pub(crate) struct Table<'a> {
    world: &'a World,
    issuer: String,
    provider: &'static str,
    rows: u64,
}

impl<'a> Table<'a> {
    /// The table, which holds one real binding: that of person 0 at `provider`.
    pub(crate) fn new(world: &'a World, provider: &'static str) -> Self {
        Self { world, issuer: format!("{}/dev", world.url()), provider, rows: 1 }
    }

    /// Adds bindings of other owners until there are `rows`.
    pub(crate) fn grow_to(&mut self, rows: u64) -> Result<(), Failure> {
        let key = json!({"owner": {"S": self.owner(0)}, "provider": {"S": self.provider}});
        while self.rows < rows {
            let numbers = self.rows..rows.min(self.rows + BATCH);
            self.rows = numbers.end;
            self.add(&key, numbers)?;
        }
        Ok(())
    }

    /// The real binding as those of other owners and other accounts, with their work due at other times.
    fn add(&self, key: &Value, numbers: Range<u64>) -> Result<(), Failure> {
        let copied = self.world.copy_binding(key, numbers, |number, row| {
            let owner = self.owner(number);
            row["work_shard"]["S"] = shard(&[&owner, &number.to_string()]).into();
            row["owner"]["S"] = owner.into();
            // The key of the index of accounts: many accounts, as in a real table.
            let account = row["account_key"]["S"].as_str().unwrap_or_default();
            row["account_key"]["S"] = format!("{account}-{number}").into();
            let due = row["work_at"]["N"].as_str().and_then(|at| at.parse::<u64>().ok()).unwrap_or_default();
            row["work_at"]["N"] = (due + (number % 86_400) * 1000).to_string().into();
        });
        copied.map_err(Failure::because)
    }

    /// The owner of a row: a person. Number 0 is the one that is really bound.
    fn owner(&self, number: u64) -> String {
        Owner::User(User { issuer: self.issuer.clone(), subject: subject(number) }).key()
    }
}

/// The name of the person who holds a row.
pub(crate) fn subject(number: u64) -> String {
    format!("person-{number}")
}
