//! How a test wants tokens to be issued, other than the provider does by itself.

use std::sync::Mutex;

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{reply::Reply, state::lock};

/// A test's wishes. What they do not say stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wishes {
    /// What is said of a token's life, of whatever kind; the token itself lives as ever.
    expires_in: Option<Value>,
    /// Leaves the refresh token out of the answer.
    without_refresh_token: bool,
    /// Refresh tokens are good once, with no grace; one that is used again ends all tokens of its account.
    pub(super) single_use: bool,
}

/// The wishes that hold now.
#[derive(Debug, Default)]
pub(super) struct Issuing(Mutex<Wishes>);

impl Issuing {
    pub(super) fn set(&self, wishes: Wishes) {
        *lock(&self.0) = wishes;
    }

    pub(super) fn wishes(&self) -> Wishes {
        lock(&self.0).clone()
    }
}

impl Wishes {
    /// A token answer as wished.
    pub(super) fn applied(&self, reply: Reply) -> Reply {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(&reply.body) else { return reply };
        if let Some(expires_in) = &self.expires_in {
            body.insert("expires_in".to_owned(), expires_in.clone());
        }
        if self.without_refresh_token {
            body.remove("refresh_token");
        }
        Reply { body: Bytes::from(Value::Object(body).to_string()), ..reply }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_as_wished_and_else_as_ever() {
        let answer = || Reply::json(200, &json!({"access_token": "a", "refresh_token": "r", "expires_in": 7200}));
        let of = |wishes: Value| {
            let wishes: Wishes = serde_json::from_value(wishes).unwrap();
            serde_json::from_slice::<Value>(&wishes.applied(answer()).body).unwrap()
        };
        assert_eq!(of(json!({}))["expires_in"], 7200);
        assert_eq!(of(json!({"expires_in": "soon"}))["expires_in"], "soon");
        assert_eq!(of(json!({"without_refresh_token": true})), json!({"access_token": "a", "expires_in": 7200}));
        assert!(serde_json::from_value::<Wishes>(json!({"expires": 1})).is_err());
    }
}
