//! Lending a build worker the access token of a binding (S-48 to S-51): one that lives long enough, with the address that
//! it may be sent to, and never the refresh token.

use std::time::Duration;

use ring::digest::{SHA256, digest};

use crate::domain::binding::{Binding, Place};
use crate::domain::deadline::Deadline;
use crate::domain::provider::Method;
use crate::domain::secret::{AccessToken, Secret};
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::flow::refresh::{RefreshCipher, RefreshProviders, RefreshStore, Wanted, opened, refresh};
use crate::flow::verify::{Servers, target, verify};
use crate::ports::{AskApi, CheckAddress, Client, Open, ReadCredential, SuspectToken, World};

/// What lending needs of the providers.
pub trait LeaseProviders: RefreshProviders + AskApi + CheckAddress {}
impl<P: RefreshProviders + AskApi + CheckAddress> LeaseProviders for P {}

/// What lending is told beside the place.
#[derive(Debug)]
pub struct LeaseRequest<'a> {
    /// How long the token has to live from now on.
    pub lifetime: Duration,
    /// Our client at an OAuth provider, if it is configured.
    pub client: Option<&'a Client>,
    /// Where tokens may go.
    pub servers: Servers<'a>,
}

/// A token that is lent. No `Debug`: it is made to be handed out.
pub struct Lease {
    /// Names it in the log.
    pub id: String,
    /// Whose account it is for, and where it may be sent.
    pub binding: Binding,
    /// The token.
    pub access_token: AccessToken,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// Lends the access token of the binding at `place`.
///
/// # Errors
/// [`Error::NotBound`], [`Error::ReauthorizationRequired`], [`Error::TokenEndsTooSoon`], [`Error::ServerMoved`], those of
/// [`refresh`], and storage's.
pub async fn lease(
    world: &World<impl RefreshStore, impl RefreshCipher, impl LeaseProviders>,
    place: Place<'_>,
    request: LeaseRequest<'_>,
    deadline: Deadline,
) -> Result<Lease, Error> {
    let wanted = Wanted { lifetime: request.lifetime, successor: false };
    let opened = match &place.provider.method {
        Method::OAuth(_) => {
            let client = request.client.ok_or(Error::ProviderOff)?;
            Box::pin(refresh(world, client, place, wanted, deadline)).await?
        }
        Method::PersonalToken(_) => opened(world, place).await?,
    };
    let target = target(&world.providers, place, request.servers, &opened, deadline).await?;
    if opened.standing.suspect_at.is_some() {
        verify(&world.store, &world.providers, place, &target, &opened, deadline).await?;
    }
    let expires_at = opened.ends_at(place);
    if expires_at.is_some_and(|at| at < Timestamp::now().plus(request.lifetime)) {
        return Err(Error::TokenEndsTooSoon);
    }
    let id = format!("l-{}", &Secret::fresh()?.reveal()[..22]);
    Ok(Lease { id, binding: opened.standing.binding, access_token: opened.credential.access_token, expires_at })
}

/// Takes a report that a token is not accepted, by the hash of the token. If it is the one that stands, it is looked at
/// before it is lent again; a report alone changes nothing else. Whether it was is not told.
///
/// # Errors
/// [`Error::NotBound`], and storage's.
pub async fn suspect<S: ReadCredential + SuspectToken, C: Open, P>(
    world: &World<S, C, P>,
    place: Place<'_>,
    sha256: &[u8],
    worker: &str,
) -> Result<(), Error> {
    let opened = match opened(world, place).await {
        Ok(opened) => opened,
        // Nothing is lent there anyway.
        Err(Error::ReauthorizationRequired) => return Ok(()),
        Err(error) => return Err(error),
    };
    if digest(&SHA256, opened.credential.access_token.reveal().as_bytes()).as_ref() != sha256 {
        return Ok(());
    }
    world.store.suspect_token(place, &opened.standing, Timestamp::now()).await?;
    let (provider, owner) = (place.provider.id, place.owner.hash());
    let binding_id = opened.standing.binding.id.as_str();
    tracing::info!(event = "suspect_reported", provider, owner, binding_id, worker, "a token is doubted");
    Ok(())
}
