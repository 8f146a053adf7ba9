//! Races: whatever meets, the end is one that a single-file line could have produced.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{Answer, GITHUB, GITLAB, OCTO, Owner, Person, Scene, race};

mod callbacks;
mod contest;
mod end;
mod grants;
mod round;
mod tokens;
mod unbinding;

const RACERS: usize = 100;

/// Enough processes that many requests are in the middle of something at once.
async fn scene() -> Scene {
    Scene::builder().console().workers(12).start().await
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|it| it.status == status).count()
}

fn id(answer: &Answer) -> String {
    answer.json()["binding_id"].as_str().expect("a binding has an id").to_owned()
}

/// As many owners as racers, so that many small races run at once.
fn owners(number: usize) -> Vec<Owner> {
    (0..number).map(|it| Owner::instance("local-1", &format!("team{it}"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_accounts_exactly_one_is_bound() {
    // S-5, S-42
    let scene = scene().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        let racer = async |number| {
            let (token, username) = (format!("glpat-api-racer{number}"), format!("racer{number}"));
            alice.bind_gitlab(&owner, &token, &username).await
        };
        let answers = race(RACERS, racer).await;
        assert_eq!((count(&answers, 201), count(&answers, 409)), (1, RACERS - 1));
        let winner = answers.iter().find(|it| it.status == 201).expect("one won").json();
        let entry = alice.entry(&owner, GITLAB).await;
        assert_eq!((&entry["binding_id"], &entry["account"]), (&winner["binding_id"], &winner["account"]));
        let login = winner["account"]["login"].as_str().expect("a login");
        for loser in answers.iter().filter(|it| it.status == 409) {
            let detail = loser.problem(409, "other_account_bound")["detail"].to_string();
            assert!(detail.contains(login), "{detail}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_one_account_all_but_one_are_renewals_or_told_to_try_again() {
    // S-5, S-6, S-42
    let scene = scene().await;
    let alice = scene.person("alice");
    let racer = async |number| alice.bind_gitlab(&Owner::Me, &format!("glpat-api+{number}-glfake"), "glfake").await;
    let answers = race(RACERS, racer).await;
    // A write that lost to a winner again and again gives up, and says so.
    let (bound, renewed, busy) = (count(&answers, 201), count(&answers, 200), count(&answers, 503));
    assert_eq!((bound, bound + renewed + busy), (1, RACERS));
    assert!(busy < RACERS / 2, "{busy} were too busy");
    let done = answers.iter().filter(|it| it.status < 300);
    let ids: BTreeSet<_> = done.map(id).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["binding_id"], *ids.first().expect("one"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_callbacks_of_one_state_exactly_one_exchanges() {
    // S-17, S-42
    let scene = scene().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        scene.simulator(GITHUB).forget_requests().await;
        let attempt = alice.start(&owner, GITHUB).await;
        let back = alice.consent(&attempt, OCTO).await;
        let answers = race(RACERS, async |_| alice.callback(&back).await).await;
        assert_eq!((count(&answers, 303), count(&answers, 410)), (1, RACERS - 1));
        let winner = answers.iter().find(|it| it.status == 303).expect("one won");
        assert_eq!(winner.result(), "bound");
        assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 1);
    }
}

/// What binders and unbinders of one owner were told, and how it ended, fits one order in which they could have come.
///
/// Somebody told to try again may have had their way all the same, so each of those leaves room for one binding more.
async fn assert_serial(alice: &Person, owner: &Owner, before: Option<String>, answers: &[Answer]) {
    let receipts: Vec<_> = answers.iter().filter(|it| it.text.contains("\"revocation\"")).map(id).collect();
    let written: Vec<_> = answers.iter().filter(|it| it.text.contains("\"warnings\"")).collect();
    let made: Vec<_> = written.iter().filter(|it| it.status == 201).map(|it| id(it)).chain(before).collect();
    let others = answers.iter().filter(|it| !matches!(it.status, 200 | 201));
    let unknown = others.clone().filter(|it| it.status == 503).count();
    for other in others {
        let expected = [(404, "not_bound"), (503, "unavailable")];
        assert!(expected.contains(&(other.status, &*other.code())), "{}", other.everything());
    }
    let (made_once, gone_once): (BTreeSet<_>, BTreeSet<_>) = (made.iter().collect(), receipts.iter().collect());
    assert_eq!(made_once.len(), made.len(), "no binding was made twice");
    assert_eq!(gone_once.len(), receipts.len(), "no binding was removed twice");
    assert!(gone_once.difference(&made_once).count() <= unknown, "what was removed had been made");
    let renewed = written.iter().filter(|it| it.status == 200).map(|it| id(it)).collect::<BTreeSet<_>>();
    assert!(renewed.iter().filter(|it| !made_once.contains(it)).count() <= unknown, "what was renewed had been made");
    let left: Vec<_> = made_once.difference(&gone_once).collect();
    assert!(left.len() <= 1 + unknown, "several bindings are left, with {unknown} unknown: {left:?}");
    let entry = alice.entry(owner, GITLAB).await;
    if unknown == 0 {
        let expected = left.first().map_or(Value::Null, |id| id.as_str().into());
        assert_eq!(entry["binding_id"], expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binders_and_unbinders_end_as_if_they_had_stood_in_line() {
    // S-30, S-42
    let scene = scene().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        let racer = async |number: usize| match number % 2 {
            0 => alice.bind_gitlab(&owner, &format!("glpat-api+{number}-glfake"), "glfake").await,
            _ => alice.unbind(&owner, GITLAB).await,
        };
        let answers = race(RACERS, racer).await;
        assert_serial(&alice, &owner, None, &answers).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewals_and_unbinders_end_as_if_they_had_stood_in_line() {
    // S-6, S-30, S-42
    let scene = scene().await;
    let owners = owners(10);
    let alice = scene.person_of("alice", &owners);
    let mut before = Vec::new();
    for owner in &owners {
        before.push(id(&alice.bind_gitlab(owner, "glpat-api-glfake", "glfake").await.expect(201)));
    }
    let racer = async |number: usize| {
        let owner = &owners[number % owners.len()];
        // Few unbind, so that many renewals are under way when they do.
        if number / owners.len() % 5 == 4 {
            alice.unbind(owner, GITLAB).await
        } else {
            alice.bind_gitlab(owner, &format!("glpat-api+{number}-glfake"), "glfake").await
        }
    };
    let answers = race(RACERS, racer).await;
    for (number, owner) in owners.iter().enumerate() {
        let of_owner: Vec<_> = answers.iter().skip(number).step_by(owners.len()).cloned().collect();
        assert_serial(&alice, owner, Some(before[number].clone()), &of_owner).await;
    }
}
