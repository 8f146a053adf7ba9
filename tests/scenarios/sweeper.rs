//! The sweeper: does what is due, once, whatever happens to it.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Border, Fault, GITHUB, GITLAB, Item, Owner, Person, Plan, Published, Scene, Service};

mod events;
mod grants;
mod notices;
mod refresh;
mod revocations;
mod verification;

const GOOD: &str = "glpat-api-glfake";

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Milliseconds since the epoch, so many days from now.
fn in_days(days: f64) -> i64 {
    let now = codebind::domain::timestamp::Timestamp::now().milliseconds();
    #[expect(clippy::cast_possible_truncation, reason = "days of a scenario")]
    let offset = (days * 86_400_000.0) as i64;
    now + offset
}

async fn row(scene: &Scene, person: &Person, provider: &str) -> Item {
    scene.rows().binding(&person.holder(&Owner::Me), provider).await.expect("a row")
}

/// Changes one attribute of the row of the person's own binding.
async fn set(scene: &Scene, person: &Person, provider: &str, path: &[&str], value: i64) {
    scene.rows().set_binding(&person.holder(&Owner::Me), provider, path, number(value)).await;
}

/// What was published of one person's own bindings.
fn published_of(scene: &Scene, person: &Person) -> Vec<Published> {
    let hash = person.holder(&Owner::Me).hash();
    scene.published().into_iter().filter(|it| it.detail["owner_hash"] == hash.as_str()).collect()
}

#[tokio::test]
async fn a_row_is_due_when_something_is_to_be_done_and_never_else() {
    // S-60: after its work a binding waits for its next verification; a row with nothing left is in no index.
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    scene.sweep().await;
    let next: i64 = row(&scene, &alice, GITLAB).await["work_at"].as_n().unwrap().parse().unwrap();
    assert!((in_days(0.85)..in_days(1.15)).contains(&next), "{next}");
    alice.unbind(&Owner::Me, GITLAB).await.expect(200);
    scene.sweep().await;
    let left = row(&scene, &alice, GITLAB).await;
    assert!(!left.contains_key("work_at") && !left.contains_key("work_shard"), "{:?}", left.keys());
    assert_eq!(scene.told(GITLAB), ["bound", "unbound"]);
}

