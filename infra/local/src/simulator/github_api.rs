//! The part of GitHub's REST API that codebind calls, below `/api/v3`.

use axum::http::Method;
use codebind::{
    domain::{provider::Revocation, timestamp::Timestamp},
    providers::github::GITHUB,
};
use serde_json::{Value, json};

use super::{
    avatar::avatar_url,
    call::{Call, placeholder},
    github::account_id,
    journal::sha256_hex,
    oauth::Manners,
    reply::Reply,
    stage::Stage,
    state::Token,
};

/// Beside the path that [`GITHUB`] declares for revoking: deletes every token of the person for the app.
const GRANT_PATH: &str = "/applications/{client_id}/grant";

/// Versions of the API that are supported.
const API_VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// What every request without a user agent gets.
const NO_USER_AGENT: &str = "Request forbidden by administrative rules. Please make sure your request has a \
User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check \
https://developer.github.com for other possible causes.\n";

/// Answers a call to `path` below the API base.
pub(super) fn answer(stage: &Stage, call: &Call, path: &str) -> Reply {
    if call.header("user-agent").is_none() {
        return Reply::new(403, "text/html", NO_USER_AGENT);
    }
    if let Some(version) = call.header("x-github-api-version").filter(|it| !API_VERSIONS.contains(it)) {
        let message = format!("The version {version} is not supported");
        return message_of(400, &message, "/about-the-rest-api/api-versions");
    }
    let answered = match stage.declaration.oauth.as_ref() {
        Some(manners) => dispatch(stage, manners, call, path),
        None => Err(not_found("")),
    };
    answered.unwrap_or_else(|refusal| refusal)
}

fn dispatch(stage: &Stage, manners: &Manners, call: &Call, path: &str) -> Result<Reply, Reply> {
    if call.method == Method::GET && GITHUB.oauth().is_some_and(|it| it.account_path == path) {
        return account(stage, call);
    }
    if let Revocation::DeleteByClient { path: token_path, .. } = GITHUB.revocation
        && let Some(client_id) = placeholder(token_path, path)
    {
        return match call.method {
            Method::DELETE => delete_token(stage, manners, call, client_id),
            Method::POST => check_token(stage, manners, call, client_id),
            _ => Err(not_found("")),
        };
    }
    if let Some(client_id) = placeholder(GRANT_PATH, path)
        && call.method == Method::DELETE
    {
        return delete_grant(stage, manners, call, client_id);
    }
    Err(not_found(""))
}

fn account(stage: &Stage, call: &Call) -> Result<Reply, Reply> {
    let token = call.bearer().and_then(|it| stage.tokens.find(it)).filter(|it| !it.revoked);
    let token = token.ok_or_else(bad_credentials)?;
    let version = call.header("x-github-api-version").unwrap_or(API_VERSIONS[0]);
    let reset = Timestamp::now().seconds() + 3600;
    let reply = Reply::json(200, &user(stage, &token.account))
        .with("X-RateLimit-Limit", "5000")
        .with("X-RateLimit-Remaining", "4987")
        .with("X-RateLimit-Used", "13")
        .with("X-RateLimit-Reset", &reset.to_string())
        .with("X-RateLimit-Resource", "core")
        .with("X-OAuth-Scopes", &token.scopes.join(", "))
        .with("X-Accepted-OAuth-Scopes", "")
        .with("X-GitHub-Media-Type", "github.v3; format=json")
        .with("X-GitHub-Api-Version-Selected", version)
        .with("X-GitHub-Request-Id", "SIMULATOR:1:2:3:4");
    Ok(reply)
}

fn delete_token(stage: &Stage, manners: &Manners, call: &Call, client_id: &str) -> Result<Reply, Reply> {
    let anchor = "delete-an-app-token";
    let text = token_of_client(manners, call, client_id, anchor)?;
    let was_live = stage.tokens.revoke(|it| it.text == text)?;
    if was_live { Ok(Reply::empty(204)) } else { Err(not_found(anchor)) }
}

fn delete_grant(stage: &Stage, manners: &Manners, call: &Call, client_id: &str) -> Result<Reply, Reply> {
    let anchor = "delete-an-app-authorization";
    let text = token_of_client(manners, call, client_id, anchor)?;
    let token = live_token(stage, &text, anchor)?;
    stage.tokens.revoke(|it| it.account == token.account)?;
    Ok(Reply::empty(204))
}

