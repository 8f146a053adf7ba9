//! The API at its public address: the authorizer is in front of every route but the callback, and consoles may call it.

use std::collections::BTreeSet;

use codebind::{domain::provider::Provider, ports::CallError, providers};
use futures_util::future::join_all;
use reqwest::{
    Method,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};
use url::Url;

use super::http::{Answer, Http, words};
use crate::{
    Variables,
    report::{Finding, shown},
};

const CATALOGUE: &str = "/v1/providers";
/// What the page says that the callback shows to a browser without code and state.
const MARK: &[u8] = b"invalid_callback";
/// The type of codebind's own refusals; those of the gateway are plain JSON.
const PROBLEM: &str = "application/problem+json";
const AUTHORIZER: &str = "authorizer";

pub(super) async fn check(deployment: &Variables) -> Vec<Finding> {
    let environment = deployment.environment();
    let Ok(base) = environment.public_url() else {
        return vec![Finding::skipped("API", "no public URL is configured")];
    };
    let http = match Http::new() {
        Ok(http) => http,
        Err(error) => return vec![Finding::cannot_tell("API", error.to_string())],
    };
    let on = providers::ALL.iter().copied().filter(|it| matches!(environment.registration(it), Ok(Some(_))));
    let callbacks = join_all(on.map(|provider| callback(&http, &base, provider)));
    let origins = origins(deployment);
    let consoles = join_all(origins.iter().map(|origin| console(&http, &base, origin)));
    let catalogue = format!("{base}{CATALOGUE}");
    let (authorizer, callbacks, consoles) = tokio::join!(http.get(&catalogue), callbacks, consoles);
    let mut findings = vec![authorizer_finding(authorizer)];
    findings.extend(callbacks);
    findings.extend(consoles);
    if origins.is_empty() {
        findings.push(Finding::skipped("console", "none is configured in CODEBIND_RETURN_TO"));
    }
    findings
}

fn authorizer_finding(answer: Result<Answer, CallError>) -> Finding {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Finding::wrong(AUTHORIZER, format!("the API {}", words(error))),
    };
    let wrong = |says: &str| Finding::wrong(AUTHORIZER, says);
    match answer.status {
        401 if !answer.header("content-type").starts_with(PROBLEM) => {
            Finding::ok(AUTHORIZER, "a request without a token is answered 401 before it reaches a function")
        }
        401 => wrong("a function itself refuses a request without a token: put the authorizer in front of the route"),
        200..300 => {
            wrong("a request without a token is answered: put the authorizer in front of every route but the callback")
        }
        403 => Finding::cannot_tell(AUTHORIZER, "answered 403: so do IAM authorizers, and firewalls"),
        404 => wrong("answered 404: look at the public URL and its stage, and whether the routes are deployed"),
        500.. => wrong("fails: look at the logs of the authorizer and of the gateway"),
        status => Finding::wrong(
            AUTHORIZER,
            format!("answered {status} in place of 401: this is not the API; look at the public URL"),
        ),
    }
}

async fn callback(http: &Http, base: &str, provider: &Provider) -> Finding {
    let answer = http.get(&format!("{base}/v1/oauth/callback/{}", provider.id)).await;
    callback_finding(&format!("callback {}", provider.id), answer)
}

fn callback_finding(check: &str, answer: Result<Answer, CallError>) -> Finding {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Finding::wrong(check, format!("the API {}", words(error))),
    };
    let wrong = |says: &str| Finding::wrong(check, says);
    match answer.status {
        400 if answer.body.windows(MARK.len()).any(|it| it == MARK) => {
            Finding::ok(check, "is open, and answers with its page")
        }
        401 | 403 => wrong("is behind the authorizer: browsers come here without a token; take it off this route"),
        404 => wrong("is not there: deploy the route to oauth-callback"),
        500.. => wrong("fails: look at the log of oauth-callback"),
        status => {
            Finding::wrong(check, format!("answered {status} and not our page: look at the public URL and the route"))
        }
    }
}

/// The origins of the consoles.
fn origins(deployment: &Variables) -> BTreeSet<String> {
    let consoles = deployment.get("CODEBIND_RETURN_TO").unwrap_or_default().split_whitespace();
    let origins = consoles.filter_map(|it| Some(Url::parse(it).ok()?.origin())).filter(url::Origin::is_tuple);
    origins.map(|it| it.ascii_serialization()).collect()
}

async fn console(http: &Http, base: &str, origin: &str) -> Finding {
    let headers = [
        (ORIGIN, origin),
        (ACCESS_CONTROL_REQUEST_METHOD, "PUT"),
        (ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type"),
    ];
    let answer = http.send(Method::OPTIONS, &format!("{base}{CATALOGUE}"), &headers).await;
    console_finding(origin, answer)
}

fn console_finding(origin: &str, answer: Result<Answer, CallError>) -> Finding {
    let check = format!("console {}", shown(origin));
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Finding::wrong(check, format!("the API {}", words(error))),
    };
    if !matches!(answer.status, 200..300) || answer.header("access-control-allow-origin") != origin {
        return Finding::wrong(check, "its pages may not call the API: add its origin to the API's CORS configuration");
    }
    if answer.header("access-control-allow-credentials") != "true" {
        // S-15: the cookie of an attempt comes with the answer to its start.
        return Finding::wrong(check, "its pages get no cookie: allow credentials in the API's CORS configuration");
    }
    let lists =
        |header: &str, wanted: &str| answer.header(header).split(',').any(|it| it.trim().eq_ignore_ascii_case(wanted));
    if lists("access-control-allow-methods", "PUT") && lists("access-control-allow-headers", "authorization") {
        Finding::ok(check, "its pages may call the API, with cookies")
    } else {
        Finding::wrong(
            check,
            "its pages may not send PUT with `authorization`: allow both in the API's CORS configuration",
        )
    }
}
