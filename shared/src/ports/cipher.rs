//! What flows need of key management.

use std::future::Future;

use crate::domain::credential::{SealContext, Sealed};
use crate::domain::secret::SecretBytes;
use crate::error::BoxError;

/// Why sealing or opening failed.
#[derive(Debug, thiserror::Error)]
pub enum CipherError {
    /// Key management does not answer or is overloaded.
    #[error("key management is unavailable")]
    Unavailable(#[source] BoxError),
    /// The key is disabled, pending deletion, missing, or not ours to use.
    #[error("the key cannot be used")]
    KeyUnusable(#[source] BoxError),
    /// The bytes are not what was sealed under this context: tampered with, or moved.
    #[error("the sealed bytes do not open under this context")]
    DoesNotOpen,
}

/// Makes data keys and seals with them (S-35).
pub trait Seal {
    /// A data key that seals once.
    type DataKey;

    /// One call to key management.
    fn data_key(&self, context: &SealContext) -> impl Future<Output = Result<Self::DataKey, CipherError>>;

    /// No call at all.
    ///
    /// # Errors
    /// [`CipherError`] when there is no randomness for the nonce.
    fn seal(&self, key: Self::DataKey, context: &SealContext, plain: &SecretBytes) -> Result<Sealed, CipherError>;
}

/// Opens what was sealed (S-35).
pub trait Open {
    /// One call to key management.
    fn open(&self, sealed: &Sealed, context: &SealContext) -> impl Future<Output = Result<SecretBytes, CipherError>>;
}
