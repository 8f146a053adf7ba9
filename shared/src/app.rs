//! The composition root: each function's world, built once at start from the sections of the configuration it needs.

use crate::adapter::dynamo::Dynamo;
use crate::adapter::kms::Kms;
use crate::adapter::provider_client::ProviderClient;
use crate::config::Environment;
use crate::error::BoxError;
use crate::ports::World;

/// Storage alone: start and status link nothing else.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn store<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Dynamo, BoxError> {
    Dynamo::new(&environment.aws()?, environment.tables()?)
}

/// Storage, key management and the way to the providers.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn world<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
) -> Result<World<Dynamo, Kms, ProviderClient>, BoxError> {
    let aws = environment.aws()?;
    Ok(World {
        store: Dynamo::new(&aws, environment.tables()?)?,
        cipher: Kms::new(&aws, environment.kms_key_id()?)?,
        providers: ProviderClient::new(environment.extra_ca()?.as_deref())?,
    })
}
