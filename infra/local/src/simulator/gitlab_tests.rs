//! GitLab's simulator against the wire examples.

use super::*;
use crate::simulator::fixture::{assert_like, body_of, call, header_of, stage};

const SELF: &str = "/api/v4/personal_access_tokens/self";
const LIMITS: [&str; 3] = ["RateLimit-Reset", "X-Gitlab-Meta", "X-Request-Id"];

fn send(stage: &Stage, method: &str, path: &str, token: &str) -> Reply {
    stage.answer(&call(method, path, &[("private-token", token), ("user-agent", "codebind")], ""))
}

#[test]
fn each_token_answers_as_its_name_says() {
    let stage = stage("gitlab");
    for (token, path, name, varying) in [
        ("glpat-api-glfake", SELF, "gitlab.pat_self.success", &["expires_at"][..]),
        ("glpat-noexpiry-glfake", SELF, "gitlab.pat_self.success_no_expiry", &[]),
        ("glpat-read_repository+read_api-glfake", SELF, "gitlab.pat_self.success_missing_api_scope", &["expires_at"]),
        ("glpat-granular-glfake", SELF, "gitlab.pat_self.success_granular", &["expires_at"]),
        ("glpat-bot-glfake", SELF, "gitlab.pat_self.success_project_token", &["expires_at"]),
        ("glpat-expired-glfake", SELF, "gitlab.pat_self.expired", &[]),
        ("glpat-revoked-glfake", SELF, "gitlab.pat_self.revoked", &[]),
        ("glpat-oauth-glfake", SELF, "gitlab.pat_self.oauth_token_refused", &[]),
        ("glpat-old-glfake", SELF, "gitlab.pat_self.too_old_404", &[]),
        ("glpat-FAKE0000000000000000", SELF, "gitlab.pat_self.unknown_token", &[]),
        ("glpat-api-glfake", "/api/v4/user", "gitlab.user.success", &["web_url", "email", "commit_email"]),
        ("glpat-bot-glfake", "/api/v4/user", "gitlab.user.success_bot", &["web_url", "email", "commit_email"]),
        ("glpat-blocked-glfake", "/api/v4/user", "gitlab.any.blocked_user", &[]),
        ("glpat-limited-glfake", "/api/v4/user", "gitlab.any.rate_limited", &[]),
        ("glpat-html-glfake", "/api/v4/user", "gitlab.any.html_not_gitlab", &[]),
        ("glpat-read_repository-glfake", "/api/v4/user", "gitlab.any.insufficient_scope", &["scope"]),
        ("glpat-old-glfake", "/api/v4/version", "gitlab.version.success", &[]),
        ("glpat-api-glfake", "/api/v4/metadata", "gitlab.metadata.success", &["externalUrl", "externalK8sProxyUrl"]),
    ] {
        let varying: Vec<_> = varying.iter().copied().chain(LIMITS).collect();
        assert_like(&send(&stage, "GET", path, token), name, &varying);
    }
}

#[test]
fn servers_that_misbehave_do_so_in_their_own_way() {
    let stage = stage("gitlab");
    for (token, status) in [("glpat-error500-glfake", 500), ("glpat-error503-glfake", 503)] {
        assert_eq!(send(&stage, "GET", SELF, token).status, status);
    }
    let redirect = send(&stage, "GET", SELF, "glpat-redirect-glfake");
    assert_eq!(redirect.status, 302);
    assert!(header_of(&redirect, "location").unwrap().ends_with("/users/sign_in"));
    let large = send(&stage, "GET", SELF, "glpat-large-glfake");
    assert!(large.body.len() > 1024 * 1024);
    assert_eq!(body_of(&large)["id"], 501);
    assert_eq!(send(&stage, "GET", SELF, "glpat-slow-glfake").delay, SLOW);
    assert_eq!(send(&stage, "GET", SELF, "glpat-api-glfake").delay, Duration::ZERO);
}

