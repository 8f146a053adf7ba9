//! Permissions, enforced as in AWS (S-38): who calls is told by the access key id, what they may do by the template.
//! For the key both the role's policy and the key's own have to allow it, which is stricter than AWS: there a key's
//! policy alone could.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

/// What calls made use of, and what was refused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    used: BTreeSet<Permission>,
    refused: Vec<String>,
}

impl Ledger {
    fn note_use(&self, used: BTreeSet<Permission>) {
        self.notes().used.extend(used);
    }

    fn note_refusal(&self, refusal: &str) {
        self.notes().refused.push(refusal.to_owned());
    }

    pub(crate) fn used(&self) -> BTreeSet<Permission> {
        self.notes().used.clone()
    }

    pub(crate) fn refused(&self) -> Vec<String> {
        self.notes().refused.clone()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
