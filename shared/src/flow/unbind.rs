//! Unbinding (S-30 to S-33): the binding goes first, by one write; then the provider is told, if that is ours to do.

use std::time::Duration;

use crate::domain::address::{AddressPolicy, Homes, ServerAddress};
use crate::domain::binding::{BindingId, Place, RemovedBinding};
use crate::domain::credential::{Credential, Sealed};
use crate::domain::deadline::Deadline;
use crate::domain::provider::Revocation;
use crate::domain::sibling::Sibling;
use crate::domain::timestamp::Timestamp;
use crate::error::{Error, InWords};
use crate::flow::check::check;
use crate::flow::write::credential_context;
use crate::ports::{CheckAddress, Client, FindSiblings, Open, RevokeToken, Revoked, SettleRevocation, Unbind, World};

/// Below this the provider is not asked any more: the sweeper does it.
const NEEDED_TO_REVOKE: Duration = Duration::from_secs(4);

/// What is kept back of the time so that the receipt gets out.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// What the person who unbinds is told (S-31).
#[derive(Debug)]
pub struct Receipt {
    /// The binding that was removed.
    pub binding_id: BindingId,
    /// The server it was at.
    pub address: String,
    /// What became of its credential at the provider.
    pub revocation: RevocationOutcome,
}

/// What became of a credential at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationOutcome {
    /// It is dead.
    Revoked,
    /// It will be: the request is queued.
    Scheduled,
    /// The provider offers no way; the person can do it.
    NotRevocable,
    /// It is the person's own and was left alone.
    LeftInPlace,
    /// It was to be revoked, and another binding uses it (S-33).
    LeftToSiblings,
}

impl RevocationOutcome {
    /// The outcome's name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Scheduled => "revocation_scheduled",
            Self::NotRevocable => "not_revocable",
            Self::LeftInPlace | Self::LeftToSiblings => "left_in_place",
        }
    }
}

/// What unbinding is told beside the place.
#[derive(Debug)]
pub struct UnbindRequest<'a> {
    /// Whether a personal token is to be revoked too.
    pub revoke: bool,
    /// Our client at an OAuth provider, if it is configured.
    pub client: Option<&'a Client>,
    /// Which addresses the operator accepts: a stored one is checked again (S-25).
    pub policy: &'a AddressPolicy,
}

/// What unbinding needs of storage.
pub trait UnbindStore: Unbind + SettleRevocation + FindSiblings {}
impl<S: Unbind + SettleRevocation + FindSiblings> UnbindStore for S {}

/// Unbinds.
///
/// # Errors
/// [`Error::NotBound`], and storage's.
pub async fn unbind(
    world: &World<impl UnbindStore, impl Open, impl RevokeToken + CheckAddress>,
    place: Place<'_>,
    request: UnbindRequest<'_>,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Receipt, Error> {
    let attempt = BindingId::fresh()?;
    let wanted = match place.provider.revocation {
        Revocation::DeleteByClient { .. } => true,
        Revocation::DeleteBySelf { .. } => request.revoke,
        Revocation::None => false,
    };
    let removed = world.store.unbind(place, &attempt, wanted, now).await?.ok_or(Error::NotBound)?;
    let (provider, owner, binding_id) = (place.provider.id, place.owner.hash(), removed.id.as_str());
    tracing::info!(event = "unbound", provider, owner, binding_id, "unbound");
    let revocation = match &removed.sealed {
        Some(_) if may_be_shared(&world.store, place, &removed).await => RevocationOutcome::LeftToSiblings,
        Some(sealed) => revoke(world, place, &removed, sealed, &request, deadline.keeping_back(TO_ANSWER)).await,
        None if place.provider.personal_token().is_some() => RevocationOutcome::LeftInPlace,
        None => RevocationOutcome::NotRevocable,
    };
    if matches!(revocation, RevocationOutcome::Revoked | RevocationOutcome::LeftToSiblings) {
        // Nothing is left to do. A leftover in the queue makes the sweeper ask once more; a personal token may be
        // another owner's still, so it has to look for siblings as this flow does (S-33).
        let settled = tokio::time::timeout(deadline.left(), world.store.settle_revocation(place, &attempt)).await;
        if !matches!(settled, Ok(Ok(()))) {
            tracing::warn!(provider, "revocation done, not settled");
        }
    }
    Ok(Receipt { binding_id: removed.id, address: removed.address, revocation })
}

/// Whether a personal token is, or may be, another binding's as well: one person may have entered it for several
/// owners, and it is not taken from under them (S-33). What was issued to us is each binding's own.
async fn may_be_shared(store: &impl FindSiblings, place: Place<'_>, removed: &RemovedBinding) -> bool {
    if place.provider.personal_token().is_none() {
        return false;
    }
    match store.find_siblings(&removed.account_key).await {
        Ok(siblings) => {
            let shares = |it: &Sibling| it.owner != *place.owner && it.token_mark == removed.token_mark;
            siblings.iter().any(shares)
        }
        // Not known: then it is safer to leave the person's own token alone.
        Err(_) => true,
    }
}

/// Revokes what was queued by the removal. Whatever fails here, the queue holds it.
async fn revoke<S>(
    world: &World<S, impl Open, impl RevokeToken + CheckAddress>,
    place: Place<'_>,
    removed: &RemovedBinding,
    sealed: &Sealed,
    request: &UnbindRequest<'_>,
    deadline: Deadline,
) -> RevocationOutcome {
    match try_revoke(world, place, removed, sealed, request, deadline).await {
        Ok(Revoked::Gone) => RevocationOutcome::Revoked,
        Ok(Revoked::NotOffered) => RevocationOutcome::NotRevocable,
        Ok(Revoked::NotYet) => RevocationOutcome::Scheduled,
        Err(error) => {
            let error = InWords(&error);
            tracing::warn!(provider = place.provider.id, %error, "revocation left to the sweeper");
            RevocationOutcome::Scheduled
        }
    }
}

async fn try_revoke<S>(
    world: &World<S, impl Open, impl RevokeToken + CheckAddress>,
    place: Place<'_>,
    removed: &RemovedBinding,
    sealed: &Sealed,
    request: &UnbindRequest<'_>,
    deadline: Deadline,
) -> Result<Revoked, Error> {
    deadline.require(NEEDED_TO_REVOKE)?;
    let plain = world.cipher.open(sealed, &credential_context(place, &removed.id)).await?;
    let credential = Credential::from_plain(&plain).ok_or_else(|| Error::Internal("not a credential".into()))?;
    let (address, UnbindRequest { client, policy, .. }) = (&removed.address, request);
    revoke_at_provider(&world.providers, place, address, &credential, *client, policy, deadline).await
}

/// Takes a token back at the server it was bound with, and at no other.
pub(super) async fn revoke_at_provider(
    providers: &(impl RevokeToken + CheckAddress),
    place: Place<'_>,
    address: &str,
    credential: &Credential,
    client: Option<&Client>,
    policy: &AddressPolicy,
    deadline: Deadline,
) -> Result<Revoked, Error> {
    if place.provider.personal_token().is_some() {
        let address = ServerAddress::parse(address, Homes::default(), policy)?;
        let server = check(providers, place, address, deadline).await?;
        return Ok(providers.revoke_by_self(place.provider, &server, &credential.access_token, deadline).await?);
    }
    let client = client.ok_or(Error::ProviderOff)?;
    // Issued for another server than the one now configured: the token must not travel there (S-25).
    if client.registration.base.web != address {
        return Ok(Revoked::NotYet);
    }
    let client = client.ready().await?;
    Ok(providers.revoke_by_client(&client, &credential.access_token, deadline).await?)
}
