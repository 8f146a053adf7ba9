//! Writing a binding: a new one, or the renewal of the one that stands (S-5, S-6). No read comes before a write.

use std::time::Duration;

use crate::domain::binding::{Binding, BindingId, NewBinding, Origin, Place, StandingBinding};
use crate::domain::credential::{Credential, Purpose, SealContext};
use crate::domain::deadline::Deadline;
use crate::domain::sibling::TokenMark;
use crate::error::Error;
use crate::ports::{Bind, BindOutcome, Closed, RenewOutcome, Seal, StoreError};

/// How often a write that found the row changed is tried again. Each try loses only to a writer that won.
const ATTEMPTS_MAX: usize = 4;

/// What one more attempt may take at the most.
const ATTEMPT: Duration = Duration::from_secs(4);

/// A row's times only ever go forward, whoever's clock is behind: what is written over something is later by this much.
/// Then a request that is delivered late finds that it comes too late (`shared/decisions/0008-late-writes.md`).
const TICK: Duration = Duration::from_millis(1);

/// A binding that was written.
#[derive(Debug)]
pub enum Outcome {
    /// There was none.
    Bound(Binding),
    /// It renewed one of the same account.
    Renewed(Binding),
}

/// A binding that was not written, or perhaps was.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing is stored: a token just issued must be taken back.
    NotWritten(Error),
    /// It may be stored: a token just issued must be left alone (S-20).
    Unknown(Error),
}

/// A binding on its way to be written.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    /// Where.
    pub(super) place: Place<'a>,
    /// What, under an id that holds if there is none yet.
    pub(super) binding: Binding,
    /// With which credential.
    pub(super) credential: &'a Credential,
    /// What it comes from.
    pub(super) origin: Option<Origin<'a>>,
    /// Whether a credential that this one replaces was issued to us and has to be revoked.
    pub(super) queue_old: bool,
}

/// The context that a binding's credential is sealed under.
pub(super) fn credential_context(place: Place<'_>, id: &BindingId) -> SealContext {
    SealContext {
        owner_hash: place.owner.hash(),
        provider: place.provider.id.to_owned(),
        binding_id: id.as_str().to_owned(),
        purpose: Purpose::Credential,
    }
}

/// Writes `candidate` with `data_key`, made for its id; a renewal fetches another for the id that stands.
pub(super) async fn write<S: Bind, C: Seal>(
    store: &S,
    cipher: &C,
    candidate: Candidate<'_>,
    data_key: C::DataKey,
    deadline: Deadline,
) -> Result<Outcome, Failure> {
    let (provider, owner) = (candidate.place.provider.id, candidate.place.owner.hash());
    let outcome = try_write(store, cipher, candidate, data_key, deadline).await?;
    match &outcome {
        Outcome::Bound(Binding { id, .. }) => {
            tracing::info!(event = "bound", provider, owner, binding_id = id.as_str(), "bound");
        }
        Outcome::Renewed(Binding { id, .. }) => {
            tracing::info!(event = "renewed", provider, owner, binding_id = id.as_str(), "renewed");
        }
    }
    Ok(outcome)
}

async fn try_write<S: Bind, C: Seal>(
    store: &S,
    cipher: &C,
    candidate: Candidate<'_>,
    data_key: C::DataKey,
    deadline: Deadline,
) -> Result<Outcome, Failure> {
    let (mut candidate, mut data_key) = (candidate, Some(data_key));
    for _ in 0..ATTEMPTS_MAX {
        deadline.require(ATTEMPT).map_err(|error| Failure::NotWritten(error.into()))?;
        let key = match data_key.take() {
            Some(key) => key,
            None => fresh_key(cipher, &candidate, &candidate.binding.id).await?,
        };
        let new = seal(cipher, &candidate, key, candidate.binding.clone())?;
        let standing = match store.bind(&new, candidate.origin).await {
            Ok(BindOutcome::Bound) => return Ok(Outcome::Bound(new.binding)),
            Ok(BindOutcome::Standing(standing)) => standing,
            Ok(BindOutcome::UnboundSince { .. }) if matches!(candidate.origin, Some(Origin::Authorization(_))) => {
                return Err(Failure::NotWritten(Error::UnboundSince));
            }
            // Whoever asks is here and waits: this binding comes after that unbinding, and bears a time that says so.
            Ok(BindOutcome::UnboundSince { at }) => {
                candidate.binding.bound_at = at.plus(TICK);
                candidate.binding.updated_at = at.plus(TICK);
                if candidate.origin.is_none() {
                    // Nothing tells that it was not written and unbound before: no binding is made twice under one id.
                    let id = BindingId::fresh().map_err(|error| Failure::NotWritten(error.into()))?;
                    candidate.binding.id = id;
                }
                continue;
            }
            Ok(BindOutcome::OriginUsed) => return Err(Failure::NotWritten(Error::GrantEnded)),
            Err(error) => return settle(store, &candidate, &new, Outcome::Bound, error).await,
        };
        if let Some(renewed) = renew(store, cipher, &candidate, &standing).await? {
            return Ok(renewed);
        }
    }
    let cause = "the binding kept changing under the write";
    Err(Failure::NotWritten(Error::Unavailable(cause.into())))
}

