//! Tokens are kept alive: one refresh at a time, saved before it is used, and judged only by what is certain.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{BITBUCKET, GITEE, Item, Lent, OCTO, Owner, Person, Scene, Scratch, Simulator, Worker, race, sha256_hex};
use tokio::time::{sleep, timeout};

mod faults;

/// Where Bitbucket's tokens come from.
const TOKENS: &str = "/access_token";

/// Somebody whose token has to be refreshed before it is lent.
pub(crate) async fn nearly_expired(scene: &Scene, subject: &str, provider: &str) -> Person {
    let (person, simulator) = (scene.person(subject), scene.simulator(provider));
    simulator.issue(json!({"expires_in": 100})).await;
    person.authorize(&Owner::Me, provider, &format!("{subject}-fake")).await.page(200, "bound");
    simulator.issue(json!({})).await;
    person
}

/// The row of a person's binding.
async fn row(scene: &Scene, person: &Person) -> Item {
    scene.rows().binding(&person.holder(&Owner::Me), BITBUCKET).await.expect("a row")
}

/// Lets the turn of a refresh be over, as the clock would.
pub(crate) async fn end_turn(scene: &Scene, person: &Person) {
    let mut row = row(scene, person).await;
    let turn = row.get_mut("turn").expect("a turn was left").as_m().expect("a map").clone();
    let over = turn.into_iter().chain([("until".to_owned(), AttributeValue::N("1".to_owned()))]).collect();
    row.insert("turn".to_owned(), AttributeValue::M(over));
    scene.rows().put_binding(row).await;
}

/// Waits until the provider was asked for new tokens.
async fn asked(simulator: &Simulator, times: usize) {
    let come = async {
        while simulator.refreshes().await < times {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), come).await.expect("the provider is asked");
}

