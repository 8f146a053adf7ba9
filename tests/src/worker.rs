//! A build worker: a principal of IAM's that borrows access tokens.

use std::sync::Arc;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{Answer, Description, Exchange, Owner, Person, scene::Link, sha256_hex};

/// A build worker, known by its access key id.
#[derive(Clone)]
pub struct Worker {
    link: Arc<Link>,
    url: String,
    /// Its access key id.
    pub id: String,
}

/// A token that was lent.
#[derive(Debug, Clone)]
pub struct Lent {
    /// The token.
    pub access_token: String,
    /// The whole answer.
    pub document: Value,
}

impl Worker {
    pub(crate) fn new(link: Arc<Link>, url: &str) -> Self {
        Self { link, url: url.to_owned(), id: "worker-1".to_owned() }
    }

    /// A request to a path below `/v1`, signed by nobody.
    pub fn unsigned(&self, path: &str) -> RequestBuilder {
        self.link.http.post(format!("{}/v1/{path}", self.url))
    }

    /// A request to a path below `/v1`, signed by this worker.
    pub fn request(&self, path: &str) -> RequestBuilder {
        let credential = format!("{}/20260101/us-east-1/execute-api/aws4_request", self.id);
        let signed = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0");
        self.unsigned(path).header("authorization", signed).header("x-amz-date", "20260101T000000Z")
    }

    /// The path of an owner's credential. A person is named by their subject.
    pub fn path(person: &Person, owner: &Owner, provider: &str) -> String {
        let owner = match owner {
            Owner::Me => format!("users/{}", person.subject),
            Owner::Instance { .. } => owner.path(),
        };
        format!("{owner}/bindings/{provider}/credential")
    }

    /// Borrows, and says for how long at the least.
    pub async fn try_lease(&self, person: &Person, owner: &Owner, provider: &str, seconds: u64) -> Answer {
        let body = json!({"purpose": "clone", "min_ttl_seconds": seconds, "repository": "octo-fake/hello"});
        self.send(self.request(&Self::path(person, owner, provider)).json(&body)).await
    }

    /// Borrows for five minutes at the least.
    pub async fn lease(&self, person: &Person, owner: &Owner, provider: &str) -> Lent {
        Lent::read(&self.try_lease(person, owner, provider, 300).await)
    }

    /// Reports that a token is not accepted.
    pub async fn suspect(&self, person: &Person, owner: &Owner, provider: &str, token: &str) -> Answer {
        let path = format!("{}/suspect", Self::path(person, owner, provider));
        self.send(self.request(&path).json(&json!({"sha256": sha256_hex(token.as_bytes())}))).await
    }

    /// Sends a request. The token in the answer is the one secret that may be there: the rest is searched as ever.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let (client, request) = request.build_split();
        let request = request.expect("a request can be made");
        let exchange = Exchange::asked(&request);
        let response = client.execute(request).await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let answer = Answer::read(response).await;
        self.link.journal.compare(Description::for_workers(), &exchange(answer.clone()));
        let token = serde_json::from_str::<Value>(&answer.text).ok();
        let token = token.and_then(|it| it["access_token"].as_str().map(str::to_owned));
        let mut rest = answer.clone();
        if let Some(token) = token {
            self.link.journal.keep_secret(&token);
            rest.text = rest.text.replacen(&token, "", 1);
        }
        self.link.journal.keep_answer(&rest);
        answer
    }
}

impl Lent {
    /// The lease in an answer.
    #[track_caller]
    pub fn read(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{} {}", answer.status, answer.text);
        let document = answer.json();
        let access_token = document["access_token"].as_str().expect("a token").to_owned();
        Self { access_token, document }
    }
}
