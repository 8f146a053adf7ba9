//! The conversation that tells whether a personal access token is good enough (S-27, S-28).
//!
//! A provider's `verify` function is given what the person entered and every answer so far, and says what to ask
//! next or how it ends. It does no IO, so each cause is one line of a test.

use super::answer::{Answer, CommonFailure};
use super::binding::Account;
use super::timestamp::Timestamp;

/// What the person entered beside address and token.
#[derive(Debug, Clone, Default)]
pub struct Entered {
    /// The username at the provider.
    pub username: String,
    /// The organization at the provider, where the token cannot tell it.
    pub organization_id: Option<String>,
    /// Base of the server's pages, without a slash at the end, for links that no answer has.
    pub web_url: String,
}

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// Make these calls, all at the same time, and come back with the answers appended in this order.
    Ask(Vec<Probe>),
    /// The token is good.
    Accept(Box<Verified>),
    /// It is not.
    Refuse(TokenProblem),
}

/// One call to the server's API that changes nothing there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// How.
    pub method: ProbeMethod,
    /// Below the API base.
    pub path: String,
}

/// The method of a [`Probe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeMethod {
    /// Reads.
    Get,
    /// Would write, were its target there: only a right to write gets as far as "not found".
    Post,
}

impl Probe {
    /// A read.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self { method: ProbeMethod::Get, path: path.to_owned() }
    }

    /// A write to what is never there.
    #[must_use]
    pub fn post(path: &str) -> Self {
        Self { method: ProbeMethod::Post, path: path.to_owned() }
    }
}

/// Whose a good token is, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The account it belongs to.
    pub account: Account,
    /// Its scopes, as far as the server tells.
    pub scopes: Vec<String>,
    /// What is asked for and could not be seen either way: the token may have it or not.
    pub unverified_scopes: Vec<String>,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// Why a token is refused: each cause has its own code and cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenProblem {
    /// The server does not know it.
    Rejected,
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
    /// It lacks scopes.
    LacksScopes {
        /// Which.
        missing: Vec<String>,
    },
    /// It is fine-grained, which cannot carry what is needed.
    FineGrained,
    /// It belongs to a project or group, not to a person.
    NotPersonal,
    /// It is not a personal access token at all.
    WrongKind,
    /// It is not the entered user's.
    OtherUser {
        /// Whose it is.
        login: String,
    },
    /// The account is blocked or must do something at the provider first.
    AccountBlocked,
    /// The token's user is not in the entered organization, or there is no such.
    WrongOrganization,
    /// The token does not tell which organization is meant: it has to be entered.
    OrganizationNeeded {
        /// Those it reaches, as far as it tells, in words.
        candidates: Vec<String>,
    },
    /// The server is none of this provider, or not its API.
    NotTheProvider {
        /// The server's status.
        status: u16,
    },
    /// The provider failed in a way that says nothing about the token.
    Common(CommonFailure),
}

impl TokenProblem {
    /// The verdict on an answer that `verify` cannot make sense of.
    #[must_use]
    pub fn of_unexpected(answer: &Answer) -> Self {
        match answer.common_failure() {
            Some(CommonFailure::Nonsense { status }) => Self::NotTheProvider { status },
            Some(failure) => Self::Common(failure),
            None => Self::NotTheProvider { status: answer.status },
        }
    }
}
