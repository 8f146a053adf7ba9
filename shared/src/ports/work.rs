//! What the sweeper needs: finding what is due, claiming it, saying what became of it, and publishing events.
//!
//! A row has one time at which something is due, whatever it is. A run claims the row by moving that time, does all
//! that is due in it, and writes once what came of it, on condition that the time is still its own. Whoever binds,
//! renews or unbinds meanwhile sets the time anew: then nothing of the run is written, and the row is due at once.

use std::future::Future;

use crate::domain::binding::{Binding, BindingId, BindingProblem};
use crate::domain::credential::Sealed;
use crate::domain::event::{Event, EventId};
use crate::domain::grant::Grant;
use crate::domain::owner::Owner;
use crate::domain::rotation::Begun;
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::Upkeep;
use crate::error::BoxError;
use crate::ports::StoreError;

/// A row that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub row: DueRow,
    /// Since when.
    pub at: Timestamp,
}

/// Names a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueRow {
    /// Of the table of bindings: key of the owner, and provider.
    Binding {
        /// Key of the owner.
        owner: String,
        /// Provider id.
        provider: String,
    },
    /// Of the table of transients.
    Transient {
        /// Its key.
        id: String,
    },
}

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkTable {
    /// Bindings.
    Bindings,
    /// Authorizations, kept codes and grants.
    Transients,
}

/// Finds what is due.
pub trait FindWork {
    /// One query of an index that lags a little: the longest due first, at most `max`.
    fn find_due(
        &self,
        table: WorkTable,
        shard: &str,
        now: Timestamp,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Due>, StoreError>>;
}

/// Claims a row that is due.
pub trait ClaimWork {
    /// One conditional write: `None` when it is not due any more as it was seen. Until `until` nobody else finds it.
    fn claim(&self, due: &Due, until: Timestamp) -> impl Future<Output = Result<Option<Claimed>, StoreError>>;
}

/// A claimed row.
#[derive(Debug)]
pub enum Claimed {
    /// Of the table of bindings.
    Row(Box<ClaimedRow>),
    /// Of the table of transients.
    Transient(ClaimedTransient),
}

/// A claimed row of the table of bindings.
#[derive(Debug)]
pub struct ClaimedRow {
    /// Whose it is.
    pub owner: Owner,
    /// Provider id.
    pub provider: String,
    /// The claim: what is written later is written only if it still stands.
    pub until: Timestamp,
    /// What is bound, if anything is.
    pub held: Option<Held>,
    /// Events that wait to be published.
    pub events: Vec<Event>,
    /// Credentials that wait to be revoked.
    pub revocations: Vec<QueuedRevocation>,
}

/// A binding with all that its care needs.
#[derive(Debug)]
pub struct Held {
    /// What is shown.
    pub binding: Binding,
    /// Its credential.
    pub sealed: Sealed,
    /// Its token's mark.
    pub token_mark: TokenMark,
    /// What is remembered of the care for it.
    pub upkeep: Upkeep,
}

/// A credential that waits to be revoked.
#[derive(Debug)]
pub struct QueuedRevocation {
    /// Names its place in the queue.
    pub attempt: BindingId,
    /// The id it is sealed under.
    pub binding_id: BindingId,
    /// It.
    pub sealed: Sealed,
    /// The server it may be sent to.
    pub address: String,
    /// Names its account across owners, where a binding held it.
    pub account_key: Option<String>,
    /// What was tried so far.
    pub retry: Retry,
}

/// What was tried so far to revoke a credential.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retry {
    /// How often.
    pub attempts: u32,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When it is due again.
    pub next_at: Option<Timestamp>,
}

/// A claimed row of the table of transients.
#[derive(Debug)]
pub struct ClaimedTransient {
    /// Its key.
    pub id: String,
    /// The claim.
    pub until: Timestamp,
    /// What it is.
    pub kind: TransientKind,
}

/// What a claimed row of the table of transients is.
#[derive(Debug)]
pub enum TransientKind {
    /// A grant whose time is over, and that led to no binding.
    Grant {
        /// It.
        grant: Box<Grant>,
        /// Whether it was ended, so that nobody can bind it any more.
        is_ended: bool,
    },
    /// Something that led to a binding, or a code whose time is over: nothing is left to do.
    Over,
    /// An authorization that was used up or closed, and of which nothing says where it led (S-20).
    Unaccounted {
        /// Whose it is.
        owner: Owner,
        /// Provider id.
        provider: String,
    },
}

