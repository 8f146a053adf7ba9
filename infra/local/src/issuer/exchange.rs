//! The token endpoint: codes and refresh tokens for access tokens (RFC 6749 sections 4.1.3 and 6).

use std::time::Instant;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use super::{
    SignIn,
    grants::Grant,
    parameters::Parameters,
    request::{OFFLINE_ACCESS, OPENID},
    seconds_since_epoch,
};
use crate::Error;

const FORM: &str = "application/x-www-form-urlencoded";

/// An error code, and what it means here.
type Refused = (&'static str, &'static str);

impl SignIn {
    /// Answers with tokens, or with an error in OAuth's terms.
    pub(crate) fn token(&self, parts: &Parts, body: &Bytes) -> Response {
        let (status, document) = match self.exchange(&parts.headers, body) {
            Ok((grant, refresh_token)) => match self.tokens(&grant, refresh_token) {
                Ok(document) => (StatusCode::OK, document),
                Err(error) => (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    json!({"error": "server_error", "error_description": error.to_string()}),
                ),
            },
            Err((error, description)) => {
                (StatusCode::BAD_REQUEST, json!({"error": error, "error_description": description}))
            }
        };
        let mut response = (status, axum::Json(document)).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn exchange(&self, headers: &HeaderMap, body: &Bytes) -> Result<(Grant, Option<String>), Refused> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        if !content_type.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case(FORM)) {
            return Err(("invalid_request", "The body is no form."));
        }
        let form = Parameters::parse(body);
        if form.has_repetition() {
            return Err(("invalid_request", "A parameter comes twice."));
        }
        let client_id = form.get("client_id").ok_or(("invalid_request", "client_id is missing."))?;
        if !self.client.is(client_id) {
            return Err(("invalid_client", "No client with this client_id is registered."));
        }
        match form.get("grant_type") {
            Some("authorization_code") => self.redeem(&form, client_id),
            Some("refresh_token") => self.refresh(&form, client_id),
            Some(_) => Err(("unsupported_grant_type", "There are authorization_code and refresh_token.")),
            None => Err(("invalid_request", "grant_type is missing.")),
        }
    }

    fn redeem(&self, form: &Parameters, client_id: &str) -> Result<(Grant, Option<String>), Refused> {
        let code = form.get("code").ok_or(("invalid_request", "code is missing."))?;
        let redirect_uri = form.get("redirect_uri").ok_or(("invalid_request", "redirect_uri is missing."))?;
        let verifier = form.get("code_verifier").ok_or(("invalid_request", "code_verifier is missing."))?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let redeemed = self.grants.redeem(code, Instant::now(), |it| {
            it.grant.client_id == client_id && it.redirect_uri == redirect_uri && it.challenge == challenge
        });
        redeemed.ok_or((
            "invalid_grant",
            "The code is unknown, used or too old, or client_id, redirect_uri or code_verifier do not belong to it.",
        ))
    }

    fn refresh(&self, form: &Parameters, client_id: &str) -> Result<(Grant, Option<String>), Refused> {
        let text = form.get("refresh_token").ok_or(("invalid_request", "refresh_token is missing."))?;
        let asked = form.get("scope").unwrap_or_default();
        let mut is_too_much = false;
        let rotated = self.grants.rotate(text, |grant| {
            is_too_much = asked.split(' ').any(|it| !it.is_empty() && !grant.scopes.contains(&it));
            grant.client_id == client_id && !is_too_much
        });
        if is_too_much {
            return Err(("invalid_scope", "The scopes are more than were granted."));
        }
        let (grant, next) = rotated.ok_or(("invalid_grant", "The refresh token is unknown, used or revoked."))?;
        // A nonce belongs to the sign-in, and not to what follows (OpenID Connect Core section 12.2).
        Ok((Grant { nonce: None, ..grant }, Some(next)))
    }

    fn tokens(&self, grant: &Grant, refresh_token: Option<String>) -> Result<Value, Error> {
        let seconds = self.lifetimes.access_token.as_secs();
        let ends_at = seconds_since_epoch().saturating_add(seconds);
        let person = &grant.person;
        let access = json!({"sub": person.name, "instances": person.instances, "exp": ends_at});
        let mut document = json!({
            "access_token": self.issuer.token(members(access))?,
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": grant.scopes.join(" "),
        });
        if grant.scopes.contains(&OPENID) {
            let claims = json!({
                "sub": person.name,
                "aud": grant.client_id,
                "exp": ends_at,
                "auth_time": grant.since,
                "nonce": grant.nonce,
            });
            document["id_token"] = self.issuer.token(members(claims))?.into();
        }
        if let Some(text) = refresh_token.filter(|_| grant.scopes.contains(&OFFLINE_ACCESS)) {
            document["refresh_token"] = text.into();
        }
        Ok(document)
    }
}

fn members(document: Value) -> Map<String, Value> {
    if let Value::Object(members) = document { members } else { Map::new() }
}
