//! The key management behind the seals: opens what is stored, as a thief with the key would try to.

use std::collections::HashMap;

use aws_sdk_kms::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::ProvideErrorMetadata as _,
    primitives::Blob,
};
use codebind::{
    adapter::{aws::http_client, sealed::Parts},
    domain::{credential::SealContext, secret::SecretBytes},
};

/// KMS.
#[derive(Debug, Clone)]
pub struct Seals {
    client: Client,
}

impl Seals {
    pub(crate) fn at(url: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "tests"))
            .http_client(http_client(None).expect("the client can be built"))
            .endpoint_url(url)
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// Disables a key, as an operator might.
    pub async fn disable_key(&self, key_id: &str) {
        self.client.disable_key().key_id(key_id).send().await.expect("the key is disabled");
    }

    /// The data key of `sealed`, if KMS unwraps it under `context`; else its error's code.
    ///
    /// # Errors
    /// The code that KMS answers.
    pub async fn unwrap_key(&self, sealed: &[u8], context: &SealContext) -> Result<SecretBytes, String> {
        let parts = Parts::read(sealed).expect("sealed bytes have their format");
        let pairs = context.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let decrypt = self.client.decrypt().ciphertext_blob(Blob::new(parts.wrapped_key()));
        let decrypt = decrypt.set_encryption_context(Some(pairs.collect::<HashMap<_, _>>()));
        match decrypt.send().await {
            Ok(output) => Ok(SecretBytes::new(output.plaintext.expect("a key was unwrapped").into_inner())),
            Err(error) => Err(error.code().unwrap_or("no answer").to_owned()),
        }
    }

    /// What is sealed, if `key` and `context` are right.
    pub fn open(&self, sealed: &[u8], key: &SecretBytes, context: &SealContext) -> Option<String> {
        let parts = Parts::read(sealed).expect("sealed bytes have their format");
        let plain = parts.open(key, context).ok()?;
        Some(String::from_utf8(plain.reveal().to_vec()).expect("credentials are text"))
    }
}
