//! Refresh tokens are used before they end by not being used, and whoever refreshes, it happens once.

use serde_json::json;
use tests::{BITBUCKET, OCTO, Owner, Person, Scene};

use super::{in_days, published_of, row, set};

async fn bound() -> (Scene, Person) {
    let scene = Scene::builder().workers(2).start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, BITBUCKET, OCTO).await.expect(200);
    scene.sweep().await;
    scene.simulator(BITBUCKET).issue(json!({"single_use": true})).await;
    (scene, alice)
}

/// As if nobody had used the refresh token for so long.
async fn unused_for(scene: &Scene, person: &Person, days: f64) {
    set(scene, person, BITBUCKET, &["binding", "updated_at"], in_days(-days)).await;
    set(scene, person, BITBUCKET, &["binding", "last_verified_at"], in_days(0.0)).await;
    set(scene, person, BITBUCKET, &["work_at"], 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_is_used_before_it_ends_by_not_being_used() {
    // S-50, S-60, R-102, R-103
    let (scene, alice) = bound().await;
    let simulator = scene.simulator(BITBUCKET);
    unused_for(&scene, &alice, 20.0).await;
    scene.sweep().await;
    assert_eq!(simulator.refreshes().await, 0, "there is time");
    unused_for(&scene, &alice, 31.0).await;
    // A worker wants a token at the same time, and a second run is under way.
    let worker = scene.worker();
    let (answer, (), ()) =
        tokio::join!(worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300), scene.sweep(), scene.sweep());
    answer.expect(200);
    assert_eq!(simulator.refreshes().await, 1);
    scene.sweep_all().await;
    assert_eq!(simulator.refreshes().await, 1, "it was used just now");
    assert_eq!(alice.entry(&Owner::Me, BITBUCKET).await["state"], "bound");
    worker.lease(&alice, &Owner::Me, BITBUCKET).await;
    assert_eq!(published_of(&scene, &alice).len(), 1, "nobody is told of what nobody has to know");
}

#[tokio::test]
async fn a_suspect_token_is_refreshed_soon() {
    // S-51, S-60: a worker's hint makes the binding due.
    let (scene, alice) = bound().await;
    set(&scene, &alice, BITBUCKET, &["suspect_at"], in_days(0.0)).await;
    set(&scene, &alice, BITBUCKET, &["work_at"], 1).await;
    scene.sweep().await;
    assert_eq!(scene.simulator(BITBUCKET).refreshes().await, 1);
    assert!(!row(&scene, &alice, BITBUCKET).await.contains_key("suspect_at"));
}

#[tokio::test]
async fn a_refusal_is_told_by_an_event_and_a_failure_is_not() {
    // S-40, S-51, S-61, R-104
    let (scene, alice) = bound().await;
    let simulator = scene.simulator(BITBUCKET);
    simulator.fail(json!({"path": "/access_token", "status": 503})).await;
    unused_for(&scene, &alice, 31.0).await;
    scene.sweep().await;
    assert_eq!(alice.entry(&Owner::Me, BITBUCKET).await["state"], "bound");
    assert!(row(&scene, &alice, BITBUCKET).await.contains_key("work_at"), "it is tried again");
    let refused = json!({"path": "/access_token", "status": 400, "body": {"error": "invalid_grant"}, "times": 2});
    simulator.fail(refused).await;
    unused_for(&scene, &alice, 31.0).await;
    scene.sweep().await;
    scene.sweep_all().await;
    assert_eq!(alice.entry(&Owner::Me, BITBUCKET).await["state"], "reauthorization_required");
    let events = published_of(&scene, &alice);
    let told: Vec<_> = events.iter().map(|it| (it.kind.as_str(), it.detail["reason"].clone())).collect();
    assert_eq!(told, [("bound", json!(null)), ("reauthorization_required", json!("refresh_refused"))]);
}
