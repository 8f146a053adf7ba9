//! An end that comes near is told, each notice once, whatever the sweeper missed.

use serde_json::json;
use tests::{GITLAB, Owner, Person, Scene};

use super::{GOOD, in_days, published_of, set};

async fn bound() -> (Scene, Person) {
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    scene.sweep().await;
    (scene, alice)
}

/// Days left, or the reason, of each event but that of the binding.
fn notices(scene: &Scene, person: &Person) -> Vec<String> {
    let events = published_of(scene, person).into_iter().filter(|it| it.kind != "bound" && it.kind != "renewed");
    events
        .map(|it| match it.kind.as_str() {
            "expiring" => it.detail["days_left"].to_string(),
            _ => format!("{}: {}", it.kind, it.detail["reason"].as_str().unwrap_or_default()),
        })
        .collect()
}

async fn ends_in(scene: &Scene, person: &Person, days: f64) {
    set(scene, person, GITLAB, &["binding", "credential_expires_at"], in_days(days)).await;
    set(scene, person, GITLAB, &["binding", "last_verified_at"], in_days(0.0)).await;
    set(scene, person, GITLAB, &["work_at"], 1).await;
    scene.sweep().await;
}

#[tokio::test]
async fn each_notice_is_told_once_and_the_end_too() {
    // S-64
    let (scene, alice) = bound().await;
    for days in [40.0, 29.9, 29.0, 13.9, 13.8, 6.9, 6.5, 0.9, 0.5, -0.1, -0.2] {
        ends_in(&scene, &alice, days).await;
    }
    let ended = "reauthorization_required: token_expired";
    assert_eq!(notices(&scene, &alice), ["30", "14", "7", "1", ended]);
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["state"], "reauthorization_required");
}

#[tokio::test]
async fn of_notices_that_were_missed_the_nearest_is_told() {
    // S-64: the sweeper was down for a month.
    let (scene, alice) = bound().await;
    for days in [5.2, 5.1, 0.4, 0.3] {
        ends_in(&scene, &alice, days).await;
    }
    assert_eq!(notices(&scene, &alice), ["6", "1"]);
    // One that ended meanwhile is told to have ended, and nothing else.
    let bob = scene.person("bob");
    bob.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    ends_in(&scene, &bob, -20.0).await;
    assert_eq!(notices(&scene, &bob), ["reauthorization_required: token_expired"]);
}

#[tokio::test]
async fn a_renewal_begins_anew() {
    // S-64
    let (scene, alice) = bound().await;
    ends_in(&scene, &alice, 10.0).await;
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(200);
    scene.sweep().await;
    ends_in(&scene, &alice, 9.0).await;
    let told = notices(&scene, &alice);
    assert_eq!(told, ["10", "9"], "each end has notices of its own");
    let events = published_of(&scene, &alice);
    assert_eq!(events.iter().filter(|it| it.kind == "renewed").count(), 1, "{:?}", json!(events.len()));
}
