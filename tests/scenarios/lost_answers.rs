//! Answers that get lost: what was asked for happens exactly once, or is told to have failed.

use tests::{GITHUB, GITLAB, Lost, OCTO, Owner, Proxy, Scene};

/// Every attempt that the SDK makes at one operation.
const EVERY_ATTEMPT: usize = 3;

/// What is in the request that consumes an authorization, and in no other.
const CONSUMES: &str = "consumed_by";
/// What is in the request that binds.
const BINDS: &str = "attribute_not_exists(#binding)";
/// What is in the request that renews.
const RENEWS: &str = "#version = :seen";
/// What is in the request that closes an authorization, and in no other.
const CLOSES: &str = ":closed";
/// What is in the request that unbinds.
const UNBINDS: &str = "#unbound_by";

#[tokio::test]
async fn a_start_is_repeated_and_finds_itself() {
    // S-14, S-17
    for lost in [Lost::Answer, Lost::Request] {
        let proxy = Proxy::start().await;
        let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
        proxy.lose("PutItem", "", 1, lost);
        scene.person("alice").authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "Account bound");
        proxy.assert_all_lost();
    }
}

#[tokio::test]
async fn the_rightful_browser_is_let_in_though_the_answer_was_lost() {
    // S-17
    for lost in [Lost::Answer, Lost::Request] {
        let proxy = Proxy::start().await;
        let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
        proxy.lose("UpdateItem", CONSUMES, 1, lost);
        scene.person("alice").authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "Account bound");
        assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 1);
        proxy.assert_all_lost();
    }
}

#[tokio::test]
async fn a_consumption_of_unknown_outcome_exchanges_nothing() {
    // S-17, S-20, S-40
    let proxy = Proxy::start().await;
    let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    proxy.lose("UpdateItem", CONSUMES, EVERY_ATTEMPT, Lost::Answer);
    alice.callback(&back).await.page(503, "Try again");
    alice.callback(&back).await.page(410, "already used");
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 0);
    proxy.assert_all_lost();
}

#[tokio::test]
async fn a_binding_by_oauth_is_no_conflict_with_itself() {
    // S-5, S-20
    for (times, lost) in [(1, Lost::Answer), (1, Lost::Request), (2, Lost::Answer)] {
        let proxy = Proxy::start().await;
        let scene = Scene::builder().console().dynamodb_behind(&proxy).start().await;
        let alice = scene.person("alice");
        for result in ["bound", "renewed"] {
            proxy.lose("TransactWriteItems", if result == "bound" { BINDS } else { RENEWS }, times, lost);
            assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), result);
            proxy.assert_all_lost();
        }
        assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "bound");
    }
}

#[tokio::test]
async fn a_binding_by_token_is_no_conflict_with_itself() {
    // S-5, S-6
    for (times, lost) in [(1, Lost::Answer), (1, Lost::Request), (2, Lost::Answer)] {
        let proxy = Proxy::start().await;
        let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
        let alice = scene.person("alice");
        proxy.lose("UpdateItem", BINDS, times, lost);
        let bound = alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201).json();
        proxy.lose("UpdateItem", RENEWS, times, lost);
        let renewed = alice.bind_gitlab(&Owner::Me, "glpat-api+2-glfake", "glfake").await.expect(200).json();
        assert_eq!(bound["binding_id"], renewed["binding_id"]);
        proxy.assert_all_lost();
    }
}

#[tokio::test]
async fn an_unbinding_finds_what_it_removed() {
    // S-30, S-31
    for (times, lost) in [(1, Lost::Answer), (1, Lost::Request), (2, Lost::Answer)] {
        let proxy = Proxy::start().await;
        let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
        let alice = scene.person("alice");
        alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
        let id = alice.entry(&Owner::Me, GITHUB).await["binding_id"].clone();
        proxy.lose("UpdateItem", UNBINDS, times, lost);
        let receipt = alice.unbind(&Owner::Me, GITHUB).await.expect(200).json();
        assert_eq!((&receipt["binding_id"], receipt["revocation"].as_str()), (&id, Some("revoked")));
        assert_eq!(scene.simulator(GITHUB).live_tokens().await, 0);
        alice.unbind(&Owner::Me, GITHUB).await.problem(404, "not_bound");
        proxy.assert_all_lost();
    }
}

