//! How GitLab's simulator answers: a server with the v4 API, at its root and also below `/gitlab`.
//!
//! No token has to be made first. `glpat-{traits}-{username}` exists for every username (`glfake` is id 42, others
//! follow from the name); the traits are scopes and words, joined by `+`:
//!
//! | token | what it does |
//! | --- | --- |
//! | `glpat-api-glfake` | good |
//! | `glpat-api+2-glfake` | good, another token of the same user; any number will do |
//! | `glpat-read_api+read_repository-glfake` | lacks the scope `api` |
//! | `glpat-read_repository-glfake` | lacks it, and may not even read its user |
//! | `glpat-noexpiry-glfake` | good, never expires |
//! | `glpat-expired-glfake`, `glpat-revoked-glfake` | 401 that says so |
//! | `glpat-granular-glfake` | fine-grained |
//! | `glpat-bot-glfake` | a project's own token |
//! | `glpat-blocked-glfake` | 403, the user is blocked |
//! | `glpat-oauth-glfake` | an OAuth token: 400 from the call that reads a token's facts |
//! | `glpat-old-glfake`, `glpat-old+read_api-glfake` | a server before 15.5: that call answers 404 |
//! | `glpat-limited-glfake` | 429, plain text |
//! | `glpat-error500-glfake`, `glpat-error503-glfake` | 500, 503 |
//! | `glpat-html-glfake` | 200 with a page, as another server would |
//! | `glpat-redirect-glfake` | 302 to a login page |
//! | `glpat-large-glfake` | a correct answer of 2 MiB |
//! | `glpat-slow-glfake` | a correct answer after 30 seconds |
//! | anything else | 401 |
//!
//! A token that revoked itself stays revoked. One that was rotated is dead, and who uses it ends its successors too.
//! Tokens are listed under `/_simulator/tokens` once they were used.

use std::time::Duration;

use axum::http::Method;
use codebind::{
    domain::{provider::Revocation, timestamp::Timestamp},
    providers::gitlab::GITLAB,
};
use serde_json::json;

use super::{
    call::{Call, placeholder},
    gitlab_json,
    gitlab_token::{Manner, PersonalToken},
    oauth::random_text,
    reply::Reply,
    stage::{Declaration, Stage, derived_id},
    state::Token,
};
use crate::html::escape;

/// Where an installation below a path is, beside the one at the root.
const RELATIVE_URL_ROOT: &str = "/gitlab";

const API_PATH: &str = match &GITLAB.method {
    codebind::domain::provider::Method::PersonalToken(personal_token) => personal_token.api_path,
    codebind::domain::provider::Method::OAuth(_) => "",
};

const STAR_PATH: &str = "/projects/{id}/star";
const SLOW: Duration = Duration::from_secs(30);
const WEEK: Duration = Duration::from_hours(7 * 24);
const YEAR: Duration = Duration::from_hours(366 * 24);
const LARGE: usize = 2 * 1024 * 1024;

/// The simulator of GitLab.
pub(super) static SIMULATOR: Declaration =
    Declaration { provider: &GITLAB, api_path: API_PATH, oauth: None, git: reader, answer };

/// Whose token git brings. Any username will do, but there must be one.
fn reader(stage: &Stage, username: &str, text: &str) -> Option<String> {
    let token = PersonalToken::parse(text).filter(|it| !username.is_empty() && check_manner(it, &stage.url).is_ok())?;
    let is_dead = stage.tokens.find(text).is_some_and(|it| it.revoked);
    (!is_dead && token.has_any(&["api", "read_repository", "granular"])).then_some(token.username)
}

fn answer(stage: &Stage, call: &Call) -> Reply {
    let below = call.path.strip_prefix(RELATIVE_URL_ROOT).filter(|path| path.starts_with('/'));
    let (base, path) = match below {
        Some(path) => (format!("{}{RELATIVE_URL_ROOT}", stage.url), path),
        None => (stage.url.clone(), call.path.as_str()),
    };
    match path.strip_prefix(API_PATH).filter(|path| path.starts_with('/')) {
        Some(path) => answer_api(stage, call, &base, path).unwrap_or_else(|refusal| refusal),
        None => Reply::page(404, not_found_page(path)),
    }
}