/// What becomes of a value in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
    /// It goes.
    Remove,
}

/// What came of a claimed row, written at once.
#[derive(Debug, Default)]
pub struct Settlement {
    /// Events that were published.
    pub published: Vec<EventId>,
    /// Events that this brings about.
    pub events: Vec<Event>,
    /// Revocations that are done or given up.
    pub settled: Vec<BindingId>,
    /// Revocations to be tried again.
    pub put_off: Vec<(BindingId, Retry)>,
    /// What is wrong with the binding.
    pub problem: Edit<BindingProblem>,
    /// When the credential was seen to work.
    pub verified_at: Option<Timestamp>,
    /// When the credential ends, as the provider says now.
    pub credential_expires_at: Edit<Timestamp>,
    /// The mark of a verification that failed once.
    pub verify_failed_at: Edit<Timestamp>,
    /// The mark of a token that somebody suspects.
    pub suspect_at: Edit<Timestamp>,
    /// When a verification last brought a verdict.
    pub verify_tried_at: Option<Timestamp>,
    /// The nearest notice told.
    pub notified_days: Edit<i64>,
    /// The mark that the token has by now, if it was replaced by its successor.
    pub token_mark: Option<TokenMark>,
    /// Whether it is known what came of a rotation that was begun.
    pub forget_rotation: bool,
    /// When a rotation was last tried in vain.
    pub rotation_tried_at: Option<Timestamp>,
    /// An event was written already and waits.
    pub has_told: bool,
    /// The credential, sealed anew.
    pub resealed: Option<Sealed>,
    /// When the row is due next; never, if nothing is left to do.
    pub next_at: Option<Timestamp>,
}

/// Says what became of claimed rows.
pub trait SettleWork {
    /// One conditional write: `false` when the claim does not stand any more. Then nothing is written.
    fn settle(&self, row: &ClaimedRow, done: &Settlement) -> impl Future<Output = Result<bool, StoreError>>;

    /// One conditional write, likewise. `next_at` as in [`Settlement`].
    fn settle_transient(
        &self,
        row: &ClaimedTransient,
        next_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<bool, StoreError>>;
}

/// Keeps what is known of a rotation, and its outcome (S-67).
pub trait KeepRotation {
    /// Writes that it is to be done, while the claim stands, the token is the one that was seen and no other rotation
    /// was begun. One conditional write, safe to repeat; `false` when that does not hold.
    fn begin_rotation(
        &self,
        row: &ClaimedRow,
        held: &Held,
        begun: &Begun,
    ) -> impl Future<Output = Result<bool, StoreError>>;

    /// Replaces the token that was seen by its successor, whatever became of the claim, ends the rotation and what was
    /// doubtful, and writes `event`. One conditional write, safe to repeat; `false` when another token stands there.
    fn save_rotated(
        &self,
        row: &ClaimedRow,
        held: &Held,
        rotated: &Successor,
        event: &Event,
    ) -> impl Future<Output = Result<bool, StoreError>>;
}

/// A token's successor, as it is to be kept.
#[derive(Debug)]
pub struct Successor {
    /// It.
    pub sealed: Sealed,
    /// Its mark.
    pub token_mark: TokenMark,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Since when it is there.
    pub at: Timestamp,
}

/// What the sweeper needs of storage, beside what it shares with other flows.
pub trait WorkStore: FindWork + ClaimWork + SettleWork + KeepRotation {}
impl<S: FindWork + ClaimWork + SettleWork + KeepRotation> WorkStore for S {}

/// Events were not published, or perhaps were.
#[derive(Debug, thiserror::Error)]
#[error("events were not published")]
pub struct PublishError(#[source] pub BoxError);

/// Publishes events.
pub trait PublishEvents {
    /// How many events one call takes.
    const BATCH_MAX: usize;

    /// One call; whether each was accepted, in their order.
    fn publish(&self, events: &[&Event]) -> impl Future<Output = Result<Vec<bool>, PublishError>>;
}
