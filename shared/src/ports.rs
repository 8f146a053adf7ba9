//! What flows need from the world. A flow takes only the ports it uses, so its signature is its list of permissions,
//! and the function's IAM policy repeats it (S-38).

use std::future::Future;

use crate::domain::address::{CheckedAddress, ServerAddress};
use crate::domain::answer::Answer;
use crate::domain::authorization::{Authorization, AuthorizationId};
use crate::domain::binding::{Binding, BindingId, NewBinding, Place, RemovedBinding, StandingBinding};
use crate::domain::credential::{Credential, SealContext, Sealed};
use crate::domain::deadline::Deadline;
use crate::domain::owner::Owner;
use crate::domain::provider::Provider;
use crate::domain::registration::{Base, Client};
use crate::domain::secret::{AccessToken, AuthorizationCode, CodeVerifier, SecretBytes};
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::Probe;
use crate::error::BoxError;

/// What is behind a flow's ports. Its type parameters, bounded at the flow, are the flow's permissions.
#[derive(Debug)]
pub struct World<S, C, P> {
    /// Storage.
    pub store: S,
    /// Key management.
    pub cipher: C,
    /// The way to the providers.
    pub providers: P,
}

/// Why storage did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not answer or is overloaded. A write may or may not have happened.
    #[error("storage is unavailable")]
    Unavailable(#[source] BoxError),
    /// It refuses us: no permission, no such table, a malformed request.
    #[error("storage refuses the request")]
    Refused(#[source] BoxError),
    /// A row is of a version or shape that this code does not know; it is left alone.
    #[error("a stored row cannot be read: {field}")]
    Unreadable {
        /// What is missing or wrong.
        field: String,
    },
}

/// Why sealing or opening failed.
#[derive(Debug, thiserror::Error)]
pub enum CipherError {
    /// Key management does not answer or is overloaded.
    #[error("key management is unavailable")]
    Unavailable(#[source] BoxError),
    /// The key is disabled, pending deletion, missing, or not ours to use.
    #[error("the key cannot be used")]
    KeyUnusable(#[source] BoxError),
    /// The bytes are not what was sealed under this context: tampered with, or moved.
    #[error("the sealed bytes do not open under this context")]
    DoesNotOpen,
}

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
    /// The certificate is not to be trusted; nothing was sent (S-26).
    #[error("the certificate is not trusted: {0:?}")]
    Tls(TlsProblem),
    /// The connection broke, or what came is no HTTP, or more than is read (S-41).
    #[error("the answer is broken or too large")]
    Broken,
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

/// Keeps a new authorization (S-14).
pub trait PutAuthorization {
    /// One write, safe to repeat.
    fn put_authorization(&self, authorization: &Authorization) -> impl Future<Output = Result<(), StoreError>>;
}

/// Uses an authorization up (S-17).
pub trait ConsumeAuthorization {
    /// One write, safe to repeat: whoever gets [`Consumed::Now`] is the only one.
    fn consume_authorization(
        &self,
        id: &AuthorizationId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Consumed, StoreError>>;
}

/// What became of an attempt to use an authorization up.
#[derive(Debug)]
pub enum Consumed {
    /// It was live, and this attempt ended it.
    Now(Box<Authorization>),
    /// An earlier attempt had ended it.
    Before(Box<Authorization>),
    /// It had expired.
    Expired(Box<Authorization>),
    /// There is none.
    Unknown,
}

/// Writes a binding where there is none (S-5).
pub trait Bind {
    /// One conditional write. With an authorization, it is refused if the owner unbound since that was started
    /// (S-30), and the authorization is marked as completed in the same transaction.
    fn bind(
        &self,
        new: &NewBinding,
        authorization: Option<&Authorization>,
    ) -> impl Future<Output = Result<BindOutcome, StoreError>>;

    /// Replaces the credential of `standing` if it still stands as it was seen (S-6). With `queue_old`, the old
    /// credential is queued for revocation in the same write (S-32).
    fn renew(
        &self,
        new: &NewBinding,
        standing: &StandingBinding,
        queue_old: bool,
        authorization: Option<&Authorization>,
    ) -> impl Future<Output = Result<RenewOutcome, StoreError>>;

    /// Strongly consistent: what stands now. For a write whose outcome is unknown (S-20).
    fn read_back(&self, place: Place<'_>) -> impl Future<Output = Result<Option<StandingBinding>, StoreError>>;
}

/// What became of [`Bind::bind`].
#[derive(Debug)]
pub enum BindOutcome {
    /// Written.
    Bound,
    /// A binding stands there already.
    Standing(Box<StandingBinding>),
    /// The owner unbound since the authorization was started.
    UnboundSince,
}

/// What became of [`Bind::renew`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenewOutcome {
    /// Written.
    Renewed,
    /// It does not stand any more as it was seen.
    Changed,
}

/// Removes a binding (S-30).
pub trait Unbind {
    /// One conditional write, safe to repeat, that returns what was there. With `queue_revocation` the credential
    /// is kept for [`SettleRevocation`] under `attempt`; without, it is gone.
    fn unbind(
        &self,
        place: Place<'_>,
        attempt: &BindingId,
        queue_revocation: bool,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<RemovedBinding>, StoreError>>;
}

/// Forgets a queued revocation that is done (S-32).
pub trait SettleRevocation {
    /// One write, safe to repeat.
    fn settle_revocation(&self, place: Place<'_>, attempt: &BindingId) -> impl Future<Output = Result<(), StoreError>>;
}

/// Queues the revocation of a credential that no binding holds (S-32).
pub trait QueueRevocation {
    /// One write, safe to repeat.
    fn queue_revocation(
        &self,
        place: Place<'_>,
        attempt: &BindingId,
        sealed: &Sealed,
        address: &str,
    ) -> impl Future<Output = Result<(), StoreError>>;
}

/// Lists an owner's bindings (S-34).
pub trait ListBindings {
    /// One strongly consistent query that never reads a credential.
    fn list_bindings(&self, owner: &Owner) -> impl Future<Output = Result<Vec<Binding>, StoreError>>;
}

/// Makes data keys and seals with them (S-35).
pub trait Seal {
    /// A data key that seals once.
    type DataKey;

    /// One call to key management.
    fn data_key(&self, context: &SealContext) -> impl Future<Output = Result<Self::DataKey, CipherError>>;

    /// No call at all.
    ///
    /// # Errors
    /// [`CipherError`] when there is no randomness for the nonce.
    fn seal(&self, key: Self::DataKey, context: &SealContext, plain: &SecretBytes) -> Result<Sealed, CipherError>;
}

/// Opens what was sealed (S-35).
pub trait Open {
    /// One call to key management.
    fn open(&self, sealed: &Sealed, context: &SealContext) -> impl Future<Output = Result<SecretBytes, CipherError>>;
}

/// Exchanges an authorization code at the token endpoint (RFC 6749 section 4.1.3).
pub trait ExchangeCode {
    /// One request, never repeated: codes are good once.
    fn exchange_code(
        &self,
        client: &Client,
        code: &AuthorizationCode,
        code_verifier: &CodeVerifier,
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

/// Takes a token back at the provider (S-31).
pub trait RevokeToken {
    /// By our client, for a token that was issued to it.
    fn revoke_by_client(
        &self,
        client: &Client,
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