async fn state(person: &Person) -> (String, Value) {
    let entry = person.entry(&Owner::Me, BITBUCKET).await;
    (entry["state"].as_str().expect("a state").to_owned(), entry["problem"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_leases_at_expiry_end_in_one_refresh() {
    // S-50, R-102, R-103
    let scene = Scene::builder().workers(12).start().await;
    let alice = nearly_expired(&scene, "alice", BITBUCKET).await;
    let simulator = scene.simulator(BITBUCKET);
    // Good once, and whoever uses one again loses everything; and slow, so that they all come while it is under way.
    simulator.issue(json!({"single_use": true})).await;
    simulator.fail(json!({"path": TOKENS, "delay_ms": 700})).await;
    let worker = scene.worker();
    let answers = race(200, |_| worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300)).await;
    let tokens: std::collections::BTreeSet<_> = answers.iter().map(|it| Lent::read(it).access_token).collect();
    assert_eq!((answers.len(), tokens.len()), (200, 1));
    assert_eq!(simulator.refreshes().await, 1);
    assert_eq!(state(&alice).await.0, "bound");
    assert!(!row(&scene, &alice).await.contains_key("turn"));
}

#[tokio::test]
async fn a_token_is_refreshed_before_it_ends_and_not_earlier() {
    // S-50, R-103
    let scene = Scene::start().await;
    let worker = scene.worker();
    for provider in [GITEE, BITBUCKET] {
        let alice = nearly_expired(&scene, "alice", provider).await;
        let simulator = scene.simulator(provider);
        let before = alice.entry(&Owner::Me, provider).await;
        let enough = Lent::read(&worker.try_lease(&alice, &Owner::Me, provider, 30).await);
        assert_eq!(simulator.refreshes().await, 0, "{provider}: it lives long enough");
        sleep(Duration::from_millis(1100)).await;
        let fresh = worker.lease(&alice, &Owner::Me, provider).await;
        assert_ne!(fresh.access_token, enough.access_token);
        assert_eq!(simulator.refreshes().await, 1);
        let again = worker.lease(&alice, &Owner::Me, provider).await;
        assert_eq!(again.access_token, fresh.access_token, "{provider}: what is lent is what is stored");
        let after = alice.entry(&Owner::Me, provider).await;
        assert_ne!(before["last_verified_at"], after["last_verified_at"]);
        assert_eq!((&before["binding_id"], &before["updated_at"]), (&after["binding_id"], &after["updated_at"]));
    }
    assert_eq!(scene.log(8).await.events("refreshed").len(), 2);
}

#[tokio::test]
async fn what_an_answer_leaves_out_stays_as_it_was() {
    // S-50, R-105
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let lives = async |person: &Person| {
        let lent = worker.lease(person, &Owner::Me, BITBUCKET).await;
        lent.document["expires_at"].as_str().expect("an end").to_owned()
    };
    for (index, odd) in [json!(-1), json!("soon"), json!(0), json!({}), Value::Null].into_iter().enumerate() {
        let person = nearly_expired(&scene, &format!("person{index}"), BITBUCKET).await;
        simulator.issue(json!({"expires_in": odd, "without_refresh_token": true})).await;
        let ends = lives(&person).await;
        simulator.issue(json!({})).await;
        // The declared life of its tokens: it is not refreshed again, and not lent for ever.
        assert_eq!(lives(&person).await, ends, "{odd}");
        assert_eq!(simulator.refreshes().await, index + 1, "{odd}");
    }
    // The refresh token is there still, though an answer brought none.
    let carol = nearly_expired(&scene, "legacy", BITBUCKET).await;
    for _ in 0..2 {
        simulator.issue(json!({"expires_in": 100, "without_refresh_token": true})).await;
        worker.try_lease(&carol, &Owner::Me, BITBUCKET, 300).await.problem(409, "token_ends_too_soon");
    }
    simulator.issue(json!({})).await;
    worker.lease(&carol, &Owner::Me, BITBUCKET).await;
}

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

/// Lets the break after a refusal of our client be over, as the clock would.
pub(crate) async fn end_break(scene: &Scene) {
    let rows = scene.rows().transients().await;
    let is_breaker = |row: &&Item| row["id"].as_s().is_ok_and(|id| id == "breaker.bitbucket");
    let mut row = rows.iter().find(is_breaker).expect("a refusal is noted").clone();
    row.insert("until".to_owned(), AttributeValue::N("1".to_owned()));
    scene.rows().put_transient(row).await;
}

#[tokio::test]
async fn a_doubted_token_is_looked_at_before_it_is_lent_again() {
    // S-51
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    alice.authorize(&Owner::Me, BITBUCKET, OCTO).await.page(200, "bound");
    let simulator = scene.simulator(BITBUCKET);
    let lent = worker.lease(&alice, &Owner::Me, BITBUCKET).await;
    // A hint about another token changes nothing; nor does one about this, by itself.
    suspect(&worker, &alice, "another").await;
    assert_eq!(worker.lease(&alice, &Owner::Me, BITBUCKET).await.access_token, lent.access_token);
    suspect(&worker, &alice, &lent.access_token).await;
    assert_eq!(state(&alice).await, ("bound".to_owned(), Value::Null));
    assert_eq!(simulator.refreshes().await, 0);
    let fresh = worker.lease(&alice, &Owner::Me, BITBUCKET).await;
    assert_ne!(fresh.access_token, lent.access_token);
    // A late report of the old one is no news.
    suspect(&worker, &alice, &lent.access_token).await;
    assert_eq!(worker.lease(&alice, &Owner::Me, BITBUCKET).await.access_token, fresh.access_token);
    assert_eq!((simulator.refreshes().await, scene.log(9).await.events("suspect_reported").len()), (1, 1));
    let bob = scene.person("bob");
    worker.suspect(&bob, &Owner::Me, BITBUCKET, "nothing").await.problem(404, "not_bound");
}

async fn suspect(worker: &Worker, person: &Person, token: &str) {
    worker.suspect(person, &Owner::Me, BITBUCKET, token).await.expect(204);
}
