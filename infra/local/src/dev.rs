//! What exists under `/dev`, locally only: the events that were published, the endpoints at which people sign in, tokens for
//! callers without signing in, and the key to check tokens with, where OpenID Connect Discovery looks for it.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    cors::Cors,
    environment::Environment,
    event_bus::Events,
    issuer::{Issuer, Lifetimes, SignIn, names_an_instance, seconds_since_epoch},
    origins::Origins,
    response::message,
};

const TTL_SECONDS_MAX: u64 = 366 * 24 * 3600;

/// Who a token is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    sub: String,
    #[serde(default)]
    instances: Vec<String>,
    #[serde(default = "default_ttl_seconds")]
    ttl_seconds: u64,
}

const fn default_ttl_seconds() -> u64 {
    3600
}

/// What exists under `/dev`.
pub(crate) struct Dev {
    issuer: Arc<Issuer>,
    events: Events,
    sign_in: SignIn,
    cors: Cors,
}

impl Dev {
    /// Pages of `origins` and of this machine may have people sign in.
    pub(crate) fn new(
        issuer: Arc<Issuer>,
        events: Events,
        origins: &Origins,
        environment: &Environment,
        lifetimes: Lifetimes,
    ) -> Self {
        let sign_in = SignIn::new(Arc::clone(&issuer), origins.clone(), environment, lifetimes);
        Self { issuer, events, sign_in, cors: Cors::open_to_loopback(origins.clone()) }
    }

    /// Who may read answers at this path, if that differs from the rest: a console that is served elsewhere on this machine
    /// can have people sign in, and no more.
    pub(crate) fn cors(&self, path: &str) -> Option<&Cors> {
        let is_open = ["/dev/.well-known/openid-configuration", "/dev/jwks.json", "/dev/oauth/token"].contains(&path);
        is_open.then_some(&self.cors)
    }

    /// Answers a request under `/dev`.
    pub(crate) fn answer(&self, parts: &Parts, path: &str, body: &Bytes) -> Response {
        match (parts.method.as_str(), path) {
            ("POST", "/dev/token") => token(&self.issuer, body),
            ("GET", "/dev/.well-known/openid-configuration") => axum::Json(self.issuer.discovery()).into_response(),
            ("GET", "/dev/events") => axum::Json(self.events.all()).into_response(),
            ("GET", "/dev/jwks.json") => axum::Json(self.issuer.jwks()).into_response(),
            ("GET" | "POST", "/dev/authorize") => self.sign_in.authorize(parts, body),
            ("POST", "/dev/oauth/token") => self.sign_in.token(parts, body),
            ("GET" | "POST", "/dev/sign-out") => self.sign_in.sign_out(parts, body),
            _ => message(StatusCode::NOT_FOUND, "Not Found"),
        }
    }
}

fn token(issuer: &Issuer, body: &Bytes) -> Response {
    let claims = match claims(body) {
        Ok(claims) => claims,
        Err(reason) => return message(StatusCode::BAD_REQUEST, &reason),
    };
    match issuer.token(claims) {
        Ok(token) => axum::Json(json!({"token": token})).into_response(),
        Err(error) => message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn claims(body: &Bytes) -> Result<Map<String, Value>, String> {
    let TokenRequest { sub, instances, ttl_seconds } =
        serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if sub.is_empty() {
        return Err("`sub` is empty".to_owned());
    }
    if let Some(instance) = instances.iter().find(|it| !names_an_instance(it)) {
        return Err(format!("`{instance}` is not of the form region/id"));
    }
    if !(1..=TTL_SECONDS_MAX).contains(&ttl_seconds) {
        return Err(format!("`ttl_seconds` is not between 1 and {TTL_SECONDS_MAX}"));
    }
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), sub.into());
    claims.insert("instances".to_owned(), instances.into());
    claims.insert("exp".to_owned(), (seconds_since_epoch() + ttl_seconds).into());
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims_of(body: &str) -> Result<Map<String, Value>, String> {
        claims(&Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn instances_and_lifetime_have_defaults() {
        let claims = claims_of(r#"{"sub":"me"}"#).unwrap();
        assert_eq!(claims["instances"], json!([]));
        assert!(claims["exp"].as_u64().unwrap() >= seconds_since_epoch() + 3599);
    }

    #[test]
    fn what_is_not_a_token_request_is_refused() {
        for body in [
            "",
            "{}",
            r#"{"sub":""}"#,
            r#"{"sub":1}"#,
            r#"{"sub":"me","admin":true}"#,
            r#"{"sub":"me","instances":"local-1/a"}"#,
            r#"{"sub":"me","instances":["a"]}"#,
            r#"{"sub":"me","instances":["/a"]}"#,
            r#"{"sub":"me","ttl_seconds":0}"#,
            r#"{"sub":"me","ttl_seconds":-1}"#,
            r#"{"sub":"me"} {}"#,
        ] {
            assert!(claims_of(body).is_err(), "{body}");
        }
    }
}
