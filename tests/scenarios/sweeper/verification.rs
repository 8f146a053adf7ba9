//! Verification: only the provider's own word counts, twice.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{GITHUB, GITLAB, OCTO, Owner, Person, Scene};

use super::{GOOD, in_days, published_of, row, set};

async fn bound() -> (Scene, Person) {
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    scene.sweep().await;
    (scene, alice)
}

/// Has the token verified, and the provider answer so.
async fn verify(scene: &Scene, person: &Person, provider: &str, fault: Option<Value>) {
    for name in ["last_verified_at", "verify_tried_at"] {
        set(scene, person, provider, &["binding", name], in_days(-2.0)).await;
    }
    set(scene, person, provider, &["work_at"], 1).await;
    if let Some(fault) = fault {
        scene.simulator(provider).fail(fault).await;
    }
    scene.sweep().await;
}

fn refused() -> Value {
    json!({"path": "/user", "status": 401, "body": {"message": "Bad credentials"}})
}

async fn state(person: &Person, provider: &str) -> (String, Value) {
    let entry = person.entry(&Owner::Me, provider).await;
    (entry["state"].as_str().unwrap().to_owned(), entry["problem"]["code"].clone())
}

fn kinds(scene: &Scene, person: &Person) -> Vec<String> {
    published_of(scene, person).into_iter().map(|it| it.kind).collect()
}

#[tokio::test]
async fn a_refusal_counts_when_a_second_one_confirms_it() {
    // S-63, R-104
    let (scene, alice) = bound().await;
    verify(&scene, &alice, GITHUB, Some(refused())).await;
    assert_eq!(state(&alice, GITHUB).await, ("degraded".to_owned(), json!("verification_failed")));
    // A second one at once confirms nothing.
    set(&scene, &alice, GITHUB, &["work_at"], 1).await;
    scene.simulator(GITHUB).fail(refused()).await;
    scene.sweep().await;
    assert_eq!(state(&alice, GITHUB).await.0, "degraded");
    set(&scene, &alice, GITHUB, &["binding", "verify_failed_at"], in_days(-0.001)).await;
    verify(&scene, &alice, GITHUB, None).await;
    assert_eq!(kinds(&scene, &alice), ["bound", "reauthorization_required"]);
    assert_eq!(state(&alice, GITHUB).await, ("reauthorization_required".to_owned(), json!("reauthorization_required")));
    // Refused again and again it is told no more.
    verify(&scene, &alice, GITHUB, Some(refused())).await;
    verify(&scene, &alice, GITHUB, Some(refused())).await;
    assert_eq!(kinds(&scene, &alice).len(), 2);
    // It works again: that is told too.
    verify(&scene, &alice, GITHUB, None).await;
    assert_eq!(state(&alice, GITHUB).await, ("bound".to_owned(), json!(null)));
    assert_eq!(kinds(&scene, &alice), ["bound", "reauthorization_required", "recovered"]);
}

#[tokio::test]
async fn one_bad_answer_passes_without_a_word() {
    // S-63: a fresh token may be refused for a moment.
    let (scene, alice) = bound().await;
    verify(&scene, &alice, GITHUB, Some(refused())).await;
    set(&scene, &alice, GITHUB, &["binding", "verify_failed_at"], in_days(-0.001)).await;
    verify(&scene, &alice, GITHUB, None).await;
    assert_eq!(state(&alice, GITHUB).await, ("bound".to_owned(), json!(null)));
    assert_eq!(kinds(&scene, &alice), ["bound"]);
}

#[tokio::test]
async fn what_says_nothing_about_the_token_changes_nothing() {
    // S-40, S-63, R-104
    let (scene, alice) = bound().await;
    let before = row(&scene, &alice, GITHUB).await["credential"].clone();
    for fault in [
        json!({"path": "/user", "status": 403, "body": {"message": "suspended"}}),
        json!({"path": "/user", "status": 429, "headers": {"retry-after": "60"}}),
        json!({"path": "/user", "status": 500}),
        json!({"path": "/user", "status": 401, "body": "<html>a proxy</html>"}),
        json!({"path": "/user", "status": 200, "body": "nonsense"}),
        json!({"path": "/user", "status": 200, "body": {"id": 4711, "login": "somebody-else"}}),
        json!({"path": "/user", "close": true}),
    ] {
        verify(&scene, &alice, GITHUB, Some(fault.clone())).await;
        assert_eq!(state(&alice, GITHUB).await, ("bound".to_owned(), json!(null)), "{fault}");
        let verified = alice.entry(&Owner::Me, GITHUB).await["last_verified_at"].clone();
        assert!(verified.as_str().unwrap() < "2100", "{verified}");
        let row = row(&scene, &alice, GITHUB).await;
        assert_eq!(row["credential"], before, "{fault}");
        let last: i64 = row["binding"].as_m().unwrap()["last_verified_at"].as_n().unwrap().parse().unwrap();
        assert!(last < in_days(-1.0), "{fault}: it was not seen to work");
    }
    assert_eq!(kinds(&scene, &alice), ["bound"]);
}

