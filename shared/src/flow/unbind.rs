//! Unbinding (S-30 to S-33): the binding goes first, by one write; then the provider is told, if that is ours to do.

use std::time::Duration;

use crate::domain::address::{AddressPolicy, ServerAddress};
use crate::domain::binding::{BindingId, KeptCredential, Place, RemovedBinding};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::provider::Revocation;
use crate::domain::registration::Client;
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::flow::write::credential_context;
use crate::ports::{CheckAddress, Open, RevokeToken, Revoked, SettleRevocation, Unbind, World};

/// Below this the provider is not asked any more: the sweeper does it.
const NEEDED_TO_REVOKE: Duration = Duration::from_secs(4);

/// What the person who unbinds is told (S-31).
#[derive(Debug)]
pub struct Receipt {
    /// The binding that was removed.
    pub binding_id: BindingId,
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
}

impl RevocationOutcome {
    /// The outcome's name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Scheduled => "revocation_scheduled",
            Self::NotRevocable => "not_revocable",
            Self::LeftInPlace => "left_in_place",
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

/// Unbinds.
///
/// # Errors
/// [`Error::NotBound`], and storage's.
pub async fn unbind(
    world: &World<impl Unbind + SettleRevocation, impl Open, impl RevokeToken + CheckAddress>,
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
    let RemovedBinding { id, kept } = removed;
    let revocation = match kept {
        Some(kept) => revoke(world, place, &id, &kept, &request, deadline).await,
        None if place.provider.personal_token().is_some() => RevocationOutcome::LeftInPlace,
        None => RevocationOutcome::NotRevocable,
    };
    if revocation == RevocationOutcome::Revoked {
        // The token is dead; a leftover in the queue only makes the sweeper ask once more.
        if let Err(error) = world.store.settle_revocation(place, &attempt).await {
            tracing::warn!(provider = place.provider.id, error = format!("{error:?}"), "revocation done, not settled");
        }
    }
    Ok(Receipt { binding_id: id, revocation })
}

/// Revokes what was queued by the removal. Whatever fails here, the queue holds it.
async fn revoke<S>(
    world: &World<S, impl Open, impl RevokeToken + CheckAddress>,
    place: Place<'_>,
    id: &BindingId,
    kept: &KeptCredential,
    request: &UnbindRequest<'_>,
    deadline: Deadline,
) -> RevocationOutcome {
    match try_revoke(world, place, id, kept, request, deadline).await {
        Ok(Revoked::Gone) => RevocationOutcome::Revoked,
        Ok(Revoked::NotOffered) => RevocationOutcome::NotRevocable,
        Ok(Revoked::NotYet) => RevocationOutcome::Scheduled,
        Err(error) => {
            tracing::warn!(
                provider = place.provider.id,
                error = format!("{error:?}"),
                "revocation left to the sweeper"
            );
            RevocationOutcome::Scheduled
        }
    }
}

async fn try_revoke<S>(
    world: &World<S, impl Open, impl RevokeToken + CheckAddress>,
    place: Place<'_>,
    id: &BindingId,
    kept: &KeptCredential,
    request: &UnbindRequest<'_>,
    deadline: Deadline,
) -> Result<Revoked, Error> {
    deadline.require(NEEDED_TO_REVOKE)?;
    let plain = world.cipher.open(&kept.sealed, &credential_context(place, id)).await?;
    let credential = Credential::from_plain(&plain).ok_or_else(|| Error::Internal("not a credential".into()))?;
    if place.provider.personal_token().is_some() {
        let address = ServerAddress::parse(&kept.address, "", request.policy)?;
        let server = world.providers.check_address(address, deadline).await?;
        return Ok(world.providers.revoke_by_self(place.provider, &server, &credential.access_token, deadline).await?);
    }
    let client = request.client.ok_or(Error::ProviderOff)?;
    // Issued for another server than the one now configured: the token must not travel there (S-25).
    if client.registration.base.web != kept.address {
        return Ok(Revoked::NotYet);
    }
    Ok(world.providers.revoke_by_client(client, &credential.access_token, deadline).await?)
}
