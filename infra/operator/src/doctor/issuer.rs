//! The issuer of callers' tokens, found as API Gateway's JWT authorizer finds it: by OpenID Connect Discovery.

use serde_json::Value;

use super::http::{Http, words};
use crate::report::{Finding, shown};

const CHECK: &str = "discovery";
const KEYS: &str = "key set";

pub(super) async fn check(issuer: Option<&str>) -> Vec<Finding> {
    let Some(issuer) = issuer else { return vec![Finding::skipped("issuer", "none is given by --issuer")] };
    let http = match Http::new() {
        Ok(http) => http,
        Err(error) => return vec![Finding::cannot_tell(CHECK, error.to_string())],
    };
    // The path is put after the issuer, whose slash at the end does not count twice.
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = match json(&http, &url).await {
        Ok(document) => document,
        Err(says) => return vec![Finding::wrong(CHECK, says)],
    };
    let discovery = named(&document, issuer);
    let keys = match document["jwks_uri"].as_str() {
        Some(url) => keys(json(&http, url).await),
        None => Finding::wrong(KEYS, "the discovery document names none: this is no OpenID provider"),
    };
    vec![discovery, keys]
}

async fn json(http: &Http, url: &str) -> Result<Value, String> {
    let answer = http.get(url).await.map_err(|error| format!("{}: {}", shown(url), words(error)))?;
    if answer.status != 200 {
        return Err(format!("{} answered {}: look at the issuer's address", shown(url), answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|_| format!("{} is no JSON: look at the issuer's address", shown(url)))
}

/// The name must be the same to the letter: tokens carry it, and the authorizer compares it.
fn named(document: &Value, issuer: &str) -> Finding {
    match document["issuer"].as_str() {
        Some(name) if name == issuer => Finding::ok(CHECK, "names the same issuer"),
        Some(name) => {
            Finding::wrong(CHECK, format!("names the issuer {}: configure the authorizer with that", shown(name)))
        }
        None => Finding::wrong(CHECK, "names no issuer: this is no OpenID provider"),
    }
}

fn keys(set: Result<Value, String>) -> Finding {
    match set {
        Err(says) => Finding::wrong(KEYS, says),
        Ok(set) => match set["keys"].as_array().map_or(0, Vec::len) {
            0 => Finding::wrong(KEYS, "holds no key: no token can be checked"),
            count => Finding::ok(KEYS, format!("holds {count} of them")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;
    use serde_json::json;

    #[test]
    fn the_issuers_name_is_compared_to_the_letter() {
        let document = json!({"issuer": "https://id.example/"});
        assert_eq!(named(&document, "https://id.example/").outcome, Outcome::Ok);
        let other = named(&document, "https://id.example");
        assert_eq!((other.outcome, other.says.contains("https://id.example/:")), (Outcome::Wrong, true));
        assert_eq!(named(&json!({}), "https://id.example").outcome, Outcome::Wrong);
    }

    #[test]
    fn a_key_set_needs_a_key() {
        assert_eq!(keys(Ok(json!({"keys": [{}]}))).outcome, Outcome::Ok);
        for set in [Ok(json!({"keys": []})), Ok(json!({})), Err("x".to_owned())] {
            assert_eq!(keys(set).outcome, Outcome::Wrong);
        }
    }
}
