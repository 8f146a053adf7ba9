//! Binding by personal access token: each cause of a refusal has its own code.

use serde_json::json;
use tests::{GITLAB, Owner, Scene, sha256_hex};

#[tokio::test]
async fn a_token_binds_and_status_shows_it() {
    // S-23, S-28, S-34
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITLAB));
    for owner in Owner::of_each_kind() {
        assert_eq!(alice.entry(&owner, GITLAB).await["state"], "unbound");
        // The login is compared without regard to case, and blanks around either field do no harm.
        let bound = alice.bind_gitlab(&owner, "  glpat-api-glfake\n", " GLFake ").await.expect(201).json();
        assert_eq!(bound["account"]["login"], "glfake");
        assert_eq!((&bound["account"]["id"], &bound["scopes"]), (&json!("42"), &json!(["api"])));
        assert_eq!(bound["address"], simulator.url());
        let entry = alice.entry(&owner, GITLAB).await;
        for member in ["binding_id", "account", "address", "bound_at", "credential_expires_at", "scopes"] {
            assert_eq!(entry[member], bound[member], "{member}");
        }
        assert_eq!(entry["method"], "personal_access_token");
    }
}

#[tokio::test]
async fn the_token_travels_in_its_header_alone() {
    // S-29, S-36
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let requests = scene.simulator(GITLAB).requests().await;
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.headers["private-token"], sha256_hex(b"glpat-api-glfake"));
        assert!(!format!("{} {}", request.path, request.headers).contains("glpat"), "{request:?}");
    }
}

#[tokio::test]
async fn another_token_of_the_same_account_renews_the_binding() {
    // S-6
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        let first = alice.bind_gitlab(&owner, "glpat-api-glfake", "glfake").await.expect(201).json();
        let second = alice.bind_gitlab(&owner, "glpat-noexpiry-glfake", "glfake").await.expect(200).json();
        assert_eq!(first["binding_id"], second["binding_id"]);
        assert_eq!(first["bound_at"], second["bound_at"]);
        let entry = alice.entry(&owner, GITLAB).await;
        assert!(first["credential_expires_at"].is_string() && entry["credential_expires_at"].is_null(), "{entry}");
    }
    // The replaced token is the person's own.
    assert_eq!(scene.simulator(GITLAB).live_tokens().await, 2);
}

#[tokio::test]
async fn another_account_is_refused_and_both_are_named() {
    // S-5, S-6
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        alice.bind_gitlab(&owner, "glpat-api-glfake", "glfake").await.expect(201);
        let before = alice.entry(&owner, GITLAB).await;
        let problem = alice.bind_gitlab(&owner, "glpat-api-other", "other").await.problem(409, "other_account_bound");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("glfake") && detail.contains("other"), "{detail}");
        assert_eq!(alice.entry(&owner, GITLAB).await, before);
    }
}

#[tokio::test]
async fn the_same_account_number_at_another_server_is_another_account() {
    // S-6, S-23
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITLAB));
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let other = simulator.url().replace("127.0.0.1", "localhost");
    let form = json!({"address": other, "username": "glfake", "token": "glpat-api-glfake"});
    alice.put(&Owner::Me, GITLAB, &form).await.problem(409, "other_account_bound");
}

#[tokio::test]
async fn each_cause_of_a_refusal_has_its_code_and_field() {
    // S-27, S-28, S-40
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for (token, username, status, code, field) in [
        ("glpat-unknown-glfake", "glfake", 422, "token_rejected", json!("token")),
        ("gho_of-another-provider", "glfake", 422, "token_rejected", json!("token")),
        ("glpat-expired-glfake", "glfake", 422, "token_expired", json!("token")),
        ("glpat-revoked-glfake", "glfake", 422, "token_revoked", json!("token")),
        ("glpat-read_api+read_repository-glfake", "glfake", 422, "token_lacks_scopes", json!("token")),
        ("glpat-read_repository-glfake", "glfake", 422, "token_lacks_scopes", json!("token")),
        ("glpat-old+read_api-glfake", "glfake", 422, "token_lacks_scopes", json!("token")),
        ("glpat-granular-glfake", "glfake", 422, "token_fine_grained", json!("token")),
        ("glpat-bot-glfake", "glfake", 422, "token_not_personal", json!("token")),
        ("glpat-oauth-glfake", "glfake", 422, "token_wrong_kind", json!("token")),
        ("glpat-blocked-glfake", "glfake", 422, "account_blocked", json!("token")),
        ("glpat-api-glfake", "somebody", 422, "token_other_user", json!("username")),
        ("glpat-html-glfake", "glfake", 422, "not_the_provider", json!("address")),
        ("glpat-redirect-glfake", "glfake", 422, "not_the_provider", json!("address")),
        ("glpat-large-glfake", "glfake", 502, "server_broken", json!("address")),
        ("glpat-limited-glfake", "glfake", 503, "provider_limited", json!(null)),
        ("glpat-error500-glfake", "glfake", 502, "provider_failed", json!(null)),
        ("glpat-error503-glfake", "glfake", 502, "provider_failed", json!(null)),
    ] {
        let answer = alice.bind_gitlab(&Owner::Me, token, username).await;
        assert_eq!(answer.problem(status, code)["field"], field, "{token}");
        assert_eq!(alice.entry(&Owner::Me, GITLAB).await["state"], "unbound", "{token}");
    }
}