#[tokio::test]
async fn a_personal_token_is_verified_as_when_it_was_bound() {
    // S-25, S-63
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    scene.sweep().await;
    let ends_at = row(&scene, &alice, GITLAB).await["binding"].as_m().unwrap()["credential_expires_at"].clone();
    set(&scene, &alice, GITLAB, &["binding", "credential_expires_at"], in_days(400.0)).await;
    verify(&scene, &alice, GITLAB, None).await;
    let after = row(&scene, &alice, GITLAB).await;
    assert_eq!(after["binding"].as_m().unwrap()["credential_expires_at"], ends_at, "what the server says counts");
    for at in [0, 1] {
        let revoked = json!({"path": "/personal_access_tokens/self", "status": 401,
            "body": {"error": "invalid_token", "error_description": "Token was revoked."}});
        if at == 1 {
            set(&scene, &alice, GITLAB, &["binding", "verify_failed_at"], in_days(-0.001)).await;
        }
        verify(&scene, &alice, GITLAB, Some(revoked)).await;
    }
    assert_eq!(state(&alice, GITLAB).await, ("reauthorization_required".to_owned(), json!("reauthorization_required")));
    // The address is checked again: one that is not to be called is not called.
    let holder = alice.holder(&Owner::Me);
    let inside = AttributeValue::S("http://10.0.0.1:8080".to_owned());
    scene.rows().set_binding(&holder, GITLAB, &["binding", "address"], inside).await;
    scene.simulator(GITLAB).forget_requests().await;
    verify(&scene, &alice, GITLAB, None).await;
    assert_eq!(scene.simulator(GITLAB).requests().await.len(), 0);
    assert_eq!(state(&alice, GITLAB).await.0, "reauthorization_required");
}

#[tokio::test]
async fn a_host_gets_so_many_calls_in_a_run_and_no_more() {
    // S-63
    let scene = Scene::start().await;
    let owners: Vec<_> = (0..40).map(|number| Owner::instance("local-1", &format!("team-{number}"))).collect();
    let alice = scene.person_of("alice", &owners);
    for owner in &owners {
        alice.bind_gitlab(owner, GOOD, "glfake").await.expect(201);
        let old = super::number(in_days(-2.0));
        scene.rows().set_binding(&alice.holder(owner), GITLAB, &["binding", "last_verified_at"], old).await;
    }
    scene.simulator(GITLAB).forget_requests().await;
    scene.sweep().await;
    let asked = scene.simulator(GITLAB).requests().await.len();
    assert!((40..=60).contains(&asked), "{asked}");
    assert_eq!(scene.told(GITLAB).len(), 40, "everything else is done");
    scene.sweep_all().await;
    let rows = scene.rows().bindings().await;
    let verified = rows.iter().filter(|row| {
        row["binding"].as_m().unwrap()["last_verified_at"].as_n().unwrap().parse::<i64>().unwrap() > in_days(-1.0)
    });
    assert!(verified.count() >= 40, "the rest has its turn in the next run");
}

#[tokio::test]
async fn a_credential_under_another_key_is_sealed_anew() {
    // S-66
    let (scene, alice) = bound().await;
    let old = scene.world().kms_key_id().rsplit('/').next().unwrap().to_owned();
    let holder = alice.holder(&Owner::Me);
    scene.rows().set_binding(&holder, GITHUB, &["credential", "key_id"], AttributeValue::S(old)).await;
    let before = row(&scene, &alice, GITHUB).await["credential"].as_m().unwrap()["sealed"].clone();
    set(&scene, &alice, GITHUB, &["work_at"], 1).await;
    scene.sweep().await;
    let row = row(&scene, &alice, GITHUB).await;
    let credential = row["credential"].as_m().unwrap();
    assert_ne!(credential["sealed"], before);
    assert_eq!(credential["key_id"].as_s().unwrap(), scene.world().kms_key_id());
    // It opens: the token is revoked by it.
    assert_eq!(alice.unbind(&Owner::Me, GITHUB).await.expect(200).json()["revocation"], "revoked");
}