#[tokio::test]
async fn a_write_of_unknown_outcome_is_read_back() {
    // S-20
    let proxy = Proxy::start().await;
    let scene = Scene::builder().console().dynamodb_behind(&proxy).start().await;
    let alice = scene.person("alice");
    proxy.lose("TransactWriteItems", "", EVERY_ATTEMPT, Lost::Answer);
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
    proxy.lose("UpdateItem", BINDS, EVERY_ATTEMPT, Lost::Answer);
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    proxy.assert_all_lost();
}

#[tokio::test]
async fn a_token_that_may_be_stored_is_never_revoked() {
    // S-20
    let proxy = Proxy::start().await;
    let scene = Scene::builder().console().dynamodb_behind(&proxy).start().await;
    let alice = scene.person("alice");
    proxy.lose("TransactWriteItems", "", EVERY_ATTEMPT, Lost::Answer);
    proxy.lose("UpdateItem", CLOSES, EVERY_ATTEMPT, Lost::Request);
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "unavailable");
    proxy.assert_all_lost();
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "bound");
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
}

#[tokio::test]
async fn a_token_that_is_surely_not_stored_is_revoked() {
    // S-20, S-40
    let proxy = Proxy::start().await;
    let scene = Scene::builder().console().dynamodb_behind(&proxy).start().await;
    let alice = scene.person("alice");
    proxy.lose("TransactWriteItems", "", EVERY_ATTEMPT, Lost::Request);
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "unavailable");
    proxy.assert_all_lost();
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
    let simulator = scene.simulator(GITHUB);
    assert_eq!((simulator.tokens().await.len(), simulator.live_tokens().await), (1, 0));
}

#[tokio::test]
async fn an_unbinding_of_unknown_outcome_loses_no_token() {
    // S-30, S-32
    let proxy = Proxy::start().await;
    let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    proxy.lose("UpdateItem", UNBINDS, EVERY_ATTEMPT, Lost::Answer);
    alice.unbind(&Owner::Me, GITHUB).await.problem(503, "unavailable");
    proxy.assert_all_lost();
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
    let row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.expect("a row");
    assert!(row.keys().any(|name| name.starts_with("revocation_")), "{:?}", row.keys());
}

#[tokio::test]
async fn storage_that_is_away_is_told_with_when_to_come_back() {
    // S-40
    let proxy = Proxy::start().await;
    let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
    let alice = scene.person("alice");
    proxy.lose("PutItem", "", EVERY_ATTEMPT, Lost::Request);
    proxy.lose("Query", "", EVERY_ATTEMPT, Lost::Request);
    proxy.lose("UpdateItem", "", EVERY_ATTEMPT, Lost::Request);
    for answer in [
        alice.try_start(&Owner::Me, GITHUB, None).await,
        alice.list(&Owner::Me).await,
        alice.unbind(&Owner::Me, GITLAB).await,
    ] {
        let problem = answer.problem(503, "unavailable");
        assert!(problem["retry_after"].as_u64().is_some_and(|it| it > 0), "{problem}");
        assert_eq!(answer.header("retry-after"), problem["retry_after"].to_string());
    }
    proxy.assert_all_lost();
}

#[tokio::test]
async fn without_a_data_key_no_code_is_exchanged() {
    // S-20, S-40
    let proxy = Proxy::start().await;
    let scene = Scene::builder().console().kms_behind(&proxy).start().await;
    let alice = scene.person("alice");
    proxy.lose("GenerateDataKey", "", 1, Lost::Answer);
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
    let simulator = scene.simulator(GITHUB);
    simulator.forget_requests().await;
    proxy.lose("GenerateDataKey", "", EVERY_ATTEMPT, Lost::Request);
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "unavailable");
    assert_eq!(simulator.count("POST", "/access_token").await, 0);
    proxy.lose("GenerateDataKey", "", EVERY_ATTEMPT, Lost::Request);
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.problem(503, "unavailable");
    proxy.assert_all_lost();
}

#[tokio::test]
async fn without_its_key_a_token_is_left_to_the_sweeper() {
    // S-32
    let proxy = Proxy::start().await;
    let scene = Scene::builder().kms_behind(&proxy).start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    proxy.lose("Decrypt", "", EVERY_ATTEMPT, Lost::Request);
    let receipt = alice.unbind(&Owner::Me, GITHUB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revocation_scheduled");
    proxy.assert_all_lost();
}
