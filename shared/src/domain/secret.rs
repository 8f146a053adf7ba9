//! Values that must never be seen: they print as `[redacted]` and are wiped when dropped (S-36).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How many random bytes a fresh secret has: 256 bits (S-14).
const FRESH_BYTES: usize = 32;

/// The operating system gave no randomness, so nothing secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct NoEntropy;

/// Text that must not be seen. There is no `PartialEq`: comparing is [`Secret::same_as`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes over `text`; the caller keeps no copy.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// 256 fresh bits from the operating system's generator, as 43 URL-safe characters.
    ///
    /// # Errors
    /// [`NoEntropy`] when the operating system refuses.
    pub fn fresh() -> Result<Self, NoEntropy> {
        let mut bytes = [0_u8; FRESH_BYTES];
        SystemRandom::new().fill(&mut bytes).map_err(|_| NoEntropy)?;
        let text = URL_SAFE_NO_PAD.encode(bytes);
        bytes.zeroize();
        Ok(Self(text))
    }

    /// The text itself. Every call is a place where a secret leaves its cage: look twice.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the text in URL-safe base64: what is stored in the secret's place.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.as_bytes())))
    }

    /// Whether both are the same text, in time that does not depend on where they differ.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Bytes that must not be seen, such as a data key or an opened credential.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes over `bytes`; the caller keeps no copy.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// The SHA-256 of a [`Secret`]. It cannot be turned back, but it is an identifier: keep it out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// A hash read back from storage.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The hash as URL-safe base64 text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `secret` is the one this hash was made from, compared in constant time (S-18).
    #[must_use]
    pub fn is_of(&self, secret: &Secret) -> bool {
        self.0.as_bytes().ct_eq(secret.hash().0.as_bytes()).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hash]")
    }
}

/// Declares newtypes over [`Secret`], so that a state cannot be handed over as a code.
macro_rules! secret_kinds {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Secret);

        impl $name {
            /// Takes over `text`.
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(Secret::new(text))
            }

            /// The text itself; see [`Secret::reveal`].
            #[must_use]
            pub fn reveal(&self) -> &str {
                self.0.reveal()
            }
        }
    )+};
}

secret_kinds! {
    /// `state` of RFC 6749 section 4.1.1: names one authorization in flight (S-14).
    State;
    /// `code` of RFC 6749 section 4.1.2: what a provider sends back, good once.
    AuthorizationCode;
    /// `code_verifier` of RFC 7636 section 4.1.
    CodeVerifier;
    /// The value of an attempt's cookie: proves that the browser that finishes is the one that started (S-15).
    BrowserNonce;
    /// `client_secret` of RFC 6749 section 2.3.1.
    ClientSecret;
    /// `access_token` of RFC 6749 section 1.4, or a personal access token.
    AccessToken;
    /// `refresh_token` of RFC 6749 section 1.5.
    RefreshToken;
    /// What the callback hands to the console, which completes with it (S-22).
    CompletionSecret;
    /// What binds a grant to an owner (S-22).
    GrantSecret;
}

impl CodeVerifier {
    /// `code_challenge` for the method S256 of RFC 7636 section 4.2.
    #[must_use]
    pub fn challenge(&self) -> String {
        self.0.hash().as_str().to_owned()
    }
}

/// SHA-256 of several parts in lower-case hex. Each part is preceded by its length, so that
/// `a#b` + `c` and `a` + `b#c` differ (S-4).
#[must_use]
pub fn hash_of_parts(parts: &[&str]) -> String {
    let mut context = ring::digest::Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    hex(context.finish().as_ref())
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_print_as_redacted() {
        // S-36
        let token = AccessToken::new("gho_visible".to_owned());
        assert_eq!(format!("{token:?}"), "AccessToken([redacted])");
        assert_eq!(format!("{:?}", SecretBytes::new(vec![1, 2])), "[redacted]");
        assert_eq!(format!("{:?}", token.0.hash()), "[hash]");
    }

    #[test]
    fn fresh_secrets_have_256_bits_and_differ() {
        // S-14
        let (one, other) = (Secret::fresh().unwrap(), Secret::fresh().unwrap());
        assert_eq!(URL_SAFE_NO_PAD.decode(one.reveal()).unwrap().len(), 32);
        assert!(!one.same_as(&other));
        assert!(one.same_as(&one.clone()));
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_hash_recognises_its_secret_alone() {
        // S-18
        let secret = Secret::fresh().unwrap();
        let stored = SecretHash::stored(secret.hash().as_str().to_owned());
        assert!(stored.is_of(&secret));
        assert!(!stored.is_of(&Secret::new(String::new())));
    }

    #[test]
    fn parts_never_run_into_each_other() {
        // S-4
        assert_ne!(hash_of_parts(&["a#b", "c"]), hash_of_parts(&["a", "b#c"]));
        assert_ne!(hash_of_parts(&["ab", ""]), hash_of_parts(&["a", "b"]));
    }
}
