//! Grants that nobody bound, and authorizations that led nowhere.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{GITHUB, OCTO, Owner, Person, Scene};

async fn scene() -> (Scene, Person) {
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    (scene, alice)
}

async fn granted(person: &Person) -> String {
    let attempt = person.start_for_console(GITHUB).await;
    let back = person.consent(&attempt, OCTO).await;
    let secret = person.callback_for_console(&back).await.1.expect("a secret");
    person.redeem(&secret).await.1.expect("a grant")
}

async fn waiting(scene: &Scene) -> Vec<String> {
    let rows = scene.rows().transients().await;
    let waiting = rows.iter().filter(|row| row.contains_key("work_at"));
    let kind = |id: &AttributeValue| id.as_s().unwrap().split('.').next().unwrap().to_owned();
    waiting.map(|row| kind(&row["id"])).collect()
}

#[tokio::test]
async fn the_token_of_an_unused_grant_is_revoked() {
    // S-65, R-85
    let (scene, alice) = scene().await;
    let grant = granted(&alice).await;
    // Not before its time.
    scene.sweep().await;
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    scene.sweep_all().await;
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 0);
    assert_eq!(waiting(&scene).await, Vec::<String>::new());
    alice.bind_grant(&Owner::Me, GITHUB, &grant).await.problem(410, "grant_ended");
    scene.sweep_all().await;
    let log = scene.log(6).await;
    assert_eq!(log.events("orphan_revoked").len(), 1);
}

#[tokio::test]
async fn a_grant_that_was_bound_is_left_alone() {
    // S-65
    let (scene, alice) = scene().await;
    let grant = granted(&alice).await;
    alice.bind_grant(&Owner::Me, GITHUB, &grant).await.expect(201);
    // The authorization and its code: the row that led to the binding waits for nothing.
    assert!(!waiting(&scene).await.contains(&"grant".to_owned()));
    scene.sweep_all().await;
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "bound");
}

#[tokio::test]
async fn a_grant_whose_token_cannot_be_revoked_now_waits() {
    // S-65
    let (scene, alice) = scene().await;
    granted(&alice).await;
    let down = json!({"path": "/token", "method": "DELETE", "status": 500});
    scene.simulator(GITHUB).fail(down).await;
    scene.sweep_all().await;
    assert_eq!(waiting(&scene).await, ["grant"]);
    scene.sweep_all().await;
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 0);
    assert_eq!(waiting(&scene).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_grant_that_was_ended_without_its_token_is_finished() {
    // S-65: presented by the wrong person, while the provider was down.
    let (scene, alice) = scene().await;
    let grant = granted(&alice).await;
    let down = json!({"path": "/token", "method": "DELETE", "status": 500});
    scene.simulator(GITHUB).fail(down).await;
    scene.person("eve").bind_grant(&Owner::Me, GITHUB, &grant).await.problem(400, "authorization_invalid");
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    scene.sweep_all().await;
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 0);
    assert_eq!(waiting(&scene).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_code_that_nobody_redeemed_is_forgotten() {
    // S-65: nothing was exchanged, so nothing is to be revoked.
    let (scene, alice) = scene().await;
    let attempt = alice.start_for_console(GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    alice.callback_for_console(&back).await.1.expect("a secret");
    assert_eq!(waiting(&scene).await.len(), 2, "the authorization and the code");
    scene.sweep_all().await;
    assert_eq!(waiting(&scene).await, Vec::<String>::new());
    assert!(!scene.world().function_output().contains("authorization_unaccounted"));
}

#[tokio::test]
async fn an_authorization_that_led_nowhere_is_told_once() {
    // S-65, R-87
    let (scene, alice) = scene().await;
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let declined = alice.decline(&attempt).await;
    alice.callback(&declined).await;
    alice.authorize(&Owner::Me, GITHUB, OCTO).await;
    assert_eq!(waiting(&scene).await, ["authorization"], "the one that led to a binding is accounted for");
    scene.sweep().await;
    assert!(!scene.world().function_output().contains("authorization_unaccounted"), "its hour is not over");
    scene.sweep_all().await;
    scene.sweep_all().await;
    let log = scene.log(7).await;
    let [line] = &*log.events("authorization_unaccounted") else { panic!("told once") };
    assert_eq!(line["owner"], alice.holder(&Owner::Me).hash().as_str());
}
