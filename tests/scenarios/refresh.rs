//! Tokens are kept alive: one refresh at a time, saved before it is used, and judged only by what is certain.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{BITBUCKET, GITEE, Item, Lent, OCTO, Owner, Person, Scene, Simulator, Worker, race};
use tokio::time::{sleep, timeout};

mod faults;
mod outcomes;
mod races;

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

/// Lets the break after a refusal of our client be over, as the clock would.
pub(crate) async fn end_break(scene: &Scene) {
    let rows = scene.rows().transients().await;
    let is_breaker = |row: &&Item| row["id"].as_s().is_ok_and(|id| id == "breaker.bitbucket");
    let mut row = rows.iter().find(is_breaker).expect("a refusal is noted").clone();
    row.insert("until".to_owned(), AttributeValue::N("1".to_owned()));
    scene.rows().put_transient(row).await;
}

/// What a worker's function makes use of that refreshes, is refused as a client, and is taken again.
pub(crate) async fn permissions_used() -> std::collections::BTreeSet<codebind_local::iam::Permission> {
    let scene = Scene::start().await;
    let (worker, simulator) = (scene.worker(), scene.simulator(BITBUCKET));
    let alice = nearly_expired(&scene, "alice", BITBUCKET).await;
    simulator.fail(json!({"path": TOKENS, "status": 400, "body": {"error": "unauthorized_client"}})).await;
    worker.try_lease(&alice, &Owner::Me, BITBUCKET, 300).await.problem(502, "registration_refused");
    end_break(&scene).await;
    worker.lease(&alice, &Owner::Me, BITBUCKET).await;
    scene.world().permissions_used()
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
