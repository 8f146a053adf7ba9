//! What flows need of the way to the providers.

use std::future::Future;

use crate::domain::address::{CheckedAddress, ServerAddress};
use crate::domain::answer::Answer;
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::provider::Provider;
use crate::domain::registration::Base;
use crate::domain::secret::{AccessToken, AuthorizationCode, CodeVerifier, RefreshToken};
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::Probe;
use crate::ports::ReadyClient;

/// Why a call to a provider brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The name does not resolve.
    #[error("the name does not resolve")]
    NameNotResolved,
    /// The address leads to a private or special network (S-25): one error for all such.
    #[error("the address is not public")]
    NotPublic,
    /// Nothing listens there, or the network refuses the way.
    #[error("connection refused")]
    Refused,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// No connection in time, so nothing was sent.
    #[error("no connection in time")]
    NoConnection,
    /// The certificate is not to be trusted; nothing was sent (S-26).
    #[error("the certificate is not trusted: {0:?}")]
    Tls(TlsProblem),
    /// The connection broke, or what came is no HTTP, or more than is read (S-41).
    #[error("the answer is broken or too large")]
    Broken,
}

impl CallError {
    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NameNotResolved => "name_not_resolved",
            Self::NotPublic => "not_public",
            Self::Refused => "connection_refused",
            Self::TimedOut | Self::NoConnection => "timed_out",
            Self::Tls(_) => "certificate_refused",
            Self::Broken => "broken",
        }
    }

    /// Whether the request may have reached its goal, so that what became of it is not known.
    #[must_use]
    pub fn is_uncertain(self) -> bool {
        matches!(self, Self::TimedOut | Self::Broken)
    }
}

/// What is wrong with a certificate (S-26).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsProblem {
    /// It vouches for itself.
    SelfSigned,
    /// It has expired, or is not valid yet.
    Expired,
    /// It is another host's.
    WrongName,
    /// Nobody known vouches for it.
    UnknownIssuer,
    /// Another failure of the handshake.
    Handshake,
}

/// Exchanges an authorization code at the token endpoint (RFC 6749 section 4.1.3).
pub trait ExchangeCode {
    /// One request, never repeated: codes are good once.
    fn exchange_code(
        &self,
        client: &ReadyClient<'_>,
        code: &AuthorizationCode,
        code_verifier: &CodeVerifier,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Exchanged, CallError>>;
}

/// Gets new tokens by the refresh token (RFC 6749 section 6).
pub trait RefreshTokens {
    /// One request, never repeated: refresh tokens may be good once. Only a refusal of our client is answered with its
    /// other secret, since then the refresh token was not looked at.
    fn refresh_tokens(
        &self,
        client: &ReadyClient<'_>,
        refresh_token: &RefreshToken,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Exchanged, CallError>>;
}

/// What the token endpoint answered.
#[derive(Debug)]
pub enum Exchanged {
    /// Tokens.
    Tokens(Box<IssuedTokens>),
    /// No token, and the answer as it came.
    Refused(Answer),
}

/// Tokens just issued.
#[derive(Debug)]
pub struct IssuedTokens {
    /// The tokens.
    pub credential: Credential,
    /// The granted scopes, if the answer lists them.
    pub scopes: Option<Vec<String>>,
}

/// Where a provider's API is.
#[derive(Debug, Clone, Copy)]
pub enum Server<'a> {
    /// Configured by the operator.
    Configured(&'a Base),
    /// Entered by a person, and checked.
    Entered(&'a CheckedAddress),
}

/// Makes one call to a provider's API with a token.
pub trait AskApi {
    /// One request; a read may be repeated once.
    fn ask_api(
        &self,
        provider: &Provider,
        server: Server<'_>,
        probe: &Probe,
        token: &AccessToken,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Answer, CallError>>;
}

/// Has a personal token replaced by its successor (S-67).
pub trait RotateToken {
    /// One request, never repeated: the token that is presented ends by it. The successor is to end on `expires_on`.
    fn rotate_token(
        &self,
        provider: &Provider,
        server: &CheckedAddress,
        token: &AccessToken,
        expires_on: &str,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Rotated, CallError>>;
}

/// What the server answered.
#[derive(Debug)]
pub enum Rotated {
    /// The successor.
    Token {
        /// It.
        token: AccessToken,
        /// When it ends, as far as the answer says.
        expires_at: Option<Timestamp>,
    },
    /// None, and the answer as it came.
    Refused(Answer),
}

/// Takes a token back at the provider (S-31).
pub trait RevokeToken {
    /// By our client, for a token that was issued to it.
    fn revoke_by_client(
        &self,
        client: &ReadyClient<'_>,
        token: &AccessToken,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Revoked, CallError>>;

    /// By the token itself, for a personal access token.
    fn revoke_by_self(
        &self,
        provider: &Provider,
        server: &CheckedAddress,
        token: &AccessToken,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Revoked, CallError>>;
}

/// What the provider said to a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// The token is dead now, or was before.
    Gone,
    /// It may be alive: try again later.
    NotYet,
    /// The provider offers no way.
    NotOffered,
}

/// Finds out where an entered address leads (S-25).
pub trait CheckAddress {
    /// Resolves the name and lets pass only public addresses, or what the operator lists.
    fn check_address(
        &self,
        address: ServerAddress,
        deadline: Deadline,
    ) -> impl Future<Output = Result<CheckedAddress, CallError>>;
}
