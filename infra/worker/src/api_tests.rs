//! The calls, against a server that answers by a script.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use aws_credential_types::Credentials;

use super::*;

const LEASE: &str = r#"{"access_token":"tok","username":"u","expires_at":null,"scheme":"https","host":"a.example"}"#;

/// A server that gives these answers, one per connection; what it was asked.
fn server(answers: Vec<String>) -> (Settings, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/users/a%40b/bindings/acme", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let converse = |answer: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut part) = (Vec::new(), [0; 4096]);
            while !request.ends_with(b"}") {
                let read = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..read]);
            }
            // Whoever reads no further hangs up.
            let _ = stream.write_all(answer.as_bytes());
            String::from_utf8(request).unwrap()
        };
        answers.into_iter().map(converse).collect()
    });
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None, None, "test");
    let (url, region, purpose) = (url.parse().unwrap(), "eu-central-1".to_owned(), "clone".to_owned());
    (Settings { url, region, min_ttl: 60, purpose, credentials }, asked)
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

fn refusal(status: u16, body: &str) -> String {
    Answer { status, body: Zeroizing::new(body.as_bytes().to_vec()) }.refusal().to_string()
}

#[test]
fn a_lease_is_asked_for_again_when_codebind_is_busy() {
    let busy = || answer(503, "retry-after: 0\r\n", "{}");
    let (settings, asked) = server(vec![busy(), answer(200, "", LEASE)]);
    assert!(Api::new(&settings).unwrap().lease(Some("team/app")).is_ok());
    let asked = asked.join().unwrap();
    assert_eq!(asked.len(), 2);
    for request in asked {
        assert!(request.starts_with("POST /v1/users/a%40b/bindings/acme/credential HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{request}");
        assert!(request.ends_with(r#"{"min_ttl_seconds":60,"purpose":"clone","repository":"team/app"}"#), "{request}");
    }
    let (settings, asked) = server(vec![busy(), busy(), busy()]);
    let failure = Api::new(&settings).unwrap().lease(None).err().unwrap();
    assert!(failure.to_string().contains("503"), "{failure}");
    assert_eq!(asked.join().unwrap().len(), 3, "and no fourth time");
}

#[test]
fn a_report_is_the_hash_alone() {
    let (settings, asked) = server(vec![answer(204, "", "")]);
    Api::new(&settings).unwrap().suspect("00ff").unwrap();
    let request = asked.join().unwrap().remove(0);
    assert!(request.starts_with("POST /v1/users/a%40b/bindings/acme/credential/suspect HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with(r#"{"sha256":"00ff"}"#), "{request}");
}

#[test]
fn no_redirect_is_followed_and_no_answer_read_for_ever() {
    // S-25, S-41
    let (settings, asked) = server(vec![answer(307, "location: http://127.0.0.1:9/\r\n", "")]);
    assert!(Api::new(&settings).unwrap().lease(None).err().unwrap().to_string().contains("307"));
    asked.join().unwrap();
    let (settings, asked) = server(vec![answer(200, "", &" ".repeat(BODY_MAX + 1))]);
    let failure = Api::new(&settings).unwrap().lease(None).err().unwrap();
    assert!(matches!(failure, Failure::Call(CallError::Broken)), "{failure}");
    asked.join().unwrap();
}

#[test]
fn a_refusal_is_told_in_one_line() {
    let problem = r#"{"title":"Not bound","detail":"Nothing is bound.\nBind first.","code":"not_bound","status":404}"#;
    assert_eq!(refusal(404, problem), "Not bound: Nothing is bound. Bind first.");
    assert!(refusal(403, r#"{"message":"Forbidden"}"#).contains("execute-api:Invoke"));
    assert!(refusal(403, r#"{"Message":"no"}"#).contains("execute-api:Invoke"));
    assert_eq!(refusal(500, "<html>"), "the workers' API answered 500: ");
    assert_eq!(refusal(429, r#"{"message":"Too Many Requests"}"#), "the workers' API answered 429: Too Many Requests");
}
