//! Taking back a token that was issued and is not wanted (S-20, S-32).

use std::time::Duration;

use crate::domain::binding::{BindingId, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::timestamp::Timestamp;
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
    match revoked {
        Ok(Revoked::Gone) => tracing::info!(provider = place.provider.id, "unwanted token revoked"),
        Ok(Revoked::NotOffered) => tracing::info!(provider = place.provider.id, "unwanted token left to expire"),
        Ok(Revoked::NotYet) | Err(_) => {
            if let Err(error) = queue(world, client, place, credential).await {
                tracing::error!(
                    provider = place.provider.id,
                    owner = place.owner.hash(),
                    error = format!("{error:?}"),
                    "orphan token: neither revoked nor queued"
                );
            }
        }
    }
}

async fn queue<S: QueueRevocation, C: Seal, P>(
    world: &World<S, C, P>,
    client: &ReadyClient<'_>,
    place: Place<'_>,
    credential: &Credential,
) -> Result<(), crate::error::Error> {
    let id = BindingId::fresh()?;
    let context = credential_context(place, &id);
    let key = world.cipher.data_key(&context).await?;
    let sealed = world.cipher.seal(key, &context, &credential.to_plain())?;
    world.store.queue_revocation(place, &id, &sealed, &client.registration.base.web).await?;
    tracing::warn!(provider = place.provider.id, "revocation of an unwanted token queued");
    Ok(())
}
