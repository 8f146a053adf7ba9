//! The console, if this deployment serves one: the page is there under its policy, and can sign people in at the issuer.

use codebind::{config::ConsoleConfig, ports::CallError};
use serde_json::Value;

use super::http::{Answer, Http, words};
use crate::{
    Variables,
    report::{Finding, shown},
};

const PAGE: &str = "page";
const SIGN_IN: &str = "sign-in";

pub(super) async fn check(deployment: &Variables) -> Vec<Finding> {
    let config = match deployment.environment().console() {
        Ok(Some(config)) => config,
        Ok(None) => return vec![Finding::skipped(PAGE, "none is served: CODEBIND_CONSOLE_CLIENT_ID is not set")],
        // Told already, with the variable.
        Err(_) => return vec![Finding::skipped(PAGE, "it is not configured")],
    };
    let http = match Http::new() {
        Ok(http) => http,
        Err(error) => return vec![Finding::cannot_tell(PAGE, error.to_string())],
    };
    let issuer = config.issuer().trim_end_matches('/');
    let (address, discovery) = (config.address(), format!("{issuer}/.well-known/openid-configuration"));
    let (page, discovery) = tokio::join!(http.get(&address), http.get(&discovery));
    vec![page_finding(&config, page), sign_in_finding(&config, discovery)]
}

fn page_finding(config: &ConsoleConfig, answer: Result<Answer, CallError>) -> Finding {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Finding::wrong(PAGE, format!("the API {}", words(error))),
    };
    let wrong = |says: &str| Finding::wrong(PAGE, says);
    match answer.status {
        200 if answer.header("content-security-policy") == config.policy() => {
            Finding::ok(PAGE, format!("{}: register it as a redirect URI of the client", shown(&config.address())))
        }
        200 => wrong("is served under another policy: look at what stands between, and at the variables"),
        401 | 403 => wrong("is behind the authorizer: take it off this route"),
        404 => wrong("is not there: deploy it with ConsoleClientId"),
        status => Finding::wrong(PAGE, format!("answered {status}: look at the log of console")),
    }
}

/// The page calls the token endpoint itself, so its policy has to allow that.
fn sign_in_finding(config: &ConsoleConfig, answer: Result<Answer, CallError>) -> Finding {
    let document: Option<Value> =
        answer.ok().filter(|it| it.status == 200).and_then(|it| serde_json::from_slice(&it.body).ok());
    let Some(document) = document else {
        return Finding::cannot_tell(SIGN_IN, "the issuer's discovery document cannot be read: see --issuer");
    };
    let endpoints = ["authorization_endpoint", "token_endpoint"];
    if let Some(name) = endpoints.into_iter().find(|name| !document[*name].is_string()) {
        return Finding::wrong(SIGN_IN, format!("the issuer names no {name}: nobody can sign in at it"));
    }
    let methods = document["code_challenge_methods_supported"].as_array();
    if methods.is_some_and(|methods| !methods.contains(&"S256".into())) {
        return Finding::wrong(SIGN_IN, "the issuer knows no PKCE by S256, without which the page does not sign in");
    }
    match document["token_endpoint"].as_str().filter(|address| !config.may_call(address)) {
        Some(address) => Finding::wrong(
            SIGN_IN,
            format!("the page may not call {}: list its origin in CODEBIND_CONSOLE_CONNECT", shown(address)),
        ),
        None => {
            Finding::ok(SIGN_IN, "the issuer can do what the page needs; that its client is registered is not seen")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;
    use serde_json::json;

    fn config() -> ConsoleConfig {
        let variables: Variables = [
            ("CODEBIND_PUBLIC_URL", "https://api.example.com"),
            ("CODEBIND_ISSUER", "https://id.example.com/pool"),
            ("CODEBIND_CONSOLE_CLIENT_ID", "console"),
        ]
        .into();
        variables.environment().console().unwrap().unwrap()
    }

    fn said(status: u16, policy: Option<&str>, body: &Value) -> Answer {
        let headers = policy.map(|it| (reqwest::header::CONTENT_SECURITY_POLICY, it.parse().unwrap()));
        Answer { status, headers: headers.into_iter().collect(), body: body.to_string().into_bytes() }
    }

    #[test]
    fn the_page_has_to_come_under_its_own_policy() {
        // S-68
        let (config, policy) = (config(), config().policy());
        let outcome =
            |status, policy: Option<&str>| page_finding(&config, Ok(said(status, policy, &Value::Null))).outcome;
        assert_eq!(outcome(200, Some(&policy)), Outcome::Ok);
        for (status, policy) in [(200, None), (200, Some("default-src *")), (401, None), (404, None), (500, None)] {
            assert_eq!(outcome(status, policy), Outcome::Wrong, "{status} {policy:?}");
        }
    }

    #[test]
    fn the_issuer_has_to_do_what_the_page_needs() {
        // S-68
        let good = json!({
            "authorization_endpoint": "https://elsewhere.example/authorize",
            "token_endpoint": "https://id.example.com/token",
            "code_challenge_methods_supported": ["plain", "S256"],
        });
        let outcome = |change: Value| {
            let mut document = good.clone();
            document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            sign_in_finding(&config(), Ok(said(200, None, &document))).outcome
        };
        assert_eq!(outcome(json!({})), Outcome::Ok);
        for change in [
            json!({"token_endpoint": "https://tokens.example/token"}),
            json!({"token_endpoint": null}),
            json!({"authorization_endpoint": null}),
            json!({"code_challenge_methods_supported": ["plain"]}),
        ] {
            assert_eq!(outcome(change.clone()), Outcome::Wrong, "{change}");
        }
        assert_eq!(sign_in_finding(&config(), Ok(said(404, None, &good))).outcome, Outcome::CannotTell);
    }
}
