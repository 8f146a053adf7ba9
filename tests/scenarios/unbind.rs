//! Unbinding, and what becomes of the token.

use reqwest::Method;
use serde_json::json;
use tests::{GITHUB, GITLAB, OCTO, Owner, Scene};

#[tokio::test]
async fn an_oauth_token_is_revoked_and_the_receipt_says_so() {
    // S-30, S-31
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    for owner in Owner::of_each_kind() {
        alice.authorize(&owner, GITHUB, OCTO).await.expect(200);
        let bound = alice.entry(&owner, GITHUB).await;
        let receipt = alice.unbind(&owner, GITHUB).await.expect(200).json();
        assert_eq!(receipt["binding_id"], bound["binding_id"]);
        assert_eq!((&receipt["state"], &receipt["revocation"]), (&json!("unbound"), &json!("revoked")), "{receipt}");
        assert_eq!(simulator.live_tokens().await, 0);
        assert_eq!(alice.entry(&owner, GITHUB).await["state"], "unbound");
        let row = scene.rows().binding(&alice.holder(&owner), GITHUB).await.unwrap();
        let left: Vec<_> = row.keys().filter(|name| *name == "credential" || name.starts_with("revocation_")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test]
async fn after_an_unbinding_another_account_can_be_bound() {
    // S-6
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let mut ids = Vec::new();
    for account in [OCTO, tests::HUBOT, OCTO] {
        alice.authorize(&Owner::Me, GITHUB, account).await.page(200, "Account bound");
        ids.push(alice.unbind(&Owner::Me, GITHUB).await.expect(200).json()["binding_id"].to_string());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3, "a new binding has a new id");
}

#[tokio::test]
async fn a_personal_token_is_left_in_place() {
    // S-31
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITLAB));
    for owner in Owner::of_each_kind() {
        alice.bind_gitlab(&owner, "glpat-api-glfake", "glfake").await.expect(201);
        let receipt = alice.unbind(&owner, GITLAB).await.expect(200).json();
        assert_eq!(receipt["revocation"], "left_in_place", "{receipt}");
        let page = receipt["revocation_url"].as_str().unwrap();
        assert!(page.starts_with(simulator.url()) && page.ends_with("/personal_access_tokens"), "{page}");
        assert_eq!(simulator.live_tokens().await, 1);
        assert_eq!(simulator.count("DELETE", "/self").await, 0);
        let row = scene.rows().binding(&alice.holder(&owner), GITLAB).await.unwrap();
        assert!(!row.contains_key("credential"), "{:?}", row.keys());
    }
}

#[tokio::test]
async fn a_personal_token_is_revoked_when_asked_for() {
    // S-31
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITLAB));
    for (number, owner) in Owner::of_each_kind().iter().enumerate() {
        alice.bind_gitlab(owner, &format!("glpat-api+{number}-glfake"), "glfake").await.expect(201);
        let receipt = alice.unbind_and_revoke(owner, GITLAB).await.expect(200).json();
        assert_eq!(receipt["revocation"], "revoked", "{receipt}");
    }
    assert_eq!((simulator.tokens().await.len(), simulator.live_tokens().await), (2, 0));
}

#[tokio::test]
async fn what_is_not_bound_cannot_be_unbound() {
    // S-30
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        for provider in [GITHUB, GITLAB] {
            alice.unbind(&owner, provider).await.problem(404, "not_bound");
        }
        alice.bind_gitlab(&owner, "glpat-api-glfake", "glfake").await.expect(201);
        alice.unbind(&owner, GITLAB).await.expect(200);
        alice.unbind(&owner, GITLAB).await.problem(404, "not_bound");
        alice.unbind_and_revoke(&owner, GITLAB).await.problem(404, "not_bound");
    }
    assert_eq!(scene.simulator(GITLAB).live_tokens().await, 1);
}

#[tokio::test]
async fn a_revocation_that_fails_is_kept_and_the_binding_is_gone_all_the_same() {
    // S-31, S-32
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    let page = "<html>Welcome</html>";
    for fault in [
        json!({"status": 503}),
        json!({"close": true}),
        json!({"status": 401}),
        json!({"status": 302}),
        json!({"status": 200, "body": page}),
        json!({"status": 404, "body": page}),
    ] {
        alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
        let mut fault = fault;
        fault["path"] = "/token".into();
        fault["method"] = "DELETE".into();
        simulator.fail(fault.clone()).await;
        let receipt = alice.unbind(&Owner::Me, GITHUB).await.expect(200).json();
        assert_eq!(receipt["revocation"], "revocation_scheduled", "{fault}");
        assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
    }
    let row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.unwrap();
    assert_eq!(row.keys().filter(|name| name.starts_with("revocation_")).count(), 6);
}

#[tokio::test]
async fn a_token_that_is_gone_already_counts_as_revoked() {
    // S-31
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    simulator.fail(json!({"path": "/token", "method": "DELETE", "status": 404, "body": {}})).await;
    assert_eq!(alice.unbind(&Owner::Me, GITHUB).await.expect(200).json()["revocation"], "revoked");
}

#[tokio::test]
async fn the_other_owners_token_of_the_same_account_lives_on() {
    // S-33
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    for owner in Owner::of_each_kind() {
        alice.authorize(&owner, GITHUB, OCTO).await.expect(200);
    }
    alice.unbind(&Owner::Me, GITHUB).await.expect(200);
    assert_eq!(simulator.live_tokens().await, 1);
    assert_eq!(alice.entry(&Owner::instance("local-1", "team"), GITHUB).await["state"], "bound");
}

#[tokio::test]
async fn revoking_is_asked_for_plainly_or_not_at_all() {
    // S-31
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    for odd in ["revoke", "revoke=1", "revoke=TRUE", "revoke=true&revoke=false"] {
        let request = alice.request(Method::DELETE, &format!("users/me/bindings/gitlab?{odd}"));
        assert_eq!(alice.send(request).await.problem(422, "invalid_field")["field"], "revoke");
    }
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["state"], "bound");
}

#[tokio::test]
async fn a_stored_token_is_never_sent_to_another_address() {
    // S-25: the operator has moved the provider; the token was issued by the old one.
    let scratch = tests::Scratch::default();
    {
        let scene = Scene::builder().on_disk(&scratch).start().await;
        scene.person("alice").authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    }
    let silence = tests::Silence::start().await;
    let scene = Scene::builder()
        .on_disk(&scratch)
        .variable("CODEBIND_GITHUB_URL", silence.url())
        .variable("CODEBIND_GITHUB_API_URL", silence.url())
        .variable("CODEBIND_GITHUB_CLIENT_ID", "elsewhere")
        .variable("CODEBIND_GITHUB_CLIENT_SECRET", "elsewhere-elsewhere")
        .start()
        .await;
    let receipt = scene.person("alice").unbind(&Owner::Me, GITHUB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revocation_scheduled");
    assert_eq!(silence.connections(), 0);
}
