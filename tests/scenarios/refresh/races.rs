//! What comes while a refresh is under way: an unbinding, a renewal, and another refresh.

use serde_json::{Value, json};
use tests::{BITBUCKET, Lent, Owner, Scene, sha256_hex};

use super::{TOKENS, asked, end_turn, nearly_expired, row, state};

#[tokio::test]
async fn unbinding_during_a_refresh_wins() {
    // S-30, S-50, R-106
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let alice = nearly_expired(&scene, "alice", BITBUCKET).await;
    simulator.fail(json!({"path": TOKENS, "delay_ms": 1500})).await;
    let unbind = async {
        asked(&simulator, 1).await;
        alice.unbind(&Owner::Me, BITBUCKET).await.expect(200);
    };
    let (answer, ()) = tokio::join!(worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300), unbind);
    answer.problem(404, "not_bound");
    let row = row(&scene, &alice).await;
    assert!(
        ["binding", "credential", "token_mark", "turn"].iter().all(|it| !row.contains_key(*it)),
        "{:?}",
        row.keys()
    );
    // This provider takes no token back: it ends by itself.
    assert_eq!(scene.log(4).await.events("orphan_left").len(), 1);
}

#[tokio::test]
async fn a_renewal_during_a_refresh_wins() {
    // S-6, S-50, R-104, R-106
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let body = json!({"error": "invalid_request", "error_description": "Invalid refresh_token"});
    // The new tokens come too late, or what is refused is not what is stored any more.
    for (subject, is_refused, from_the_end) in [("alice", false, 2), ("bob", true, 1)] {
        let person = nearly_expired(&scene, subject, BITBUCKET).await;
        simulator.forget_requests().await;
        let mut script = json!({"path": TOKENS, "delay_ms": 1500});
        if is_refused {
            script["status"] = json!(400);
            script["body"] = body.clone();
        }
        simulator.fail(script).await;
        let renew = async {
            asked(&simulator, 1).await;
            person.authorize(&Owner::Me, BITBUCKET, &format!("{subject}-fake")).await.page(200, "renewed");
        };
        let (answer, ()) = tokio::join!(worker.try_lease(&person, &Owner::Me, BITBUCKET, 300), renew);
        let lent = Lent::read(&answer);
        let tokens = simulator.tokens().await;
        let renewed = &tokens[tokens.len() - from_the_end];
        assert_eq!(renewed.sha256, sha256_hex(lent.access_token.as_bytes()), "{subject}: the renewal's is lent");
        assert_eq!(simulator.refreshes().await, 1, "{subject}");
        assert_eq!(state(&person).await, ("bound".to_owned(), Value::Null));
    }
}

#[tokio::test]
async fn a_provider_that_is_slower_than_the_turn_does_no_harm() {
    // S-50, R-102, R-103, R-106
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let alice = nearly_expired(&scene, "alice", BITBUCKET).await;
    simulator.fail(json!({"path": TOKENS, "delay_ms": 2500})).await;
    let overtake = async {
        asked(&simulator, 1).await;
        end_turn(&scene, &alice).await;
        worker.lease(&alice, &Owner::Me, BITBUCKET).await
    };
    let (slow, quick) = tokio::join!(worker.lease(&alice, &Owner::Me, BITBUCKET), overtake);
    // Whoever saved first is right; the other's tokens are not wanted.
    assert_eq!(slow.access_token, quick.access_token);
    assert_eq!(worker.lease(&alice, &Owner::Me, BITBUCKET).await.access_token, quick.access_token);
    assert_eq!(state(&alice).await, ("bound".to_owned(), Value::Null));
    let log = scene.log(5).await;
    assert_eq!((log.events("refreshed").len(), log.events("refresh_uncertain").len()), (1, 1));
    assert_eq!(log.events("orphan_left").len(), 1);
}
