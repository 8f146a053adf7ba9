//! The development issuer: signs callers' tokens with a key of this run or this data directory. People sign in at it by
//! OpenID Connect, as those they say they are.

use std::{
    path::Path,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use rsa::{
    RsaPrivateKey,
    pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, LineEnding},
    traits::PublicKeyParts as _,
};
use serde_json::{Map, Value, json};

use crate::{
    Error,
    data::{read, write_whole},
};

mod authorization;
mod client;
mod exchange;
mod grants;
mod page;
mod parameters;
mod person;
mod request;
mod session;
mod sign_in;
mod sign_out;

pub(crate) use person::names_an_instance;
use request::SCOPES;
pub use sign_in::Lifetimes;
pub(crate) use sign_in::SignIn;

/// Who the tokens are for.
pub(crate) const AUDIENCE: &str = "codebind";
/// The `kid` of the one key.
pub(crate) const KEY_ID: &str = "dev";
const KEY_BITS: usize = 2048;
const DEFAULT_TTL_SECONDS: u64 = 3600;

/// Signs tokens, and knows how to check them.
pub(crate) struct Issuer {
    name: String,
    signing_key: EncodingKey,
    verifying_key: DecodingKey,
    jwks: Value,
}

impl Issuer {
    /// The issuer of `public_url`, with its key in `file` or, without one, that of this process.
    pub(crate) async fn start(public_url: &str, file: Option<&Path>) -> Result<Self, Error> {
        let file = file.map(Path::to_owned);
        // Making a key takes long enough to starve what else runs on this thread.
        let key = tokio::task::spawn_blocking(move || private_key(file.as_deref()))
            .await
            .map_err(|error| Error::Issuer(error.to_string()))??;
        Self::with_key(public_url, &key)
    }

    fn with_key(public_url: &str, key: &RsaPrivateKey) -> Result<Self, Error> {
        let modulus = key.n().to_bytes_be();
        let exponent = key.e().to_bytes_be();
        let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|it| Error::Issuer(it.to_string()))?;
        let signing_key =
            EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|error| Error::Issuer(error.to_string()))?;
        let jwks = json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": URL_SAFE_NO_PAD.encode(&modulus),
            "e": URL_SAFE_NO_PAD.encode(&exponent),
        }]});
        Ok(Self {
            name: format!("{public_url}/dev"),
            signing_key,
            verifying_key: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
            jwks,
        })
    }

    /// The `iss` of the tokens.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn verifying_key(&self) -> &DecodingKey {
        &self.verifying_key
    }

    /// The public key, as a JSON Web Key Set.
    pub(crate) fn jwks(&self) -> &Value {
        &self.jwks
    }

    /// What OpenID Connect Discovery answers.
    pub(crate) fn discovery(&self) -> Value {
        let at = |path: &str| format!("{}/{path}", self.name);
        json!({
            "issuer": self.name,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("oauth/token"),
            "end_session_endpoint": at("sign-out"),
            "jwks_uri": at("jwks.json"),
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce"],
            "prompt_values_supported": ["none", "login", "select_account"],
            "authorization_response_iss_parameter_supported": true,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        })
    }

    /// A token with these claims on top of the usual ones; a null takes one away.
    pub(crate) fn token(&self, claims: Map<String, Value>) -> Result<String, Error> {
        let now = seconds_since_epoch();
        let mut all = Map::new();
        all.insert("iss".to_owned(), self.name.clone().into());
        all.insert("aud".to_owned(), AUDIENCE.into());
        all.insert("iat".to_owned(), now.into());
        all.insert("exp".to_owned(), now.saturating_add(DEFAULT_TTL_SECONDS).into());
        all.extend(claims);
        all.retain(|_, value| !value.is_null());
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, &all, &self.signing_key).map_err(|error| Error::Issuer(error.to_string()))
    }
}

/// The clock that tokens are dated and checked by.
pub(crate) fn seconds_since_epoch() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn private_key(file: Option<&Path>) -> Result<RsaPrivateKey, Error> {
    let Some(file) = file else { return key_of_process() };
    if let Some(pem) = read(file)? {
        let damaged = |reason: String| Error::Damaged { path: file.to_owned(), reason };
        let pem = String::from_utf8(pem).map_err(|error| damaged(error.to_string()))?;
        return RsaPrivateKey::from_pkcs1_pem(&pem).map_err(|error| damaged(error.to_string()));
    }
    let key = generate_key()?;
    let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|it| Error::Issuer(it.to_string()))?;
    write_whole(file, pem.as_bytes())?;
    Ok(key)
}

/// One key for every world of this process: a test run starts many, and a key takes up to a second.
fn key_of_process() -> Result<RsaPrivateKey, Error> {
    static KEY: OnceLock<Result<RsaPrivateKey, String>> = OnceLock::new();
    KEY.get_or_init(|| generate_key().map_err(|error| error.to_string())).clone().map_err(Error::Issuer)
}

fn generate_key() -> Result<RsaPrivateKey, Error> {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS).map_err(|error| Error::Issuer(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::Scratch;

    #[tokio::test]
    async fn a_saved_key_is_used_again() {
        let scratch = Scratch::new();
        std::fs::create_dir(&scratch.0).unwrap();
        let file = scratch.0.join("issuer.pem");
        let first = Issuer::start("http://localhost:1", Some(&file)).await.unwrap();
        let second = Issuer::start("http://localhost:1", Some(&file)).await.unwrap();
        assert_eq!(first.jwks(), second.jwks());
    }
}
