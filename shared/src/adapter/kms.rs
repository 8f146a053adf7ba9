//! KMS: a data key per sealed thing, wrapped under the operator's key with the context of S-35.

use std::collections::HashMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::config::{BehaviorVersion, Region};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use ring::aead::NONCE_LEN;
use ring::rand::{SecureRandom, SystemRandom};

use super::aws::{self, Aws, Link};
use super::call::Calls;
use super::sealed::{Parts, seal};
use crate::domain::credential::{SealContext, Sealed};
use crate::domain::secret::{NoEntropy, SecretBytes};
use crate::ports::{CipherError, Open, Seal};

/// Seals and opens by KMS.
#[derive(Debug, Clone)]
pub struct Kms {
    client: Client,
    link: Link,
    key_id: String,
}

/// A data key that seals once: it is used up by sealing.
#[derive(Debug)]
pub struct DataKey {
    plain: SecretBytes,
    wrapped: Vec<u8>,
    key_id: String,
}

impl Kms {
    /// Builds the client. Nothing is looked up and nothing connected.
    #[must_use]
    pub fn new(aws: &Aws, key_id: String) -> Self {
        let config = &aws.config;
        let mut builder = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .credentials_provider(aws.credentials())
            .http_client(aws.http_client())
            .timeout_config(aws::timeouts())
            .retry_config(aws::retries())
            .interceptor(Calls { service: "kms" });
        if let Some(url) = &config.kms_url {
            builder = builder.endpoint_url(url);
        }
        Self { client: Client::from_conf(builder.build()), key_id, link: aws.link("kms", config.kms_url.as_deref()) }
    }

    /// Opens a connection before it is needed.
    pub async fn connect(&self) {
        self.link.open().await;
    }
}

impl Seal for Kms {
    type DataKey = DataKey;

    async fn data_key(&self, context: &SealContext) -> Result<DataKey, CipherError> {
        let request = self.client.generate_data_key().key_id(&self.key_id).key_spec(DataKeySpec::Aes256);
        let result = request.set_encryption_context(Some(encryption_context(context))).send().await;
        let output = result.map_err(|error| cipher_error(&error))?;
        let (Some(plain), Some(wrapped)) = (output.plaintext, output.ciphertext_blob) else {
            return Err(CipherError::Unavailable("KMS answered without a key".into()));
        };
        let key_id = output.key_id.unwrap_or_else(|| self.key_id.clone());
        Ok(DataKey { plain: SecretBytes::new(plain.into_inner()), wrapped: wrapped.into_inner(), key_id })
    }

    fn seal(&self, key: DataKey, context: &SealContext, plain: &SecretBytes) -> Result<Sealed, CipherError> {
        let mut nonce = [0_u8; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| CipherError::Unavailable(NoEntropy.into()))?;
        let bytes = seal(&key.plain, &key.wrapped, nonce, context, plain);
        let bytes = bytes.map_err(|_| CipherError::Unavailable("KMS gave a key of another size".into()))?;
        Ok(Sealed { bytes, key_id: key.key_id })
    }
}

impl Open for Kms {
    async fn open(&self, sealed: &Sealed, context: &SealContext) -> Result<SecretBytes, CipherError> {
        let opened = self.try_open(sealed, context).await;
        if let Err(CipherError::DoesNotOpen) = opened {
            let (provider, owner) = (context.provider.as_str(), context.owner_hash.as_str());
            tracing::error!(event = "decrypt_failed", provider, owner, "the sealed bytes do not open");
        }
        opened
    }
}

impl Kms {
    async fn try_open(&self, sealed: &Sealed, context: &SealContext) -> Result<SecretBytes, CipherError> {
        let parts = Parts::read(&sealed.bytes).map_err(|_| CipherError::DoesNotOpen)?;
        let request = self.client.decrypt().ciphertext_blob(Blob::new(parts.wrapped_key())).key_id(&sealed.key_id);
        let result = request.set_encryption_context(Some(encryption_context(context))).send().await;
        let output = result.map_err(|error| cipher_error(&error))?;
        let key = output.plaintext.ok_or(CipherError::DoesNotOpen)?;
        parts.open(&SecretBytes::new(key.into_inner()), context).map_err(|_| CipherError::DoesNotOpen)
    }
}

fn encryption_context(context: &SealContext) -> HashMap<String, String> {
    context.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Translates an SDK error by type: a wrong context is told apart from a key that cannot be used.
fn cipher_error<E, R>(error: &SdkError<E, R>) -> CipherError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    if code == "InvalidCiphertextException" || code == "IncorrectKeyException" {
        return CipherError::DoesNotOpen;
    }
    // A key that is being made or rotated is back in a moment; one that is disabled is not.
    let is_refusal = code != "KeyUnavailableException" && aws::is_refusal(error);
    let cause = aws::with_causes(error);
    if is_refusal { CipherError::KeyUnusable(cause) } else { CipherError::Unavailable(cause) }
}
