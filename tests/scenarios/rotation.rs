//! Rotation of personal tokens: only if the owner said so, once, and never in the dark (S-67).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{GITLAB, Item, Owner, Person, Scene};

const GOOD: &str = "glpat-api-glfake";
const ROTATE: &str = "/personal_access_tokens/self/rotate";

fn in_days(days: i64) -> i64 {
    codebind::domain::timestamp::Timestamp::now().milliseconds() + days * 86_400_000
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

async fn set(scene: &Scene, person: &Person, owner: &Owner, path: &[&str], value: AttributeValue) {
    scene.rows().set_binding(&person.holder(owner), GITLAB, path, value).await;
}

/// The map under `binding` in the row of the person's own binding.
async fn kept(scene: &Scene, person: &Person) -> Item {
    let row = scene.rows().binding(&person.holder(&Owner::Me), GITLAB).await.expect("a row");
    row["binding"].as_m().expect("a binding").clone()
}

async fn bind(person: &Person, owner: &Owner, rotate: bool) {
    let form = json!({"username": "glfake", "token": GOOD, "rotate": rotate});
    let bound = person.put(owner, GITLAB, &form).await.expect(201).json();
    assert_eq!(bound["rotates"], rotate);
}

async fn bound() -> (Scene, Person) {
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    bind(&alice, &Owner::Me, true).await;
    scene.sweep().await;
    (scene, alice)
}

/// Has the token end in so many days, of 300 that it was to live, and the row looked at.
async fn sweep_with(scene: &Scene, person: &Person, days: i64) {
    set(scene, person, &Owner::Me, &["binding", "updated_at"], number(in_days(days - 300))).await;
    set(scene, person, &Owner::Me, &["binding", "credential_expires_at"], number(in_days(days))).await;
    sweep(scene, person).await;
}

async fn sweep(scene: &Scene, person: &Person) {
    set(scene, person, &Owner::Me, &["work_at"], number(1)).await;
    scene.sweep().await;
}

async fn a_day_later(scene: &Scene, person: &Person) {
    set(scene, person, &Owner::Me, &["binding", "rotation_tried_at"], number(in_days(-2))).await;
    sweep(scene, person).await;
}

async fn rotations(scene: &Scene) -> usize {
    scene.simulator(GITLAB).count("POST", ROTATE).await
}

async fn state(person: &Person) -> (String, Value) {
    let entry = person.entry(&Owner::Me, GITLAB).await;
    (entry["state"].as_str().expect("a state").to_owned(), entry["problem"]["code"].clone())
}

fn told(scene: &Scene) -> Vec<(String, Value)> {
    scene.published().into_iter().map(|it| (it.kind, it.detail["reason"].clone())).collect()
}

#[tokio::test]
async fn a_token_is_replaced_once_in_its_last_two_weeks_and_not_before() {
    // S-67, S-61, S-64
    let (scene, alice) = bound().await;
    sweep_with(&scene, &alice, 15).await;
    assert_eq!(rotations(&scene).await, 0);
    sweep_with(&scene, &alice, 13).await;
    assert_eq!(rotations(&scene).await, 1);
    let bound = kept(&scene, &alice).await;
    let ends_at: i64 = bound["credential_expires_at"].as_n().unwrap().parse().unwrap();
    assert!((in_days(299)..=in_days(301)).contains(&ends_at), "as long as it was to live: {ends_at}");
    assert!(!bound.contains_key("rotation") && !bound.contains_key("notified_days"), "{:?}", bound.keys());
    let expected = [("bound", json!(null)), ("expiring", json!(null)), ("renewed", json!("rotated"))];
    assert_eq!(told(&scene), expected.map(|(kind, reason)| (kind.to_owned(), reason)));
    sweep(&scene, &alice).await;
    assert_eq!(rotations(&scene).await, 1);
    assert_eq!(state(&alice).await, ("bound".to_owned(), json!(null)));
    // The new token is lent, and it is the one that lives. From here on it is searched for in every output.
    let lent = scene.worker().lease(&alice, &Owner::Me, GITLAB).await;
    assert_ne!(lent.access_token, GOOD);
    alice.assert_no_secret_in(&scene.world().function_output());
    assert_eq!(scene.simulator(GITLAB).live_tokens().await, 1);
}

#[tokio::test]
async fn nothing_is_replaced_that_the_owner_did_not_say() {
    // S-67
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    bind(&alice, &Owner::Me, false).await;
    sweep_with(&scene, &alice, 3).await;
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["rotates"], false);
    // A renewal says it anew.
    alice.put(&Owner::Me, GITLAB, &json!({"username": "glfake", "token": GOOD, "rotate": true})).await.expect(200);
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["rotates"], true);
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(200);
    sweep_with(&scene, &alice, 3).await;
    assert_eq!(rotations(&scene).await, 0);
}

#[tokio::test]
async fn a_token_that_another_binding_holds_is_left_alone() {
    // S-33, S-67
    let scene = Scene::start().await;
    let team = Owner::instance("local-1", "team");
    let alice = scene.person_of("alice", std::slice::from_ref(&team));
    bind(&alice, &Owner::Me, true).await;
    bind(&alice, &team, false).await;
    sweep_with(&scene, &alice, 13).await;
    assert_eq!(rotations(&scene).await, 0);
    assert_eq!(scene.log(2).await.events("rotation_refused")[0]["reason"], "token_shared");
    alice.unbind(&team, GITLAB).await.expect(200);
    a_day_later(&scene, &alice).await;
    assert_eq!(rotations(&scene).await, 1);
}

