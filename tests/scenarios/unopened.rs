//! What does not open any more: the answer is a failure of ours, and nothing is deleted, revoked or tried otherwise.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use tests::{GITHUB, Item, OCTO, Owner, Person, Scene};

async fn scene() -> Scene {
    Scene::builder().console().start().await
}

/// Comes as far as the completion secret.
async fn completion_secret(alice: &Person) -> String {
    let attempt = alice.start_for_console(GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    alice.callback_for_console(&back).await.1.expect("a secret")
}

/// The one row of a kind, such as `grant`.
async fn row_of(scene: &Scene, kind: &str) -> Item {
    let mut rows = scene.rows().transients().await;
    rows.retain(|row| row["id"].as_s().is_ok_and(|id| id.starts_with(&format!("{kind}."))));
    assert_eq!(rows.len(), 1, "one {kind}");
    rows.remove(0)
}

/// Changes one bit of the sealed bytes under `attribute`, the last one.
fn damage(row: &mut Item, attribute: &str) {
    let mut kept = row[attribute].as_m().expect("a map").clone();
    let mut bytes = kept["sealed"].as_b().expect("sealed bytes").as_ref().to_vec();
    *bytes.last_mut().expect("there are bytes") ^= 1;
    kept.insert("sealed".to_owned(), AttributeValue::B(Blob::new(bytes)));
    row.insert(attribute.to_owned(), AttributeValue::M(kept));
}

#[tokio::test]
async fn a_kept_code_that_does_not_open_is_not_exchanged() {
    // S-35, S-40, R-63
    let scene = scene().await;
    let alice = scene.person("alice");
    let secret = completion_secret(&alice).await;
    let mut row = row_of(&scene, "code").await;
    damage(&mut row, "code");
    scene.rows().put_transient(row).await;
    alice.redeem(&secret).await.0.problem(500, "internal");
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 0);
    alice.redeem(&completion_secret(&alice).await).await.0.expect(200);
}

#[tokio::test]
async fn a_grant_that_does_not_open_is_kept_and_binds_nothing() {
    // S-35, S-40, R-63
    let scene = scene().await;
    let alice = scene.person("alice");
    let grant = alice.redeem(&completion_secret(&alice).await).await.1.expect("a grant");
    let mut row = row_of(&scene, "grant").await;
    damage(&mut row, "credential");
    scene.rows().put_transient(row.clone()).await;
    for _ in 0..2 {
        alice.bind_grant(&Owner::Me, GITHUB, &grant).await.problem(500, "internal");
        assert_eq!(row_of(&scene, "grant").await, row, "it is left alone");
    }
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
}

#[tokio::test]
async fn a_credential_that_does_not_open_stays_in_the_queue() {
    // S-30, S-32, S-35, R-63
    let scene = scene().await;
    let alice = scene.person("alice");
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
    let mut row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.expect("a row");
    damage(&mut row, "credential");
    let damaged = row["credential"].clone();
    scene.rows().put_binding(row).await;
    let receipt = alice.unbind(&Owner::Me, GITHUB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revocation_scheduled");
    let row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.expect("a row");
    let queued: Vec<_> = row.iter().filter(|(name, _)| name.starts_with("revocation_")).collect();
    assert!(matches!(*queued, [(_, value)] if *value == damaged), "{:?}", row.keys());
    assert_eq!(scene.simulator(GITHUB).count("DELETE", "/token").await, 0);
}
