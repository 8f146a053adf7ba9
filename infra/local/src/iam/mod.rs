//! Permissions, enforced as in AWS (S-38): who calls is told by the access key id, what they may do by the template.
//! For the key both the role's policy and the key's own have to allow it, which is stricter than AWS: there a key's
//! policy alone could.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

pub use policy::{Permission, Policy};

pub(crate) use call::Service;
pub(crate) use gate::{Gate, guarded};

mod call;
mod gate;
mod policy;

/// The access key id of those who may do everything: tests that look at tables, and other runners of the functions.
pub const EVERYTHING: &str = "local";

/// The access key id of a function.
#[must_use]
pub fn access_key_id(function: &str) -> String {
    format!("{EVERYTHING}-{function}")
}

/// The permissions that calls made use of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<BTreeSet<Permission>>>);

impl Ledger {
    fn note(&self, used: BTreeSet<Permission>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(used);
    }

    pub(crate) fn read(&self) -> BTreeSet<Permission> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
