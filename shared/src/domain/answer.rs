//! What a provider answered, as far as anybody may look at it: status, a few headers, JSON.

use serde_json::Value;

use super::text::is_visible;

/// Longest identifier accepted, in bytes: it becomes part of keys and of what is shown.
const IDENTIFIER_MAX: usize = 128;

/// How many scopes of a list are read, and how long each may be, in bytes: a row has to hold them.
const SCOPES_MAX: usize = 100;
const SCOPE_MAX: usize = 128;

/// The longest wait that is passed on, in seconds: some servers send absurd numbers.
const RETRY_AFTER_MAX: u64 = 24 * 3600;

/// A provider's answer to one call. The body is kept only if it is JSON; other text is of no use and may be hostile.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body, if it is JSON.
    pub json: Option<Value>,
}

/// A failure that looks alike at every provider and is nobody's token's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommonFailure {
    /// 429, or a 403 that says in its headers that a limit is used up.
    RateLimited {
        /// When to come back, if the provider says so.
        retry_after_seconds: Option<u64>,
    },
    /// 5xx.
    Failing {
        /// The provider's status.
        status: u16,
    },
    /// A redirect, or something that is not the expected JSON.
    Nonsense {
        /// The provider's status.
        status: u16,
    },
}

impl Answer {
    /// The value of header `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// A text member of the JSON body, at a path such as `["error", "message"]`.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.member(path)?.as_str()
    }

    /// A member of the JSON body.
    #[must_use]
    pub fn member(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self.json.as_ref()?, |value, key| value.get(key))
    }

    /// An identifier that is a whole number or a text in JSON, as exact text (never by way of a float).
    #[must_use]
    pub fn identifier(&self, path: &[&str]) -> Option<String> {
        match self.member(path)? {
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            Value::String(text) if is_identifier(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether the status is in the 200s.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What is wrong with this answer whatever it was the answer to; `None` when the provider has to be asked.
    #[must_use]
    pub fn common_failure(&self) -> Option<CommonFailure> {
        let used_up = self.header("x-ratelimit-remaining") == Some("0");
        match self.status {
            429 => Some(self.rate_limited()),
            403 if used_up || self.header("retry-after").is_some() => Some(self.rate_limited()),
            status @ 500.. => Some(CommonFailure::Failing { status }),
            status @ 300..=399 => Some(CommonFailure::Nonsense { status }),
            status if self.is_success() && self.json.is_none() => Some(CommonFailure::Nonsense { status }),
            _ => None,
        }
    }

    fn rate_limited(&self) -> CommonFailure {
        let seconds = self.header("retry-after").and_then(|value| value.parse().ok());
        let retry_after_seconds = seconds.map(|seconds: u64| seconds.clamp(1, RETRY_AFTER_MAX));
        CommonFailure::RateLimited { retry_after_seconds }
    }
}

fn is_identifier(text: &str) -> bool {
    (1..=IDENTIFIER_MAX).contains(&text.len()) && text.chars().all(is_visible)
}

/// Those of `scopes` that can be scopes (RFC 6749 section 3.3), as many as are read: a server that a person entered may
/// send anything.
pub fn plain_scopes<'a>(scopes: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_scope = |scope: &&str| {
        (1..=SCOPE_MAX).contains(&scope.len())
            && scope.bytes().all(|it| it.is_ascii_graphic() && it != b'"' && it != b'\\')
    };
    scopes.filter(is_scope).take(SCOPES_MAX).map(str::to_owned).collect()
}

/// Splits a scope list at blanks and commas: providers differ, and some differ from themselves.
#[must_use]
pub fn split_scopes(list: &str) -> Vec<String> {
    plain_scopes(list.split(|separator: char| separator == ',' || separator.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, headers: &[(&str, &str)], json: Option<Value>) -> Answer {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Answer { status, headers, json }
    }

    #[test]
    fn limits_are_told_apart_from_refusals() {
        // S-40
        let retry = |seconds| Some(CommonFailure::RateLimited { retry_after_seconds: seconds });
        assert_eq!(answer(429, &[("retry-after", "60")], None).common_failure(), retry(Some(60)));
        assert_eq!(answer(403, &[("x-ratelimit-remaining", "0")], None).common_failure(), retry(None));
        // An absurd wait is not passed on.
        assert_eq!(answer(429, &[("retry-after", "18446744073709551615")], None).common_failure(), retry(Some(86_400)));
        assert_eq!(answer(429, &[("retry-after", "0")], None).common_failure(), retry(Some(1)));
        assert_eq!(answer(429, &[("retry-after", "soon")], None).common_failure(), retry(None));
        assert_eq!(answer(403, &[], Some(json!({}))).common_failure(), None);
        assert_eq!(answer(401, &[], Some(json!({}))).common_failure(), None);
    }

    #[test]
    fn pages_and_redirects_are_nonsense() {
        let nonsense = |status| Some(CommonFailure::Nonsense { status });
        assert_eq!(answer(200, &[], None).common_failure(), nonsense(200));
        assert_eq!(answer(302, &[], None).common_failure(), nonsense(302));
        assert_eq!(answer(200, &[], Some(json!({}))).common_failure(), None);
        assert_eq!(answer(404, &[], None).common_failure(), None);
        let is_success = |status| answer(status, &[], None).is_success();
        assert!(is_success(200) && is_success(299) && !is_success(199) && !is_success(300));
        assert_eq!(answer(503, &[], None).common_failure(), Some(CommonFailure::Failing { status: 503 }));
    }

    #[test]
    fn identifiers_keep_every_digit() {
        let large = answer(200, &[], Some(json!({"id": 9_007_199_254_740_993_u64, "half": 0.5, "no": ""})));
        assert_eq!(large.identifier(&["id"]).as_deref(), Some("9007199254740993"));
        assert_eq!(large.identifier(&["half"]), None);
        assert_eq!(large.identifier(&["no"]), None);
    }

    #[test]
    fn identifiers_are_short_and_plain() {
        //
        for odd in ["a\u{202e}b".to_owned(), "a\n".to_owned(), "a".repeat(129)] {
            assert_eq!(answer(200, &[], Some(json!({ "id": odd }))).identifier(&["id"]), None, "{odd}");
        }
        let longest = answer(200, &[], Some(json!({"id": "a".repeat(128)})));
        assert_eq!(longest.identifier(&["id"]).map(|it| it.len()), Some(128));
    }

    #[test]
    fn scopes_are_split_at_commas_and_blanks() {
        assert_eq!(split_scopes("admin:repo_hook, repo"), ["admin:repo_hook", "repo"]);
        assert_eq!(split_scopes("repo,gist"), ["repo", "gist"]);
        assert_eq!(split_scopes(" \n"), Vec::<String>::new());
    }

    #[test]
    fn a_list_of_scopes_is_bounded_whatever_a_server_sends() {
        //
        assert_eq!(split_scopes("repo \"x\" a\\b é gist"), ["repo", "gist"]);
        assert_eq!(split_scopes(&format!("{} b", "a".repeat(129))), ["b"]);
        assert_eq!(split_scopes(&"a ".repeat(1000)).len(), 100);
    }
}
