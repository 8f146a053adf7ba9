//! Taking back a token that was issued and is not wanted (S-20, S-32).

use std::time::Duration;

use crate::domain::binding::{BindingId, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::timestamp::Timestamp;
use crate::error::{Error, InWords};
use crate::flow::write::credential_context;
use crate::ports::{QueueRevocation, ReadyClient, RevokeToken, Revoked, Seal, World};

/// How long the provider gets; a hanging one must not keep the answer from the person.
const REVOCATION: Duration = Duration::from_secs(3);

/// Revokes `credential` at the provider, or queues that. It never fails the flow that calls it: what the person has
/// to know is why nothing was bound.
pub(super) async fn discard<S: QueueRevocation, C: Seal, P: RevokeToken>(
    world: &World<S, C, P>,
    client: &ReadyClient<'_>,
    place: Place<'_>,
    credential: &Credential,
    deadline: Deadline,
    now: Timestamp,
) {
    let capped = Deadline::new(deadline.within(REVOCATION), None, now);
    let revoked = world.providers.revoke_by_client(client, &credential.access_token, capped).await;
    let (provider, owner) = (place.provider.id, place.owner.hash());
    match revoked {
        Ok(Revoked::Gone) => {
            tracing::info!(event = "orphan_revoked", provider, owner, "unwanted token revoked");
        }
        Ok(Revoked::NotOffered) => {
            tracing::info!(event = "orphan_left", provider, owner, "unwanted token left to expire");
        }
        Ok(Revoked::NotYet) | Err(_) => match queue(world, client, place, credential, now).await {
            Ok(()) => tracing::warn!(event = "orphan_queued", provider, owner, "revocation of a token queued"),
            Err(error) => {
                let error = InWords(&error);
                tracing::error!(event = "orphan_lost", provider, owner, %error, "neither revoked nor queued");
            }
        },
    }
}

async fn queue<S: QueueRevocation, C: Seal, P>(
    world: &World<S, C, P>,
    client: &ReadyClient<'_>,
    place: Place<'_>,
    credential: &Credential,
    now: Timestamp,
) -> Result<(), Error> {
    let id = BindingId::fresh()?;
    let context = credential_context(place, &id);
    let key = world.cipher.data_key(&context).await?;
    let sealed = world.cipher.seal(key, &context, &credential.to_plain())?;
    world.store.queue_revocation(place, &id, &sealed, &client.registration.base.web, now).await?;
    Ok(())
}
