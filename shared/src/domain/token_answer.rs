//! The answer of a token endpoint (RFC 6749 section 5.1), read once for all providers and their deviations.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::answer::{plain_scopes, split_scopes};
use super::credential::Credential;
use super::secret::{AccessToken, RefreshToken};
use super::timestamp::Timestamp;

/// A life longer than this is taken for this: some servers send absurd numbers.
const LIFETIME_MAX: Duration = Duration::from_hours(400 * 24);

/// Tokens, or not: an `error` beside a success status counts as a refusal.
#[derive(Deserialize)]
struct Members {
    error: Option<serde::de::IgnoredAny>,
    access_token: Option<Zeroizing<String>>,
    refresh_token: Option<Zeroizing<String>>,
    expires_in: Option<Value>,
    scope: Option<Value>,
    scopes: Option<Value>,
}

/// The tokens and granted scopes in `body`; `None` when it is no successful token answer.
#[must_use]
pub fn tokens(body: &[u8], now: Timestamp) -> Option<(Credential, Option<Vec<String>>)> {
    let members: Members = serde_json::from_slice(body).ok()?;
    let access_token = members.access_token.filter(|token| !token.is_empty())?;
    if members.error.is_some() {
        return None;
    }
    let lifetime = members.expires_in.as_ref().and_then(lifetime);
    let credential = Credential {
        access_token: AccessToken::new(access_token.to_string()),
        refresh_token: members.refresh_token.filter(|it| !it.is_empty()).map(|it| RefreshToken::new(it.to_string())),
        expires_at: lifetime.map(|lifetime| now.plus(lifetime)),
    };
    // A token is out in the world: that its scopes are spelled oddly must not make it look like a refusal.
    let scopes = members.scope.or(members.scopes).as_ref().and_then(granted);
    Some((credential, scopes))
}

/// The scopes as a text or as a list; anything else says nothing.
fn granted(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(list) => Some(split_scopes(list)),
        Value::Array(list) => Some(plain_scopes(list.iter().filter_map(Value::as_str))),
        _ => None,
    }
}

/// `expires_in` as a number or as digits; anything else says nothing. Nor does nought: a token that was just made lives.
fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    (seconds > 0).then(|| Duration::from_secs(seconds).min(LIFETIME_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    #[test]
    fn reads_what_providers_send() {
        let github = br#"{"access_token":"gho_x","scope":"repo,gist","token_type":"bearer"}"#;
        let (credential, scopes) = tokens(github, NOW).unwrap();
        assert_eq!(credential.access_token.reveal(), "gho_x");
        assert_eq!(scopes.unwrap(), ["repo", "gist"]);
        assert!(credential.refresh_token.is_none() && credential.expires_at.is_none());
        let legacy = br#"{"scopes":"account webhook","access_token":"a","expires_in":7200,"refresh_token":"r"}"#;
        let (credential, scopes) = tokens(legacy, NOW).unwrap();
        assert_eq!(scopes.unwrap(), ["account", "webhook"]);
        assert_eq!(credential.expires_at, Some(Timestamp::from_seconds(8200)));
        assert_eq!(credential.refresh_token.unwrap().reveal(), "r");
    }

    #[test]
    fn odd_lifetimes_do_no_harm() {
        let at = |expires_in: &str| {
            let body = format!(r#"{{"access_token":"a","expires_in":{expires_in}}}"#);
            tokens(body.as_bytes(), NOW).unwrap().0.expires_at
        };
        assert_eq!(at("\"60\""), Some(Timestamp::from_seconds(1060)));
        assert_eq!(at("-1"), None);
        assert_eq!(at("0"), None);
        assert_eq!(at("null"), None);
        assert_eq!(at("18446744073709551615"), Some(NOW.plus(LIFETIME_MAX)));
        // 400 days.
        assert_eq!(at("34560000"), at("34560001"));
        assert_ne!(at("34560000"), at("34559999"));
    }

    #[test]
    fn scopes_may_be_a_list_and_nonsense_about_them_loses_no_token() {
        // R-83
        let list = br#"{"access_token":"a","scope":["repo","gist",7]}"#;
        assert_eq!(tokens(list, NOW).unwrap().1.unwrap(), ["repo", "gist"]);
        let (credential, scopes) = tokens(br#"{"access_token":"a","scope":{"x":1},"expires_in":-5}"#, NOW).unwrap();
        assert_eq!((credential.access_token.reveal(), scopes, credential.expires_at), ("a", None, None));
    }

    #[test]
    fn an_error_beside_a_success_status_is_a_refusal() {
        for body in [
            &br#"{"error":"bad_verification_code","error_description":"x"}"#[..],
            br#"{"error":"x","access_token":"a"}"#,
            br#"{"access_token":""}"#,
            b"access_token=gho_x&scope=repo",
            b"",
        ] {
            assert!(tokens(body, NOW).is_none());
        }
    }
}
