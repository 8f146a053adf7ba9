//! The authorizers: who may pass, decided as an HTTP API decides it.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, TokenData, Validation};
use serde_json::{Map, Value};

use crate::{
    claims::{Claims, flatten},
    issuer::{AUDIENCE, Issuer, KEY_ID, seconds_since_epoch},
    principal::Principal,
};

/// Who was let through.
#[derive(Debug)]
pub(crate) enum Identity {
    /// By the JWT authorizer.
    Claims(Claims),
    /// By IAM.
    Principal(Principal),
}

/// Why the authorizer refused; it becomes the `www-authenticate` header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No token came along.
    Missing,
    /// The token is not one of ours for now.
    Invalid,
}

/// Checks the token of the `Authorization` header.
pub(crate) fn authorize(issuer: &Issuer, headers: &HeaderMap) -> Result<Claims, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    // The gateway joins repeated headers, and two joined tokens are none.
    if values.next().is_some() {
        return Err(Refusal::Invalid);
    }
    let value = value.to_str().map_err(|_| Refusal::Invalid)?;
    let token = value.strip_prefix("Bearer ").unwrap_or(value);
    verify(issuer, token)
}

fn verify(issuer: &Issuer, token: &str) -> Result<Claims, Refusal> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer.name()]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    validation.leeway = 0;
    let TokenData { header, claims, .. }: TokenData<Map<String, Value>> =
        jsonwebtoken::decode(token, issuer.verifying_key(), &validation).map_err(|_| Refusal::Invalid)?;
    if header.kid.as_deref() != Some(KEY_ID) {
        return Err(Refusal::Invalid);
    }
    let issued_at = claims.get("iat").map(|it| it.as_u64().ok_or(Refusal::Invalid)).transpose()?;
    if issued_at.is_some_and(|it| it > seconds_since_epoch()) {
        return Err(Refusal::Invalid);
    }
    Ok(flatten(&claims))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use jsonwebtoken::{EncodingKey, Header, encode};
    use rsa::pkcs1::EncodeRsaPrivateKey as _;
    use serde_json::json;

    use super::*;

    async fn issuer() -> Issuer {
        Issuer::start("http://localhost:4180", None).await.unwrap()
    }

    fn token(issuer: &Issuer, claims: Value) -> String {
        let Value::Object(claims) = claims else { unreachable!("claims are an object") };
        issuer.token(claims).unwrap()
    }

    fn check(issuer: &Issuer, authorization: &str) -> Result<Claims, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
        authorize(issuer, &headers)
    }

    #[tokio::test]
    async fn a_token_of_ours_passes_and_its_claims_are_text() {
        let issuer = issuer().await;
        let token = token(&issuer, json!({"sub": "me", "instances": ["r/a", "r/b"]}));
        for authorization in [format!("Bearer {token}"), token] {
            let claims = check(&issuer, &authorization).unwrap();
            assert_eq!(claims["sub"], "me");
            assert_eq!(claims["instances"], "[r/a r/b]");
            assert_eq!(claims["aud"], "codebind");
            assert!(claims["exp"].bytes().all(|it| it.is_ascii_digit()));
        }
    }

    #[tokio::test]
    async fn claims_that_do_not_fit_are_refused() {
        let issuer = issuer().await;
        let now = seconds_since_epoch();
        for claims in [
            json!({"exp": now - 1}),
            json!({"exp": null}),
            json!({"nbf": now + 60}),
            json!({"iat": now + 60}),
            json!({"iss": "http://localhost:4181/dev"}),
            json!({"iss": null}),
            json!({"aud": "another"}),
            json!({"aud": null}),
        ] {
            let refused = check(&issuer, &format!("Bearer {}", token(&issuer, claims.clone())));
            assert_eq!(refused, Err(Refusal::Invalid), "{claims}");
        }
    }

    #[tokio::test]
    async fn other_keys_and_algorithms_are_refused() {
        let issuer = issuer().await;
        let now = seconds_since_epoch();
        let claims = json!({"iss": issuer.name(), "aud": AUDIENCE, "sub": "me", "exp": now + 60});
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let unsigned = format!("{}.{}.", encoded(&json!({"alg": "none", "typ": "JWT"})), encoded(&claims));
        assert_eq!(check(&issuer, &unsigned), Err(Refusal::Invalid));

        let another = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        let another = another.to_pkcs1_pem(rsa::pkcs1::LineEnding::LF).unwrap();
        let another = EncodingKey::from_rsa_pem(another.as_bytes()).unwrap();
        let header = |algorithm| Header { kid: Some(KEY_ID.to_owned()), ..Header::new(algorithm) };
        let foreign = encode(&header(Algorithm::RS256), &claims, &another).unwrap();
        assert_eq!(check(&issuer, &foreign), Err(Refusal::Invalid));

        // The public key used as if it were a shared secret.
        let shared = EncodingKey::from_secret(issuer.jwks()["keys"][0]["n"].as_str().unwrap().as_bytes());
        let confused = encode(&header(Algorithm::HS256), &claims, &shared).unwrap();
        assert_eq!(check(&issuer, &confused), Err(Refusal::Invalid));

        let good = token(&issuer, json!({"sub": "me"}));
        let mut tampered: Vec<&str> = good.split('.').collect();
        let payload = encoded(&json!({"sub": "you", "iss": issuer.name(), "aud": AUDIENCE, "exp": now + 60}));
        tampered[1] = &payload;
        assert_eq!(check(&issuer, &tampered.join(".")), Err(Refusal::Invalid));
    }

    #[tokio::test]
    async fn no_token_and_two_tokens_are_told_apart() {
        let issuer = issuer().await;
        assert_eq!(authorize(&issuer, &HeaderMap::new()), Err(Refusal::Missing));
        let token = token(&issuer, json!({"sub": "me"}));
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_str(&token).unwrap());
        headers.append(AUTHORIZATION, HeaderValue::from_str(&token).unwrap());
        assert_eq!(authorize(&issuer, &headers), Err(Refusal::Invalid));
        assert_eq!(check(&issuer, "Basic bWU6bWU="), Err(Refusal::Invalid));
        assert_eq!(check(&issuer, ""), Err(Refusal::Invalid));
    }
}
