//! The bodies that GitLab's simulator answers with.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::gitlab_token::{Manner, PersonalToken};

/// How long a token lives from today on, whenever it is looked at.
const LIFETIME: Duration = Duration::days(300);

/// What a token says of itself; it ends on `expires_on`, if that was asked for.
pub(super) fn facts(token: &PersonalToken, expires_on: Option<&str>) -> Value {
    let never = token.manner == Manner::NoExpiry;
    let usual = || (OffsetDateTime::now_utc() + LIFETIME).date().to_string();
    let expires_at = (!never).then(|| expires_on.map_or_else(usual, str::to_owned));
    let last_used_at = (!never).then_some("2026-11-01T08:00:00.000Z");
    let mut facts = json!({
        "id": 501,
        "name": if token.manner == Manner::Bot { "ci" } else { "image builds" },
        "revoked": false,
        "created_at": "2026-10-01T08:00:00.000Z",
        "description": null,
        "scopes": token.scopes,
        "user_id": token.user_id(),
        "last_used_at": last_used_at,
        "active": true,
        "expires_at": expires_at,
    });
    if token.manner == Manner::Granular {
        let permissions = ["read_project", "read_repository"];
        facts["expired"] = json!(false);
        facts["granular"] = json!(true);
        facts["granular_scopes"] = json!([{"access": "selected_memberships", "permissions": permissions}]);
    }
    facts
}

/// The user that a token acts as.
pub(super) fn user(token: &PersonalToken, base: &str) -> Value {
    let is_bot = token.manner == Manner::Bot;
    let username = &token.username;
    let name = match username.as_str() {
        _ if is_bot => "ci",
        "glfake" => "GL Fake",
        other => other,
    };
    let email = format!("{username}@example.com");
    json!({
        "id": token.user_id(),
        "username": username,
        "public_email": "",
        "name": name,
        "state": "active",
        "locked": false,
        "avatar_url": null,
        "web_url": format!("{base}/{username}"),
        "created_at": "2024-01-01T00:00:00.000Z",
        "bio": "",
        "location": "",
        "linkedin": "",
        "twitter": "",
        "website_url": "",
        "organization": "",
        "job_title": "",
        "bot": is_bot,
        "last_sign_in_at": "2026-10-01T00:00:00.000Z",
        "confirmed_at": "2024-01-01T00:00:00.000Z",
        "last_activity_on": "2026-11-01",
        "email": email,
        "theme_id": 1,
        "color_scheme_id": 1,
        "projects_limit": 100,
        "current_sign_in_at": null,
        "identities": [],
        "can_create_group": true,
        "can_create_project": true,
        "two_factor_enabled": false,
        "external": false,
        "private_profile": false,
        "commit_email": email,
    })
}

/// The server's version, old or new.
pub(super) fn version(is_old: bool) -> Value {
    json!({"version": if is_old { "14.10.5" } else { "18.9.1-ee" }, "revision": "0123456789a"})
}

/// The server's version, and more.
pub(super) fn metadata(base: &str) -> Value {
    let agents = format!("{}/-/kubernetes-agent/", base.replacen("http", "ws", 1));
    json!({
        "version": "18.9.1-ee",
        "revision": "0123456789a",
        "kas": {
            "enabled": true,
            "externalUrl": agents,
            "externalK8sProxyUrl": format!("{base}/-/kubernetes-agent/k8s-proxy/"),
            "version": "18.9.1",
        },
        "enterprise": true,
    })
}
