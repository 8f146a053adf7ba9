//! What codebind answers: an access token for a while, and where it may be sent.

use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use crate::{address::Place, failure::Failure, request::Request};

/// A lease. It has no `Debug`: its token must not be seen.
#[derive(Deserialize)]
pub(crate) struct Lease {
    access_token: Zeroizing<String>,
    username: String,
    expires_at: Option<String>,
    scheme: String,
    host: String,
    path: Option<String>,
}

impl Lease {
    /// Reads an answer, and refuses what git would read otherwise than it is meant.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Failure> {
        let lease: Self = serde_json::from_slice(body).map_err(|_| Failure::Answer)?;
        let is_plain = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        if !is_plain(&lease.access_token) || !is_plain(&lease.username) {
            return Err(Failure::Lease("its token or username is not one line"));
        }
        if lease.expires_at.is_some() && lease.ends_at().is_none() {
            return Err(Failure::Lease("its end is no time"));
        }
        Ok(lease)
    }

    /// Whether git asks for the server that the token may be sent to.
    pub(crate) fn is_for(&self, request: &Request) -> Result<bool, Failure> {
        Place { scheme: &self.scheme, host: &self.host, path: self.path.as_deref() }.is_of(request)
    }

    /// What git reads.
    pub(crate) fn printed(&self) -> Zeroizing<Vec<u8>> {
        let (username, token) = (self.username.as_str(), self.access_token.as_str());
        let end = self.ends_at().map(|it| format!("password_expiry_utc={it}\n")).unwrap_or_default();
        Zeroizing::new(["username=", username, "\npassword=", token, "\n", &end].concat().into_bytes())
    }

    /// Seconds since the epoch.
    fn ends_at(&self) -> Option<i64> {
        let time = OffsetDateTime::parse(self.expires_at.as_deref()?, &Rfc3339).ok()?;
        Some(time.unix_timestamp())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn lease() -> Value {
        json!({
            "lease_id": "l-1", "provider": "acme", "binding_id": "b-1", "access_token": "tok", "username": "oauth2",
            "expires_at": null, "address": "https://a.example", "scheme": "https", "host": "a.example", "scopes": [],
        })
    }

    fn read(change: impl FnOnce(&mut Value)) -> Result<Lease, Failure> {
        let mut answer = lease();
        change(&mut answer);
        Lease::read(answer.to_string().as_bytes())
    }

    fn printed(change: impl FnOnce(&mut Value)) -> String {
        String::from_utf8(read(change).map_err(|it| it.to_string()).unwrap().printed().to_vec()).unwrap()
    }

    #[test]
    fn git_reads_username_password_and_the_end() {
        assert_eq!(printed(|_| ()), "username=oauth2\npassword=tok\n");
        let end = printed(|it| it["expires_at"] = json!("2026-11-23T15:07:00Z"));
        assert_eq!(end, "username=oauth2\npassword=tok\npassword_expiry_utc=1795446420\n");
    }

    #[test]
    fn what_git_would_read_otherwise_is_refused() {
        for (name, value) in [
            ("access_token", "tok\nhost=evil.example"),
            ("access_token", "tok\r"),
            ("access_token", ""),
            ("username", "oauth2\0"),
            ("username", "a\nquit=1"),
            ("username", ""),
            ("expires_at", "soon"),
            ("expires_at", "1795446420"),
        ] {
            assert!(matches!(read(|it| it[name] = json!(value)), Err(Failure::Lease(_))), "{name} {value}");
        }
        for name in ["access_token", "username", "scheme", "host"] {
            assert!(matches!(read(|it| it[name] = json!(null)), Err(Failure::Answer)), "{name}");
        }
        assert!(matches!(Lease::read(b"<html>"), Err(Failure::Answer)));
    }
}
