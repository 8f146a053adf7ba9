//! A function's answer as an HTTP response.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

/// Headers that the gateway sets itself, whatever the function says.
const RESERVED: &[HeaderName] = &[header::CONNECTION, header::CONTENT_LENGTH, header::DATE, header::TRANSFER_ENCODING];

/// The answer of a function in payload format 2.0. It has no `multiValueHeaders`:
/// the gateway drops what `lambda_http` says there, and only cookies can repeat.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Turns a function's answer into a response; none when the gateway could make nothing of it.
pub(crate) fn response(answer: &Bytes) -> Option<Response> {
    let value: Value = serde_json::from_slice(answer).ok()?;
    if value.get("statusCode").is_none() {
        return Some(axum::Json(value).into_response());
    }
    let answer: Answer = serde_json::from_value(value).ok()?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    let headers = response.headers_mut();
    for (name, value) in answer.headers.unwrap_or_default() {
        let name = HeaderName::try_from(name).ok()?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !RESERVED.contains(&name) {
            headers.insert(name, HeaderValue::try_from(value).ok()?);
        }
    }
    for cookie in answer.cookies.unwrap_or_default() {
        headers.append(header::SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    }
    if !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Some(response)
}

/// An answer of the gateway's own.
pub(crate) fn message(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(json!({"message": text}))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn answered(answer: &Value) -> Option<Response> {
        response(&Bytes::from(answer.to_string()))
    }

    async fn body(response: Response) -> Bytes {
        to_bytes(response.into_body(), 1024).await.unwrap()
    }

    #[tokio::test]
    async fn status_headers_cookies_and_body_come_through() {
        let response = answered(&json!({
            "statusCode": 303,
            "headers": {"location": "/there", "x-number": 1, "content-length": "99"},
            "multiValueHeaders": {"location": ["/there"]},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "moved",
            "isBase64Encoded": false,
        }))
        .unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let headers = response.headers();
        assert_eq!(headers["location"], "/there");
        assert_eq!(headers["x-number"], "1");
        assert_eq!(headers.get_all("location").iter().count(), 1);
        let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1; Secure", "b=2"]);
        assert!(!headers.contains_key("content-length"));
        assert_eq!(body(response).await, "moved");
    }

    #[tokio::test]
    async fn a_base64_body_is_decoded() {
        let answer = json!({"statusCode": 200, "body": "/wA=", "isBase64Encoded": true});
        assert_eq!(body(answered(&answer).unwrap()).await, [0xff, 0x00].as_slice());
    }

    #[tokio::test]
    async fn json_without_a_status_is_the_body() {
        let response = answered(&json!({"hello": "you"})).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(body(response).await, r#"{"hello":"you"}"#);
    }

    #[test]
    fn nonsense_is_no_response() {
        for answer in [
            json!({"statusCode": "many"}),
            json!({"statusCode": 20}),
            json!({"statusCode": 200, "body": "%", "isBase64Encoded": true}),
            json!({"statusCode": 200, "headers": {"x": "a\r\nb"}}),
            json!({"statusCode": 200, "body": {"an": "object"}}),
        ] {
            assert!(answered(&answer).is_none(), "{answer}");
        }
        assert!(response(&Bytes::from_static(b"not json")).is_none());
    }
}
