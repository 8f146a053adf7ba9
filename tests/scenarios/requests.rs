//! What requests may look like: JSON, bounded, with no member unknown and none twice.

use reqwest::Method;
use serde_json::json;
use tests::{Answer, GITHUB, GITLAB, Owner, Person, Scene};

const FORM: &str = r#"{"username":"glfake","token":"glpat-api-glfake"}"#;

async fn put(person: &Person, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = person.request(Method::PUT, "users/me/bindings/gitlab").header("content-type", content_type);
    person.send(request.body(body)).await
}

#[tokio::test]
async fn unknown_members_are_refused() {
    // S-11
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for odd in [
        json!({"username": "glfake", "token": "glpat-api-glfake", "owner": "bob"}),
        json!({"username": "glfake", "token": "glpat-api-glfake", "Address": "https://gitlab.com"}),
        json!({"Username": "glfake", "token": "glpat-api-glfake"}),
        json!({"username": "glfake"}),
        json!({"username": "glfake", "token": 7}),
        json!({"username": "glfake", "token": null}),
        json!([]),
        json!("glpat-api-glfake"),
    ] {
        alice.put(&Owner::Me, GITLAB, &odd).await.problem(400, "invalid_body");
    }
    for odd in [json!({"state": "mine"}), json!({"return_to": 7}), json!([])] {
        alice.try_start(&Owner::Me, GITHUB, Some(&odd)).await.problem(400, "invalid_body");
    }
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["state"], "unbound");
}

#[tokio::test]
async fn a_member_may_not_stand_twice() {
    // S-11
    let scene = Scene::start().await;
    let twice = r#"{"username":"glfake","token":"glpat-api-glfake","token":"glpat-api-other"}"#;
    put(&scene.person("alice"), "application/json", twice).await.problem(400, "invalid_body");
}

#[tokio::test]
async fn a_body_has_its_limit() {
    // S-11
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let padded = |length: usize| format!("{FORM}{}", " ".repeat(length - FORM.len()));
    put(&alice, "application/json", padded(16 * 1024 + 1)).await.problem(413, "body_too_large");
    put(&alice, "application/json", padded(16 * 1024)).await.expect(201);
}

#[tokio::test]
async fn a_body_is_declared_as_json_and_is_it() {
    // S-11
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for other in ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/octet-stream"] {
        put(&alice, other, FORM).await.problem(415, "unsupported_media_type");
    }
    let bare = alice.request(Method::PUT, "users/me/bindings/gitlab").body(FORM);
    alice.send(bare).await.problem(415, "unsupported_media_type");
    for broken in ["", "{", "null", "\u{feff}{}", &format!("{FORM}{FORM}"), &"[".repeat(10_000)] {
        put(&alice, "application/json", broken.to_owned()).await.problem(400, "invalid_body");
    }
    put(&alice, "application/json", vec![0xff, 0xfe, b'{', b'}']).await.problem(400, "invalid_body");
    put(&alice, "application/json; charset=utf-8", FORM).await.expect(201);
}

#[tokio::test]
async fn a_start_needs_no_body() {
    // S-14
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.try_start(&Owner::Me, GITHUB, None).await.expect(201);
    alice.try_start(&Owner::Me, GITHUB, Some(&json!({}))).await.expect(201);
}
