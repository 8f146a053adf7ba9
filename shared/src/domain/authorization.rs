//! One OAuth authorization request in flight (S-14).

use std::time::Duration;

use super::owner::{Owner, User};
use super::return_to::ReturnTo;
use super::secret::{BrowserNonce, CodeVerifier, SecretHash, State};
use super::timestamp::Timestamp;

/// How long a person may take at the provider.
pub const AUTHORIZATION_LIFETIME: Duration = Duration::from_mins(10);

/// Names an authorization without being its state: the state's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationId(SecretHash);

impl AuthorizationId {
    /// The id of the authorization that `state` names.
    #[must_use]
    pub fn of(state: &State) -> Self {
        Self(state.0.hash())
    }

    /// The id as text, for keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The start of the id: enough to name a cookie, useless for finding the authorization (S-15).
    #[must_use]
    pub fn cookie_label(&self) -> &str {
        &self.as_str()[..16]
    }
}

/// Who brings an authorization to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// The callback, for an owner known at start and a browser that proves itself by cookie.
    Callback {
        /// Whom the callback binds to.
        owner: Owner,
    },
    /// The signed-in console, which names the owner later (S-22).
    Console {
        /// The owner named at start, if one was: the only one that the grant may then be bound to.
        owner: Option<Owner>,
    },
}

/// What is remembered between the start and the callback. The state itself is not.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// Hash of the state.
    pub id: AuthorizationId,
    /// Provider id.
    pub provider: String,
    /// Who started.
    pub caller: User,
    /// Who completes, and for whom.
    pub completion: Completion,
    /// Sent with the code.
    pub code_verifier: CodeVerifier,
    /// Hash of the cookie's value.
    pub nonce_hash: SecretHash,
    /// Where the person is sent back to, if the operator runs a console.
    pub return_to: Option<ReturnTo>,
    /// What was asked for.
    pub scopes: Vec<String>,
    /// When it was started: an unbinding after that stops it (S-30).
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why a presented nonce proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotTheStarter;

impl Authorization {
    /// Whose it is: the owner's, or the caller's where the owner is named later.
    #[must_use]
    pub fn holder(&self) -> Owner {
        match &self.completion {
            Completion::Callback { owner } | Completion::Console { owner: Some(owner) } => owner.clone(),
            Completion::Console { owner: None } => Owner::User(self.caller.clone()),
        }
    }

    /// Whether it has ended at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Lets pass only the browser that started, by its cookie (S-18).
    ///
    /// # Errors
    /// [`NotTheStarter`] when the nonce is missing or another one's.
    pub fn prove(&self, nonce: Option<&BrowserNonce>) -> Result<(), NotTheStarter> {
        match nonce {
            Some(nonce) if self.nonce_hash.is_of(&nonce.0) => Ok(()),
            _ => Err(NotTheStarter),
        }
    }
}
