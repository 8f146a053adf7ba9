//! What every answer has to be, whatever was asked (S-12, S-13, R-31, R-34, R-95).

use codebind::edge::code::Code;
use codebind::edge::event::Response;
use serde_json::Value;

/// The tags of our pages. Anything else after a `<` came from outside.
const TAGS: [&str; 22] = [
    "!doctype html>",
    "html lang=\"",
    "head>",
    "meta charset=\"utf-8\">",
    "meta name=\"viewport\" ",
    "title>",
    "style>",
    "body>",
    "main class=\"good\">",
    "main class=\"bad\">",
    "h1>",
    "p>",
    "p class=\"id\">",
    "a rel=\"noreferrer\" href=\"https://",
    "/title>",
    "/style>",
    "/head>",
    "/h1>",
    "/p>",
    "/a>",
    "/main>",
    "/body>",
];

/// Checks an answer; gives the code of a problem.
pub(super) fn check(response: &Response) -> Option<String> {
    has_the_headers(response);
    assert!(!response.is_base64_encoded);
    serde_json::to_string(response).expect("the platform takes it");
    match response.headers["content-type"].as_str() {
        "application/problem+json" => Some(problem(response)),
        "application/json" => {
            let body: Value = serde_json::from_str(&response.body).expect("JSON");
            assert!(body.is_object() && matches!(response.status_code, 200 | 201));
            None
        }
        "text/html; charset=utf-8" => {
            page(&response.body);
            None
        }
        kind => {
            assert_eq!((kind, response.status_code, response.body.as_str()), ("text/plain; charset=utf-8", 303, ""));
            assert!(response.headers["location"].starts_with("https://console.example.com/"));
            None
        }
    }
}

fn has_the_headers(response: &Response) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("vary", "accept-language, origin"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(response.headers.get(name).map(String::as_str), Some(value));
    }
    assert!(response.headers["content-security-policy"].starts_with("default-src 'none'; "));
    assert!(matches!(response.headers["content-language"].as_str(), "en" | "zh-CN"));
    for value in response.headers.values().chain(&response.cookies) {
        assert!(value.bytes().all(|it| (0x20..=0x7e).contains(&it)), "{value:?}");
    }
    if let Some(seconds) = response.headers.get("retry-after") {
        assert!((1..=86_400).contains(&seconds.parse::<u64>().expect("seconds")), "{seconds}");
    }
}

fn problem(response: &Response) -> String {
    let document: Value = serde_json::from_str(&response.body).expect("JSON");
    let code = document["code"].as_str().expect("a code");
    let known = Code::ALL.iter().find(|it| it.name() == code).expect("a known code");
    assert_eq!((known.status(), document["status"].as_u64()), (response.status_code, Some(known.status().into())));
    assert_eq!(document["type"], format!("urn:codebind:problem:{code}"));
    for member in ["title", "detail"] {
        let text = document[member].as_str().expect("a text");
        assert!(!text.is_empty() && text.len() < 16 * 1024 && !text.contains(char::is_control), "{text:?}");
    }
    code.to_owned()
}

fn page(body: &str) {
    let mut tags = body.split('<');
    assert_eq!(tags.next(), Some(""), "{body}");
    for tag in tags {
        assert!(tag.starts_with("/html>") || TAGS.iter().any(|it| tag.starts_with(it)), "{body}");
    }
}
