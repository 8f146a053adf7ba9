//! What a provider gave us, in clear for as short as possible, and sealed for keeping (S-35).

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::secret::{AccessToken, RefreshToken, SecretBytes};
use super::timestamp::Timestamp;

/// The tokens of one binding, in clear.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Opens the provider's API.
    pub access_token: AccessToken,
    /// Gets the next access token, where the provider works so.
    pub refresh_token: Option<RefreshToken>,
    /// When the access token ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// The plain text that is sealed. Its member names are part of the stored format.
#[derive(Serialize, Deserialize)]
struct Plain {
    access_token: Zeroizing<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl Credential {
    /// The bytes to seal.
    #[must_use]
    pub fn to_plain(&self) -> SecretBytes {
        let plain = Plain {
            access_token: Zeroizing::new(self.access_token.reveal().to_owned()),
            refresh_token: self.refresh_token.as_ref().map(|token| Zeroizing::new(token.reveal().to_owned())),
            expires_at: self.expires_at.map(Timestamp::milliseconds),
        };
        // Texts and a number always serialize.
        SecretBytes::new(serde_json::to_vec(&plain).unwrap_or_default())
    }

    /// The credential in opened bytes; `None` when they are not one.
    #[must_use]
    pub fn from_plain(bytes: &SecretBytes) -> Option<Self> {
        let plain: Plain = serde_json::from_slice(bytes.reveal()).ok()?;
        Some(Self {
            access_token: AccessToken::new(plain.access_token.to_string()),
            refresh_token: plain.refresh_token.map(|token| RefreshToken::new(token.to_string())),
            expires_at: plain.expires_at.map(Timestamp::from_milliseconds),
        })
    }
}

/// Sealed bytes in the format of `adapter::seal`, and the key they are under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Version, wrapped data key, nonce, cipher text.
    pub bytes: Vec<u8>,
    /// The KMS key that wraps the data key.
    pub key_id: String,
}

/// What a sealed thing is for; part of what it is sealed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The credential of a binding.
    Credential,
    /// An authorization code that waits for the console (S-22).
    AuthorizationCode,
    /// A credential that waits for its owner (S-22).
    Grant,
}

impl Purpose {
    /// The purpose's name in the encryption context.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::AuthorizationCode => "authorization_code",
            Self::Grant => "grant",
        }
    }
}

/// What a seal is tied to: opened under any other, it fails (S-35). It holds nothing secret and no name,
/// because KMS shows it in audit logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealContext {
    /// Hash of the owner (for what has no owner yet: of the caller).
    pub owner_hash: String,
    /// Provider id.
    pub provider: String,
    /// The binding's id, or that of what is sealed for the time being.
    pub binding_id: String,
    /// What it is for.
    pub purpose: Purpose,
}

impl SealContext {
    /// The pairs, in the order of their names.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            ("codebind:binding", &self.binding_id),
            ("codebind:owner", &self.owner_hash),
            ("codebind:provider", &self.provider),
            ("codebind:purpose", self.purpose.name()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::owner::{Owner, User};

    #[test]
    fn the_plain_text_is_the_stored_format() {
        // S-35: old rows must open for ever.
        let credential = Credential {
            access_token: AccessToken::new("a\"b".to_owned()),
            refresh_token: Some(RefreshToken::new("r".to_owned())),
            expires_at: Some(Timestamp::from_seconds(7)),
        };
        let plain = credential.to_plain();
        assert_eq!(plain.reveal(), br#"{"access_token":"a\"b","refresh_token":"r","expires_at":7000}"#);
        let back = Credential::from_plain(&plain).unwrap();
        assert!(back.access_token.0.same_as(&credential.access_token.0));
        assert_eq!(back.expires_at, credential.expires_at);
    }

    #[test]
    fn the_context_names_neither_person_nor_secret() {
        // S-35, R-62: it shows in audit logs.
        let owner = User { issuer: "https://login.example".to_owned(), subject: "alice@example.com".to_owned() };
        let context = SealContext {
            owner_hash: Owner::User(owner).hash(),
            provider: "a-provider".to_owned(),
            binding_id: "b-1".to_owned(),
            purpose: Purpose::Credential,
        };
        let [binding, owner, provider, purpose] = context.pairs();
        assert_eq!((binding, provider), (("codebind:binding", "b-1"), ("codebind:provider", "a-provider")));
        assert_eq!(purpose, ("codebind:purpose", "credential"));
        assert!(owner.1.len() == 64 && owner.1.bytes().all(|it| it.is_ascii_hexdigit()), "{owner:?}");
    }

    #[test]
    fn other_bytes_are_no_credential() {
        assert!(Credential::from_plain(&SecretBytes::new(b"gho_raw".to_vec())).is_none());
    }
}
