//! How Bitbucket's simulator answers: an OAuth consumer's endpoints, and the call that tells whose a token is.
//!
//! Accounts: `bbfake` (uuid `{00000000-0000-4000-8000-000000000001}`), any other, whose uuid follows from its name, and
//!
//! | account | what its tokens do |
//! | --- | --- |
//! | `legacy-fake` | come as before 2026: `scopes`, and refresh tokens that are not replaced |
//! | `inactive-fake` | cannot be refreshed: 401, the user is inactive |
//! | `limited-fake` | 429 from the API |
//!
//! The client proves itself by HTTP Basic; a secret in the form is refused. What is granted is what the consumer has;
//! a decision may narrow it (`scope=repository`), and without `account` the account's call answers 403. Access tokens
//! live two hours, and each token has more than 2,500 characters. A refresh brings a new pair; the old refresh token is
//! good for ten minutes more.

use std::time::Duration;

use axum::http::Method;
use codebind::providers::bitbucket::BITBUCKET;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::Url;

use super::{
    avatar::avatar_url,
    call::Call,
    git,
    journal::sha256_hex,
    oauth::{Declined, Ending, Manners, Refreshing, Refusal, random_text},
    page,
    reply::Reply,
    stage::{Declaration, Stage},
    state::Token,
};

const LIFETIME: Duration = Duration::from_hours(2);
const GRACE: Duration = Duration::from_mins(10);
const TOKEN_LENGTH: usize = 2600;

/// The scope that the account's call needs.
const ACCOUNT_SCOPE: &str = "account";

const LEGACY: &str = "legacy-fake";
const INACTIVE: &str = "inactive-fake";
const LIMITED: &str = "limited-fake";

/// The simulator of Bitbucket.
pub(super) static SIMULATOR: Declaration = Declaration {
    provider: &BITBUCKET,
    api_path: "/2.0",
    oauth: Some(Manners {
        client_id: "SIMULATOR000000001",
        client_secret: "not-a-secret-but-of-the-right-le",
        accounts: &["bbfake", LEGACY, INACTIVE, LIMITED],
        is_login,
        is_verified: |_| true,
        redirect_fits,
        code: || random_text(18),
        code_lifetime: Duration::from_mins(10),
        access_token: || format!("{}=", random_text(TOKEN_LENGTH)),
        tokens_max: usize::MAX,
        refreshing: Some(Refreshing {
            refresh_token: || random_text(TOKEN_LENGTH),
            rotates: |account| account != LEGACY,
            grace: GRACE,
            needs_client: true,
            is_active: |account| account != INACTIVE,
        }),
        declined,
        turned_away: |_| None,
        granted,
        refused,
    }),
    git: |stage, username, token| {
        git::reader(stage, token, Some(LIFETIME), "repository").filter(|_| username == "x-token-auth")
    },
    answer,
};

/// Letters, digits and the marks `_` and `-`.
fn is_login(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"_-".contains(&it);
    (1..=62).contains(&text.len()) && text.bytes().all(is_plain)
}

/// It begins with the registered one.
fn redirect_fits(registered: &Url, url: &Url) -> bool {
    registered.origin() == url.origin() && url.as_str().starts_with(registered.as_str())
}

fn declined(declined: Declined) -> Ending {
    let back = |error: &str, description: &str| {
        Ending::Back(vec![("error", error.to_owned()), ("error_description", description.to_owned())])
    };
    match declined {
        Declined::ByPerson => back("access_denied", "The user denied access"),
        Declined::RedirectUri => Ending::Page(400, "The redirect_uri does not begin with the consumer's callback."),
        Declined::Challenge => back("invalid_request", "The code_challenge_method must be S256."),
        Declined::ResponseType => back("unsupported_response_type", "The response_type must be code."),
    }
}

fn granted(call: &Call, token: &Token) -> Reply {
    let mut body = json!({
        "access_token": token.text,
        "expires_in": LIFETIME.as_secs(),
        "refresh_token": token.refresh_text,
        "token_type": "bearer",
    });
    if token.account == LEGACY {
        let backwards: Vec<_> = token.scopes.iter().rev().map(String::as_str).collect();
        let is_refresh = call.form().get("grant_type") == Some("refresh_token");
        body["scopes"] = json!(backwards.join(" "));
        body["state"] = json!(if is_refresh { "refresh_token" } else { "authorization_code" });
    } else {
        body["scope"] = json!(token.scopes.join(" "));
    }
    Reply::json(200, &body)
}