/// Renews what stands, if it is the same account's; `None` when it changed meanwhile.
async fn renew<S: Bind, C: Seal>(
    store: &S,
    cipher: &C,
    candidate: &Candidate<'_>,
    standing: &StandingBinding,
) -> Result<Option<Outcome>, Failure> {
    if !standing.binding.is_same_account(&candidate.binding) {
        let bound = Box::new(standing.binding.account.clone());
        let presented = Box::new(candidate.binding.account.clone());
        return Err(Failure::NotWritten(Error::OtherAccountBound { bound, presented }));
    }
    let (id, bound_at) = (standing.binding.id.clone(), standing.binding.bound_at);
    let updated_at = candidate.binding.updated_at.max(standing.binding.updated_at.plus(TICK));
    let key = fresh_key(cipher, candidate, &id).await?;
    let new = seal(cipher, candidate, key, Binding { id, bound_at, updated_at, ..candidate.binding.clone() })?;
    match store.renew(&new, standing, candidate.queue_old, candidate.origin).await {
        Ok(RenewOutcome::Renewed) => Ok(Some(Outcome::Renewed(new.binding))),
        Ok(RenewOutcome::Changed) => Ok(None),
        Ok(RenewOutcome::OriginUsed) => Err(Failure::NotWritten(Error::GrantEnded)),
        Err(error) => settle(store, candidate, &new, Outcome::Renewed, error).await.map(Some),
    }
}

/// Finds out what became of a write that brought an error: it may have happened all the same (S-20).
async fn settle<S: Bind>(
    store: &S,
    candidate: &Candidate<'_>,
    new: &NewBinding,
    outcome: fn(Binding) -> Outcome,
    error: StoreError,
) -> Result<Outcome, Failure> {
    if let StoreError::Refused(_) | StoreError::Unreadable { .. } = error {
        return Err(Failure::NotWritten(error.into()));
    }
    // A read alone decides nothing: the write may be under way still, and land after it.
    if let Some(Origin::Authorization(authorization)) = candidate.origin {
        return match store.close(authorization, &new.attempt).await {
            Ok(Closed::Written) => Ok(outcome(new.binding.clone())),
            Ok(Closed::Unwritten) => Err(Failure::NotWritten(error.into())),
            Err(_) => Err(Failure::Unknown(error.into())),
        };
    }
    match store.read_back(candidate.place).await {
        Ok(Some(standing)) if standing.binding == new.binding => Ok(outcome(standing.binding)),
        Ok(_) | Err(_) => Err(Failure::Unknown(error.into())),
    }
}

async fn fresh_key<C: Seal>(cipher: &C, candidate: &Candidate<'_>, id: &BindingId) -> Result<C::DataKey, Failure> {
    let key = cipher.data_key(&credential_context(candidate.place, id)).await;
    key.map_err(|error| Failure::NotWritten(error.into()))
}

fn seal<C: Seal>(
    cipher: &C,
    candidate: &Candidate<'_>,
    key: C::DataKey,
    binding: Binding,
) -> Result<NewBinding, Failure> {
    let context = credential_context(candidate.place, &binding.id);
    let sealed = cipher.seal(key, &context, &candidate.credential.to_plain());
    let sealed = sealed.map_err(|error| Failure::NotWritten(error.into()))?;
    let attempt = candidate.binding.id.clone();
    let token_mark = TokenMark::of(&binding.account_key(), &candidate.credential.access_token);
    Ok(NewBinding { owner: candidate.place.owner.clone(), binding, sealed, token_mark, attempt })
}
