//! The checker itself: what is as described passes, and each way to deviate is caught.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tests::{Answer, Description, Exchange};

const FUNCTION_HEADERS: [(&str, &str); 9] = [
    ("apigw-requestid", "r-1="),
    ("cache-control", "no-store"),
    ("content-language", "en"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("vary", "accept-language, origin"),
    ("x-content-type-options", "nosniff"),
];

/// What is not as described, and words of the complaint.
type Case = (&'static str, Exchange);

fn headers(media_type: &str) -> HeaderMap {
    let own = [("content-type", media_type)];
    let all = FUNCTION_HEADERS.iter().copied().chain(own);
    all.map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())).collect()
}

fn exchange(method: &str, path: &str, status: u16, media_type: &str, text: &str) -> Exchange {
    let answer = Answer { status, headers: headers(media_type), text: text.to_owned() };
    Exchange { method: method.to_owned(), path: path.to_owned(), query: String::new(), body: Vec::new(), answer }
}

fn started(document: &Value) -> Exchange {
    let path = "/v1/users/me/bindings/github/authorization";
    let mut exchange = exchange("POST", path, 201, "application/json", &document.to_string());
    let cookie = "codebind_a=b; Path=/; HttpOnly; SameSite=Lax; Max-Age=600";
    exchange.answer.headers.insert("set-cookie", cookie.parse().unwrap());
    exchange
}

fn good() -> Value {
    json!({"authorization_url": "https://github.com/login", "expires_at": "2026-11-23T16:23:28Z"})
}

fn problem(status: u16, code: &str) -> Exchange {
    let document = json!({
        "type": format!("urn:codebind:problem:{code}"), "title": "t", "status": status, "detail": "d", "code": code,
        "request_id": "r-1=",
    });
    exchange("GET", "/v1/users/me/bindings/x", status, "application/problem+json", &document.to_string())
}

fn callback(status: u16, media_type: &str, text: &str, location: &str) -> Exchange {
    let mut exchange = exchange("GET", "/v1/oauth/callback/github", status, media_type, text);
    exchange.query = format!("state={}&code=c", "s".repeat(43));
    exchange.answer.headers.insert("location", location.parse().unwrap());
    exchange
}

fn with(mut exchange: Exchange, change: impl FnOnce(&mut Exchange)) -> Exchange {
    change(&mut exchange);
    exchange
}

fn page(code: &str) -> String {
    format!("<p class=\"id\">{code} · r-1=</p>")
}

#[test]
fn what_is_as_described_passes() {
    let message = exchange("GET", "/v1/providers", 401, "application/json", r#"{"message":"Unauthorized"}"#);
    let back = "https://console.example.com/?result=declined&provider=github";
    for exchange in [
        started(&good()),
        with(started(&good()), |it| it.body = br#"{"completion":"console"}"#.to_vec()),
        problem(404, "unknown_provider"),
        callback(303, "text/plain; charset=utf-8", "", back),
        callback(410, "text/html; charset=utf-8", &page("authorization_used"), ""),
        with(message, |it| it.answer.headers.retain_only(&["apigw-requestid", "content-type"])),
        exchange("GET", "/v1/nothing", 404, "application/json", r#"{"message":"Not Found"}"#),
    ] {
        Description::get().check(&exchange).unwrap();
    }
}

#[test]
fn a_deviating_answer_is_caught() {
    // S-11, S-12, S-13, R-32
    let member = |name: &str, value: Value| {
        let mut document = good();
        document[name] = value;
        started(&document)
    };
    let back = "https://console.example.com/?result=invalid_callback&provider=github";
    let cases: [Case; 14] = [
        ("owner", member("owner", json!("me"))),
        ("expires_at", started(&json!({"authorization_url": "https://github.com/login"}))),
        ("expires_at", member("expires_at", json!("yesterday"))),
        ("authorization_url", member("authorization_url", json!(7))),
        ("no 200", with(started(&good()), |it| it.answer.status = 200)),
        ("text/html", with(started(&good()), |it| it.answer.headers = headers("text/html"))),
        ("no header set-cookie", with(started(&good()), |it| drop(it.answer.headers.remove("set-cookie")))),
        (
            "no header cache-control",
            with(problem(404, "unknown_provider"), |it| {
                drop(it.answer.headers.remove("cache-control"));
            }),
        ),
        (
            "cache-control",
            with(started(&good()), |it| {
                it.answer.headers.insert("cache-control", HeaderValue::from_static("public"));
            }),
        ),
        ("code", problem(404, "not_bound")),
        (
            "do not agree",
            with(problem(404, "unknown_provider"), |it| {
                it.answer.text = it.answer.text.replace("problem:unknown_provider", "problem:not_bound");
            }),
        ),
        ("authorization_invalid", callback(410, "text/html", &page("authorization_invalid"), "")),
        ("invalid_callback", callback(303, "text/plain", "", back)),
        ("not refused", exchange("GET", "/v1/nothing", 200, "application/json", "{}")),
    ];
    assert_caught(cases);
}

#[test]
fn a_request_that_should_have_been_refused_is_caught() {
    // S-11
    let cases: [Case; 4] = [
        ("state", with(started(&good()), |it| it.body = br#"{"state":"mine"}"#.to_vec())),
        ("no JSON", with(started(&good()), |it| it.body = b"{".to_vec())),
        (
            "without \"state\"",
            with(callback(200, "text/html", &page("bound"), ""), |it| it.query = "code=c".to_owned()),
        ),
        ("with code", with(callback(200, "text/html", &page("bound"), ""), |it| it.query.push_str("%00"))),
    ];
    assert_caught(cases);
}

fn assert_caught<const N: usize>(cases: [Case; N]) {
    for (words, exchange) in cases {
        let error = Description::get().check(&exchange).expect_err(words);
        assert!(error.contains(words), "no {words:?} in {error}");
    }
}

trait RetainOnly {
    fn retain_only(&mut self, names: &[&str]);
}

impl RetainOnly for HeaderMap {
    fn retain_only(&mut self, names: &[&str]) {
        let kept = names.iter().filter_map(|name| Some((name.parse::<HeaderName>().ok()?, self.get(*name)?.clone())));
        *self = kept.collect();
    }
}
