//! An HTTP request as the event that an HTTP API hands to a function (payload format 2.0).

use std::{collections::BTreeMap, net::IpAddr};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use url::form_urlencoded;

use crate::{
    authorizer::Identity,
    environment::ACCOUNT_ID,
    routes::{PathParameters, Route},
};

const API_ID: &str = "local";
const STAGE: &str = "$default";
/// The common log format, which the gateway uses for `requestContext.time`.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
/// Media types that reach a function as text, besides `text/…`; measured on AWS by ministack's pull request 766.
const TEXT_TYPES: &[&str] = &["application/json", "application/xml", "application/javascript"];
/// Headers that say something about one connection only (RFC 9110, section 7.6.1).
const HOP_BY_HOP: &[HeaderName] =
    &[header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE];

/// A routed and authorized request.
pub(crate) struct Incoming<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) body: &'a Bytes,
    pub(crate) route: &'a Route,
    /// The decoded path: HTTP APIs show functions no other.
    pub(crate) path: &'a str,
    pub(crate) path_parameters: &'a PathParameters,
    pub(crate) identity: Option<&'a Identity>,
    pub(crate) peer: IpAddr,
    pub(crate) request_id: &'a str,
    pub(crate) trace_id: &'a str,
}

/// The event of a request.
pub(crate) fn event(incoming: &Incoming<'_>) -> Value {
    let Incoming { parts, body, route, path, .. } = *incoming;
    let query = parts.uri.query().unwrap_or_default();
    let mut event = Map::new();
    let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
    set("version", "2.0".into());
    set("routeKey", route.key.into());
    set("rawPath", path.into());
    set("rawQueryString", query.into());
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        set("cookies", cookies.into());
    }
    set("headers", json!(headers(incoming)));
    let query_parameters = joined(form_urlencoded::parse(query.as_bytes()));
    if !query_parameters.is_empty() {
        set("queryStringParameters", json!(query_parameters));
    }
    set("requestContext", request_context(incoming));
    if !incoming.path_parameters.is_empty() {
        set("pathParameters", json!(incoming.path_parameters));
    }
    if body.is_empty() {
        set("isBase64Encoded", false.into());
    } else {
        let text = is_text(&parts.headers).then(|| String::from_utf8_lossy(body).into_owned());
        set("isBase64Encoded", text.is_none().into());
        set("body", text.unwrap_or_else(|| STANDARD.encode(body)).into());
    }
    Value::Object(event)
}

fn request_context(incoming: &Incoming<'_>) -> Value {
    let Incoming { parts, route, path, request_id, .. } = *incoming;
    let now = OffsetDateTime::now_utc();
    let host = text(parts.headers.get(header::HOST));
    let domain = host.rsplit_once(':').map_or(&*host, |(domain, _port)| domain);
    let mut context = json!({
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.split('.').next(),
        "http": {
            "method": parts.method.as_str(),
            "path": path,
            "protocol": format!("{:?}", parts.version),
            "sourceIp": incoming.peer.to_string(),
            "userAgent": text(parts.headers.get(header::USER_AGENT)),
        },
        "requestId": request_id,
        "routeKey": route.key,
        "stage": STAGE,
        "time": now.format(TIME).unwrap_or_default(),
        "timeEpoch": i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default(),
    });
    if let Some(identity) = incoming.identity {
        context["authorizer"] = match identity {
            // No route asks for scopes, and then the gateway says null.
            Identity::Claims(claims) => json!({"jwt": {"claims": claims, "scopes": null}}),
            Identity::Principal(principal) => json!({"iam": principal.context()}),
        };
    }
    context
}

fn headers(incoming: &Incoming<'_>) -> BTreeMap<String, String> {
    let Incoming { parts, body, peer, trace_id, .. } = *incoming;
    let kept = parts.headers.iter().filter(|(name, _)| **name != header::COOKIE && !HOP_BY_HOP.contains(name));
    let mut headers = joined(kept.map(|(name, value)| (name.as_str().into(), lossy(value))));
    let own_port = text(parts.headers.get(header::HOST))
        .rsplit_once(':')
        .map_or_else(|| "80".to_owned(), |(_domain, port)| port.to_owned());
    headers.insert("content-length".to_owned(), body.len().to_string());
    headers.insert("x-amzn-trace-id".to_owned(), trace_id.to_owned());
    headers.insert("x-forwarded-port".to_owned(), own_port);
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    // What the client claims stays in front of what the gateway saw.
    let forwarded_for = match headers.remove("x-forwarded-for") {
        Some(claimed) => format!("{claimed}, {peer}"),
        None => peer.to_string(),
    };
    headers.insert("x-forwarded-for".to_owned(), forwarded_for);
    headers
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter().map(lossy);
    let cookies = values.flat_map(|it| it.split(';').map(|it| it.trim().to_owned()).collect::<Vec<_>>());
    cookies.filter(|it| !it.is_empty()).collect()
}

/// One value per name: format 2.0 joins repeated ones.
fn joined<'a>(
    pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>,
) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        joined
            .entry(name.into_owned())
            .and_modify(|it| {
                it.push(',');
                it.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}

fn is_text(headers: &HeaderMap) -> bool {
    let content_type = text(headers.get(header::CONTENT_TYPE));
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.starts_with("text/") || TEXT_TYPES.contains(&media_type.as_str())
}

fn text(value: Option<&HeaderValue>) -> String {
    value.map(|it| lossy(it).into_owned()).unwrap_or_default()
}

fn lossy(value: &HeaderValue) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
