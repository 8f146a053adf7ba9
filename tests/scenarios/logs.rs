//! The log: every request has one line, every call one, every event one; nothing but the listed fields is in any of
//! them, and each outcome is counted once. `shared/LOGS.md` is the list.

use std::collections::BTreeMap;

use codebind::edge::code::Code;
use codebind::edge::log::vocabulary::{CALL_ENDS, EVENTS, FIELDS, SUCCESSES};
use serde_json::{Value, json};
use tests::{GITHUB, GITLAB, Log, OCTO, Owner, Proxy, Scene};

use tour::Tour;

mod tour;

/// No line is longer, in bytes: what the platform takes in one piece, and far below it.
const LINE_MAX: usize = 4096;

/// A tour through everything, and the log that it left.
struct Toured {
    scene: Scene,
    tour: Tour,
    log: Log,
    dynamodb: Proxy,
    kms: Proxy,
}

async fn toured() -> Toured {
    let (dynamodb, kms) = (Proxy::start().await, Proxy::start().await);
    let scene = Scene::builder().console().dynamodb_behind(&dynamodb).kms_behind(&kms).start().await;
    let tour = Tour::through(&scene, &dynamodb).await;
    let log = scene.log(tour.answers.len()).await;
    Toured { scene, tour, log, dynamodb, kms }
}

#[tokio::test]
async fn each_request_has_one_line_and_is_counted_once() {
    // S-43, R-98, R-99, R-100, R-101: one tour, because each looks at the whole log.
    let toured = toured().await;
    requests_are_told_and_counted(&toured);
    lines_hold_nothing_but_the_list(&toured.log);
    calls_are_told(&toured).await;
    events_are_told_once(&toured.log);
    counted_events_name_whom_they_are_about(&toured);
}

fn requests_are_told_and_counted(Toured { tour, log, .. }: &Toured) {
    assert_eq!(log.requests().count(), tour.answers.len());
    let (mut expected, mut counted) = (BTreeMap::new(), BTreeMap::new());
    for answer in &tour.answers {
        let line = log.request(&answer.request_id);
        let told = (line["outcome"].as_str().unwrap(), line["status"].as_u64().unwrap());
        assert_eq!(told, (answer.outcome, answer.status.into()), "{line}");
        *expected.entry(answer.outcome).or_insert(0) += 1;
    }
    for line in log.requests() {
        let outcome = line["outcome"].as_str().unwrap();
        let is_listed =
            SUCCESSES.iter().any(|(name, _)| *name == outcome) || Code::ALL.iter().any(|code| code.name() == outcome);
        assert!(is_listed, "{outcome} is on no list");
        *counted.entry(outcome).or_insert(0) += line["Requests"].as_u64().unwrap();
        assert_eq!(line["Duration"], line["milliseconds"]);
        for field in ["timestamp", "function", "request_id", "trace_id", "operation"] {
            assert!(line[field].is_string(), "no {field} in {line}");
        }
        assert_eq!(metrics(line), ["Requests", "Duration"]);
    }
    assert_eq!(counted, expected);
    // A run of the sweeper answers no request; sweeper::thousands_of_due_rows_… looks at its lines.
    let successes = SUCCESSES.iter().map(|it| it.0).filter(|name| *name != "swept");
    let successes: Vec<_> = successes.filter(|name| !expected.contains_key(name)).collect();
    assert!(successes.is_empty(), "the tour leaves out {successes:?}");
    let cold = log.requests().filter(|line| line["cold_start"] == true).count();
    assert!((1..tour.answers.len()).contains(&cold), "{cold} cold starts");
}