fn answer_api(stage: &Stage, call: &Call, base: &str, path: &str) -> Result<Reply, Reply> {
    let text = token_text(call).ok_or_else(unauthorized)?;
    let token = PersonalToken::parse(text).ok_or_else(unauthorized)?;
    check_manner(&token, base)?;
    stage.tokens.remember(Token::new(text.to_owned(), &token.username, &token.scopes))?;
    if stage.tokens.find(text).is_some_and(|it| it.revoked) {
        stage.tokens.end_successors(text)?;
        return Err(revoked());
    }
    let reply = dispatch(stage, call, &Caller { token: &token, text, base }, path)?;
    Ok(match token.manner {
        Manner::Slow => reply.after(SLOW),
        Manner::Large => padded(reply),
        _ => reply,
    })
}

/// Whose call it is.
struct Caller<'a> {
    token: &'a PersonalToken,
    text: &'a str,
    base: &'a str,
}

fn dispatch(stage: &Stage, call: &Call, caller: &Caller, path: &str) -> Result<Reply, Reply> {
    let Caller { token, text, base } = *caller;
    let is_old = token.manner == Manner::Old;
    match (&call.method, path) {
        (&Method::GET | &Method::DELETE, path) if is_self(path) && is_old => {
            Err(message(404, "404 Personal Access Token Not Found"))
        }
        (&Method::GET | &Method::DELETE, path) if is_self(path) && token.manner == Manner::OAuth => {
            let reason = "This endpoint requires token type to be a personal access token";
            Err(message(400, &format!("400 Bad request - {reason}")))
        }
        (&Method::GET, path) if is_self(path) => {
            let expires_on = stage.tokens.find(text).and_then(|it| it.expires_on);
            Ok(with_limits(Reply::json(200, &gitlab_json::facts(token, expires_on.as_deref()))))
        }
        (&Method::POST, path) if is_rotation(path) && !is_old => rotate(stage, call, caller),
        (&Method::DELETE, path) if is_self(path) => {
            stage.tokens.revoke(|it| it.text == text)?;
            Ok(Reply::empty(204))
        }
        (&Method::GET, "/user") => {
            require(token, &["api", "read_api", "read_user", "granular"])?;
            Ok(with_limits(Reply::json(200, &gitlab_json::user(token, base))))
        }
        (&Method::GET, "/version") => Ok(Reply::json(200, &gitlab_json::version(is_old))),
        (&Method::GET, "/metadata") if !is_old => Ok(Reply::json(200, &gitlab_json::metadata(base))),
        (&Method::POST, path) if placeholder(STAR_PATH, path).is_some() => {
            require(token, &["api"])?;
            Err(message(404, "404 Project Not Found"))
        }
        _ => Err(Reply::json(404, &json!({"error": "404 Not Found"}))),
    }
}

/// Whether the path is that of rotation, which the declaration names.
fn is_rotation(path: &str) -> bool {
    GITLAB.personal_token().and_then(|it| it.rotation).is_some_and(|it| it.path == path)
}

/// Replaces the token by another of the same scopes. Its end is as asked for, or a week from now.
fn rotate(stage: &Stage, call: &Call, caller: &Caller) -> Result<Reply, Reply> {
    let Caller { token, text, .. } = *caller;
    require(token, &["api", "self_rotate"])?;
    let body = call.json().unwrap_or_default();
    let week = || Timestamp::now().plus(WEEK).date();
    let expires_on = body["expires_at"].as_str().map_or_else(week, str::to_owned);
    let today = Timestamp::now();
    let is_good = Timestamp::from_date(&expires_on).is_some_and(|at| at > today && at < today.plus(YEAR));
    if !is_good {
        return Err(message(400, "400 Bad request - Expiration date must be within a year"));
    }
    let (number, scopes) = (derived_id(&random_text(32)), token.scopes.join("+"));
    let successor = format!("glpat-{scopes}+{number}-{}", token.username);
    let kept = Token::new(successor.clone(), &token.username, &token.scopes);
    stage.tokens.rotate(text, Token { expires_on: Some(expires_on.clone()), ..kept })?;
    let mut facts = gitlab_json::facts(token, Some(&expires_on));
    facts["id"] = json!(number);
    facts["last_used_at"] = json!(null);
    facts["token"] = json!(successor);
    Ok(with_limits(Reply::json(200, &facts)))
}