fn check_token(stage: &Stage, manners: &Manners, call: &Call, client_id: &str) -> Result<Reply, Reply> {
    let anchor = "check-a-token";
    let text = token_of_client(manners, call, client_id, anchor)?;
    let token = live_token(stage, &text, anchor)?;
    let id = 30_000 + account_id(&token.account);
    let issued_at = Timestamp::from_seconds(token.issued_at).rfc3339();
    let user = user(stage, &token.account);
    let brief = ["login", "id", "node_id", "avatar_url", "html_url", "type", "site_admin"];
    let brief: Value = brief.into_iter().map(|name| (name.to_owned(), user[name].clone())).collect();
    let body = json!({
        "id": id,
        "url": format!("{}/authorizations/{id}", stage.api_url()),
        "app": {"name": "codebind", "url": stage.redirect_uri, "client_id": manners.client_id},
        "token": token.text,
        "hashed_token": sha256_hex(token.text.as_bytes()),
        "token_last_eight": &token.text[token.text.len() - 8..],
        "note": null,
        "note_url": null,
        "created_at": issued_at,
        "updated_at": issued_at,
        "scopes": token.scopes,
        "fingerprint": null,
        "expires_at": null,
        "user": brief,
    });
    Ok(Reply::json(200, &body))
}

/// The token in the body, if the caller is the client that the path names.
fn token_of_client(manners: &Manners, call: &Call, client_id: &str, anchor: &str) -> Result<String, Reply> {
    let is_client = |(id, secret): &(String, String)| id == manners.client_id && secret == manners.client_secret;
    call.basic().filter(is_client).ok_or_else(bad_credentials)?;
    if client_id != manners.client_id {
        return Err(not_found(anchor));
    }
    let text = call.json().and_then(|body| body["access_token"].as_str().map(str::to_owned));
    let malformed = || {
        let message = "Invalid request.\n\n\"access_token\" wasn't supplied.";
        message_of(422, message, &format!("/apps/oauth-applications#{anchor}"))
    };
    text.filter(|it| !it.is_empty()).ok_or_else(malformed)
}

fn live_token(stage: &Stage, text: &str, anchor: &str) -> Result<Token, Reply> {
    stage.tokens.find(text).filter(|it| !it.revoked).ok_or_else(|| not_found(anchor))
}

fn bad_credentials() -> Reply {
    message_of(401, "Bad credentials", "")
}

fn not_found(anchor: &str) -> Reply {
    let page = if anchor.is_empty() { String::new() } else { format!("/apps/oauth-applications#{anchor}") };
    message_of(404, "Not Found", &page)
}

fn message_of(status: u16, message: &str, page: &str) -> Reply {
    let documentation_url = format!("{DOCUMENTATION}{page}");
    let body = json!({"message": message, "documentation_url": documentation_url, "status": status.to_string()});
    Reply::json(status, &body)
}

fn user(stage: &Stage, login: &str) -> Value {
    let id = account_id(login);
    let own = format!("{}/users/{login}", stage.api_url());
    json!({
        "login": login,
        "id": id,
        "node_id": format!("U_kgDO{id:08X}"),
        "avatar_url": avatar_url(&stage.url, login),
        "gravatar_id": "",
        "url": own,
        "html_url": format!("{}/{login}", stage.url),
        "followers_url": format!("{own}/followers"),
        "following_url": format!("{own}/following{{/other_user}}"),
        "gists_url": format!("{own}/gists{{/gist_id}}"),
        "starred_url": format!("{own}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{own}/subscriptions"),
        "organizations_url": format!("{own}/orgs"),
        "repos_url": format!("{own}/repos"),
        "events_url": format!("{own}/events{{/privacy}}"),
        "received_events_url": format!("{own}/received_events"),
        "type": "User",
        "user_view_type": "public",
        "site_admin": false,
        "name": null,
        "company": null,
        "blog": "",
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "twitter_username": null,
        "public_repos": 3,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2020-01-02T03:04:05Z",
        "updated_at": "2026-10-01T00:00:00Z",
    })
}
