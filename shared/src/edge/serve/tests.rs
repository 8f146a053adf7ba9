//! Whatever happens to a request, it is answered with the standard headers and has one line in the log.

use lambda_runtime::Context;
use serde_json::{Value, json};

use super::*;
use crate::edge::log::tests::lines_of;

/// Serves one event; the answer, and the lines it wrote.
fn served(
    event: &Value,
    budget: Duration,
    handler: &impl AsyncFn(&Incoming, &Frame) -> Reply,
) -> (Response, Vec<Value>) {
    let mut context = Context::default();
    context.request_id = "r-1".to_owned();
    let raw = serde_json::value::to_raw_value(event).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut response = None;
    let lines = lines_of(|| {
        let event = LambdaEvent::new(raw, context);
        response = Some(runtime.block_on(answer_text("status", budget, handler, event)));
    });
    (response.unwrap(), lines)
}

fn catalogue() -> Value {
    json!({"rawPath": "/v1/providers", "requestContext": {"requestId": "gw-1", "http": {"method": "GET"}}})
}

#[track_caller]
fn assert_one_request(lines: &[Value], outcome: &str, request_id: &str) {
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    let [line] = &*requests else { panic!("{lines:?}") };
    assert_eq!((&line["outcome"], &line["request_id"]), (&outcome.into(), &request_id.into()), "{line}");
}

#[track_caller]
fn assert_problem(response: &Response, status: u16, code: &str) {
    assert_eq!(response.status_code, status);
    for header in ["cache-control", "content-security-policy", "x-content-type-options"] {
        assert!(response.headers.contains_key(header), "{header}");
    }
    assert_eq!(response.headers["content-type"], "application/problem+json");
    assert_eq!(serde_json::from_str::<Value>(&response.body).unwrap()["code"], code);
}

async fn fine(_: &Incoming, _: &Frame) -> Reply {
    Reply::json(200, &json!({}), "catalogue")
}

#[test]
fn a_request_that_goes_well_has_one_line() {
    // S-43
    let (response, lines) = served(&catalogue(), BUDGET_SHORT, &fine);
    assert_eq!((response.status_code, lines.len()), (200, 1));
    assert_one_request(&lines, "catalogue", "gw-1");
    assert_eq!(lines[0]["operation"], "catalogue");
}

#[test]
fn a_path_that_is_not_ours_has_one_line() {
    // S-43
    let (response, lines) = served(&json!({"rawPath": "/v1/else"}), BUDGET_SHORT, &fine);
    assert_problem(&response, 404, "not_found");
    assert_one_request(&lines, "not_found", "r-1");
}

#[test]
fn what_is_no_event_is_answered_and_not_quoted() {
    // the runtime would write what it could not read.
    for event in
        [json!("glpat-secret"), json!({"headers": "glpat-secret"}), json!(7), json!({"isBase64Encoded": "glpat-"})]
    {
        let (response, lines) = served(&event, BUDGET_SHORT, &fine);
        assert_problem(&response, 500, "internal");
        assert_one_request(&lines, "internal", "r-1");
        assert!(!response.body.contains("glpat-") && !format!("{lines:?}").contains("glpat-"), "{lines:?}");
    }
}

#[test]
fn a_handler_that_panics_is_answered_and_not_quoted() {
    // where the build unwinds; release builds abort, and the gateway answers.
    async fn panicking(_: &Incoming, frame: &Frame) -> Reply {
        assert!(frame.request_id.is_empty(), "glpat-secret");
        Reply::json(200, &json!({}), "catalogue")
    }
    let (response, lines) = served(&catalogue(), BUDGET_SHORT, &panicking);
    assert_problem(&response, 500, "internal");
    assert_one_request(&lines, "internal", "gw-1");
    assert!(!response.body.contains("glpat-"));
}

#[test]
fn a_handler_that_hangs_is_answered_and_has_one_line() {
    // S-39, S-43
    async fn hanging(_: &Incoming, _: &Frame) -> Reply {
        std::future::pending().await
    }
    let (response, lines) = served(&catalogue(), Duration::ZERO, &hanging);
    assert_problem(&response, 503, "unavailable");
    assert_one_request(&lines, "unavailable", "gw-1");
}
