//! Binding a grant to the owner that the console names (S-22).

use std::time::Duration;

use crate::domain::binding::{Binding, BindingId, Origin, Place};
use crate::domain::credential::{Credential, Purpose};
use crate::domain::deadline::Deadline;
use crate::domain::grant::{Grant, TicketId};
use crate::domain::owner::{Owner, User};
use crate::domain::secret::GrantSecret;
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::flow::discard::discard;
use crate::flow::obtain::ends_at;
use crate::flow::siblings::{displaced, tell};
use crate::flow::ticket::context;
use crate::flow::write::{Candidate, Failure, Outcome, credential_context, write};
use crate::ports::{
    Bind, Client, FindGrant, FindSiblings, MarkBinding, Open, QueueRevocation, RevokeToken, Seal, World,
};

/// Below this nothing is begun.
const NEEDED: Duration = Duration::from_secs(6);

/// What binding a grant needs of storage.
pub trait GrantStore: FindGrant + Bind + QueueRevocation + FindSiblings + MarkBinding {}
impl<S: FindGrant + Bind + QueueRevocation + FindSiblings + MarkBinding> GrantStore for S {}

/// Binds a grant. A refusal that the person can mend, such as another account bound, leaves the grant good.
///
/// # Errors
/// [`Error::GrantEnded`], [`Error::NotTheStarter`], [`Error::OtherProvider`], [`Error::OtherOwner`],
/// [`Error::OtherAccountBound`] and storage's.
pub async fn bind_grant<C: Seal + Open>(
    world: &World<impl GrantStore, C, impl RevokeToken>,
    client: &Client,
    place: Place<'_>,
    secret: &GrantSecret,
    caller: &User,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Outcome, Error> {
    deadline.require(NEEDED)?;
    let id = TicketId::of(&secret.0);
    let found = world.store.find_grant(&id).await?;
    let grant = found.filter(|grant| !grant.is_expired(now)).ok_or(Error::GrantEnded)?;
    if grant.caller != *caller {
        end(world, client, &grant, deadline, now).await?;
        return Err(Error::NotTheStarter);
    }
    check(&grant, place)?;
    if grant.used_for.is_some() {
        return used_before(&world.store, place, &grant).await;
    }
    let binding_id = BindingId::fresh()?;
    let (grant_context, own_context) =
        (context(Purpose::Grant, &grant.provider, caller, &id), credential_context(place, &binding_id));
    let (opened, data_key) =
        tokio::join!(world.cipher.open(&grant.sealed, &grant_context), world.cipher.data_key(&own_context));
    let credential = Credential::from_plain(&opened?).ok_or_else(|| Error::Internal("not a credential".into()))?;
    let binding = binding(&grant, binding_id, client, &credential, now);
    let (origin, queue_old) = (Some(Origin::Grant(&grant)), place.provider.is_revoked_by_client());
    let candidate = Candidate { place, binding, credential: &credential, origin, queue_old };
    let looked_at = candidate.binding.clone();
    let written = write(&world.store, &world.cipher, candidate, data_key?, deadline);
    let (written, dead) = tokio::join!(written, displaced(&world.store, place, &looked_at));
    match written {
        Ok(outcome) => {
            tell(&world.store, place, &dead, now).await;
            Ok(outcome)
        }
        Err(Failure::NotWritten(Error::GrantEnded)) => {
            // Another request with this grant was faster: perhaps the same click, sent twice.
            let found = world.store.find_grant(&id).await?.ok_or(Error::GrantEnded)?;
            used_before(&world.store, place, &found).await
        }
        Err(Failure::NotWritten(error) | Failure::Unknown(error)) => Err(error),
    }
}

/// A repeated request is told what the first one did, if that still stands; nothing is written again.
async fn used_before(store: &impl Bind, place: Place<'_>, grant: &Grant) -> Result<Outcome, Error> {
    let standing = store.read_back(place).await?;
    let same = standing.filter(|standing| Some(&standing.binding.id) == grant.used_for.as_ref());
    same.map(|standing| Outcome::Renewed(standing.binding)).ok_or(Error::GrantEnded)
}

/// Somebody was being tricked, or is a thief: the grant is of no use to anybody any more, and its token is revoked.
async fn end<C: Seal + Open>(
    world: &World<impl GrantStore, C, impl RevokeToken>,
    client: &Client,
    grant: &Grant,
    deadline: Deadline,
    now: Timestamp,
) -> Result<(), Error> {
    let (provider, owner) = (grant.provider.as_str(), grant.holder().hash());
    tracing::warn!(event = "caller_mismatch", provider, owner, "a grant was presented by another caller; it is ended");
    if !world.store.end_grant(grant).await? {
        return Ok(());
    }
    let sealed_under = context(Purpose::Grant, &grant.provider, &grant.caller, &grant.id);
    let opened = world.cipher.open(&grant.sealed, &sealed_under).await?;
    let credential = Credential::from_plain(&opened).ok_or_else(|| Error::Internal("not a credential".into()))?;
    let owner = Owner::User(grant.caller.clone());
    let place = Place { owner: &owner, provider: client.registration.provider };
    let client = &client.ready().await?;
    discard(world, client, place, &credential, deadline, now).await;
    Ok(())
}

fn check(grant: &Grant, place: Place<'_>) -> Result<(), Error> {
    if grant.provider != place.provider.id {
        return Err(Error::OtherProvider);
    }
    match &grant.owner {
        Some(owner) if owner != place.owner => Err(Error::OtherOwner),
        _ => Ok(()),
    }
}

fn binding(grant: &Grant, id: BindingId, client: &Client, credential: &Credential, now: Timestamp) -> Binding {
    Binding {
        id,
        provider: grant.provider.clone(),
        account: grant.account.clone(),
        address: client.registration.base.web.clone(),
        method: client.registration.provider.method.name().to_owned(),
        scopes: grant.scopes.clone(),
        missing_scopes: Vec::new(),
        bound_at: now,
        bound_by: grant.caller.clone(),
        updated_at: now,
        last_verified_at: now,
        credential_expires_at: ends_at(credential),
        rotates: false,
        problem: None,
    }
}
