//! What an authorization brings that the signed-in console completes (S-22).

use std::time::Duration;

use super::binding::{Account, BindingId};
use super::credential::Sealed;
use super::owner::{Owner, User};
use super::secret::{Secret, SecretHash};
use super::timestamp::Timestamp;

/// How long the console may take to redeem what the callback kept.
pub const CODE_LIFETIME: Duration = Duration::from_mins(2);

/// How long a grant waits for its owner.
pub const GRANT_LIFETIME: Duration = Duration::from_mins(10);

/// Names a kept code or a grant without being its secret: the secret's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketId(SecretHash);

impl TicketId {
    /// The id of what `secret` opens.
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        Self(secret.hash())
    }

    /// An id read back from storage.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(SecretHash::stored(text))
    }

    /// The id as text, for keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// An authorization code that waits for the console, sealed with its verifier.
#[derive(Debug, Clone)]
pub struct KeptCode {
    /// Hash of the completion secret.
    pub id: TicketId,
    /// Provider id.
    pub provider: String,
    /// Who started, and alone may redeem.
    pub caller: User,
    /// The owner named at start, if one was.
    pub owner: Option<Owner>,
    /// What was asked for.
    pub scopes: Vec<String>,
    /// Code and verifier.
    pub sealed: Sealed,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl KeptCode {
    /// Whose it is: the owner's, or the caller's where the owner is named later.
    #[must_use]
    pub fn holder(&self) -> Owner {
        self.owner.clone().unwrap_or_else(|| Owner::User(self.caller.clone()))
    }
}

/// A credential that waits for its owner.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Hash of the grant's secret.
    pub id: TicketId,
    /// Provider id.
    pub provider: String,
    /// Who redeemed it, and alone may bind it.
    pub caller: User,
    /// The owner named at start, if one was: the only one it may then be bound to.
    pub owner: Option<Owner>,
    /// Whose account it is.
    pub account: Account,
    /// What was granted.
    pub scopes: Vec<String>,
    /// The tokens.
    pub sealed: Sealed,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The binding it was used for, if it was.
    pub used_for: Option<BindingId>,
}

impl Grant {
    /// Whose it is: the owner's, or the caller's where the owner is named later.
    #[must_use]
    pub fn holder(&self) -> Owner {
        self.owner.clone().unwrap_or_else(|| Owner::User(self.caller.clone()))
    }

    /// Whether it has ended at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }
}
