//! How a request is taken out of its event, and its body out of the request.

use lambda_runtime::Context;
use serde_json::{Value, json};

use super::*;
use crate::edge::body::{self, GrantBody, StartBody};

fn take(event: Value) -> (Frame, Result<Incoming, Problem>) {
    let event = serde_json::from_value::<Event>(event).unwrap();
    read(LambdaEvent::new(event, Context::default()), Duration::from_secs(9))
}

fn incoming(event: Value) -> Incoming {
    take(event).1.map_err(|problem| problem.code).unwrap()
}

fn code<T>(result: Result<T, Problem>) -> Option<Code> {
    result.err().map(|problem| problem.code)
}

/// A request to bind, with a body.
fn put(body: &str, content_type: &str, is_base64: bool) -> Value {
    json!({
        "rawPath": "/v1/instances/eu-1/a%2Fb/bindings/github",
        "headers": {"content-type": content_type},
        "requestContext": {"http": {"method": "PUT"}, "requestId": "r-1"},
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

#[test]
fn a_body_comes_as_it_was_sent() {
    // S-11
    assert_eq!(*incoming(put("{\"a\":1}", "", false)).body, b"{\"a\":1}");
    assert_eq!(*incoming(put("e30=", "", true)).body, b"{}");
    assert_eq!(code(take(put("e30", "", true)).1), Some(Code::InvalidBody));
}

#[test]
fn the_gateways_name_of_a_request_comes_first() {
    // S-43
    assert_eq!(take(put("", "", false)).0.request_id, "r-1");
    let event = json!({"requestContext": {"requestId": "", "http": {"method": "GET"}}});
    let event = serde_json::from_value::<Event>(event).unwrap();
    let mut context = Context::default();
    context.request_id = "own".to_owned();
    assert_eq!(read(LambdaEvent::new(event, context), Duration::from_secs(9)).0.request_id, "own");
}

#[test]
fn cookies_are_listed_or_in_the_header_and_never_both() {
    // S-15
    let event = |cookies: Value| {
        json!({
            "requestContext": {"routeKey": "GET /v1/providers", "http": {"method": "GET"}},
            "headers": {"cookie": "a=1; b=2;"},
            "cookies": cookies,
        })
    };
    assert_eq!(incoming(event(json!(["c=3"]))).cookies, ["c=3"]);
    assert!(incoming(event(json!([]))).cookies.is_empty());
    assert_eq!(incoming(event(Value::Null)).cookies, ["a=1", "b=2"]);
}

#[test]
fn a_route_is_found_by_its_key_only_with_its_own_method() {
    // S-19
    let event = |method: &str| {
        json!({
            "rawPath": "/v1/users/me/bindings/gitee",
            "pathParameters": {"provider": "github"},
            "requestContext": {"routeKey": "GET /v1/users/me/bindings/{provider}", "http": {"method": method}},
        })
    };
    let by_key = incoming(event("GET"));
    assert_eq!((by_key.operation, by_key.provider().unwrap().id), (Operation::ShowBinding, "github"));
    let by_path = incoming(event("DELETE"));
    assert_eq!((by_path.operation, by_path.provider().unwrap().id), (Operation::Unbind, "gitee"));
    assert_eq!(code(take(event("HEAD")).1), Some(Code::MethodNotAllowed));
}

#[test]
fn the_path_names_the_owner() {
    // S-2
    let config = CallerConfig {
        regions: vec!["eu-1".to_owned()],
        user_claim: "sub".to_owned(),
        instances_claim: "instances".to_owned(),
    };
    let mut event = put("", "", false);
    event["requestContext"]["authorizer"] = json!({"lambda": {"sub": "alice", "instances": ["eu-1/a/b"]}});
    let request = incoming(event.clone());
    let caller = request.caller(&config).unwrap();
    let shared = Owner::Instance { region: "eu-1".to_owned(), instance: "a/b".to_owned() };
    assert_eq!(request.owner(&caller, &config).unwrap(), shared);
    event["rawPath"] = json!("/v1/users/me/bindings/github");
    assert_eq!(incoming(event).owner(&caller, &config).unwrap(), Owner::User(caller.user));
}

#[test]
fn bodies_are_bounded_and_declared() {
    // S-11, R-36
    let read = |body: &str, kind: &str| body::required::<Value>(&incoming(put(body, kind, false)));
    let of_length = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    assert!(read(&of_length(16 * 1024), "application/json").is_ok());
    for length in [16 * 1024 + 1, 17 * 1024] {
        assert_eq!(code(read(&of_length(length), "application/json")), Some(Code::BodyTooLarge), "{length}");
    }
    assert_eq!(code(read("{}", "text/plain")), Some(Code::UnsupportedMediaType));
    assert_eq!(code(read("{", "application/json")), Some(Code::InvalidBody));
}

#[test]
fn a_body_that_may_be_left_out_is_read_when_it_is_there() {
    // S-16
    let read = |text: &str| body::optional::<StartBody>(&incoming(put(text, "application/json", false)));
    assert!(read("").is_ok_and(|body| body.return_to.is_none()));
    assert!(read("{\"return_to\":\"x\"}").is_ok_and(|body| body.return_to.as_deref() == Some("x")));
    assert_eq!(code(read("{\"other\":1}")), Some(Code::InvalidBody));
    assert_eq!(code(read("{\"return_to\":\"x\",\"return_to\":\"x\"}")), Some(Code::InvalidBody));
}

#[test]
fn a_grant_is_told_from_a_token_form() {
    // S-22
    let secret = |body: Value| serde_json::from_value::<GrantBody>(body).unwrap().into_secret();
    assert_eq!(secret(json!({"grant": " g "})).unwrap().unwrap().reveal(), "g");
    assert!(secret(json!({"token": "t"})).unwrap().is_none());
    assert!(secret(json!({"grant": "g", "username": "u"})).unwrap().is_none());
    assert!(matches!(secret(json!({})), Err(Error::Field { field: "grant" })));
}
