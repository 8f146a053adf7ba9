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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    fn authorization(nonce: &BrowserNonce) -> Authorization {
        let caller = User { issuer: "i".to_owned(), subject: "s".to_owned() };
        Authorization {
            id: AuthorizationId::of(&State::new("state".to_owned())),
            provider: "a-provider".to_owned(),
            caller: caller.clone(),
            completion: Completion::Callback { owner: Owner::User(caller) },
            code_verifier: CodeVerifier::new("verifier".to_owned()),
            nonce_hash: nonce.0.hash(),
            return_to: None,
            scopes: Vec::new(),
            created_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(600),
        }
    }

    #[test]
    fn it_ends_at_its_last_moment() {
        // S-17
        let nonce = BrowserNonce(Secret::fresh().unwrap());
        let is_expired = |at| authorization(&nonce).is_expired(Timestamp::from_milliseconds(at));
        assert!(!is_expired(599_999) && is_expired(600_000) && is_expired(600_001));
    }

    #[test]
    fn only_the_nonce_it_was_started_with_proves_the_browser() {
        // S-18
        let nonce = BrowserNonce(Secret::fresh().unwrap());
        let authorization = authorization(&nonce);
        assert_eq!(authorization.prove(Some(&nonce)), Ok(()));
        for other in ["", "other", authorization.nonce_hash.as_str()] {
            assert_eq!(authorization.prove(Some(&BrowserNonce::new(other.to_owned()))), Err(NotTheStarter), "{other}");
        }
        assert_eq!(authorization.prove(None), Err(NotTheStarter));
    }
}
