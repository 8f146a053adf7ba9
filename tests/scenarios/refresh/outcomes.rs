//! What a refresh that does not succeed is concluded from, and what is not.

use serde_json::{Value, json};
use tests::{BITBUCKET, Lent, Owner, Scene, Scratch};

use super::{TOKENS, end_break, nearly_expired, row, state};

#[tokio::test]
async fn what_is_the_providers_fault_touches_no_binding() {
    // S-40, S-50, R-104
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let alice = nearly_expired(&scene, "alice", BITBUCKET).await;
    let before = row(&scene, &alice).await;
    let refused = json!({"error": "invalid_request", "error_description": "Invalid refresh_token"});
    for (fault, status, code) in [
        (json!({"status": 429, "headers": {"Retry-After": "7"}}), 503, "provider_limited"),
        (json!({"status": 429, "body": refused}), 503, "provider_limited"),
        (json!({"status": 403, "body": refused}), 502, "provider_failed"),
        (json!({"status": 500, "body": refused}), 502, "provider_failed"),
        (json!({"status": 503}), 502, "provider_failed"),
        (json!({"status": 302, "headers": {"Location": "https://example.com"}}), 502, "provider_failed"),
        (json!({"status": 400, "body": {"error": "server_error"}}), 502, "provider_failed"),
        (json!({"status": 404, "body": "nothing"}), 502, "provider_failed"),
    ] {
        let mut script = fault.as_object().unwrap().clone();
        script.insert("path".to_owned(), json!(TOKENS));
        simulator.fail(script.into()).await;
        let answer = worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300).await;
        let document = answer.problem(status, code);
        assert!(document["retry_after"].as_u64().is_some_and(|seconds| seconds > 0), "{fault}: {document}");
        assert_eq!(state(&alice).await, ("bound".to_owned(), Value::Null), "{fault}");
        assert_eq!(row(&scene, &alice).await, before, "{fault}");
    }
    worker.lease(&alice, &Owner::Me, BITBUCKET).await;
}

#[tokio::test]
async fn one_bad_answer_ends_no_binding() {
    // S-34, S-50
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let alice = nearly_expired(&scene, "alice", BITBUCKET).await;
    let refused = json!({"error": "invalid_request", "error_description": "Invalid refresh_token"});
    simulator.fail(json!({"path": TOKENS, "status": 400, "body": refused})).await;
    worker.lease(&alice, &Owner::Me, BITBUCKET).await;
    assert_eq!(state(&alice).await, ("bound".to_owned(), Value::Null));
}

#[tokio::test]
async fn a_grant_that_was_revoked_is_told_and_binding_again_mends_it() {
    // S-34, S-50, R-104
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let alice = nearly_expired(&scene, "alice", BITBUCKET).await;
    simulator.revoke_tokens().await;
    worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300).await.problem(409, "reauthorization_required");
    let (told, problem) = state(&alice).await;
    assert_eq!((told.as_str(), &problem["code"]), ("reauthorization_required", &json!("reauthorization_required")));
    assert_eq!((&problem["evidence"], &problem["next_action"]), (&json!("refresh_refused"), &json!("bind_again")));
    let asked = simulator.refreshes().await;
    worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300).await.problem(409, "reauthorization_required");
    assert_eq!(simulator.refreshes().await, asked, "nothing is left to ask");
    assert!(row(&scene, &alice).await.contains_key("credential"), "it is kept");
    alice.authorize(&Owner::Me, BITBUCKET, "alice-fake").await.page(200, "renewed");
    worker.lease(&alice, &Owner::Me, BITBUCKET).await;
    assert_eq!(state(&alice).await, ("bound".to_owned(), Value::Null));
    let bob = nearly_expired(&scene, "inactive", BITBUCKET).await;
    worker.try_lease(&bob, &Owner::Me, BITBUCKET, 300).await.problem(409, "reauthorization_required");
    assert_eq!(state(&bob).await.1["evidence"], "account_refused");
}

