//! What goes wrong between the code and the binding: nothing stays behind, and nobody is blamed for another's fault.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{GITHUB, OCTO, Owner, Scene};

#[tokio::test]
async fn a_code_without_its_verifier_is_worth_nothing() {
    // S-14: the simulator compares the verifier with the challenge.
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let other = AttributeValue::S("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
    scene.rows().set_authorization(&attempt.state, "code_verifier", other).await;
    let back = alice.consent(&attempt, OCTO).await;
    assert_eq!(alice.callback(&back).await.result(), "code_refused");
    assert_eq!(scene.simulator(GITHUB).tokens().await.len(), 0);
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
}

#[tokio::test]
async fn narrowed_scopes_are_named_and_the_token_is_taken_back() {
    // S-20
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        let attempt = alice.start(&owner, GITHUB).await;
        let back = alice.consent_to(&attempt, OCTO, &["admin:repo_hook"]).await;
        alice.callback(&back).await.page(403, "did not grant: repo");
        assert_eq!(alice.entry(&owner, GITHUB).await["state"], "unbound");
    }
    let simulator = scene.simulator(GITHUB);
    assert_eq!((simulator.tokens().await.len(), simulator.live_tokens().await), (2, 0));
}

#[tokio::test]
async fn a_scope_that_contains_another_is_enough() {
    // S-20
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent_to(&attempt, OCTO, &["repo"]).await;
    alice.callback(&back).await.page(200, "Account bound");
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["scopes"], json!(["repo"]));
}

#[tokio::test]
async fn a_token_whose_account_cannot_be_read_is_taken_back() {
    // S-20, S-40
    let scene = Scene::builder().console().start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    for (fault, result) in [
        (json!({"path": "/user", "status": 500, "times": 2}), "provider_failed"),
        (json!({"path": "/user", "close": true, "times": 2}), "provider_unreachable"),
        (json!({"path": "/user", "status": 200, "body": "<html>"}), "provider_failed"),
        (json!({"path": "/user", "status": 200, "body": {"login": "octo-fake"}}), "provider_failed"),
        (json!({"path": "/user", "status": 302, "headers": {"location": "/login"}}), "provider_failed"),
        (json!({"path": "/user", "status": 429, "headers": {"retry-after": "7"}}), "provider_limited"),
    ] {
        simulator.fail(fault.clone()).await;
        assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), result, "{fault}");
        assert_eq!(simulator.live_tokens().await, 0, "{fault}");
        assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound", "{fault}");
    }
}

#[tokio::test]
async fn a_read_that_failed_once_is_repeated() {
    // S-39
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    scene.simulator(GITHUB).fail(json!({"path": "/user", "status": 503})).await;
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
}

#[tokio::test]
async fn a_token_that_cannot_be_taken_back_now_waits_for_it() {
    // S-20, S-32
    let scene = Scene::builder().console().start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    simulator.fail(json!({"path": "/user", "status": 500, "times": 2})).await;
    simulator.fail(json!({"path": "/token", "method": "DELETE", "status": 503})).await;
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "provider_failed");
    assert_eq!(simulator.live_tokens().await, 1);
    let row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.unwrap();
    assert!(row.keys().any(|name| name.starts_with("revocation_")), "{:?}", row.keys());
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
}

#[tokio::test]
async fn a_wrong_client_secret_is_the_operators_fault() {
    // S-40
    let wrong = "some-other-secret-of-the-right-length-00";
    let scene = Scene::builder().variable("CODEBIND_GITHUB_CLIENT_SECRET", wrong).start().await;
    scene.keep_secret(wrong);
    let page = scene.person("alice").authorize(&Owner::Me, GITHUB, OCTO).await;
    page.page(502, "nothing is wrong with your account");
}

#[tokio::test]
async fn an_unknown_client_is_the_operators_fault() {
    // S-40
    let scene = Scene::builder().console().start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    for body in [json!({"error": "Not Found"}), json!({"error": "application_suspended"})] {
        simulator.fail(json!({"path": "/access_token", "status": 404, "body": body})).await;
        assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "registration_refused");
    }
}

#[tokio::test]
async fn an_exchange_that_fails_is_the_providers_fault() {
    // S-40
    let scene = Scene::builder().console().start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    for (mut fault, result) in [
        (json!({"status": 500}), "provider_failed"),
        (json!({"status": 200, "body": "<html>hello</html>"}), "provider_failed"),
        (json!({"status": 302, "headers": {"location": "https://evil.example"}}), "provider_failed"),
        (json!({"close": true}), "provider_unreachable"),
    ] {
        fault["path"] = "/access_token".into();
        simulator.fail(fault.clone()).await;
        simulator.forget_requests().await;
        assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), result, "{fault}");
        // a code is good once, so it is sent once.
        assert_eq!(simulator.count("POST", "/access_token").await, 1, "{fault}");
    }
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
}

#[tokio::test]
async fn a_provider_that_wants_something_of_the_account_is_quoted_in_our_words() {
    // S-19
    let scene = Scene::start().await;
    scene.person("alice").authorize(&Owner::Me, GITHUB, "unverified-fake").await.page(403, "not ready");
}
