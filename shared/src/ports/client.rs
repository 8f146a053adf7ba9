//! Our client at an OAuth provider, and where its secret comes from (S-37).

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::domain::registration::Registration;
use crate::domain::secret::ClientSecret;
use crate::error::BoxError;

/// Why a client secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ClientSecretError {
    /// Where it is kept does not answer or is overloaded.
    #[error("the client secret cannot be read now")]
    Unavailable(#[source] BoxError),
    /// There is none, it is not ours to read, or it is no text.
    #[error("the client secret cannot be used")]
    Unusable(#[source] BoxError),
}

/// Keeps a client secret that may be rotated at any time: two are valid while that goes on.
pub trait ClientSecrets: fmt::Debug + Send + Sync {
    /// The secret to try first. No call while what is known is fresh.
    fn current(&self) -> BoxFuture<'_, Result<ClientSecret, ClientSecretError>>;

    /// Another one, after the provider refused `refused`: rotated since it was read, or the one before.
    fn other_than<'a>(&'a self, refused: &'a ClientSecret) -> BoxFuture<'a, Option<ClientSecret>>;
}

/// A registration with the way to its secret.
#[derive(Debug, Clone)]
pub struct Client {
    /// The public part.
    pub registration: Registration,
    /// The way to `client_secret` of RFC 6749 section 2.3.1.
    pub secrets: Arc<dyn ClientSecrets>,
}

/// A client with its secret at hand: what exchanging and revoking need. To be had before anything is used up.
#[derive(Debug)]
pub struct ReadyClient<'a> {
    /// The public part.
    pub registration: &'a Registration,
    secret: ClientSecret,
    secrets: &'a dyn ClientSecrets,
}

impl Client {
    /// The client with its secret.
    ///
    /// # Errors
    /// [`ClientSecretError`].
    pub async fn ready(&self) -> Result<ReadyClient<'_>, ClientSecretError> {
        let secret = self.secrets.current().await?;
        Ok(ReadyClient { registration: &self.registration, secret, secrets: &*self.secrets })
    }
}

impl ReadyClient<'_> {
    /// The secret to try first.
    #[must_use]
    pub fn secret(&self) -> &ClientSecret {
        &self.secret
    }

    /// The secret to try once the provider has refused the first.
    pub async fn other_secret(&self) -> Option<ClientSecret> {
        self.secrets.other_than(&self.secret).await
    }
}

/// A secret that never changes: local runs.
#[derive(Debug)]
pub struct FixedSecret(pub ClientSecret);

impl ClientSecrets for FixedSecret {
    fn current(&self) -> BoxFuture<'_, Result<ClientSecret, ClientSecretError>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn other_than<'a>(&'a self, _refused: &'a ClientSecret) -> BoxFuture<'a, Option<ClientSecret>> {
        Box::pin(std::future::ready(None))
    }
}
