//! Who calls, from what the authorizer says (S-1). Missing or odd claims give no caller, never a default one.

use std::collections::HashMap;

use serde_json::Value;

use super::event::Authorizer;
use crate::config::CallerConfig;
use crate::domain::owner::{Caller, OWNER_PART_MAX, User};
use crate::error::Error;

/// The caller that the authorizer names.
///
/// # Errors
/// [`Error::NoCaller`].
pub fn caller(authorizer: Option<&Authorizer>, config: &CallerConfig) -> Result<Caller, Error> {
    let authorizer = authorizer.ok_or(Error::NoCaller)?;
    let caller = if let Some(jwt) = &authorizer.jwt {
        let issuer = text(&jwt.claims, "iss").ok_or(Error::NoCaller)?;
        from_claims(&jwt.claims, issuer, config)
    } else if let Some(context) = &authorizer.lambda {
        // A Lambda authorizer may vouch for several issuers, or be the only one.
        let issuer = text(context, "iss").unwrap_or_else(|| "lambda".to_owned());
        from_claims(context, issuer, config)
    } else {
        // IAM knows no instances: such a caller acts for itself.
        let arn = authorizer.iam.as_ref().and_then(|iam| iam.user_arn.clone());
        arn.map(|subject| Caller { user: User { issuer: "iam".to_owned(), subject }, instances: Vec::new() })
    };
    let fits = |text: &str| !text.is_empty() && text.len() <= OWNER_PART_MAX;
    caller.filter(|caller| fits(&caller.user.issuer) && fits(&caller.user.subject)).ok_or(Error::NoCaller)
}

/// The ARN of the build worker that calls: IAM's word alone, whoever else might vouch for it.
///
/// # Errors
/// [`Error::NoCaller`].
pub fn worker(authorizer: Option<&Authorizer>) -> Result<&str, Error> {
    let only_iam = |it: &&Authorizer| it.jwt.is_none() && it.lambda.is_none();
    let iam = authorizer.filter(only_iam).and_then(|it| it.iam.as_ref());
    let arn = iam.and_then(|iam| iam.user_arn.as_deref()).filter(|arn| !arn.is_empty());
    arn.ok_or(Error::NoCaller)
}

fn from_claims(claims: &HashMap<String, Value>, issuer: String, config: &CallerConfig) -> Option<Caller> {
    let subject = text(claims, &config.user_claim)?;
    let instances = claims.get(&config.instances_claim).map(list).unwrap_or_default();
    Some(Caller { user: User { issuer, subject }, instances })
}

fn text(claims: &HashMap<String, Value>, name: &str) -> Option<String> {
    claims.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A list claim: `[a b c]` as HTTP APIs flatten it, one bare entry, or a list where nothing flattened it.
fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(entries) => entries.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => {
            let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
            inner.split_whitespace().map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config() -> CallerConfig {
        CallerConfig {
            regions: vec!["eu-1".to_owned()],
            user_claim: "sub".to_owned(),
            instances_claim: "instances".to_owned(),
        }
    }

    fn read(authorizer: &Value) -> Result<Caller, Error> {
        let authorizer: Authorizer = serde_json::from_value(authorizer.clone()).unwrap();
        caller(Some(&authorizer), &config())
    }

    #[test]
    fn flattened_lists_are_read() {
        // S-1
        for (claim, expected) in [
            (json!("[eu-1/a eu-1/b]"), vec!["eu-1/a", "eu-1/b"]),
            (json!("[eu-1/a]"), vec!["eu-1/a"]),
            (json!("eu-1/a"), vec!["eu-1/a"]),
            (json!(["eu-1/a", "eu-1/b"]), vec!["eu-1/a", "eu-1/b"]),
            (json!("[]"), vec![]),
            (json!(7), vec![]),
        ] {
            let claims = json!({"jwt": {"claims": {"iss": "i", "sub": "alice", "instances": claim}}});
            assert_eq!(read(&claims).unwrap().instances, expected);
        }
    }

    #[test]
    fn each_kind_of_authorizer_names_its_callers() {
        // S-1
        let jwt = read(&json!({"jwt": {"claims": {"iss": "https://i", "sub": "alice"}}})).unwrap();
        assert_eq!(jwt.user, User { issuer: "https://i".to_owned(), subject: "alice".to_owned() });
        let lambda = read(&json!({"lambda": {"sub": "alice", "instances": ["eu-1/a"]}})).unwrap();
        assert_eq!((lambda.user.issuer.as_str(), lambda.instances.len()), ("lambda", 1));
        let iam = read(&json!({"iam": {"userArn": "arn:aws:iam::1:user/a"}})).unwrap();
        assert_eq!(iam.user.issuer, "iam");
    }

    #[test]
    fn a_worker_is_named_by_iam_alone() {
        // S-48
        let read = |authorizer: &Value| {
            let authorizer: Authorizer = serde_json::from_value(authorizer.clone()).unwrap();
            worker(Some(&authorizer)).map(str::to_owned).ok()
        };
        let iam = json!({"userArn": "arn:aws:iam::1:user/a"});
        assert_eq!(read(&json!({"iam": iam})).as_deref(), Some("arn:aws:iam::1:user/a"));
        assert!(worker(None).is_err());
        for nobody in [
            json!({}),
            json!({"iam": {}}),
            json!({"iam": {"userArn": ""}}),
            json!({"jwt": {"claims": {"iss": "i", "sub": "alice"}}}),
            json!({"lambda": {"sub": "alice"}}),
            json!({"iam": iam, "jwt": {"claims": {"iss": "i", "sub": "alice"}}}),
            json!({"iam": iam, "lambda": {"sub": "alice"}}),
        ] {
            assert_eq!(read(&nobody), None, "{nobody}");
        }
    }

    #[test]
    fn nobody_is_nobody() {
        // S-1
        assert!(caller(None, &config()).is_err());
        for nobody in [
            json!({}),
            json!({"jwt": {"claims": {}}}),
            json!({"jwt": {"claims": {"sub": "alice"}}}),
            json!({"jwt": {"claims": {"iss": "i", "sub": ""}}}),
            json!({"jwt": {"claims": {"iss": "i", "sub": 7}}}),
            json!({"jwt": {"claims": {"iss": "i", "sub": "a".repeat(600)}}}),
            json!({"lambda": {"instances": "x"}}),
            json!({"iam": {}}),
        ] {
            assert!(read(&nobody).is_err(), "{nobody}");
        }
    }
}
