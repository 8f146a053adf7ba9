//! How GitHub's simulator answers: an OAuth App's endpoints, and the API calls about tokens and accounts.
//!
//! Accounts: `octo-fake` (id 900001), `hubot-fake` (900002), `unverified-fake`, whose codes are refused with
//! `unverified_user_email`, and any other login, whose id follows from its name. The API is under `/api/v3`, as on
//! GitHub Enterprise Server, so that its paths and those of pages never meet.

use std::time::Duration;

use codebind::providers::github::GITHUB;
use serde_json::{Value, json};
use url::Url;

use super::{
    call::Call,
    git, github_api,
    oauth::{Declined, Ending, Manners, Refusal, random_text},
    page,
    reply::Reply,
    stage::{Declaration, Stage, derived_id},
    state::Token,
};

/// Its codes are never exchanged.
const UNVERIFIED: &str = "unverified-fake";

const REDIRECT_URI_MISMATCH: &str = "The redirect_uri MUST match the registered callback URL for this application.";

const AUTHORIZATION_ERRORS: &str =
    "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/";
const TOKEN_ERRORS: &str =
    "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/";

/// The simulator of GitHub.
pub(super) static SIMULATOR: Declaration = Declaration {
    provider: &GITHUB,
    api_path: "/api/v3",
    oauth: Some(Manners {
        client_id: "Ov23liSIMULATOR00001",
        client_secret: "not-a-secret-but-of-the-right-length-000",
        accounts: &["octo-fake", "hubot-fake", UNVERIFIED],
        is_login,
        is_verified: |login| login != UNVERIFIED,
        redirect_fits,
        code: || format!("{:020x}", rand::random::<u128>() >> 48),
        code_lifetime: Duration::from_mins(10),
        access_token: || format!("gho_{}", random_text(36)),
        tokens_max: 10,
        refreshing: None,
        declined,
        turned_away: |_| None,
        granted,
        refused,
    }),
    git: |stage, username, token| {
        // Any name will do, but there must be one.
        git::reader(stage, token, None, "repo").filter(|_| !username.is_empty())
    },
    answer,
};

/// Letters, digits and single hyphens between them, at most 39.
fn is_login(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_alphanumeric());
    text.len() <= 39 && text.split('-').all(is_word)
}

/// Same server, and the registered path or one below it.
fn redirect_fits(registered: &Url, url: &Url) -> bool {
    let rest = url.path().strip_prefix(registered.path());
    let is_below = rest.is_some_and(|it| it.is_empty() || it.starts_with('/') || registered.path().ends_with('/'));
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    registered.origin() == url.origin() && is_below && is_bare
}

fn declined(declined: Declined) -> Ending {
    let documented = |error: &str, description: &str, anchor: &str| {
        let uri = format!("{AUTHORIZATION_ERRORS}#{anchor}");
        vec![("error", error.to_owned()), ("error_description", description.to_owned()), ("error_uri", uri)]
    };
    let own = |error: &str, description: &str| {
        vec![("error", error.to_owned()), ("error_description", description.to_owned())]
    };
    Ending::Back(match declined {
        Declined::ByPerson => {
            documented("access_denied", "The user has denied your application access.", "access-denied")
        }
        Declined::RedirectUri => documented("redirect_uri_mismatch", REDIRECT_URI_MISMATCH, "redirect-uri-mismatch"),
        Declined::Challenge => own("invalid_request", "The code_challenge_method must be S256."),
        Declined::ResponseType => own("unsupported_response_type", "The response_type must be code."),
    })
}

fn granted(call: &Call, token: &Token) -> Reply {
    let scope = token.scopes.join(",");
    encoded(call, &[("access_token", &token.text), ("scope", &scope), ("token_type", "bearer")])
}

/// Every refusal but that of an unknown client is a success by its status.
fn refused(call: &Call, refusal: Refusal) -> Reply {
    let (error, description, anchor) = match refusal {
        Refusal::UnknownClient => return Reply::json(404, &json!({"error": "Not Found"})),
        // An OAuth App has no refresh tokens, and other grant types do not exist.
        Refusal::GrantType | Refusal::RefreshToken => {
            let description = "The refresh token passed is incorrect or expired.";
            let uri = "https://docs.github.com";
            let members = [("error", "bad_refresh_token"), ("error_description", description), ("error_uri", uri)];
            return encoded(call, &members);
        }
        Refusal::Secret => (
            "incorrect_client_credentials",
            "The client_id and/or client_secret passed are incorrect.",
            "incorrect-client-credentials",
        ),
        Refusal::Code => ("bad_verification_code", "The code passed is incorrect or expired.", "bad-verification-code"),
        Refusal::RedirectUri => ("redirect_uri_mismatch", REDIRECT_URI_MISMATCH, "redirect-uri-mismatch2"),
        Refusal::Account => {
            ("unverified_user_email", "The user must have a verified primary email.", "unverified_user_email")
        }
    };
    let uri = format!("{TOKEN_ERRORS}#{anchor}");
    encoded(call, &[("error", error), ("error_description", description), ("error_uri", &uri)])
}

/// JSON is for those who ask for it.
fn encoded(call: &Call, members: &[(&str, &str)]) -> Reply {
    if call.header("accept").is_some_and(|it| it.contains("application/json")) {
        let members = members.iter().map(|&(name, value)| (name.to_owned(), Value::from(value)));
        Reply::json(200, &Value::Object(members.collect()))
    } else {
        Reply::form(200, members)
    }
}

fn answer(stage: &Stage, call: &Call) -> Reply {
    match call.path.strip_prefix(SIMULATOR.api_path).filter(|path| path.starts_with('/')) {
        Some(path) => github_api::answer(stage, call, path),
        None => Reply::page(404, page::problem("GitHub", "Not found", "This simulator does not have that page.")),
    }
}

/// The number that GitHub knows an account by.
pub(super) fn account_id(login: &str) -> u32 {
    match login.to_ascii_lowercase().as_str() {
        "octo-fake" => 900_001,
        "hubot-fake" => 900_002,
        other => derived_id(other),
    }
}

#[cfg(test)]
#[path = "github_tests.rs"]
mod tests;
