//! Bindings of one account by several owners do not break each other (S-33).

use serde_json::json;
use tests::{GITHUB, GITLAB, OCTO, Owner, Scene};

/// How many tokens of one account GitHub lets live.
const LIMIT: usize = 10;

#[tokio::test]
async fn the_owner_whose_token_is_displaced_is_told() {
    // S-33
    let scene = Scene::start().await;
    let owners: Vec<_> = (0..=LIMIT).map(|number| Owner::instance("local-1", &format!("team-{number:02}"))).collect();
    let alice = scene.person_of("alice", &owners);
    for owner in &owners[..LIMIT] {
        alice.authorize(owner, GITHUB, OCTO).await.expect(200);
        assert_eq!(alice.entry(&owners[0], GITHUB).await["state"], "bound");
    }
    alice.authorize(&owners[LIMIT], GITHUB, OCTO).await.expect(200);
    let displaced = alice.entry(&owners[0], GITHUB).await;
    assert_eq!(displaced["state"], "reauthorization_required", "{displaced}");
    assert_eq!(displaced["problem"]["code"], "token_displaced");
    assert!(displaced["problem"]["detail"].as_str().unwrap().starts_with("GitHub lets only so many"), "{displaced}");
    for owner in &owners[1..] {
        let entry = alice.entry(owner, GITHUB).await;
        assert_eq!((&entry["state"], &entry["problem"]), (&json!("bound"), &json!(null)), "{owner:?}");
    }
    // The simulator ends the oldest, as GitHub does: the mark tells the truth.
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, LIMIT);
    alice.authorize(&owners[0], GITHUB, OCTO).await.expect(200);
    assert_eq!(alice.entry(&owners[0], GITHUB).await["state"], "bound");
    assert_eq!(alice.entry(&owners[1], GITHUB).await["problem"]["code"], "token_displaced");
}

#[tokio::test]
async fn unbinding_ends_one_token_and_not_the_grant() {
    // S-31, S-33
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let [me, team] = Owner::of_each_kind();
    alice.authorize(&me, GITHUB, OCTO).await.expect(200);
    alice.authorize(&team, GITHUB, OCTO).await.expect(200);
    alice.unbind(&me, GITHUB).await.expect(200);
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    assert_eq!(scene.simulator(GITHUB).count("DELETE", "/grant").await, 0);
    assert_eq!(alice.entry(&team, GITHUB).await["state"], "bound");
}

#[tokio::test]
async fn a_personal_token_of_ones_own_is_revoked_beside_a_siblings() {
    // S-31, S-33
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let [me, team] = Owner::of_each_kind();
    alice.bind_gitlab(&me, "glpat-api+1-glfake", "glfake").await.expect(201);
    alice.bind_gitlab(&team, "glpat-api+2-glfake", "glfake").await.expect(201);
    let receipt = alice.unbind_and_revoke(&me, GITLAB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revoked", "{receipt}");
    assert_eq!(scene.simulator(GITLAB).live_tokens().await, 1);
}

#[tokio::test]
async fn a_personal_token_is_not_taken_from_under_another_owner() {
    // S-31, S-33
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let [me, team] = Owner::of_each_kind();
    for owner in [&me, &team] {
        alice.bind_gitlab(owner, "glpat-api-glfake", "glfake").await.expect(201);
    }
    for (owner, revocation, live) in [(&me, "left_in_place", 1), (&team, "revoked", 0)] {
        let receipt = alice.unbind_and_revoke(owner, GITLAB).await.expect(200).json();
        assert_eq!(receipt["revocation"], revocation, "{receipt}");
        assert_eq!(scene.simulator(GITLAB).live_tokens().await, live);
    }
}
