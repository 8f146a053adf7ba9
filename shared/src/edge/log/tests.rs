//! What a line may hold: fields of the list, cut and escaped, and nothing of other libraries.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;

use super::current::Current;
use super::*;
use crate::domain::owner::User;

/// The lines that `work` writes.
pub(crate) fn lines_of(work: impl FnOnce()) -> Vec<Value> {
    let written = Arc::<Mutex<Vec<u8>>>::default();
    let sink = Arc::clone(&written);
    let log = Log(move |line: &[u8]| sink.lock().unwrap().extend_from_slice(line));
    tracing::subscriber::with_default(log, work);
    let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn within_request(work: impl FnOnce()) {
    let current = Current::new("status", "r-1", Some("Parent=1;Root=1-abc-def;Sampled=1"), Instant::now());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(current.scope(async { work() }));
}

#[test]
fn a_field_that_is_not_listed_is_not_written() {
    //
    let lines = lines_of(|| {
        tracing::info!(token = "gho_secret", code = 7, body = ?"gho_secret", provider = "github", "call");
    });
    assert_eq!(lines[0]["provider"], "github");
    assert_eq!(lines[0]["message"], "call");
    for dropped in ["token", "code", "body"] {
        assert_eq!(lines[0].get(dropped), None, "{dropped}");
    }
}

#[test]
fn an_event_cannot_give_what_the_log_writes_itself() {
    // else a line would hold a member twice, and readers differ in which one they take.
    let lines = lines_of(|| within_request(|| tracing::info!(request_id = "r-2", level = "DEBUG", Requests = 9, "x")));
    assert_eq!((&lines[0]["request_id"], &lines[0]["level"]), (&"r-1".into(), &"INFO".into()));
    assert_eq!(lines[0].get("Requests"), None);
}

#[test]
fn other_libraries_are_named_and_not_quoted() {
    //
    let lines = lines_of(|| {
        tracing::error!(target: "hyper::proto", error = "invalid header: Bearer gho_secret", "gho_secret");
        tracing::info!(target: "hyper::proto", "gho_secret");
        tracing::warn!(target: "codebinder", status = 200, "gho_secret");
    });
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| !line.to_string().contains("gho_secret") && line.get("status").is_none()));
    assert_eq!(lines[0]["target"], "hyper::proto");
    assert!(lines[0]["location"].as_str().unwrap().starts_with("src/edge/log/tests.rs:"), "{}", lines[0]);
}

#[test]
fn nothing_below_info_is_written_and_no_span_is() {
    //
    let lines = lines_of(|| {
        tracing::debug!("no");
        tracing::trace!("no");
        let _entered = tracing::error_span!("no", provider = "no").entered();
    });
    assert_eq!(lines, Vec::<Value>::new());
}

#[test]
fn values_are_cut_and_escaped() {
    //
    let long = "é".repeat(10_000);
    let lines = lines_of(|| {
        tracing::info!(error = long, reason = ?long, host = %long, owner = "a\n\"b\"\u{1b}[31m\u{9b}31m\u{7f}", "x");
    });
    for field in ["error", "reason", "host"] {
        assert_eq!(lines[0][field].as_str().unwrap().chars().count(), 256, "{field}");
    }
    assert_eq!(lines[0]["owner"], "a\n\"b\"\u{1b}[31m\u{fffd}31m\u{fffd}");
}

#[test]
fn a_request_has_one_line_with_its_metrics() {
    // S-43, R-101
    let lines = lines_of(|| {
        within_request(|| {
            current::about_operation("bind");
            current::about_provider("github");
            current::about_caller(&User { issuer: "i".to_owned(), subject: "alice".to_owned() });
            current::finish("bound", 201);
        });
    });
    let [line] = &*lines else { panic!("{lines:?}") };
    for (field, value) in [
        ("message", "request"),
        ("function", "status"),
        ("request_id", "r-1"),
        ("trace_id", "1-abc-def"),
        ("provider", "github"),
        ("operation", "bind"),
        ("outcome", "bound"),
    ] {
        assert_eq!(line[field], value, "{line}");
    }
    assert_eq!((&line["status"], &line["Requests"]), (&201.into(), &1.into()));
    assert_eq!(line["Duration"], line["milliseconds"]);
    assert_eq!(line["owner"].as_str().unwrap().len(), 64);
    assert_metrics(line, &[&["function", "outcome"], &["function", "provider", "outcome"]]);
}

#[test]
fn a_dimension_is_named_only_where_it_is() {
    // CloudWatch refuses a line whose dimensions are not all there.
    let lines = lines_of(|| {
        within_request(|| {
            tracing::warn!(event = "state_mismatch", provider = "github", "x");
            tracing::warn!(event = "panicked", "x");
            current::finish("catalogue", 200);
        });
    });
    assert_metrics(&lines[0], &[&["event"], &["event", "provider"]]);
    assert_metrics(&lines[1], &[&["event"]]);
    assert_metrics(&lines[2], &[&["function", "outcome"]]);
    assert_eq!((&lines[0]["Events"], &lines[0]["function"]), (&1.into(), &"status".into()));
}

/// The embedded metric format: its one object, and every metric and dimension it names among the members.
#[track_caller]
fn assert_metrics(line: &Value, dimensions: &[&[&str]]) {
    let aws = &line["_aws"];
    let members: Vec<_> = aws.as_object().unwrap().keys().collect();
    assert_eq!(members, ["CloudWatchMetrics", "Timestamp"]);
    assert!(aws["Timestamp"].as_i64().unwrap() > 1_700_000_000_000);
    let directive = &aws["CloudWatchMetrics"][0];
    assert_eq!((&directive["Namespace"], aws["CloudWatchMetrics"].as_array().unwrap().len()), (&"codebind".into(), 1));
    assert_eq!(directive["Dimensions"], serde_json::to_value(dimensions).unwrap());
    assert!(dimensions.iter().flat_map(|set| set.iter()).all(|name| line[*name].is_string()), "{line}");
    for metric in directive["Metrics"].as_array().unwrap() {
        assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{line}");
        assert!(matches!(metric["Unit"].as_str(), Some("Count" | "Milliseconds")), "{line}");
    }
}

#[test]
fn a_panic_is_told_by_its_place_alone() {
    //
    let lines = lines_of(|| within_request(|| panicked(Some(Location::caller()))));
    let line = &lines[0];
    assert_eq!((&line["event"], &line["request_id"]), (&"panicked".into(), &"r-1".into()));
    assert!(line["location"].as_str().unwrap().contains(".rs:"), "{line}");
    assert_eq!(place("/a/b/registry/src/index/lambda-1.0/src/layers/panic.rs", 7), "lambda-1.0/src/layers/panic.rs:7");
}

#[test]
fn between_requests_there_is_no_request_id() {
    let lines = lines_of(|| {
        tracing::error!(error = "no table", "the function cannot go on");
        current::finish("bound", 201);
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].get("request_id"), None);
}
