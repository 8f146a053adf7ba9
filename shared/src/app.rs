//! The composition root: each function's world, built once at start from the sections of the configuration it needs.

use std::sync::Arc;

use futures_util::future::{join, join_all};

use crate::adapter::aws::Aws;
use crate::adapter::dynamo::Dynamo;
use crate::adapter::eventbridge::EventBridge;
use crate::adapter::kms::Kms;
use crate::adapter::provider_client::ProviderClient;
use crate::adapter::secrets::SecretsManager;
use crate::config::{ClientSecretPlace, Environment};
use crate::domain::provider::Provider;
use crate::error::{BoxError, InWords};
use crate::ports::{Client, ClientSecrets, FixedSecret, World};
use crate::providers;

/// AWS, for everything below: set up once.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn aws<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Aws, BoxError> {
    Aws::new(environment.aws()?)
}

/// Storage alone: start and status link nothing else.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn store<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Dynamo, BoxError> {
    Ok(Dynamo::new(&aws(environment)?, environment.tables()?))
}

/// Storage, key management and the way to the providers.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn world<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
    aws: &Aws,
) -> Result<World<Dynamo, Kms, ProviderClient>, BoxError> {
    Ok(World {
        store: Dynamo::new(aws, environment.tables()?),
        cipher: Kms::new(aws, environment.kms_key_id()?),
        providers: ProviderClient::new(environment.extra_ca()?.as_deref())?,
    })
}

/// Opens the connections that the first request needs, while the function starts and has time for it.
pub async fn connect<P>(world: &World<Dynamo, Kms, P>) {
    join(world.store.connect(), world.cipher.connect()).await;
}

/// The way to those who are told of bindings.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn event_bus<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
    aws: &Aws,
) -> Result<EventBridge, BoxError> {
    Ok(EventBridge::new(aws, environment.event_bus()?))
}

/// Our clients at all OAuth providers that are on. Their secrets are read at once, where the start of a function has
/// time for it; one that cannot be read now is asked for again when it is needed.
///
/// # Errors
/// When a variable is missing or malformed.
pub async fn clients<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
    aws: &Aws,
) -> Result<Vec<Client>, BoxError> {
    clients_at(environment, aws, |_| true).await
}

/// As [`clients`], but only at the providers that take a token back when our client says so: unbinding needs no other
/// secret, and may read no other (S-38).
///
/// # Errors
/// When a variable is missing or malformed.
pub async fn revoking_clients<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
    aws: &Aws,
) -> Result<Vec<Client>, BoxError> {
    clients_at(environment, aws, Provider::is_revoked_by_client).await
}

async fn clients_at<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
    aws: &Aws,
    is_needed: impl Fn(&Provider) -> bool,
) -> Result<Vec<Client>, BoxError> {
    // One for all providers, and none where no secret is kept.
    let mut service = None;
    let mut clients = Vec::new();
    for &provider in providers::ALL.iter().filter(|it| is_needed(it)) {
        let Some(registration) = environment.registration(provider)? else { continue };
        let secrets: Arc<dyn ClientSecrets> = match environment.client_secret(provider)? {
            ClientSecretPlace::Given(secret) => Arc::new(FixedSecret(secret)),
            ClientSecretPlace::Kept(arn) => service.get_or_insert_with(|| SecretsManager::new(aws)).client_secret(arn),
        };
        clients.push(Client { registration, secrets });
    }
    for read in join_all(clients.iter().map(Client::ready)).await {
        if let Err(error) = read {
            tracing::warn!(error = %InWords(&error), "client secret not read at start");
        }
    }
    Ok(clients)
}
