//! What flows need of storage to keep a credential alive, and to lend it.

use std::future::Future;

use crate::domain::binding::{Binding, BindingProblem, Place};
use crate::domain::credential::Sealed;
use crate::domain::refresh::{Breaker, Holder, Turn};
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::ports::StoreError;

/// A binding that stands, with its sealed credential.
#[derive(Debug, Clone)]
pub struct StandingCredential {
    /// What is shown.
    pub binding: Binding,
    /// The credential, sealed under the binding's id.
    pub sealed: Sealed,
    /// Its token's mark: names this very credential among those that the binding has had.
    pub token_mark: TokenMark,
    /// Whose turn it is to refresh it, if it is anybody's.
    pub turn: Option<Turn>,
    /// When somebody reported that the token is not accepted, if nobody has looked since.
    pub suspect_at: Option<Timestamp>,
}

/// Finds a binding with its credential.
pub trait ReadCredential {
    /// Strongly consistent. `None` when nothing is bound.
    fn read_credential(&self, place: Place<'_>)
    -> impl Future<Output = Result<Option<StandingCredential>, StoreError>>;
}

/// Decides who refreshes a binding (S-50).
pub trait TakeTurn {
    /// Takes the turn if the binding stands as `seen`, and the turn seen in it, if any, is over. What is then left of
    /// that is marked by `left`. One conditional write, safe to repeat; `false` when it changed meanwhile.
    fn take_turn(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        turn: &Turn,
        left: Option<BindingProblem>,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>>;

    /// Gives the turn back, if it is `holder`'s still: nothing is under way any more. With `problem`, that is noted of
    /// the binding in the same write. One conditional write, safe to repeat.
    fn give_back(
        &self,
        place: Place<'_>,
        holder: &Holder,
        problem: Option<BindingProblem>,
    ) -> impl Future<Output = Result<(), StoreError>>;
}

/// Keeps the successor of a credential (S-50).
pub trait SaveRefreshed {
    /// Replaces the credential that is marked as `seen`, ends the turn and what was doubtful. It looks at no turn: the
    /// only successor is right however late it comes, and never right after another. One conditional write, safe to
    /// repeat; `false` when the credential is not there any more.
    fn save_refreshed(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        sealed: &Sealed,
        token_mark: &TokenMark,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>>;
}

/// Notes what was found out about a credential (S-50).
pub trait JudgeCredential {
    /// Notes `problem`, if the credential is still the one that was seen, and ends turn and suspicion. One conditional
    /// write, safe to repeat; `false` when it is another one.
    fn judge_credential(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        problem: BindingProblem,
    ) -> impl Future<Output = Result<bool, StoreError>>;

    /// Notes that the token works, if the credential is still the one that was seen, and ends the suspicion; with
    /// `heals`, what was wrong with the binding too. One conditional write, safe to repeat; `false` as above.
    fn note_verified(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        heals: bool,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>>;
}

/// Notes that somebody doubts a token.
pub trait SuspectToken {
    /// Notes when, if the credential is still the one that was seen. One conditional write, safe to repeat.
    fn suspect_token(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>>;
}

/// Remembers which providers refuse our client, for all functions together.
pub trait KeepBreaker {
    /// What is known; `None` when a provider never refused it lately.
    fn breaker(&self, provider: &str) -> impl Future<Output = Result<Option<Breaker>, StoreError>>;

    /// Notes one more refusal. One conditional write; `false` when somebody else had noted it.
    fn open_breaker(
        &self,
        provider: &str,
        breaker: Breaker,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>>;

    /// Claims to be the one attempt that finds out, until `until`. One conditional write; `false` when it is another's.
    fn claim_probe(
        &self,
        provider: &str,
        seen: Breaker,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>>;

    /// Forgets the refusals that were seen. One conditional write; `false` when there were others since.
    fn close_breaker(&self, provider: &str, seen: Breaker) -> impl Future<Output = Result<bool, StoreError>>;
}