/// Owners with a binding of the same kind, each with an event that waits.
async fn crowd(scene: &Scene, size: usize) {
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    let template = row(scene, &alice, GITLAB).await;
    for number in 0..size {
        let owner = Owner::instance("local-1", &format!("crowd-{number}"));
        let (mut row, key) = (template.clone(), alice.holder(&owner).key());
        row.insert("work_shard".to_owned(), AttributeValue::S(codebind::domain::work::shard(&[&key, GITLAB])));
        row.insert("owner".to_owned(), AttributeValue::S(key));
        let event = row.keys().find(|name| name.starts_with("event_")).expect("an event waits").clone();
        let told = row.remove(&event).expect("it is there");
        row.insert(format!("{event}-{number}"), told);
        scene.rows().put_binding(row).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_at_once_do_everything_once() {
    // S-60, S-42, R-101
    let scene = Scene::builder().workers(2).start().await;
    crowd(&scene, 80).await;
    tokio::join!(scene.sweep(), scene.sweep());
    // A batch whose answer takes too long is sent again under the same ids: what counts is who did what.
    let distinct = |name: &str| {
        let texts = scene.published().into_iter().map(|it| it.detail[name].to_string());
        texts.collect::<BTreeSet<_>>().len()
    };
    assert_eq!((distinct("owner_hash"), distinct("id")), (81, 81));
    let log = scene.log(3).await;
    let runs: Vec<_> = log.lines().filter(|line| line["message"] == "swept").collect();
    let sum = |name: &str| runs.iter().filter_map(|line| line[name].as_u64()).sum::<u64>();
    assert_eq!((runs.len(), sum("handled"), sum("published"), sum("failed")), (2, 81, 81, 0), "a row was taken twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_due_rows_are_done_in_one_run_and_counted() {
    // S-60, S-43, R-101
    let scene = Scene::start().await;
    crowd(&scene, 2000).await;
    scene.sweep().await;
    let owners: BTreeSet<_> = scene.published().iter().map(|it| it.detail["owner_hash"].to_string()).collect();
    assert_eq!(owners.len(), 2001);
    let log = scene.log(2).await;
    let line = log.lines().find(|line| line["message"] == "swept").expect("the run has its line");
    assert_eq!((&line["handled"], &line["published"], &line["failed"]), (&json!(2001), &json!(2001), &json!(0)));
    assert_eq!((&line["function"], &line["Handled"]), (&json!("sweeper"), &json!(2001)), "{line}");
    assert_eq!(line["OldestDue"], line["oldest_due_seconds"]);
    let metrics = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(metrics["Dimensions"], json!([["function"]]));
    let request = log.requests().find(|line| line["function"] == "sweeper").expect("the run is a request");
    assert_eq!((&request["outcome"], &request["operation"]), (&json!("swept"), &json!("sweep")));
    assert!(
        line.as_object()
            .unwrap()
            .keys()
            .all(|name| { codebind::edge::log::vocabulary::FIELDS.iter().any(|field| field.name == name) })
    );
}

#[tokio::test]
async fn a_claim_that_a_crash_left_ends_by_itself() {
    // S-60: claimed rows are in the index with the end of their claim.
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    let claimed = in_days(0.0) + 300_000;
    set(&scene, &alice, GITLAB, &["work_at"], claimed).await;
    scene.sweep().await;
    assert_eq!(scene.published(), []);
    set(&scene, &alice, GITLAB, &["work_at"], in_days(0.0)).await;
    scene.sweep().await;
    assert_eq!(scene.told(GITLAB), ["bound"]);
}

#[tokio::test]
async fn what_is_bound_during_a_run_stays_due() {
    // S-60: the run's write is refused, and nothing of the newer binding is lost.
    let border = Arc::new(Border::start(&[GITHUB, GITLAB]).await);
    let scene = Scene::builder().behind(&border).workers(2).start().await;
    let alice = scene.person("alice");
    bind_at_border(&scene, &alice).await;
    let held = Plan { operation: "PutEvents", mentions: "", skip: 0, times: 1, fault: Fault::HeldAnswer };
    border.plan(Service::Bus, held);
    let meanwhile = async {
        border.proxy(Service::Bus).held().await;
        bind_at_border(&scene, &alice).await;
        // The run comes to nothing: its call times out, and is repeated.
    };
    tokio::join!(scene.sweep(), meanwhile);
    scene.sweep_all().await;
    let kinds: BTreeSet<_> = published_of(&scene, &alice).into_iter().map(|it| it.kind).collect();
    assert_eq!(kinds, BTreeSet::from(["bound".to_owned(), "renewed".to_owned()]));
}

async fn bind_at_border(scene: &Scene, person: &Person) {
    let address = &scene.world().environment()["CODEBIND_GITLAB_URL"];
    let form = json!({"address": address, "username": "glfake", "token": GOOD});
    let answer = person.put(&Owner::Me, GITLAB, &form).await;
    assert!(answer.status < 300, "{}", answer.text);
}

/// A binding with work of each kind: events, a queued revocation, a verification.
async fn prepare(scene: &Scene, person: &Person) {
    let fault = json!({"path": "/token", "method": "DELETE", "status": 500});
    person.authorize(&Owner::Me, GITHUB, &person.subject).await.expect(200);
    scene.simulator(GITHUB).fail(fault).await;
    person.unbind(&Owner::Me, GITHUB).await.expect(200);
    person.authorize(&Owner::Me, GITHUB, &person.subject).await.expect(200);
    set(scene, person, GITHUB, &["binding", "last_verified_at"], in_days(-3.0)).await;
    set(scene, person, GITHUB, &["work_at"], 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_call_loses_nothing_and_the_next_run_goes_on() {
    // S-60, S-61, S-62, R-87
    let border = Arc::new(Border::start(&[GITHUB, GITLAB]).await);
    let scene = Scene::builder().behind(&border).workers(2).start().await;
    let first = scene.person("octo-first");
    prepare(&scene, &first).await;
    border.clear();
    scene.sweep().await;
    let is_of_row = |(_, call): &(Service, tests::Call)| call.operation != "Query";
    let calls: Vec<_> =
        border.calls().into_iter().filter(is_of_row).map(|(service, call)| (service, kind(&call.operation))).collect();
    assert_whole(&scene, &first).await;
    assert!(calls.len() >= 7, "claim, publish, open, revoke, open, verify, settle: {calls:?}");
    for (index, (service, operation)) in calls.iter().enumerate() {
        let skip = calls[..index].iter().filter(|it| *it == &calls[index]).count();
        for fault in [Fault::Held, Fault::HeldAnswer] {
            let person = scene.person(&format!("octo-{index}-{fault:?}"));
            prepare(&scene, &person).await;
            border.clear();
            border.plan(*service, Plan { operation, mentions: "", skip, times: 1, fault });
            let kill = async {
                border.proxy(*service).held().await;
                assert!(scene.world().kill_workers("sweeper") > 0, "nobody was killed");
            };
            let (swept, ()) = tokio::join!(scene.world().sweep(), kill);
            assert!(swept.is_err(), "{operation} {fault:?}: {swept:?}");
            border.plan_nothing();
            set_due_again(&scene, &person).await;
            scene.sweep().await;
            assert_whole(&scene, &person).await;
        }
    }
}

/// What a plan names of a call.
fn kind(operation: &str) -> &'static str {
    let known = ["UpdateItem", "PutEvents", "Decrypt", "GenerateDataKey", "DELETE /token", "GET /user"];
    let is_it = |it: &&&str| {
        operation == **it
            || it.split_once(' ').is_some_and(|(method, end)| operation.starts_with(method) && operation.ends_with(end))
    };
    known.iter().find(is_it).copied().unwrap_or_else(|| panic!("{operation} is not expected"))
}

/// As if the claim of the run that died had ended.
async fn set_due_again(scene: &Scene, person: &Person) {
    if row(scene, person, GITHUB).await.contains_key("work_at") {
        set(scene, person, GITHUB, &["work_at"], 1).await;
    }
}

async fn assert_whole(scene: &Scene, person: &Person) {
    let events: BTreeSet<_> =
        published_of(scene, person).into_iter().map(|it| (it.detail["id"].to_string(), it.kind)).collect();
    let kinds: Vec<_> = events.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["bound", "unbound", "bound"], "{}", person.subject);
    let row = row(scene, person, GITHUB).await;
    let left: Vec<_> = row
        .keys()
        .filter(|it| ["event_", "revocation_", "account_of_"].iter().any(|start| it.starts_with(start)))
        .collect();
    assert!(left.is_empty(), "{}: {left:?}", person.subject);
    let verified: i64 = row["binding"].as_m().unwrap()["last_verified_at"].as_n().unwrap().parse().unwrap();
    assert!(verified > in_days(-0.5), "{}", person.subject);
    let tokens = scene.simulator(GITHUB).tokens().await;
    let live = tokens.iter().filter(|it| it.account == person.subject && !it.revoked).count();
    assert_eq!(live, 1, "{}: the unbound one is dead, the bound one lives", person.subject);
    let entry = person.entry(&Owner::Me, GITHUB).await;
    assert_eq!((&entry["state"], &entry["problem"]), (&json!("bound"), &json!(null)), "{}", person.subject);
}

#[tokio::test]
async fn a_table_that_is_away_is_told_and_what_was_due_stays_due() {
    // S-40, S-60
    let border = Arc::new(Border::start(&[GITHUB, GITLAB]).await);
    let scene = Scene::builder().behind(&border).start().await;
    let alice = scene.person("alice");
    bind_at_border(&scene, &alice).await;
    let away = Plan { operation: "Query", mentions: "", skip: 0, times: usize::MAX, fault: Fault::Reset };
    border.plan(Service::Storage, away);
    assert_eq!(scene.world().sweep().await.unwrap()["outcome"], "unavailable");
    border.plan_nothing();
    scene.sweep().await;
    assert_eq!(scene.told(GITLAB), ["bound"]);
    // One that cannot be read is left alone, and stands in nobody's way.
    let owner = alice.holder(&Owner::instance("local-1", "odd"));
    let mut odd = row(&scene, &alice, GITLAB).await;
    odd.insert("owner".to_owned(), AttributeValue::S(owner.key()));
    odd.insert("schema".to_owned(), number(2));
    odd.insert("work_at".to_owned(), number(1));
    scene.rows().put_binding(odd).await;
    alice.unbind(&Owner::Me, GITLAB).await.expect(200);
    scene.sweep().await;
    assert_eq!(scene.told(GITLAB), ["bound", "unbound"]);
}
