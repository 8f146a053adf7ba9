//! The simulators as servers.

use std::time::Duration;

use codebind::domain::provider::{AddressRule, Provider};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::*;
use crate::{data::tests::Scratch, simulator::journal::sha256_hex};

async fn start(skip: &[String], state: Option<&Path>) -> Simulators {
    Simulators::start("http://127.0.0.1:4180", &BTreeMap::new(), skip, state).await.unwrap()
}

/// The whole answer; empty when the connection was closed without one.
async fn send(url: &str, request_line: &str, headers: &str, body: &str) -> String {
    let authority = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let length = body.len();
    let head =
        format!("{request_line} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: {length}\r\n");
    stream.write_all(format!("{head}{headers}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A reset is a way to hang up, too.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn json_of(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn status_of(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[test]
fn every_provider_has_its_simulator() {
    let ids = |list: &[&Provider]| list.iter().map(|it| it.id).collect::<Vec<_>>();
    let simulated: Vec<_> = ALL.iter().map(|it| it.provider).collect();
    assert_eq!(ids(&simulated), ids(providers::ALL));
    for declaration in ALL {
        assert_eq!(declaration.oauth.is_some(), declaration.provider.oauth().is_some(), "{}", declaration.provider.id);
    }
}

#[tokio::test]
async fn the_environment_points_at_the_simulators() {
    let simulators = start(&[], None).await;
    let environment: BTreeMap<_, _> = simulators.environment().into_iter().collect();
    let [github, gitlab, codeup] = ["github", "gitlab", "codeup"].map(|id| &simulators.urls()[id]);
    assert_eq!(&environment["CODEBIND_GITHUB_URL"], github);
    assert_eq!(environment["CODEBIND_GITHUB_API_URL"], format!("{github}/api/v3"));
    assert!(environment.contains_key("CODEBIND_GITHUB_CLIENT_ID"));
    assert!(environment.contains_key("CODEBIND_GITHUB_CLIENT_SECRET"));
    assert_eq!(&environment["CODEBIND_GITLAB_URL"], gitlab);
    let port = gitlab.rsplit(':').next().unwrap();
    assert_eq!(environment["CODEBIND_ALLOWED_HOSTS"], format!("127.0.0.1:{port} localhost:{port}"));
    // Its address is fixed: the operator's word, and nothing to allow.
    assert_eq!((&environment["CODEBIND_CODEUP_URL"], &environment["CODEBIND_CODEUP_API_URL"]), (codeup, codeup));
    // Four of each that binds by OAuth, one of an entered address, two of a fixed one, and the list of hosts.
    let variables = |provider: &&Provider| match provider.personal_token().map(|it| it.address) {
        None => 4,
        Some(AddressRule::Entered) => 1,
        Some(AddressRule::Fixed) => 2,
    };
    assert_eq!(environment.len(), providers::ALL.iter().map(variables).sum::<usize>() + 1);

    let without = start(&["gitlab".to_owned()], None).await;
    assert!(!without.urls().contains_key("gitlab"));
    assert_eq!(without.urls().len(), providers::ALL.len() - 1);
    assert!(!without.environment().iter().any(|(name, _)| name == "CODEBIND_ALLOWED_HOSTS"));
}

#[tokio::test]
async fn a_preferred_port_is_taken_or_missed() {
    let first = start(&["gitlab".to_owned()], None).await;
    let port = first.urls()["github"].rsplit(':').next().unwrap().parse().unwrap();
    let ports = BTreeMap::from([("github".to_owned(), port)]);
    let error = Simulators::start("http://127.0.0.1:4180", &ports, &[], None).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    drop(first);
    let again = Simulators::start("http://127.0.0.1:4180", &ports, &[], None).await.unwrap();
    assert_eq!(again.urls()["github"], format!("http://127.0.0.1:{port}"));
}

#[tokio::test]
async fn requests_are_listed_without_their_secrets() {
    let simulators = start(&[], None).await;
    let url = &simulators.urls()["gitlab"];
    send(url, "GET /api/v4/user?a=b", "private-token: glpat-api-glfake\r\nX-Other: seen\r\n", "").await;
    send(url, "POST /oauth/token", "cookie: nonce\r\n", "code=secret&state=hidden").await;
    let listed = send(url, "GET /_simulator/requests", "", "").await;
    for secret in ["glpat", "nonce", "secret", "hidden"] {
        assert!(!listed.contains(secret), "{secret}: {listed}");
    }
    let listed = json_of(&listed);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[0]["method"], &listed[0]["path"]), (&json!("GET"), &json!("/api/v4/user")));
    assert_eq!(listed[0]["headers"]["private-token"], sha256_hex(b"glpat-api-glfake"));
    assert_eq!(listed[0]["headers"]["x-other"], "seen");
    assert_eq!(listed[1]["fields"], json!(["code", "state"]));
    let tokens = json_of(&send(url, "GET /_simulator/tokens", "", "").await);
    let sha256 = sha256_hex(b"glpat-api-glfake");
    assert_eq!(tokens, json!([{"sha256": sha256, "account": "glfake", "scopes": ["api"], "revoked": false}]));
    assert_eq!(status_of(&send(url, "DELETE /_simulator/requests", "", "").await), "204");
    assert_eq!(json_of(&send(url, "GET /_simulator/requests", "", "").await), json!([]));
}

#[tokio::test]
async fn scripted_faults_happen_in_order_and_then_no_more() {
    let simulators = start(&[], None).await;
    let url = &simulators.urls()["gitlab"];
    let token = "private-token: glpat-api-glfake\r\n";
    for script in
        [json!({"path": "/user", "status": 503, "times": 2, "body": "busy"}), json!({"path": "/user", "close": true})]
    {
        let scripted = send(url, "POST /_simulator/faults", "", &script.to_string()).await;
        assert_eq!(status_of(&scripted), "204", "{scripted}");
    }
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(status_of(&send(url, "GET /api/v4/user", token, "").await).to_owned());
    }
    assert_eq!(statuses, ["503", "503", "none", "200"]);
    assert_eq!(status_of(&send(url, "POST /_simulator/faults", "", "{}").await), "422");
}