/// Whether the path is that of the token itself, which the declaration names.
fn is_self(path: &str) -> bool {
    matches!(GITLAB.revocation, Revocation::DeleteBySelf { path: own, .. } if own == path)
}

fn token_text(call: &Call) -> Option<&str> {
    call.header("private-token").or_else(|| call.bearer())
}

/// The answers that are the same whatever is asked.
fn check_manner(token: &PersonalToken, base: &str) -> Result<(), Reply> {
    Err(match token.manner {
        Manner::Expired => invalid_token("Token is expired. You can either do re-authorization or token refresh."),
        Manner::Revoked => revoked(),
        Manner::Blocked => message(403, "403 Forbidden - Your account has been blocked"),
        Manner::Limited => Reply::new(429, "text/plain", "Retry later\n")
            .with("Retry-After", "30")
            .with("RateLimit-Limit", "600")
            .with("RateLimit-Remaining", "0")
            .with("RateLimit-Reset", &(Timestamp::now().seconds() + 30).to_string()),
        Manner::Failing(500) => message(500, "500 Internal Server Error"),
        Manner::Failing(status) => message(status, &format!("{status} Service Unavailable")),
        Manner::Html => Reply::new(200, "text/html", "<!DOCTYPE html><html><body>Welcome</body></html>"),
        Manner::Redirect => {
            let login = format!("{base}/users/sign_in");
            let link = escape(&login);
            let page = format!("<html><body>You are being <a href=\"{link}\">redirected</a>.</body></html>");
            Reply::new(302, "text/html; charset=utf-8", page).with("Location", &login)
        }
        _ => return Ok(()),
    })
}

fn require(token: &PersonalToken, scopes: &[&str]) -> Result<(), Reply> {
    if token.has_any(scopes) {
        return Ok(());
    }
    let named: Vec<_> = scopes.iter().copied().filter(|it| *it != "granular").collect();
    let body = json!({
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": named.join(" "),
    });
    Err(Reply::json(403, &body))
}

fn with_limits(reply: Reply) -> Reply {
    reply
        .with("RateLimit-Limit", "2000")
        .with("RateLimit-Observed", "3")
        .with("RateLimit-Remaining", "1997")
        .with("RateLimit-Reset", &(Timestamp::now().seconds() + 60).to_string())
        .with("X-Gitlab-Meta", r#"{"correlation_id":"SIMULATOR","version":"1"}"#)
        .with("X-Request-Id", "SIMULATOR")
}

/// Blanks around JSON belong to it: the answer is as correct as it is large.
fn padded(reply: Reply) -> Reply {
    let mut body = reply.body.to_vec();
    body.resize(body.len() + LARGE, b' ');
    Reply { body: body.into(), ..reply }
}

fn unauthorized() -> Reply {
    message(401, "401 Unauthorized")
}

fn revoked() -> Reply {
    invalid_token("Token was revoked. You have to re-authorize from the user.")
}

fn invalid_token(description: &str) -> Reply {
    Reply::json(401, &json!({"error": "invalid_token", "error_description": description}))
}

fn message(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message}))
}

fn not_found_page(path: &str) -> String {
    let path = escape(path);
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>The page could not be found (404)</title></head>\
         <body><h1>404: Page not found</h1><p>Make sure the address is correct and the page has not moved. \
         {path} is not here.</p><p>This is a simulator of GitLab on your own machine.</p></body></html>\n"
    )
}

#[cfg(test)]
#[path = "gitlab_tests.rs"]
mod tests;
