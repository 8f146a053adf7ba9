//! Compares simulators with the wire examples, so that the two cannot drift apart.

use std::collections::BTreeSet;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use serde_json::{Map, Value};

use super::{ALL, call::Call, reply::Reply, stage::Stage, state::Tokens};

/// A simulator without a server.
pub(super) fn stage(provider: &str) -> std::sync::Arc<Stage> {
    let declaration = ALL.iter().find(|it| it.provider.id == provider).unwrap();
    let tokens = Tokens::load(None, provider).unwrap();
    Stage::new(declaration, "http://127.0.0.1:9".to_owned(), "https://codebind.example.com/", tokens)
}

/// A request. A body that begins like JSON is sent as JSON, any other as a form.
pub(super) fn call(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Call {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut map = HeaderMap::new();
    let content_type = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    for (name, value) in headers.iter().copied().chain([("content-type", content_type)]) {
        map.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    Call {
        method: Method::try_from(method).unwrap(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: map,
        body: Bytes::from(body.to_owned()),
    }
}

/// The response of a wire example.
pub(super) fn response(name: &str) -> Value {
    let path = format!("{}/../../tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str::<Value>(&text).unwrap()["response"].take()
}

/// Checks that a reply is what the example says: status, every header, and the body with exactly its members.
/// Values of headers and members that `varying` names may differ, as long as their types do not.
pub(super) fn assert_like(reply: &Reply, name: &str, varying: &[&str]) {
    let expected = response(name);
    assert_eq!(u64::from(reply.status), expected["status"], "{name}");
    for (header, value) in expected["headers"].as_object().unwrap() {
        let sent = header_of(reply, header).unwrap_or_else(|| panic!("{name}: no {header}"));
        if !varying.contains(&header.as_str()) {
            assert_eq!(sent, value.as_str().unwrap(), "{name}: {header}");
        }
    }
    match &expected["body"] {
        Value::Null => assert!(reply.body.is_empty(), "{name}"),
        Value::String(text) => assert_eq!(reply.body.as_ref(), text.as_bytes(), "{name}"),
        json => assert_same(&body_of(reply), json, name, varying),
    }
}

/// The body as JSON.
pub(super) fn body_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

/// A header of a reply.
pub(super) fn header_of<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn assert_same(sent: &Value, expected: &Value, place: &str, varying: &[&str]) {
    match (sent, expected) {
        (Value::Object(sent), Value::Object(expected)) => {
            let names = |members: &Map<String, Value>| members.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(sent), names(expected), "{place}");
            for (member, value) in expected {
                let place = format!("{place}.{member}");
                if varying.contains(&member.as_str()) {
                    assert_eq!(std::mem::discriminant(&sent[member]), std::mem::discriminant(value), "{place}");
                } else {
                    assert_same(&sent[member], value, &place, varying);
                }
            }
        }
        (Value::Array(sent), Value::Array(expected)) if sent.len() == expected.len() => {
            for (index, (sent, expected)) in sent.iter().zip(expected).enumerate() {
                assert_same(sent, expected, &format!("{place}.{index}"), varying);
            }
        }
        _ => assert_eq!(sent, expected, "{place}"),
    }
}
