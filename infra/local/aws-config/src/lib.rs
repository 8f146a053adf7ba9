//! The four items of `aws-config` that `winterbaume-core` compiles against.
//!
//! The real crate brings a second TLS stack and four more SDKs into the workspace; the KMS
//! emulator is handed its requests directly and never loads a configuration.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
pub use aws_types::SdkConfig;
pub use aws_types::region::Region;

/// Which set of defaults applies; there is one here.
#[derive(Debug, Clone, Copy)]
pub struct BehaviorVersion;

impl BehaviorVersion {
    /// The only version.
    #[must_use]
    pub fn latest() -> Self {
        Self
    }
}

/// Starts an empty configuration.
#[must_use]
pub fn defaults(_version: BehaviorVersion) -> ConfigLoader {
    ConfigLoader { config: SdkConfig::builder() }
}

/// Collects what the caller states; looks nothing up.
#[derive(Debug)]
pub struct ConfigLoader {
    config: aws_types::sdk_config::Builder,
}

impl ConfigLoader {
    /// The HTTP client of every SDK built from this configuration.
    #[must_use]
    pub fn http_client(mut self, client: SharedHttpClient) -> Self {
        self.config = self.config.http_client(client);
        self
    }

    /// The credentials of every SDK built from this configuration.
    #[must_use]
    pub fn credentials_provider(mut self, provider: SharedCredentialsProvider) -> Self {
        self.config = self.config.credentials_provider(provider);
        self
    }

    /// The region of every SDK built from this configuration.
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.config = self.config.region(region);
        self
    }

    /// Gives what was stated. Asynchronous because the real crate's is.
    #[expect(clippy::unused_async, reason = "the real `load` is asynchronous and winterbaume-core awaits it")]
    pub async fn load(self) -> SdkConfig {
        self.config.build()
    }
}
