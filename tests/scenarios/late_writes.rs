//! Writes that land late: after the client gave up on them, or once more after they were repeated with success.

use tests::{GITHUB, GITLAB, Lost, OCTO, Owner, Person, Proxy, Scene};

/// Every attempt that the SDK makes at one operation.
const EVERY_ATTEMPT: usize = 3;

/// What is in the request that binds.
const BINDS: &str = "attribute_not_exists(#binding)";
/// What is in the request that closes an authorization, and in no other.
const CLOSES: &str = ":closed";
/// What is in the request that unbinds.
const UNBINDS: &str = "#unbound_by";

/// Somebody whose functions reach DynamoDB through a proxy.
async fn scene(proxy: &Proxy) -> (Scene, Person) {
    let scene = Scene::builder().console().dynamodb_behind(proxy).start().await;
    let alice = scene.person("alice");
    (scene, alice)
}

/// Delivers everything that is late, which must be `expected` requests.
async fn deliver(proxy: &Proxy, expected: usize) {
    proxy.assert_all_lost();
    assert_eq!(proxy.deliver_late().await, expected);
}

#[tokio::test]
async fn a_binding_whose_token_was_revoked_never_lands() {
    // S-20, R-84: the write is under way still when the answer goes out, and the token is dead by then.
    let proxy = Proxy::start().await;
    let (scene, alice) = scene(&proxy).await;
    for already_bound in [false, true] {
        if already_bound {
            assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
        }
        let before = alice.entry(&Owner::Me, GITHUB).await;
        // A renewal begins like a binding, and is lost after it.
        let mentions = if already_bound { "#version = :seen" } else { BINDS };
        proxy.lose("TransactWriteItems", mentions, EVERY_ATTEMPT, Lost::Late);
        assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "unavailable");
        let live = scene.simulator(GITHUB).live_tokens().await;
        assert_eq!(live, usize::from(already_bound), "the new token is revoked");
        deliver(&proxy, EVERY_ATTEMPT).await;
        assert_eq!(alice.entry(&Owner::Me, GITHUB).await, before);
        assert_eq!(scene.simulator(GITHUB).live_tokens().await, live);
    }
}

#[tokio::test]
async fn a_token_that_may_yet_be_stored_is_left_alone() {
    // S-20, R-84: neither the write nor what is to prevent it gets an answer.
    let proxy = Proxy::start().await;
    let (scene, alice) = scene(&proxy).await;
    proxy.lose("TransactWriteItems", BINDS, EVERY_ATTEMPT, Lost::Late);
    proxy.lose("UpdateItem", CLOSES, EVERY_ATTEMPT, Lost::Late);
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "unavailable");
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    deliver(&proxy, 2 * EVERY_ATTEMPT).await;
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "bound");
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
}

#[tokio::test]
async fn a_binding_by_token_does_not_come_back_after_it_was_unbound() {
    // S-30, S-42, R-81
    let proxy = Proxy::start().await;
    let (_scene, alice) = scene(&proxy).await;
    for (attempts, status) in [(1, 201), (EVERY_ATTEMPT, 503)] {
        proxy.lose("UpdateItem", BINDS, attempts, Lost::Late);
        alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(status);
        if status == 503 {
            alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
        }
        alice.unbind(&Owner::Me, GITLAB).await.expect(200);
        deliver(&proxy, attempts).await;
        assert_eq!(alice.entry(&Owner::Me, GITLAB).await["state"], "unbound");
    }
}

#[tokio::test]
async fn a_binding_by_token_does_not_undo_its_renewal() {
    // S-6, S-42
    let proxy = Proxy::start().await;
    let (scene, alice) = scene(&proxy).await;
    proxy.lose("UpdateItem", BINDS, 1, Lost::Late);
    alice.bind_gitlab(&Owner::Me, "glpat-api+1-glfake", "glfake").await.expect(201);
    alice.bind_gitlab(&Owner::Me, "glpat-api+2-glfake", "glfake").await.expect(200);
    let renewed = scene.rows().binding(&alice.holder(&Owner::Me), GITLAB).await;
    deliver(&proxy, 1).await;
    assert_eq!(scene.rows().binding(&alice.holder(&Owner::Me), GITLAB).await, renewed);
}

#[tokio::test]
async fn an_unbinding_removes_nothing_that_was_bound_after_it() {
    // S-30, S-42, R-86
    let proxy = Proxy::start().await;
    let (scene, alice) = scene(&proxy).await;
    for (attempts, status) in [(1, 200), (EVERY_ATTEMPT, 503)] {
        assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
        proxy.lose("UpdateItem", UNBINDS, attempts, Lost::Late);
        alice.unbind(&Owner::Me, GITHUB).await.expect(status);
        // Bound again, or renewed.
        alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(303);
        let bound = alice.entry(&Owner::Me, GITHUB).await;
        deliver(&proxy, attempts).await;
        assert_eq!((&bound["state"], &alice.entry(&Owner::Me, GITHUB).await), (&"bound".into(), &bound));
        alice.unbind(&Owner::Me, GITHUB).await.expect(200);
    }
    // None lives but the one that a renewal replaced, which waits in the queue.
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
}

#[tokio::test]
async fn an_unbinding_that_was_repeated_removes_no_second_binding() {
    // S-30, S-32: the first request took effect, a second one is late, a third one found the work done.
    let proxy = Proxy::start().await;
    let (scene, alice) = scene(&proxy).await;
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
    let first = alice.entry(&Owner::Me, GITHUB).await["binding_id"].clone();
    proxy.lose("UpdateItem", UNBINDS, 1, Lost::Answer);
    proxy.lose("UpdateItem", UNBINDS, 1, Lost::Late);
    let receipt = alice.unbind(&Owner::Me, GITHUB).await.expect(200).json();
    assert_eq!((&receipt["binding_id"], receipt["revocation"].as_str()), (&first, Some("revoked")));
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
    deliver(&proxy, 1).await;
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "bound");
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
}
