//! An embedded Secrets Manager, for scenarios about client secrets that are kept there (S-37). `cargo dev` needs none:
//! the secrets of its simulators are no secrets.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};
use winterbaume_secretsmanager::SecretsManagerService;

use crate::{
    Error,
    emulator::{call, router},
    iam::{Gate, Ledger, Permission, Service, guarded},
    server::{Server, listen_on_loopback},
};

/// A running Secrets Manager. Dropping it ends it.
pub struct SecretsManager {
    url: String,
    service: Arc<SecretsManagerService>,
    ledger: Ledger,
    _server: Server,
}

impl SecretsManager {
    /// Starts an empty one on a free port.
    ///
    /// # Errors
    ///
    /// When no port is free, or the template is not understood.
    pub async fn start() -> Result<Self, Error> {
        let service = Arc::new(SecretsManagerService::new());
        let (listener, url) = listen_on_loopback()
            .await
            .map_err(|source| Error::Listen { address: (std::net::Ipv4Addr::LOCALHOST, 0).into(), source })?;
        let ledger = Ledger::default();
        let gate = Gate::new(Service::SecretsManager, ledger.clone())?;
        let server = Server::spawn_router(listener, guarded(router(Arc::clone(&service)), gate));
        Ok(Self { url, service, ledger, _server: server })
    }

    /// Its URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The permissions that calls made use of.
    #[must_use]
    pub fn permissions_used(&self) -> BTreeSet<Permission> {
        self.ledger.used()
    }

    /// Makes a secret; its ARN, null if the service refuses.
    pub async fn create(&self, name: &str, value: &str) -> Value {
        let body = json!({"Name": name, "SecretString": value});
        call(&*self.service, "secretsmanager.CreateSecret", &body).await["ARN"].clone()
    }

    /// Rotates a secret: what was current becomes the previous one.
    pub async fn rotate(&self, name: &str, value: &str) {
        let body = json!({"SecretId": name, "SecretString": value, "ClientRequestToken": crate::ids::invocation_id()});
        call(&*self.service, "secretsmanager.PutSecretValue", &body).await;
    }
}
