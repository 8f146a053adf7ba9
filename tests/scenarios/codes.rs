//! Every code is produced by some scenario, and what is left over is produced here.

use std::fs;
use std::path::Path;

use codebind::edge::code::Code;
use reqwest::Method;
use serde_json::json;
use tests::{GITHUB, GITLAB, OCTO, Owner, Scene};

/// Codes that no scenario can produce, with the reason.
const ELSEWHERE: [(&str, &str); 2] = [
    ("not_found", "the gateway has only our routes; the unit tests of edge::route show it"),
    ("method_not_allowed", "the gateway has only our routes; the unit tests of edge::route show it"),
];

#[test]
fn each_code_is_named_by_a_scenario() {
    // S-12
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let scenarios: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let is_produced = |code: &&Code| scenarios.contains(&format!("\"{}\"", code.name()));
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !is_produced(code)).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "no scenario produces {missing:?}");
    assert!(ELSEWHERE.iter().all(|(_, reason)| !reason.is_empty()));
}

#[tokio::test]
async fn pages_name_their_code() {
    // S-17, S-18, S-19
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    let callback = back[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
    let prefetch = alice.browse(Method::GET, &callback).header("sec-purpose", "prefetch");
    alice.send(prefetch).await.page(425, "prefetch_refused");
    let malformed = alice.browse(Method::GET, &format!("{callback}&code=again"));
    alice.send(malformed).await.page(400, "invalid_callback");
    alice.callback(&back).await.page(200, "bound");
    alice.callback(&back).await.page(410, "authorization_used");
    alice.at_another_browser().callback(&back).await.page(400, "authorization_invalid");
}

#[tokio::test]
async fn an_authorization_that_took_too_long_is_told_so() {
    // S-17
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    let past = aws_sdk_dynamodb::types::AttributeValue::N("1".to_owned());
    scene.rows().set_authorization(&attempt.state, "ends_at", past).await;
    alice.callback(&back).await.page(410, "authorization_expired");
}

#[tokio::test]
async fn missing_scopes_and_unready_accounts_reach_the_console_by_their_codes() {
    // S-21
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent_to(&attempt, OCTO, &["admin:repo_hook"]).await;
    assert_eq!(alice.callback(&back).await.result(), "scopes_missing");
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, "unverified-fake").await.result(), "account_not_ready");
}

#[tokio::test]
async fn a_key_that_is_not_there_is_the_operators_fault() {
    // S-40
    let scene = Scene::builder().variable("CODEBIND_KMS_KEY_ID", "11111111-2222-3333-4444-555555555555");
    let scene = scene.expect_refusals().start().await;
    let answer = scene.person("alice").bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await;
    answer.problem(500, "misconfigured");
}

#[tokio::test]
async fn a_row_of_another_version_is_left_alone() {
    // S-5: an unknown version fails closed.
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let holder = alice.holder(&Owner::Me);
    let mut row = scene.rows().binding(&holder, GITLAB).await.unwrap();
    row.insert("schema".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N("2".to_owned()));
    scene.rows().put_binding(row.clone()).await;
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.problem(500, "internal");
    alice.list(&Owner::Me).await.problem(500, "internal");
    alice.unbind(&Owner::Me, GITLAB).await;
    assert_eq!(scene.rows().binding(&holder, GITLAB).await, Some(row));
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_told_from_one_that_fails() {
    // S-40
    let scene = Scene::builder().console().start().await;
    scene.simulator(GITHUB).fail(json!({"path": "/access_token", "delay_ms": 9000})).await;
    assert_eq!(scene.person("alice").authorize(&Owner::Me, GITHUB, OCTO).await.result(), "provider_timeout");
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_told_so() {
    // S-27: below a name that is reserved for never existing, and is not special to us.
    let scene = Scene::start().await;
    let form = json!({"address": "https://no-such-host.codebind-tests.alt", "username": "u", "token": "glpat-x"});
    let answer = scene.person("alice").put(&Owner::Me, GITLAB, &form).await;
    assert_eq!(answer.problem(422, "address_not_resolved")["field"], "address");
}