#[tokio::test]
async fn a_lost_answer_is_decided_by_verification_and_never_by_another_try() {
    // S-67, S-63
    let (scene, alice) = bound().await;
    scene.simulator(GITLAB).fail(json!({"path": ROTATE, "close": true, "after_effect": true})).await;
    sweep_with(&scene, &alice, 13).await;
    let doubtful = ("degraded".to_owned(), json!("rotation_uncertain"));
    assert_eq!(state(&alice).await, doubtful);
    sweep(&scene, &alice).await;
    assert_eq!(state(&alice).await, doubtful, "one refusal is not believed");
    set(&scene, &alice, &Owner::Me, &["binding", "verify_failed_at"], number(in_days(-1))).await;
    sweep(&scene, &alice).await;
    let problem = alice.entry(&Owner::Me, GITLAB).await["problem"].clone();
    let verdict = (&problem["code"], &problem["evidence"]);
    assert_eq!(verdict, (&json!("reauthorization_required"), &json!("rotation_interrupted")));
    assert!(told(&scene).contains(&("reauthorization_required".to_owned(), json!("rotation_interrupted"))));
    a_day_later(&scene, &alice).await;
    assert_eq!(rotations(&scene).await, 1);
    assert!(!kept(&scene, &alice).await.contains_key("rotation"));
    assert_eq!(scene.log(1).await.events("rotation_uncertain").len(), 1);
}

#[tokio::test]
async fn a_crash_before_the_call_is_found_and_not_repeated_blindly() {
    // S-67
    let (scene, alice) = bound().await;
    let rotation = HashMap::from([
        ("attempt".to_owned(), AttributeValue::S("b-crashed".to_owned())),
        ("intent_at".to_owned(), number(in_days(0))),
        ("expires_at".to_owned(), number(in_days(300))),
    ]);
    set(&scene, &alice, &Owner::Me, &["binding", "rotation"], AttributeValue::M(rotation)).await;
    // While the server says nothing, nobody knows.
    scene.simulator(GITLAB).fail(json!({"path": "/personal_access_tokens/self", "status": 500, "times": 9})).await;
    sweep_with(&scene, &alice, 13).await;
    assert_eq!(state(&alice).await, ("degraded".to_owned(), json!("rotation_uncertain")));
    scene.simulator(GITLAB).heal().await;
    sweep(&scene, &alice).await;
    assert_eq!(state(&alice).await, ("bound".to_owned(), json!(null)), "the token works: it was never asked for");
    assert!(!kept(&scene, &alice).await.contains_key("rotation"));
    sweep_with(&scene, &alice, 13).await;
    assert_eq!(rotations(&scene).await, 0);
    a_day_later(&scene, &alice).await;
    assert_eq!(rotations(&scene).await, 1);
}

#[tokio::test]
async fn a_refusal_is_told_and_tried_again_a_day_later() {
    // S-67, S-64
    let (scene, alice) = bound().await;
    let body = json!({"message": "no"});
    let mut tried = 0;
    for status in [400, 401, 403, 404, 429, 500] {
        scene.simulator(GITLAB).fail(json!({"path": ROTATE, "status": status, "body": body})).await;
        set(&scene, &alice, &Owner::Me, &["binding", "rotation_tried_at"], number(in_days(-2))).await;
        sweep_with(&scene, &alice, 13).await;
        tried += 1;
        assert_eq!(rotations(&scene).await, tried, "{status}");
        assert_eq!(state(&alice).await, ("expiring".to_owned(), json!(null)), "{status}");
        assert!(!kept(&scene, &alice).await.contains_key("rotation"), "{status}");
        sweep(&scene, &alice).await;
        assert_eq!(rotations(&scene).await, tried, "{status}: not at once");
        let log = scene.log(1).await;
        assert_eq!(log.events("rotation_refused").last().unwrap()["reason"], format!("status_{status}"));
    }
    assert_eq!(told(&scene).last().unwrap().0, "expiring", "the owner is told as ever");
    a_day_later(&scene, &alice).await;
    assert_eq!(told(&scene).last().unwrap(), &("renewed".to_owned(), json!("rotated")));
}

#[tokio::test]
async fn the_stored_address_is_checked_again() {
    // S-25, S-67
    let (scene, alice) = bound().await;
    let inside = AttributeValue::S("http://10.0.0.1:8080".to_owned());
    set(&scene, &alice, &Owner::Me, &["binding", "address"], inside).await;
    sweep_with(&scene, &alice, 13).await;
    assert_eq!(rotations(&scene).await, 0);
    assert_eq!(scene.log(1).await.events("rotation_refused").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sweepers_at_once_ask_once() {
    // S-60, S-67
    let (scene, alice) = bound().await;
    set(&scene, &alice, &Owner::Me, &["binding", "updated_at"], number(in_days(-287))).await;
    set(&scene, &alice, &Owner::Me, &["binding", "credential_expires_at"], number(in_days(13))).await;
    set(&scene, &alice, &Owner::Me, &["work_at"], number(1)).await;
    tokio::join!(scene.sweep(), scene.sweep());
    assert_eq!(rotations(&scene).await, 1);
    assert_eq!(scene.simulator(GITLAB).live_tokens().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_that_nobody_holds_is_revoked() {
    // S-67, R-106
    let (scene, alice) = bound().await;
    scene.simulator(GITLAB).fail(json!({"path": ROTATE, "delay_ms": 2000})).await;
    let unbind = async {
        while !kept(&scene, &alice).await.contains_key("rotation") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        alice.unbind(&Owner::Me, GITLAB).await.expect(200);
    };
    tokio::join!(sweep_with(&scene, &alice, 13), unbind);
    assert_eq!(rotations(&scene).await, 1);
    assert_eq!(scene.simulator(GITLAB).live_tokens().await, 0);
    assert_eq!(scene.log(2).await.events("orphan_revoked").len(), 1);
}
