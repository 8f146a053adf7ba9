//! Secrets Manager: client secrets by ARN, kept for minutes, two valid while one is being rotated (S-37).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::aws::{self, Aws};
use super::call::Calls;
use crate::domain::secret::ClientSecret;
use crate::ports::{ClientSecretError, ClientSecrets};

/// How long a secret is used without looking again.
const FRESH: Duration = Duration::from_mins(5);

/// The version in use, and the one before it: Secrets Manager's own labels.
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// The service.
#[derive(Debug, Clone)]
pub struct SecretsManager {
    client: Client,
}

/// One secret in it.
#[derive(Debug)]
struct KeptSecret {
    client: Client,
    arn: String,
    known: Mutex<Option<Known>>,
}

/// What was read, and when.
#[derive(Debug, Clone)]
struct Known {
    secret: ClientSecret,
    read_at: Instant,
}

impl SecretsManager {
    /// Builds the client. Nothing is looked up and nothing connected.
    #[must_use]
    pub fn new(aws: &Aws) -> Self {
        let config = &aws.config;
        let mut builder = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .credentials_provider(aws.credentials())
            .http_client(aws.http_client())
            .interceptor(Calls { service: "secrets_manager" })
            .timeout_config(aws::timeouts())
            .retry_config(aws::retries());
        if let Some(url) = &config.secrets_manager_url {
            builder = builder.endpoint_url(url);
        }
        Self { client: Client::from_conf(builder.build()) }
    }

    /// The client secret that is kept under `arn`.
    #[must_use]
    pub fn client_secret(&self, arn: String) -> Arc<dyn ClientSecrets> {
        Arc::new(KeptSecret { client: self.client.clone(), arn, known: Mutex::default() })
    }
}

impl ClientSecrets for KeptSecret {
    fn current(&self) -> BoxFuture<'_, Result<ClientSecret, ClientSecretError>> {
        Box::pin(async {
            let known = self.known();
            if let Some(known) = known.as_ref().filter(|known| known.read_at.elapsed() < FRESH) {
                return Ok(known.secret.clone());
            }
            match (self.read(CURRENT).await, known) {
                (Ok(secret), _) => Ok(self.keep(secret)),
                // An older secret is better than none: if it was rotated away, the provider says so.
                (Err(ClientSecretError::Unavailable(_)), Some(known)) => Ok(known.secret),
                (Err(error), _) => Err(error),
            }
        })
    }

    fn other_than<'a>(&'a self, refused: &'a ClientSecret) -> BoxFuture<'a, Option<ClientSecret>> {
        Box::pin(async {
            let is_new = |secret: &ClientSecret| !secret.0.same_as(&refused.0);
            let current = self.read(CURRENT).await.ok().map(|secret| self.keep(secret));
            match current.filter(is_new) {
                Some(current) => Some(current),
                None => self.read(PREVIOUS).await.ok().filter(is_new),
            }
        })
    }
}

impl KeptSecret {
    fn known(&self) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, secret: ClientSecret) -> ClientSecret {
        let known = Known { secret: secret.clone(), read_at: Instant::now() };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        secret
    }

    async fn read(&self, stage: &str) -> Result<ClientSecret, ClientSecretError> {
        let result = self.client.get_secret_value().secret_id(&self.arn).version_stage(stage).send().await;
        let output = result.map_err(|error| {
            let is_refusal = aws::is_refusal(&error);
            let cause = aws::with_causes(&error);
            if is_refusal { ClientSecretError::Unusable(cause) } else { ClientSecretError::Unavailable(cause) }
        })?;
        let text = output.secret_string.map(Zeroizing::new);
        let secret = text.as_deref().and_then(|text| client_secret(text));
        secret.ok_or_else(|| ClientSecretError::Unusable("the secret is empty or binary".into()))
    }
}

/// The client secret in what is kept: the text itself, or its member of that name, as the service's own console
/// writes key and value pairs.
#[must_use]
pub fn client_secret(text: &str) -> Option<ClientSecret> {
    #[derive(Deserialize)]
    struct Pairs {
        client_secret: Zeroizing<String>,
    }
    let text = match serde_json::from_str::<Pairs>(text) {
        Ok(pairs) => pairs.client_secret,
        Err(_) => Zeroizing::new(text.to_owned()),
    };
    let secret = text.trim();
    (!secret.is_empty()).then(|| ClientSecret::new(secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_as_text_or_as_a_pair() {
        // S-37
        for kept in ["s3cret", " s3cret\n", r#"{"client_secret":"s3cret"}"#, r#"{"client_secret":"s3cret","note":"x"}"#]
        {
            assert_eq!(client_secret(kept).unwrap().reveal(), "s3cret", "{kept}");
        }
        assert!(client_secret(" ").is_none() && client_secret(r#"{"client_secret":""}"#).is_none());
    }
}