#[tokio::test]
async fn a_problem_says_what_helps() {
    // S-12, S-27
    let scene = Scene::start().await;
    let (alice, url) = (scene.person("alice"), scene.simulator(GITLAB).url().to_owned());
    let lacks = alice.bind_gitlab(&Owner::Me, "glpat-read_api-glfake", "glfake").await.json();
    assert!(lacks["detail"].as_str().unwrap().contains("api"), "{lacks}");
    assert_eq!(lacks["help_url"], format!("{url}/-/user_settings/personal_access_tokens"));
    let limited = alice.bind_gitlab(&Owner::Me, "glpat-limited-glfake", "glfake").await;
    assert_eq!((limited.header("retry-after"), &limited.json()["retry_after"]), ("30", &json!(30)));
    let failed = alice.bind_gitlab(&Owner::Me, "glpat-error500-glfake", "glfake").await.json();
    assert_eq!(failed["provider_status"], 500);
    let other = alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "somebody").await.json();
    assert!(other["detail"].as_str().unwrap().contains("glfake"), "{other}");
}

#[tokio::test]
async fn a_server_too_old_to_tell_its_scopes_is_asked_by_a_call_that_needs_them() {
    // S-28
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let bound = alice.bind_gitlab(&Owner::Me, "glpat-old-glfake", "glfake").await.expect(201).json();
    assert_eq!(bound["scopes"], json!(["api"]));
    assert_eq!(scene.simulator(GITLAB).count("POST", "/star").await, 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_token_not_sent_on() {
    // S-25
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-redirect-glfake", "glfake").await.expect(422);
    let simulator = scene.simulator(GITLAB);
    assert_eq!(simulator.count("GET", "/users/sign_in").await, 0);
    assert!(!simulator.requests().await.is_empty());
}

#[tokio::test]
async fn what_is_no_token_is_refused_before_anything_is_sent() {
    // S-29
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let long = "a".repeat(4097);
    for token in ["", "   ", "a b", "a\u{0}b", "glpat-\u{fc}", "a\r\nb: c", &long] {
        let form = json!({"username": "glfake", "token": token});
        let answer = alice.put(&Owner::Me, GITLAB, &form).await;
        assert_eq!(answer.problem(422, "invalid_field")["field"], "token", "{token:?}");
    }
    for username in ["", "  ", "a\u{7}", &"a".repeat(256)] {
        let answer = alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", username).await;
        assert_eq!(answer.problem(422, "invalid_field")["field"], "username", "{username:?}");
    }
    // The longest one is a matter for the server.
    alice.bind_gitlab(&Owner::Me, &"a".repeat(4096), "glfake").await.problem(422, "token_rejected");
    assert!(scene.simulator(GITLAB).requests().await.iter().all(|it| it.method == "GET"));
}

#[tokio::test]
async fn a_provider_that_binds_otherwise_says_how() {
    // S-7
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let form = json!({"username": "x", "token": "gho_0123456789abcdef0123"});
    alice.put(&Owner::Me, tests::GITHUB, &form).await.problem(422, "other_method");
    // Well-formed, and what an OAuth provider takes: said by name, and not that the body is nonsense.
    alice.put(&Owner::Me, GITLAB, &json!({"grant": "g"})).await.problem(422, "other_method");
    alice.put(&Owner::Me, GITLAB, &json!({"grant": "g", "token": 7, "x": 1})).await.problem(400, "invalid_body");
    alice.try_start(&Owner::Me, GITLAB, None).await.problem(422, "other_method");
    alice.try_start(&Owner::Me, "sourceforge", None).await.problem(404, "unknown_provider");
}