#[test]
fn only_a_right_to_write_gets_as_far_as_not_found() {
    let stage = stage("gitlab");
    let path = "/api/v4/projects/0/star";
    let found = send(&stage, "POST", path, "glpat-old-glfake");
    assert_eq!((found.status, body_of(&found)), (404, json!({"message": "404 Project Not Found"})));
    let refused = send(&stage, "POST", path, "glpat-old+read_api-glfake");
    assert_like(&refused, "gitlab.any.insufficient_scope", &["scope"]);
    assert_eq!(send(&stage, "GET", path, "glpat-api-glfake").status, 404);
}

#[test]
fn a_token_that_revoked_itself_stays_revoked() {
    let stage = stage("gitlab");
    let token = "glpat-read_user-glfake";
    assert_like(&send(&stage, "DELETE", SELF, token), "gitlab.pat_self_revoke.success", &[]);
    assert_like(&send(&stage, "GET", SELF, token), "gitlab.pat_self.revoked", &[]);
    assert_like(&send(&stage, "DELETE", SELF, token), "gitlab.pat_self.revoked", &[]);
    assert_eq!(send(&stage, "GET", SELF, "glpat-read_user+1-glfake").status, 200);
}

#[test]
fn it_is_installed_at_the_root_and_below_a_path() {
    let stage = stage("gitlab");
    let user = send(&stage, "GET", "/gitlab/api/v4/user", "glpat-api-glfake");
    assert_eq!(body_of(&user)["web_url"], "http://127.0.0.1:9/gitlab/glfake");
    for path in ["/", "/gitlab", "/glfake", "/api/v3/user", "/other/api/v4/user", "/api/v4"] {
        let reply = send(&stage, "GET", path, "glpat-api-glfake");
        assert_eq!(reply.status, 404, "{path}");
        assert!(header_of(&reply, "content-type").unwrap().starts_with("text/html"), "{path}");
    }
    let unknown = send(&stage, "GET", "/api/v4/nonsense", "glpat-api-glfake");
    assert_eq!((unknown.status, body_of(&unknown)), (404, json!({"error": "404 Not Found"})));
}

#[test]
fn the_token_may_come_either_way() {
    let stage = stage("gitlab");
    let bearer = call("GET", "/api/v4/user", &[("authorization", "Bearer glpat-api-glfake")], "");
    assert_eq!(stage.answer(&bearer).status, 200);
    assert_like(&stage.answer(&call("GET", "/api/v4/user", &[], "")), "gitlab.pat_self.unknown_token", &[]);
}

#[test]
fn a_rotated_token_is_replaced_and_who_uses_it_ends_its_family() {
    let stage = stage("gitlab");
    let old = "glpat-api-glfake";
    let rotate = |token: &str, body: &str| {
        let headers = [("private-token", token), ("content-type", "application/json")];
        stage.answer(&call("POST", &format!("{SELF}/rotate"), &headers, body))
    };
    assert_eq!(rotate("glpat-read_api-glfake", "").status, 403);
    assert_eq!(rotate(old, r#"{"expires_at": "2020-01-01"}"#).status, 400);
    let date = Timestamp::now().plus(Duration::from_hours(30 * 24)).date();
    let reply = rotate(old, &json!({ "expires_at": date }).to_string());
    assert_like(&reply, "gitlab.pat_self_rotate.success", &["id", "expires_at", "token"]);
    let facts: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    let successor = facts["token"].as_str().unwrap();
    let shown = send(&stage, "GET", SELF, successor);
    assert_eq!(shown.status, 200);
    let shown: serde_json::Value = serde_json::from_slice(&shown.body).unwrap();
    assert_eq!((&facts["expires_at"], &shown["expires_at"]), (&json!(date), &json!(date)));
    assert_eq!(send(&stage, "GET", SELF, old).status, 401);
    assert_eq!(send(&stage, "GET", SELF, successor).status, 401, "the family is dead");
}