#[tokio::test]
async fn a_lost_answer_is_told_and_what_comes_next_finds_out() {
    // S-50, R-103, R-104
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let lost = json!({"path": TOKENS, "close": true, "after_effect": true});
    let unread = json!({"path": TOKENS, "status": 200, "body": "<html>", "after_effect": true});
    // Where the old refresh token is good for a while, the next attempt mends it.
    for (subject, fault, code) in [("alice", &lost, "provider_unreachable"), ("carol", &unread, "provider_failed")] {
        let person = nearly_expired(&scene, subject, BITBUCKET).await;
        simulator.fail(fault.clone()).await;
        worker.try_lease(&person, &Owner::Me, BITBUCKET, 300).await.problem(502, code);
        let (told, problem) = state(&person).await;
        assert_eq!((told.as_str(), &problem["code"]), ("degraded", &json!("refresh_uncertain")));
        assert_eq!(problem["next_action"], "wait");
        worker.lease(&person, &Owner::Me, BITBUCKET).await;
        assert_eq!(state(&person).await, ("bound".to_owned(), Value::Null));
    }
    // Where it is good once, the binding is over, and it is told why.
    let bob = nearly_expired(&scene, "bob", BITBUCKET).await;
    simulator.issue(json!({"single_use": true})).await;
    simulator.fail(lost).await;
    worker.try_lease(&bob, &Owner::Me, BITBUCKET, 300).await.problem(502, "provider_unreachable");
    assert_eq!(simulator.refreshes().await, 5, "a request that was sent is not sent again");
    worker.try_lease(&bob, &Owner::Me, BITBUCKET, 300).await.problem(409, "reauthorization_required");
    assert_eq!(state(&bob).await.1["evidence"], "refresh_interrupted");
    let log = scene.log(12).await;
    assert_eq!((log.events("refresh_uncertain").len(), log.events("recovered").len()), (3, 2));
}

#[tokio::test]
async fn a_wrong_client_secret_harms_no_binding_and_heals() {
    // S-37, S-40, S-52
    let scratch = Scratch::default();
    let scene = Scene::builder().on_disk(&scratch).start().await;
    for name in ["alice", "bob"] {
        nearly_expired(&scene, name, BITBUCKET).await;
    }
    let before = scene.rows().bindings().await.len();
    drop(scene);
    let wrong = Scene::builder().on_disk(&scratch).variable("CODEBIND_BITBUCKET_CLIENT_SECRET", "of-yesterday");
    let scene = wrong.start().await;
    let (alice, bob, worker) = (scene.person("alice"), scene.person("bob"), scene.worker());
    let answer = worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300).await;
    assert!(answer.problem(502, "registration_refused")["retry_after"].as_u64().is_some_and(|it| it > 30));
    let asked = scene.simulator(BITBUCKET).refreshes().await;
    // While that is known, nobody asks, whosever binding it is.
    worker.try_lease(&bob, &Owner::Me, BITBUCKET, 300).await.problem(502, "registration_refused");
    assert_eq!(scene.simulator(BITBUCKET).refreshes().await, asked);
    // What lives long enough is lent all the same.
    Lent::read(&worker.try_lease(&bob, &Owner::Me, BITBUCKET, 30).await);
    for person in [&alice, &bob] {
        assert_eq!(state(person).await, ("bound".to_owned(), Value::Null));
    }
    assert_eq!(scene.rows().bindings().await.len(), before);
    assert_eq!(scene.log(4).await.events("breaker_opened").len(), 1);
    end_break(&scene).await;
    // One attempt finds out that it is wrong still.
    let answer = worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300).await;
    assert!(
        answer.problem(502, "registration_refused")["retry_after"].as_u64().is_some_and(|it| it > 60),
        "it doubles"
    );
    end_break(&scene).await;
    drop(scene);
    let scene = Scene::builder().on_disk(&scratch).start().await;
    let worker = scene.worker();
    for person in [scene.person("alice"), scene.person("bob")] {
        worker.lease(&person, &Owner::Me, BITBUCKET).await;
        assert_eq!(state(&person).await, ("bound".to_owned(), Value::Null));
    }
    assert_eq!(scene.log(4).await.events("breaker_closed").len(), 1);
}