#[tokio::test]
async fn an_answer_can_be_lost_after_its_request_took_effect() {
    let scratch = Scratch::new();
    let simulators = start(&[], Some(&scratch.0)).await;
    let url = &simulators.urls()["gitlab"];
    let script = json!({"path": "/self", "method": "DELETE", "close": true, "after_effect": true});
    send(url, "POST /_simulator/faults", "", &script.to_string()).await;
    let token = "private-token: glpat-api-glfake\r\n";
    assert_eq!(send(url, "DELETE /api/v4/personal_access_tokens/self", token, "").await, "");
    drop(simulators);
    let simulators = start(&[], Some(&scratch.0)).await;
    assert_eq!(status_of(&send(&simulators.urls()["gitlab"], "GET /api/v4/user", token, "").await), "401");
}

#[tokio::test]
async fn tokens_can_be_ended_before_their_time() {
    let simulators = start(&[], None).await;
    let url = &simulators.urls()["gitlab"];
    let token = "private-token: glpat-api-glfake\r\n";
    send(url, "GET /api/v4/user", token, "").await;
    assert_eq!(status_of(&send(url, "POST /_simulator/tokens/expire", "", "").await), "204");
    assert_eq!(status_of(&send(url, "GET /api/v4/user", token, "").await), "200", "it has no lifetime");
    assert_eq!(status_of(&send(url, "POST /_simulator/tokens/revoke", "", "").await), "204");
    assert_eq!(status_of(&send(url, "GET /api/v4/user", token, "").await), "401");
    assert_eq!(json_of(&send(url, "GET /_simulator/tokens", "", "").await)[0]["revoked"], true);
}

#[tokio::test]
async fn dropping_them_ends_requests_in_flight() {
    let simulators = start(&[], None).await;
    let url = simulators.urls()["gitlab"].clone();
    let in_flight = {
        let url = url.clone();
        tokio::spawn(async move { send(&url, "GET /api/v4/user", "private-token: glpat-slow-glfake\r\n", "").await })
    };
    while json_of(&send(&url, "GET /_simulator/requests", "", "").await) == json!([]) {
        tokio::task::yield_now().await;
    }
    drop(simulators);
    assert_eq!(timeout(Duration::from_secs(5), in_flight).await.unwrap().unwrap(), "");
    assert!(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.is_err());
}
