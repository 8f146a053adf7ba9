//! What the gateway says itself, asked over HTTP.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::*;
use crate::{
    environment::Environment,
    event_bus::Events,
    function::TOKEN_BIND,
    issuer::Lifetimes,
    origins::Origins,
    output::Output,
    pool::Pool,
    server::{Server, listen_on_loopback},
};

struct Fixture {
    host: String,
    token: String,
    _server: Server,
}

/// A gateway with one function, whose workers do not start.
async fn fixture() -> Fixture {
    let issuer = Issuer::start("http://localhost:4180", None).await.unwrap();
    let claims = serde_json::json!({"sub": "me"}).as_object().unwrap().clone();
    let token = issuer.token(claims).unwrap();
    let broken = Box::new(|_, _| -> crate::pool::Running { Box::pin(async { "ended".to_owned() }) });
    let pools = Pools::from([(TOKEN_BIND.name, Pool::new(&TOKEN_BIND, 1, Output::new(false), broken))]);
    let origins = Origins::new(["http://localhost:4180"].into_iter());
    let (issuer, pools) = (Arc::new(issuer), Arc::new(pools));
    let lifetimes = Lifetimes::default();
    let dev = Dev::new(Arc::clone(&issuer), Events::default(), &origins, &Environment::new(), lifetimes);
    let gateway = Arc::new(Gateway { api: Api::Public, issuer, cors: Some(Cors::new(origins)), pools, dev: Some(dev) });
    let (listener, url) = listen_on_loopback().await.unwrap();
    let host = url.trim_start_matches("http://").to_owned();
    Fixture { host, token, _server: Server::spawn_router(listener, router(gateway)) }
}

impl Fixture {
    /// The status and body of the answer to `head` and `body`.
    async fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.host).await.unwrap();
        let length = body.len();
        let head = head.replace("TOKEN", &self.token);
        let (line, headers) = head.split_once('\n').unwrap_or((&head, ""));
        let headers: String = headers.lines().flat_map(|it| [it.trim(), "\r\n"]).collect();
        let common = format!("host: {}\r\nconnection: close\r\ncontent-length: {length}\r\n", self.host);
        // A refusal may come before the whole body is sent.
        let _ = stream.write_all(format!("{line} HTTP/1.1\r\n{common}{headers}\r\n{body}").as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }
}

#[tokio::test]
async fn refusals_are_in_the_gateways_words() {
    let gateway = fixture().await;
    let long = "a".repeat(HEAD_BYTES_MAX);
    let large = "a".repeat(BODY_BYTES_MAX + 1);
    for (head, body, status, message) in [
        ("GET /v1/nothing", "", 404, "Not Found"),
        ("GET /dev/nothing", "", 404, "Not Found"),
        ("HEAD /v1/oauth/callback/example", "", 404, ""),
        ("POST /v1/grants", "", 401, "Unauthorized"),
        ("POST /v1/grants\nauthorization: Bearer nonsense", "", 401, "Unauthorized"),
        ("POST /v1/grants\nauthorization: Bearer TOKEN", "{}", 500, "Internal Server Error"),
        ("POST /v1/grants\nauthorization: Bearer TOKEN", &large, 413, "Request Entity Too Large"),
        (&format!("POST /v1/grants\nx-long: {long}"), "", 431, "Request Header Fields Too Large"),
        ("OPTIONS /v1/grants", "", 404, "Not Found"),
    ] {
        let expected = if message.is_empty() { String::new() } else { format!(r#"{{"message":"{message}"}}"#) };
        assert_eq!(gateway.ask(head, body).await, (status, expected), "{head:.60}");
    }
}

#[tokio::test]
async fn tokens_of_the_development_issuer_are_good_here() {
    let gateway = fixture().await;
    let (status, body) = gateway.ask("POST /dev/token", r#"{"sub":"me"}"#).await;
    assert_eq!(status, 200);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let token = body["token"].as_str().unwrap();
    let (status, _) = gateway.ask(&format!("POST /v1/grants\nauthorization: Bearer {token}"), "{}").await;
    assert_eq!(status, 500, "the authorizer let it pass, and the function is broken");
    assert_eq!(gateway.ask("GET /dev/jwks.json", "").await.0, 200);
    assert_eq!(gateway.ask("POST /dev/token", r#"{"sub":"me","admin":true}"#).await.0, 400);
}
