//! A request as a simulator sees it.

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, header::AUTHORIZATION, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use url::form_urlencoded;

/// One request, its body read.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    pub(super) fn new(head: Parts, body: Bytes) -> Self {
        let path = head.uri.path().to_owned();
        let query = head.uri.query().unwrap_or_default().to_owned();
        Self { method: head.method, path, query, headers: head.headers, body }
    }

    /// Whether it is this method at this path.
    pub(super) fn is(&self, method: &Method, path: &str) -> bool {
        self.method == *method && self.path == path
    }

    /// A header that is there and not empty.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())
    }

    /// The token of `Authorization: Bearer`.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.credentials("bearer")
    }

    /// User and password of `Authorization: Basic` (RFC 7617).
    pub(super) fn basic(&self) -> Option<(String, String)> {
        let decoded = STANDARD.decode(self.credentials("basic")?).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The parameters of the query.
    pub(super) fn query(&self) -> Parameters {
        Parameters::parse(self.query.as_bytes())
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The parameters of the body: a form, or the text members of a JSON object.
    pub(super) fn form(&self) -> Parameters {
        let is_json = self.header("content-type").is_some_and(|value| value.starts_with("application/json"));
        if !is_json {
            return Parameters::parse(&self.body);
        }
        let Some(Value::Object(members)) = self.json() else { return Parameters(Vec::new()) };
        let texts = members.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
        Parameters(texts.collect())
    }

    fn credentials(&self, scheme: &str) -> Option<&str> {
        let (written, credentials) = self.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        written.eq_ignore_ascii_case(scheme).then_some(credentials)
    }
}

/// Decoded parameters, in the order they came.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value of this name. Empty counts as absent (RFC 6749 section 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// Every value of this name.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Whether this name comes twice, which RFC 6749 section 3.1 forbids.
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.all(name).nth(1).is_some()
    }

    /// Every name.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// What stands in `path` where `pattern` has its one `{…}`; it is never empty and has no slash.
pub(super) fn placeholder<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let (before, rest) = pattern.split_once('{')?;
    let (_, after) = rest.split_once('}')?;
    let value = path.strip_prefix(before)?.strip_suffix(after)?;
    (!value.is_empty() && !value.contains('/')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_one_segment() {
        let pattern = "/applications/{client_id}/token";
        assert_eq!(placeholder(pattern, "/applications/abc/token"), Some("abc"));
        for path in ["/applications//token", "/applications/a/b/token", "/applications/abc/tokens", "/a/token"] {
            assert_eq!(placeholder(pattern, path), None, "{path}");
        }
    }

    #[test]
    fn empty_parameters_count_as_absent() {
        let parameters = Parameters::parse(b"a=&a=1&b=x+y%26");
        assert_eq!(parameters.get("a"), Some("1"));
        assert_eq!(parameters.get("b"), Some("x y&"));
        assert!(parameters.is_repeated("a") && !parameters.is_repeated("b"));
    }
}