fn lines_hold_nothing_but_the_list(log: &Log) {
    for line in log.lines() {
        for (name, value) in line.as_object().unwrap() {
            assert!(FIELDS.iter().any(|field| field.name == name), "{name} is on no list: {line}");
            assert!(value.as_str().is_none_or(|text| text.chars().count() <= 256), "{name} is long: {line}");
        }
        assert!(line.to_string().len() <= LINE_MAX, "{line}");
        assert!(["INFO", "WARN", "ERROR"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert!(line["request_id"].is_string(), "{line}");
        assert_eq!(line.get("_aws").is_some(), line["message"] == "request" || line.get("event").is_some(), "{line}");
    }
}

/// One line for each call, with as many attempts as arrived at the other end.
async fn calls_are_told(Toured { scene, log, dynamodb, kms, .. }: &Toured) {
    for (service, proxy) in [("dynamodb", dynamodb), ("kms", kms)] {
        let mut told = BTreeMap::new();
        for line in log.calls(service) {
            *told.entry(line["operation"].as_str().unwrap().to_owned()).or_insert(0) +=
                line["attempts"].as_u64().unwrap();
        }
        let mut met = BTreeMap::new();
        for call in proxy.calls() {
            *met.entry(call.operation).or_insert(0) += 1;
        }
        assert_eq!(told, met, "{service}");
    }
    for provider in codebind::providers::ALL {
        let told = log.calls("provider").filter(|line| line["provider"] == provider.id).count();
        let seen = scene.simulator(provider.id).requests().await;
        let is_ours =
            |it: &&tests::Seen| it.headers["user-agent"].as_str().is_some_and(|it| it.starts_with("codebind/"));
        assert_eq!(told, seen.iter().filter(is_ours).count(), "{}", provider.id);
    }
    for line in log.lines().filter(|line| line["message"] == "call") {
        let outcome = line["outcome"].as_str().unwrap();
        let is_of_service = outcome.ends_with("Exception");
        assert!(is_of_service || CALL_ENDS.iter().any(|(name, _)| *name == outcome), "{line}");
        assert!(line["milliseconds"].is_u64() && line["operation"].is_string(), "{line}");
        log.request(line["request_id"].as_str().unwrap());
    }
    let lost = log.calls("dynamodb").find(|line| line["operation"] == "Query" && line["outcome"] != "ok").unwrap();
    assert_eq!((&lost["outcome"], &lost["attempts"], &lost["level"]), (&json!("broken"), &json!(3), &json!("WARN")));
}

/// What the tour makes happen, and how often.
const HAPPENED: [(&str, usize); 21] = [
    ("bound", 6),
    ("renewed", 2),
    ("unbound", 7),
    ("callback_denied", 9),
    ("state_mismatch", 2),
    ("proof_mismatch", 1),
    ("caller_mismatch", 2),
    ("address_refused", 2),
    ("orphan_revoked", 2),
    ("orphan_left", 1),
    ("orphan_queued", 1),
    ("orphan_lost", 1),
    ("decrypt_failed", 1),
    ("leased", 3),
    ("suspect_reported", 3),
    ("refreshed", 3),
    ("refresh_uncertain", 1),
    ("recovered", 1),
    ("breaker_opened", 1),
    ("breaker_closed", 1),
    ("reauthorization_required", 1),
];

/// Events that this tour does not bring about, and where they are shown.
const ELSEWHERE: [(&str, &str); 9] = [
    ("rotation_refused", "a token would have to near its end; rotation::a_refusal_…"),
    ("rotation_uncertain", "a token would have to near its end; rotation::a_lost_answer_…"),
    ("expiring", "time would have to pass; sweeper::notices::…"),
    ("revocation_gave_up", "a week would have to pass; sweeper::revocations::after_a_week_…"),
    ("authorization_unaccounted", "an hour would have to pass; sweeper::grants::an_authorization_that_led_nowhere_…"),
    (
        "orphan_unknown",
        "storage has to fail for longer than anybody waits; faults::every_fault_of_a_call_of_callback_…",
    ),
    ("token_displaced", "a_displaced_token_is_told_with_its_owner, below"),
    ("displacement_untold", "storage would have to fail between two calls; flow::siblings"),
    ("panicked", "no input makes a function panic; the unit tests of edge::serve and edge::log show it"),
];

fn events_are_told_once(log: &Log) {
    for (event, times) in HAPPENED {
        let lines = log.events(event);
        assert_eq!(lines.len(), times, "{event}: {lines:#?}");
        for line in lines {
            assert_eq!((&line["Events"], metrics(line)), (&json!(1), vec!["Events"]), "{line}");
        }
    }
    for (event, _) in EVENTS {
        let is_dealt_with = HAPPENED.iter().any(|it| it.0 == *event) || ELSEWHERE.iter().any(|it| it.0 == *event);
        assert!(is_dealt_with, "{event} is shown nowhere");
    }
    for (event, _) in ELSEWHERE {
        assert_eq!(log.events(event).len(), 0, "{event}");
    }
}

/// whom, where, and in which request.
fn counted_events_name_whom_they_are_about(Toured { tour, log, .. }: &Toured) {
    let me = tour.alice.holder(&Owner::Me).hash();
    for line in log.lines().filter(|line| line["event"].is_string()) {
        let request = log.request(line["request_id"].as_str().unwrap());
        assert_eq!(line["function"], request["function"], "{line}");
        assert!(request["provider"].is_null() || request["provider"] == line["provider"], "{line}");
        // Where nobody has proved who they are, the log does not say whose it is.
        let is_of_nobody = ["state_mismatch", "callback_denied", "breaker_opened", "breaker_closed"]
            .contains(&line["event"].as_str().unwrap());
        assert!(line["owner"].as_str().is_some_and(|owner| owner.len() == 64) || is_of_nobody, "{line}");
    }
    for event in ["bound", "renewed", "address_refused", "orphan_revoked", "proof_mismatch"] {
        assert!(log.events(event).iter().any(|line| line["owner"] == me.as_str()), "{event}");
    }
    for line in log.events("callback_denied") {
        assert_eq!(line["reason"], log.request(line["request_id"].as_str().unwrap())["outcome"]);
    }
    for line in log.events("address_refused") {
        assert!(line["host"].as_str().is_some_and(|hash| hash.len() == 64), "{line}");
        assert!(["ipv4", "name"].contains(&line["kind"].as_str().unwrap()), "{line}");
    }
}

/// The metrics that a line names, each of them a number in it.
fn metrics(line: &Value) -> Vec<&str> {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "codebind", "{line}");
    for name in directive["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap()) {
        assert!(line[name.as_str().unwrap()].is_string(), "{name} is named and not there: {line}");
    }
    let named = directive["Metrics"].as_array().unwrap().iter().map(|metric| metric["Name"].as_str().unwrap());
    named.inspect(|name| assert!(line[*name].is_u64(), "{name} is named and not there: {line}")).collect()
}

#[tokio::test]
async fn a_displaced_token_is_told_with_its_owner() {
    // S-33, R-101
    let scene = Scene::start().await;
    let owners: Vec<_> = (0..=10).map(|number| Owner::instance("local-1", &format!("team-{number:02}"))).collect();
    let alice = scene.person_of("alice", &owners);
    for owner in &owners {
        alice.authorize(owner, GITHUB, OCTO).await.expect(200);
    }
    let log = scene.log(2 * owners.len()).await;
    let lines = log.events("token_displaced");
    let told: Vec<_> = lines.iter().map(|line| line["owner"].as_str().unwrap()).collect();
    assert_eq!(told, [alice.holder(&owners[0]).hash()]);
}

#[tokio::test]
async fn an_operators_mistake_is_told_in_the_log_and_not_in_the_answer() {
    // S-40, R-95
    let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let scene = Scene::builder().variable("CODEBIND_KMS_KEY_ID", key).expect_refusals().start().await;
    let answer = scene.person("alice").bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await;
    answer.problem(500, "misconfigured");
    for inner in ["arn:", "123456789012", "KMS", "127.0.0.1", "NotFound"] {
        assert!(!answer.text.contains(inner), "{inner} is in {}", answer.text);
    }
    let log = scene.log(1).await;
    let failed = log.lines().find(|line| line["message"] == "request failed").unwrap();
    assert_eq!((&failed["reason"], &failed["level"]), (&json!("misconfigured"), &json!("ERROR")));
    assert!(failed["error"].as_str().unwrap().contains("not authorized"), "{failed}");
    assert_eq!(failed["request_id"].as_str().unwrap(), answer.json()["request_id"].as_str().unwrap());
    let call = log.calls("kms").next().unwrap();
    assert_eq!((&call["outcome"], &call["status"]), (&json!("AccessDeniedException"), &json!(400)));
}

#[tokio::test]
async fn what_a_caller_sends_is_cut_and_escaped() {
    //
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let odd = format!("\u{1b}[31m\"\\\n{}", "x".repeat(5000));
    alice.put(&Owner::Me, GITLAB, &json!({"address": odd, "username": odd, "token": "t"})).await.expect(422);
    alice.put(&Owner::Me, &odd_segment(), &json!({})).await.problem(404, "unknown_provider");
    let log = scene.log(2).await;
    assert!(log.lines().all(|line| !line.to_string().contains("xxx") && !line.to_string().contains("31m")));
}

fn odd_segment() -> String {
    format!("%1b%5b31m{}", "x".repeat(1000))
}
