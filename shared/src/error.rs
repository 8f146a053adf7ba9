//! Why a flow stopped. No HTTP here: `edge::problem` turns each variant into a status, a code and words.
//!
//! Five kinds of fault are kept apart: the caller's, the account holder's at the provider, the operator's, the
//! provider's, and ours. Only a difference that changes what somebody does is a variant of its own.

use std::fmt;

use crate::domain::address::AddressError;
use crate::domain::answer::CommonFailure;
use crate::domain::binding::Account;
use crate::domain::deadline::NoTime;
use crate::domain::owner::OwnerError;
use crate::domain::secret::NoEntropy;
use crate::domain::verification::TokenProblem;
use crate::ports::{CallError, CipherError, ClientSecretError, StoreError};

/// Why a flow stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // The caller's.
    /// No caller: the authorizer's claims are missing or incomplete (S-1).
    #[error("the request carries no caller")]
    NoCaller,
    /// The caller may not act for that owner, or its region is not offered (S-2, S-3).
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// There is no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// The provider binds by the other method.
    #[error("the provider binds by {method}")]
    OtherMethod {
        /// How it does bind.
        method: &'static str,
    },
    /// `return_to` is not on the operator's list (S-16).
    #[error("return_to is not on the list")]
    ReturnToRefused,
    /// A field of the form is missing or cannot be one (S-29).
    #[error("field {field} is missing or malformed")]
    Field {
        /// Member of the body.
        field: &'static str,
    },
    /// The provider takes no such field (S-7, S-11).
    #[error("the provider takes no field {field}")]
    FieldNotTaken {
        /// Member of the body.
        field: &'static str,
    },
    /// The server address is refused (S-23, S-24).
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A different account is bound already (S-6).
    #[error("another account is bound")]
    OtherAccountBound {
        /// The one that is bound.
        bound: Box<Account>,
        /// The one that was to be.
        presented: Box<Account>,
    },
    /// Nothing is bound (S-30).
    #[error("nothing is bound")]
    NotBound,
    /// The owner unbound after this authorization was started (S-30).
    #[error("unbound since the authorization was started")]
    UnboundSince,

    /// The token ends before the time that was asked for, and nothing renews it.
    #[error("the token ends too soon")]
    TokenEndsTooSoon,

    // The account holder's.
    /// The provider does not take the binding's credential any more.
    #[error("the credential is dead: bind again")]
    ReauthorizationRequired,
    /// The token is not good enough, or says nothing because the server failed (S-27, S-28).
    #[error("the token is refused")]
    Token {
        /// Why.
        problem: TokenProblem,
        /// The server's address without the path, when the path may be the mistake.
        suggested_server: Option<String>,
    },
    /// The person said no, or something said it for them (S-19).
    #[error("declined at the provider")]
    Declined,
    /// Less was granted than was asked for.
    #[error("scopes are missing")]
    ScopesMissing {
        /// Which.
        missing: Vec<String>,
    },
    /// The account may not authorize yet.
    #[error("the account may not authorize yet")]
    AccountNotReady,

    // The callback's, where nobody can be told apart from an attacker.
    /// No proof that the browser that finishes is the one that started, or no such authorization (S-18).
    #[error("not started in this browser, or unknown")]
    NotTheStarter,
    /// The state was used before (S-17).
    #[error("the authorization was used before")]
    AlreadyUsed,
    /// There is no such grant or completion secret, or it was used, or its time is over (S-22).
    #[error("the grant has ended")]
    GrantEnded,
    /// The grant was obtained for another owner (S-22).
    #[error("the grant is for another owner")]
    OtherOwner,
    /// No console is configured that could complete (S-22).
    #[error("no console is configured")]
    NoConsole,
    /// The person took too long (S-14).
    #[error("the authorization has expired")]
    AuthorizationExpired,
    /// The state is another provider's (S-19).
    #[error("the state is another provider's")]
    OtherProvider,
    /// The provider does not take its own code: too old or used.
    #[error("the provider refuses the code")]
    CodeRefused,

    // The operator's.
    /// The provider has no registration here (S-9).
    #[error("the provider is not configured")]
    ProviderOff,
    /// The provider does not accept our client id, secret or redirect URI, or suspended the app.
    #[error("the provider refuses our registration")]
    RegistrationRefused,
    /// The provider refused our client before, and is not asked again yet.
    #[error("the provider refuses our registration, and is asked again later")]
    ClientRefused {
        /// When.
        retry_after_seconds: u64,
    },
    /// The binding is at another server than the one that is configured now: its token goes nowhere else.
    #[error("bound at another server than the configured one")]
    ServerMoved,
    /// The key or a table cannot be used: disabled, deleted, or not permitted.
    #[error("storage or key is misconfigured")]
    Misconfigured(#[source] BoxError),

    // The provider's.
    /// It could not be reached.
    #[error("the provider could not be reached")]
    Unreachable(#[from] CallError),
    /// It answered, and the answer is no use.
    #[error("the provider failed: {0:?}")]
    ProviderFailed(CommonFailure),

    // Ours.
    /// Storage or key management does not answer or is overloaded: try again (S-40).
    #[error("storage or key management is unavailable")]
    Unavailable(#[source] BoxError),
    /// Too little time is left to begin (S-39).
    #[error(transparent)]
    NoTime(#[from] NoTime),
    /// Something that cannot happen did.
    #[error("internal error")]
    Internal(#[source] BoxError),
}

/// An error in its own words, and those of its causes. For the log, where no `Debug` of an error belongs: that shows
/// its fields, and they may hold an account or what a provider said (S-36).
#[derive(Clone, Copy)]
pub struct InWords<'a>(pub &'a (dyn std::error::Error + 'static));

impl fmt::Display for InWords<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(inner) = cause {
            write!(formatter, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}

/// The cause of an error whose kind has been settled.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Self::Unavailable(cause),
            StoreError::Refused(cause) => Self::Misconfigured(cause),
            StoreError::Unreadable { .. } => Self::Internal(Box::new(error)),
        }
    }
}

impl From<CipherError> for Error {
    fn from(error: CipherError) -> Self {
        match error {
            CipherError::Unavailable(cause) => Self::Unavailable(cause),
            CipherError::KeyUnusable(cause) => Self::Misconfigured(cause),
            CipherError::DoesNotOpen => Self::Internal(Box::new(error)),
        }
    }
}

impl From<ClientSecretError> for Error {
    fn from(error: ClientSecretError) -> Self {
        match error {
            ClientSecretError::Unavailable(cause) => Self::Unavailable(cause),
            ClientSecretError::Unusable(cause) => Self::Misconfigured(cause),
        }
    }
}

impl From<NoEntropy> for Error {
    fn from(error: NoEntropy) -> Self {
        Self::Internal(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What must not be in a log: names of accounts, hosts that were entered, words of a provider.
    const OUTSIDE: &str = "from-outside";

    fn with_outside_in_it() -> Vec<Error> {
        let text = || OUTSIDE.to_owned();
        let account = || Box::new(Account::new(text(), OUTSIDE, Some(OUTSIDE), None, None));
        vec![
            OwnerError::RegionNotOffered { offered: vec![text()] }.into(),
            AddressError::HostRewritten { plain: text() }.into(),
            AddressError::ProjectLink { server: text() }.into(),
            Error::OtherAccountBound { bound: account(), presented: account() },
            Error::Token { problem: TokenProblem::LacksScopes { missing: vec![text()] }, suggested_server: None },
            Error::Token { problem: TokenProblem::OtherUser { login: text() }, suggested_server: Some(text()) },
            Error::ScopesMissing { missing: vec![text()] },
        ]
    }

    #[test]
    fn an_error_in_words_shows_no_field_from_outside() {
        // S-36
        for error in with_outside_in_it() {
            let words = InWords(&error).to_string();
            assert!(!words.contains(OUTSIDE) && !words.is_empty(), "{words}");
        }
    }

    #[test]
    fn an_error_in_words_tells_its_causes() {
        // S-43
        let error = Error::from(StoreError::Unavailable("no answer in time".into()));
        assert_eq!(InWords(&error).to_string(), "storage or key management is unavailable: no answer in time");
        let error = Error::from(StoreError::Unreadable { field: "schema".to_owned() });
        assert_eq!(InWords(&error).to_string(), "internal error: a stored row cannot be read: schema");
    }
}
