//! The headers that every answer of a function carries.

use reqwest::Method;
use serde_json::json;
use tests::{Answer, GITHUB, GITLAB, OCTO, Owner, Scene};

#[track_caller]
fn assert_headers(answer: &Answer) {
    let has = |name: &str, part: &str| {
        assert!(answer.header(name).contains(part), "{name} has no {part}: {}", answer.everything());
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{name}");
    };
    has("cache-control", "no-store");
    has("referrer-policy", "no-referrer");
    has("x-content-type-options", "nosniff");
    has("strict-transport-security", "max-age=63072000");
    has("content-security-policy", "default-src 'none'");
    let policy = answer.header("content-security-policy");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    if answer.header("content-type").starts_with("text/html") {
        assert!(!answer.text.contains("<script"), "{}", answer.text);
        has("content-security-policy", "frame-ancestors 'none'");
        has("content-security-policy", "form-action 'none'");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    // S-13
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    let foreign = Owner::instance("local-1", "theirs");
    let answers = [
        alice.get("providers").await.expect(200),
        alice.list(&Owner::Me).await.expect(200),
        alice.try_start(&Owner::Me, GITHUB, None).await.expect(201),
        alice.at_another_browser().callback(&back).await.expect(400),
        alice.callback(&back).await.expect(410),
        alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200),
        alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201),
        alice.bind_gitlab(&Owner::Me, "glpat-api-other", "other").await.expect(409),
        alice.bind_gitlab(&Owner::Me, "glpat-error500-glfake", "glfake").await.expect(502),
        alice.put(&Owner::Me, GITLAB, &json!([])).await.expect(400),
        alice.unbind(&Owner::Me, GITHUB).await.expect(200),
        alice.unbind(&Owner::Me, GITHUB).await.expect(404),
        alice.list(&foreign).await.expect(403),
        alice.get("users/me/bindings/sourceforge").await.expect(404),
        alice.send(alice.browse(Method::GET, "/v1/oauth/callback/github")).await.expect(400),
        alice.send(alice.browse(Method::GET, "/v1/oauth/callback/sourceforge")).await.expect(404),
    ];
    answers.iter().for_each(assert_headers);
}

#[tokio::test]
async fn a_redirect_to_the_console_carries_them_too() {
    // S-13
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    assert_headers(&alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(303));
    assert_headers(&alice.authorize(&Owner::Me, GITHUB, tests::HUBOT).await.expect(303));
}
