//! Events as API Gateway makes them, request by request.

use axum::http::Request;

use codebind::edge::route::Api;

use super::*;
use crate::claims::Claims;
use crate::routes::{Authorization, decode_path, find};

fn event_of(request: Request<&str>) -> Value {
    let identity = Identity::Claims(Claims::from([("sub".to_owned(), "me".to_owned())]));
    let (parts, body) = request.into_parts();
    let path = decode_path(parts.uri.path());
    let (route, path_parameters) = find(Api::Public, parts.method.as_str(), &path).unwrap();
    event(&Incoming {
        parts: &parts,
        body: &Bytes::copy_from_slice(body.as_bytes()),
        route,
        path: &path,
        path_parameters: &path_parameters,
        identity: (route.authorization == Authorization::Jwt).then_some(&identity),
        peer: [192, 0, 2, 7].into(),
        request_id: "JKJaXmPLvHcESHA=",
        trace_id: "Root=1-0-0",
    })
}

fn get(uri: &str) -> axum::http::request::Builder {
    Request::get(uri).header("host", "api.test:4180")
}

#[test]
fn a_request_becomes_a_whole_event() {
    let request = Request::put("/v1/instances/local-1/a%23b/bindings/example?a=1&b=%20x+y&a=2")
        .header("Host", "api.test:4180")
        .header("User-Agent", "curl/8")
        .header("Content-Type", "application/json; charset=utf-8")
        .header("Accept-Language", "en")
        .header("Accept-Language", "zh-CN")
        .header("Cookie", "a=1; b=2")
        .header("Cookie", "c=3;d=4")
        .header("Connection", "keep-alive")
        .header("X-Forwarded-For", "198.51.100.1")
        .body(r#"{"name":"你"}"#)
        .unwrap();
    let mut event = event_of(request);
    assert!(event["requestContext"]["timeEpoch"].take().as_i64().unwrap() > 1_700_000_000_000);
    let time = event["requestContext"]["time"].take();
    assert_eq!(time.as_str().unwrap().len(), "12/Mar/2020:19:03:58 +0000".len());
    let route_key = "PUT /v1/instances/{region}/{instance}/bindings/{provider}";
    let path = "/v1/instances/local-1/a#b/bindings/example";
    let expected = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": "a=1&b=%20x+y&a=2",
        "cookies": ["a=1", "b=2", "c=3", "d=4"],
        "headers": {
            "host": "api.test:4180",
            "user-agent": "curl/8",
            "content-type": "application/json; charset=utf-8",
            "content-length": "14",
            "accept-language": "en,zh-CN",
            "x-amzn-trace-id": "Root=1-0-0",
            "x-forwarded-for": "198.51.100.1, 192.0.2.7",
            "x-forwarded-port": "4180",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"a": "1,2", "b": " x y"},
        "pathParameters": {"region": "local-1", "instance": "a#b", "provider": "example"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "authorizer": {"jwt": {"claims": {"sub": "me"}, "scopes": null}},
            "domainName": "api.test",
            "domainPrefix": "api",
            "http": {
                "method": "PUT",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "curl/8",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route_key,
            "stage": "$default",
            "time": null,
            "timeEpoch": null,
        },
        "body": r#"{"name":"你"}"#,
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
}

#[test]
fn what_is_absent_is_left_out() {
    let event = event_of(get("/v1/providers").body("").unwrap());
    for name in ["cookies", "queryStringParameters", "pathParameters", "body"] {
        assert!(event.get(name).is_none(), "{name}");
    }
    assert_eq!(event["rawQueryString"], "");
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["headers"]["content-length"], "0");
}

#[test]
fn an_open_route_has_no_authorizer() {
    let event = event_of(get("/v1/oauth/callback/example?code=1").body("").unwrap());
    assert!(event["requestContext"].get("authorizer").is_none());
    assert_eq!(event["routeKey"], "GET /v1/oauth/callback/{provider}");
}

#[test]
fn only_text_types_reach_a_function_as_text() {
    for (content_type, encoded) in [
        (Some("application/json"), false),
        (Some("Application/JSON; charset=utf-8"), false),
        (Some("text/plain"), false),
        (Some("application/xml"), false),
        (Some("application/x-www-form-urlencoded"), true),
        (Some("application/octet-stream"), true),
        (Some("application/problem+json"), true),
        (None, true),
    ] {
        let mut request = Request::post("/v1/grants").header("host", "localhost");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let event = event_of(request.body("{}").unwrap());
        assert_eq!(event["isBase64Encoded"], encoded, "{content_type:?}");
        assert_eq!(event["body"], if encoded { "e30=" } else { "{}" }, "{content_type:?}");
    }
}
