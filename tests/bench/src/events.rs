//! The events that the functions are called with: those of `tests/events`, with what differs from call to call.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Failure;

/// An event file.
///
/// # Errors
/// When there is none of that name.
pub(crate) fn event(name: &str) -> Result<Value, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let text = fs::read(folder.join(format!("{name}.json"))).map_err(|error| format!("{name}: {error}"))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Binding by a personal token at the server `address`.
///
/// # Errors
/// As [`event`].
pub(crate) fn token_bind(address: &str) -> Result<Value, Failure> {
    let mut event = event("token-bind-gitlab")?;
    let body = json!({"address": address, "username": "glfake", "token": "glpat-api-glfake"});
    event["body"] = body.to_string().into();
    Ok(event)
}

/// Unbinding at a provider.
///
/// # Errors
/// As [`event`].
pub(crate) fn unbind(provider: &str) -> Result<Value, Failure> {
    let mut event = event("unbind-gitlab")?;
    let path = format!("/v1/users/me/bindings/{provider}");
    event["rawPath"] = path.clone().into();
    event["requestContext"]["http"]["path"] = path.into();
    Ok(event)
}

/// Lending the token that is bound at a provider.
///
/// # Errors
/// As [`event`].
pub(crate) fn lease(provider: &str) -> Result<Value, Failure> {
    let mut event = event("oauth-start")?;
    let path = format!("/v1/users/me/bindings/{provider}/credential");
    event["rawPath"] = path.clone().into();
    event["requestContext"]["http"]["path"] = path.into();
    event["headers"]["content-type"] = "application/json".into();
    event["body"] = json!({"purpose": "clone"}).to_string().into();
    let role = "arn:aws:sts::123456789012:assumed-role/build-worker/worker-1";
    event["requestContext"]["authorizer"] = json!({"iam": {"accountId": "123456789012", "userArn": role}});
    Ok(event)
}

/// The provider sends the browser back with what `started` gave it.
///
/// # Errors
/// When `started` is no answer of a start.
pub(crate) fn callback(started: &[u8]) -> Result<Value, Failure> {
    let started: Value = serde_json::from_slice(started)?;
    let nothing = || format!("no authorization was started: {started}");
    let body: Value = serde_json::from_str(started["body"].as_str().ok_or_else(nothing)?)?;
    let url = body["authorization_url"].as_str().ok_or_else(nothing)?;
    let state = url.split(['?', '&']).find_map(|it| it.strip_prefix("state=")).ok_or_else(nothing)?;
    let cookie = started["cookies"][0].as_str().and_then(|it| it.split(';').next()).ok_or_else(nothing)?;
    let mut event = event("oauth-callback-unknown-state")?;
    event["rawQueryString"] = format!("code=fakecode0123456789ab&state={state}").into();
    event["cookies"] = json!([cookie]);
    Ok(event)
}

/// Whether an answer is a success, a redirect included.
pub(crate) fn is_success(answer: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    matches!(answer["statusCode"].as_u64(), Some(200..400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_brings_back_what_the_start_gave() {
        let body = json!({"authorization_url": "https://x/y?client_id=1&state=abc&scope=z"}).to_string();
        let started = json!({"statusCode": 201, "cookies": ["__Host-a=b; Path=/"], "body": body}).to_string();
        let event = callback(started.as_bytes()).unwrap();
        assert!(event["rawQueryString"].as_str().unwrap().ends_with("&state=abc"));
        assert_eq!(event["cookies"], json!(["__Host-a=b"]));
        assert!(callback(br#"{"statusCode":500}"#).is_err());
        assert!(is_success(started.as_bytes()) && !is_success(br#"{"statusCode":400}"#));
    }
}