fn refused(_: &Call, refusal: Refusal) -> Reply {
    let (status, error, description) = match refusal {
        Refusal::UnknownClient | Refusal::Secret => {
            (400, "unauthorized_client", "Requests must be authenticated using OAuth client credentials")
        }
        Refusal::GrantType => (400, "unsupported_grant_type", "The specified grant_type is not supported."),
        Refusal::Code => (400, "invalid_grant", "The specified code is not valid."),
        // The one thing that is known to be said about redirect URIs here.
        Refusal::RedirectUri => (400, "invalid_request", "No callback uri defined for the OAuth client."),
        Refusal::RefreshToken => (400, "invalid_request", "Invalid refresh_token"),
        Refusal::Account => (401, "access_denied", "User is inactive"),
    };
    Reply::json(status, &json!({"error": error, "error_description": description}))
}

fn answer(stage: &Stage, call: &Call) -> Reply {
    let Some(path) = call.path.strip_prefix(SIMULATOR.api_path).filter(|path| path.starts_with('/')) else {
        return Reply::page(404, page::problem("Bitbucket", "Not found", "This simulator does not have that page."));
    };
    let is_account = BITBUCKET.oauth().is_some_and(|it| it.account_path == path);
    if call.method == Method::GET && is_account { account(stage, call) } else { message(404, "Resource not found") }
}

fn account(stage: &Stage, call: &Call) -> Reply {
    let unauthorized = |text| message(401, text).with("WWW-Authenticate", "Bearer realm=\"bitbucket.org\"");
    let token = call.bearer().and_then(|it| stage.tokens.find(it)).filter(|it| !it.revoked);
    match token {
        None => unauthorized("Token is invalid, expired, or not supported for this endpoint."),
        Some(token) if token.has_expired(LIFETIME) => {
            unauthorized("Access token expired. Use your refresh token to obtain a new access token.")
        }
        Some(token) if token.account == LIMITED => message(429, "Rate limit for this resource has been exceeded"),
        Some(token) if !token.scopes.iter().any(|it| it == ACCOUNT_SCOPE) => {
            let detail = json!({"required": [ACCOUNT_SCOPE], "granted": token.scopes});
            let message = "Your credentials lack one or more required privilege scopes.";
            Reply::json(403, &json!({"type": "error", "error": {"message": message, "detail": detail}}))
        }
        Some(token) => Reply::json(200, &user(stage, &token.account))
            .with("X-OAuth-Scopes", &token.scopes.join(", "))
            .with("X-Accepted-OAuth-Scopes", ACCOUNT_SCOPE)
            .with("X-Credential-Type", "oauth2"),
    }
}

fn message(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"type": "error", "error": {"message": message}}))
}

/// The identifier of an account, always the same for a name.
fn uuid(login: &str) -> String {
    if login == "bbfake" {
        return "00000000-0000-4000-8000-000000000001".to_owned();
    }
    let hex = sha256_hex(digest(&SHA256, login.as_bytes()).as_ref());
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
}

fn user(stage: &Stage, login: &str) -> Value {
    let uuid = uuid(login);
    let encoded = format!("%7B{uuid}%7D");
    let name = if login == "bbfake" { "BB Fake" } else { login };
    let link = |base: &str, path: &str| json!({"href": format!("{base}{path}")});
    let api = stage.api_url();
    json!({
        "display_name": name,
        "links": {
            "self": link(&api, &format!("/users/{encoded}")),
            "avatar": {"href": avatar_url(&stage.url, login)},
            "repositories": link(&api, &format!("/repositories/{encoded}")),
            "snippets": link(&api, &format!("/snippets/{encoded}")),
            "html": link(&stage.url, &format!("/{encoded}/")),
            "hooks": link(&api, &format!("/workspaces/{encoded}/hooks")),
        },
        "created_on": "2020-01-01T00:00:00.000000+00:00",
        "type": "user",
        "uuid": format!("{{{uuid}}}"),
        "has_2fa_enabled": null,
        "username": login,
        "is_staff": false,
        "account_id": "557058:00000000-0000-4000-8000-000000000002",
        "nickname": name,
        "account_status": "active",
        "location": null,
    })
}

#[cfg(test)]
#[path = "bitbucket_tests.rs"]
mod tests;
