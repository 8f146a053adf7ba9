//! The sealed format (S-35): AES-256-GCM under a data key that KMS wraps.
//!
//! ```text
//! 1 byte   version, 1
//! 2 bytes  length of the wrapped data key, big endian
//! n bytes  the wrapped data key, as KMS gave it
//! 12 bytes nonce
//! the rest cipher text and 16 bytes of tag
//! ```
//!
//! The additional data is everything before the nonce and then the context, each text preceded by its length: a change
//! of any byte or any word of the context fails to open, and no two contexts are written alike.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::domain::credential::SealContext;
use crate::domain::secret::SecretBytes;

/// The only version there is.
const VERSION: u8 = 1;

/// Bytes before the wrapped data key.
const HEADER_LEN: usize = 3;

/// The bytes cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// Seals `plain` under `key`, which `wrapped` is the wrapped form of.
///
/// # Errors
/// [`Broken`] when the key has not 256 bits, or its wrapped form is longer than 64 KiB.
pub fn seal(
    key: &SecretBytes,
    wrapped: &[u8],
    nonce: [u8; NONCE_LEN],
    context: &SealContext,
    plain: &SecretBytes,
) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::with_capacity(HEADER_LEN + wrapped.len() + NONCE_LEN + plain.reveal().len() + 16);
    bytes.push(VERSION);
    bytes.extend(u16::try_from(wrapped.len()).map_err(|_| Broken)?.to_be_bytes());
    bytes.extend(wrapped);
    let aad = additional_data(&bytes, context);
    bytes.extend(nonce);
    let mut text = plain.reveal().to_vec();
    let sealing = Nonce::assume_unique_for_key(nonce);
    let result = sealing_key(key)?.seal_in_place_append_tag(sealing, Aad::from(&aad), &mut text);
    if result.is_err() {
        drop(SecretBytes::new(text));
        return Err(Broken);
    }
    bytes.extend(text);
    Ok(bytes)
}

/// The parts of sealed bytes.
#[derive(Debug)]
pub struct Parts<'a> {
    header: &'a [u8],
    nonce: [u8; NONCE_LEN],
    cipher_text: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes sealed bytes apart.
    ///
    /// # Errors
    /// [`Broken`] when they are of another version or too short.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Broken> {
        let [VERSION, high, low, ..] = *bytes else {
            return Err(Broken);
        };
        let wrapped_len = usize::from(u16::from_be_bytes([high, low]));
        let (header, rest) = bytes.split_at_checked(HEADER_LEN + wrapped_len).ok_or(Broken)?;
        let (nonce, cipher_text) = rest.split_at_checked(NONCE_LEN).ok_or(Broken)?;
        Ok(Self { header, nonce: nonce.try_into().map_err(|_| Broken)?, cipher_text })
    }

    /// The data key as KMS wrapped it.
    #[must_use]
    pub fn wrapped_key(&self) -> &'a [u8] {
        &self.header[HEADER_LEN..]
    }

    /// Opens with the unwrapped data key.
    ///
    /// # Errors
    /// [`Broken`] when anything differs from what was sealed, the context included.
    pub fn open(&self, key: &SecretBytes, context: &SealContext) -> Result<SecretBytes, Broken> {
        let aad = additional_data(self.header, context);
        let mut text = self.cipher_text.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let opened = sealing_key(key)?.open_in_place(nonce, Aad::from(&aad), &mut text).map(|plain| plain.len());
        let length = opened.map_err(|_| Broken)?;
        text.truncate(length);
        Ok(SecretBytes::new(text))
    }
}

fn sealing_key(key: &SecretBytes) -> Result<LessSafeKey, Broken> {
    UnboundKey::new(&AES_256_GCM, key.reveal()).map(LessSafeKey::new).map_err(|_| Broken)
}

fn additional_data(header: &[u8], context: &SealContext) -> Vec<u8> {
    let mut data = header.to_vec();
    for (name, value) in context.pairs() {
        for text in [name, value] {
            data.extend((text.len() as u64).to_be_bytes());
            data.extend(text.as_bytes());
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::Purpose;

    fn context() -> SealContext {
        SealContext {
            owner_hash: "owner".to_owned(),
            provider: "github".to_owned(),
            binding_id: "b-1".to_owned(),
            purpose: Purpose::Credential,
        }
    }

    fn key() -> SecretBytes {
        SecretBytes::new(vec![7; 32])
    }

    fn sealed() -> Vec<u8> {
        seal(&key(), b"wrapped", [9; NONCE_LEN], &context(), &SecretBytes::new(b"token".to_vec())).unwrap()
    }

    #[test]
    fn the_format_is_this_byte_for_byte() {
        // S-35: what is stored today must open for ever.
        let hex: String = sealed()
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|it| char::from_digit(it.into(), 16).unwrap())
            .collect();
        // The last two parts were computed by another implementation of AES-GCM.
        let (cipher_text, tag) = ("53eaeff1d0", "f2e9986ef55d44c7c79d193c0eca8eb2");
        assert_eq!(hex, ["01", "0007", "77726170706564", &"09".repeat(12), cipher_text, tag].concat());
        let sealed = sealed();
        let parts = Parts::read(&sealed).unwrap();
        assert_eq!(parts.wrapped_key(), b"wrapped");
        assert_eq!(parts.open(&key(), &context()).unwrap().reveal(), b"token");
    }

    #[test]
    fn another_context_does_not_open() {
        // S-35
        let sealed = sealed();
        let parts = Parts::read(&sealed).unwrap();
        for other in [
            SealContext { owner_hash: "other".to_owned(), ..context() },
            SealContext { provider: "gitlab".to_owned(), ..context() },
            SealContext { binding_id: "b-2".to_owned(), ..context() },
            SealContext { purpose: Purpose::Grant, ..context() },
            // The same letters, shifted from one text to the next.
            SealContext { owner_hash: "ownerg".to_owned(), provider: "ithub".to_owned(), ..context() },
        ] {
            assert_eq!(parts.open(&key(), &other).err(), Some(Broken), "{other:?}");
        }
        assert_eq!(parts.open(&SecretBytes::new(vec![8; 32]), &context()).err(), Some(Broken));
    }

    #[test]
    fn no_byte_can_be_changed_and_none_left_out() {
        // S-35
        let sealed = sealed();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            let opened = Parts::read(&changed).and_then(|parts| parts.open(&key(), &context()));
            assert_eq!(opened.err(), Some(Broken), "byte {at}");
            let opened = Parts::read(&sealed[..at]).and_then(|parts| parts.open(&key(), &context()));
            assert_eq!(opened.err(), Some(Broken), "length {at}");
        }
    }
}
