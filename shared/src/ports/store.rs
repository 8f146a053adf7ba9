//! What flows need of storage.

use std::future::Future;

use crate::domain::authorization::{Authorization, AuthorizationId};
use crate::domain::binding::{
    Binding, BindingId, BindingProblem, NewBinding, Origin, Place, RemovedBinding, StandingBinding,
};
use crate::domain::credential::Sealed;
use crate::domain::grant::{Grant, KeptCode, TicketId};
use crate::domain::owner::Owner;
use crate::domain::sibling::Sibling;
use crate::domain::timestamp::Timestamp;
use crate::error::BoxError;

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
    /// One conditional write. What the binding comes from is marked as used in the same transaction, and must not
    /// have been used before. The owner must not have unbound since the authorization was started, or where there is
    /// none, since the time that the binding bears (S-30).
    fn bind(
        &self,
        new: &NewBinding,
        origin: Option<Origin<'_>>,
    ) -> impl Future<Output = Result<BindOutcome, StoreError>>;

    /// Replaces the credential of `standing` if it still stands as it was seen (S-6). With `queue_old`, the old
    /// credential is queued for revocation in the same write (S-32).
    fn renew(
        &self,
        new: &NewBinding,
        standing: &StandingBinding,
        queue_old: bool,
        origin: Option<Origin<'_>>,
    ) -> impl Future<Output = Result<RenewOutcome, StoreError>>;

    /// Ends an authorization for good, so that a write by `attempt` that is still under way can take effect no more,
    /// and tells whether it did. For a write whose outcome is unknown (S-20). One conditional write, safe to repeat.
    fn close(
        &self,
        authorization: &Authorization,
        attempt: &BindingId,
    ) -> impl Future<Output = Result<Closed, StoreError>>;

    /// Strongly consistent: what stands now. A write that is still under way may change it.
    fn read_back(&self, place: Place<'_>) -> impl Future<Output = Result<Option<StandingBinding>, StoreError>>;
}

/// What became of [`Bind::bind`].
#[derive(Debug)]
pub enum BindOutcome {
    /// Written.
    Bound,
    /// A binding stands there already.
    Standing(Box<StandingBinding>),
    /// The owner unbound since.
    UnboundSince {
        /// When.
        at: Timestamp,
    },
    /// What it comes from was used by another attempt.
    OriginUsed,
}

/// What became of a write that [`Bind::close`] was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It was written.
    Written,
    /// It was not written and never will be.
    Unwritten,
}

/// What became of [`Bind::renew`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenewOutcome {
    /// Written.
    Renewed,
    /// It does not stand any more as it was seen.
    Changed,
    /// What it comes from was used by another attempt.
    OriginUsed,
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
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>>;
}

/// Finds the bindings of one account, whoever holds them.
pub trait FindSiblings {
    /// One query of an index that lags a little, newest first.
    fn find_siblings(&self, account_key: &str) -> impl Future<Output = Result<Vec<Sibling>, StoreError>>;
}

/// Notes what is wrong with a binding.
pub trait MarkBinding {
    /// One conditional write, safe to repeat: only the very binding that was seen is marked.
    fn mark_binding(
        &self,
        sibling: &Sibling,
        provider: &str,
        problem: BindingProblem,
    ) -> impl Future<Output = Result<(), StoreError>>;
}

/// Lists an owner's bindings (S-34).
pub trait ListBindings {
    /// One strongly consistent query that never reads a credential.
    fn list_bindings(&self, owner: &Owner) -> impl Future<Output = Result<Vec<Binding>, StoreError>>;
}

/// Keeps an authorization code for the console (S-22).
pub trait KeepCode {
    /// One write, safe to repeat.
    fn keep_code(&self, code: &KeptCode) -> impl Future<Output = Result<(), StoreError>>;
}

/// Takes a kept code, once (S-22).
pub trait TakeCode {
    /// One write, safe to repeat. `None` when there is none, or none that is still good.
    fn take_code(&self, id: &TicketId, now: Timestamp) -> impl Future<Output = Result<Option<KeptCode>, StoreError>>;
}

/// Keeps a grant (S-22).
pub trait PutGrant {
    /// One write, safe to repeat.
    fn put_grant(&self, grant: &Grant) -> impl Future<Output = Result<(), StoreError>>;
}

/// Finds a grant (S-22). What decides is the write that binds it.
pub trait FindGrant {
    /// Strongly consistent. `None` when there is none.
    fn find_grant(&self, id: &TicketId) -> impl Future<Output = Result<Option<Grant>, StoreError>>;

    /// Ends a grant that the wrong person presented, by a mark that a binding would find. One conditional write;
    /// `false` when it was used or ended before.
    fn end_grant(&self, grant: &Grant) -> impl Future<Output = Result<bool, StoreError>>;
}
