//! How Gitee's simulator answers: an OAuth app's endpoints, and the call that tells whose a token is.
//!
//! Accounts: `gitee-fake` (id 8800001), `second-fake`, and any other login, whose id follows from its name. The consent
//! may be narrowed (`scope=projects`): without `user_info` the account's call answers 403. Tokens live one day; each
//! refresh brings a new pair, and the old refresh token is dead at once, the harder of what Gitee may do. The client
//! need not prove itself for it. Requests without a user agent get 403.

use std::time::Duration;

use axum::http::Method;
use codebind::providers::gitee::GITEE;
use serde_json::{Value, json};

use super::{
    avatar::avatar_url,
    call::Call,
    git,
    oauth::{Declined, Ending, Manners, Refreshing, Refusal, random_hex},
    page,
    reply::Reply,
    stage::{Declaration, Stage, derived_id},
    state::Token,
};

const LIFETIME: Duration = Duration::from_hours(24);

/// The scope that the account's call needs.
const ACCOUNT_SCOPE: &str = "user_info";

/// The simulator of Gitee.
pub(super) static SIMULATOR: Declaration = Declaration {
    provider: &GITEE,
    api_path: "/api/v5",
    oauth: Some(Manners {
        client_id: "5111a7085111a7085111a7085111a7085111a7085111a7085111a7085111a708",
        client_secret: "not-a-secret-but-of-the-right-length-000000000000000000000000000",
        accounts: &["gitee-fake", "second-fake"],
        is_login,
        is_verified: |_| true,
        redirect_fits: |registered, url| registered == url,
        code: || random_hex(64),
        code_lifetime: Duration::from_mins(10),
        access_token: || random_hex(32),
        tokens_max: usize::MAX,
        refreshing: Some(Refreshing {
            refresh_token: || random_hex(64),
            rotates: |_| true,
            grace: Duration::ZERO,
            needs_client: false,
            is_active: |_| true,
        }),
        declined,
        turned_away,
        granted,
        refused,
    }),
    git: |stage, username, token| {
        git::reader(stage, token, Some(LIFETIME), "projects").filter(|_| username == "oauth2")
    },
    answer,
};

/// Letters, digits and the marks `_`, `-` and `.`.
fn is_login(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"_-.".contains(&it);
    (2..=40).contains(&text.len()) && text.bytes().all(is_plain)
}

fn declined(declined: Declined) -> Ending {
    let back = |error: &str, description: &str| {
        Ending::Back(vec![("error", error.to_owned()), ("error_description", description.to_owned())])
    };
    match declined {
        Declined::ByPerson => back("access_denied", "资源所有者或服务器拒绝了请求"),
        Declined::RedirectUri => Ending::Page(200, "无效的登录回调地址"),
        Declined::Challenge => back("invalid_request", "The code_challenge_method must be S256."),
        Declined::ResponseType => back("unsupported_response_type", "The response_type must be code."),
    }
}

fn turned_away(call: &Call) -> Option<Reply> {
    call.header("user-agent").is_none().then(|| Reply::new(403, "text/html", "403 Forbidden"))
}

fn granted(_: &Call, token: &Token) -> Reply {
    // In the order that Gitee lists them in.
    let scopes = GITEE.scope_names().into_iter().filter(|it| token.scopes.contains(it));
    let body = json!({
        "access_token": token.text,
        "token_type": "bearer",
        "expires_in": LIFETIME.as_secs(),
        "refresh_token": token.refresh_text,
        "scope": scopes.collect::<Vec<_>>().join(" "),
        "created_at": token.issued_at,
    });
    Reply::json(200, &body)
}

fn refused(_: &Call, refusal: Refusal) -> Reply {
    let (error, description) = match refusal {
        Refusal::UnknownClient | Refusal::Secret => {
            ("invalid_client", "客户端验证失败，原因：未知客户端，客户端未包含验证信息，或者客户端验证方式不支持")
        }
        Refusal::GrantType => ("unsupported_grant_type", "服务器不支持此类型的授权验证方式"),
        Refusal::Code | Refusal::RedirectUri | Refusal::Account | Refusal::RefreshToken => {
            ("invalid_grant", "授权方式无效，或者登录回调地址无效、过期或已被撤销")
        }
    };
    Reply::json(401, &json!({"error": error, "error_description": description}))
}

fn answer(stage: &Stage, call: &Call) -> Reply {
    let Some(path) = call.path.strip_prefix(SIMULATOR.api_path).filter(|path| path.starts_with('/')) else {
        return Reply::page(404, page::problem("Gitee", "Not found", "This simulator does not have that page."));
    };
    if let Some(reply) = turned_away(call) {
        return reply;
    }
    let is_account = GITEE.oauth().is_some_and(|it| it.account_path == path);
    if call.method == Method::GET && is_account { account(stage, call) } else { message(404, "404 Not Found") }
}

fn account(stage: &Stage, call: &Call) -> Reply {
    let token = call.bearer().and_then(|it| stage.tokens.find(it)).filter(|it| !it.revoked);
    match token {
        None => message(401, "401 Unauthorized: Access token does not exist"),
        Some(token) if token.has_expired(LIFETIME) => message(401, "401 Unauthorized: Access token is expired"),
        Some(token) if !token.scopes.iter().any(|it| it == ACCOUNT_SCOPE) => message(403, "403 Forbidden"),
        Some(token) => Reply::json(200, &user(stage, &token.account))
            .with("X-RateLimit-Limit", "5000")
            .with("X-RateLimit-Remaining", "4999"),
    }
}

fn message(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message}))
}

fn user(stage: &Stage, login: &str) -> Value {
    let own = format!("{}/users/{login}", stage.api_url());
    let is_first = login == "gitee-fake";
    json!({
        "id": if is_first { 8_800_001 } else { derived_id(login) },
        "login": login,
        "name": if is_first { "假用户" } else { login },
        "avatar_url": avatar_url(&stage.url, login),
        "url": own,
        "html_url": format!("{}/{login}", stage.url),
        "remark": "",
        "followers_url": format!("{own}/followers"),
        "following_url": format!("{own}/following_url{{/other_user}}"),
        "gists_url": format!("{own}/gists{{/gist_id}}"),
        "starred_url": format!("{own}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{own}/subscriptions"),
        "organizations_url": format!("{own}/orgs"),
        "repos_url": format!("{own}/repos"),
        "events_url": format!("{own}/events{{/privacy}}"),
        "received_events_url": format!("{own}/received_events"),
        "type": "User",
        "blog": null,
        "weibo": null,
        "bio": "",
        "public_repos": 1,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "stared": 0,
        "watched": 1,
        "created_at": "2024-01-01T00:00:00+08:00",
        "updated_at": "2026-11-01T00:00:00+08:00",
        "email": null,
    })
}

#[cfg(test)]
#[path = "gitee_tests.rs"]
mod tests;
