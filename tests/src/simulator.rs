//! A provider's simulator, as a scenario looks at it: what it was asked, what it gave out, and how it is to fail.

use reqwest::{Client, Method, RequestBuilder};
use ring::digest::{SHA256, digest};
use serde_json::Value;

/// A simulator's own interface.
#[derive(Debug, Clone)]
pub struct Simulator {
    url: String,
    http: Client,
}

/// A request that the simulator received.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its headers, with secrets hashed.
    pub headers: Value,
    /// Names of the fields of its body.
    pub fields: Vec<String>,
}

/// A token that the simulator gave out or saw.
#[derive(Debug, Clone)]
pub struct SeenToken {
    /// Its hash.
    pub sha256: String,
    /// Whose it is.
    pub account: String,
    /// Whether it is dead.
    pub revoked: bool,
}

impl Simulator {
    pub(crate) fn new(url: &str, http: Client) -> Self {
        Self { url: url.to_owned(), http }
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was asked so far, the oldest first.
    pub async fn requests(&self) -> Vec<Seen> {
        let text = |value: &Value| value.as_str().expect("the journal holds texts").to_owned();
        let seen = |it: &Value| Seen {
            method: text(&it["method"]),
            path: text(&it["path"]),
            headers: it["headers"].clone(),
            fields: it["fields"].as_array().expect("fields are listed").iter().map(text).collect(),
        };
        self.control(Method::GET, "requests", None).await.as_array().expect("a list").iter().map(seen).collect()
    }

    /// How often a path that ends so was asked for.
    pub async fn count(&self, method: &str, path_end: &str) -> usize {
        let requests = self.requests().await;
        requests.iter().filter(|it| it.method == method && it.path.ends_with(path_end)).count()
    }

    /// Every token, the oldest first.
    pub async fn tokens(&self) -> Vec<SeenToken> {
        let seen = |it: &Value| SeenToken {
            sha256: it["sha256"].as_str().expect("a hash").to_owned(),
            account: it["account"].as_str().expect("an account").to_owned(),
            revoked: it["revoked"].as_bool().expect("dead or alive"),
        };
        self.control(Method::GET, "tokens", None).await.as_array().expect("a list").iter().map(seen).collect()
    }

    /// How many tokens are alive.
    pub async fn live_tokens(&self) -> usize {
        self.tokens().await.iter().filter(|it| !it.revoked).count()
    }

    /// Scripts a failure.
    pub async fn fail(&self, fault: Value) {
        self.control(Method::POST, "faults", Some(fault)).await;
    }

    /// Forgets the failures that were scripted and have not happened.
    pub async fn heal(&self) {
        self.control(Method::DELETE, "faults", None).await;
    }

    /// Has tokens issued in another way than the provider does by itself; empty wishes end that.
    pub async fn issue(&self, wishes: Value) {
        self.control(Method::POST, "issuing", Some(wishes)).await;
    }

    /// How often it was asked for new tokens by a refresh token.
    pub async fn refreshes(&self) -> usize {
        self.requests().await.iter().filter(|it| it.fields.iter().any(|name| name == "refresh_token")).count()
    }

    /// Ends the life of every access token.
    pub async fn expire_tokens(&self) {
        self.control(Method::POST, "tokens/expire", None).await;
    }

    /// Revokes every token, as the person does at the provider.
    pub async fn revoke_tokens(&self) {
        self.control(Method::POST, "tokens/revoke", None).await;
    }

    /// Forgets what it was asked.
    pub async fn forget_requests(&self) {
        self.control(Method::DELETE, "requests", None).await;
    }

    async fn control(&self, method: Method, what: &str, body: Option<Value>) -> Value {
        let request = self.http.request(method, format!("{}/_simulator/{what}", self.url));
        let request = body.iter().fold(request, RequestBuilder::json);
        let response = request.send().await.expect("the simulator answers");
        assert!(response.status().is_success(), "{response:?}");
        let text = response.text().await.expect("the simulator answers in full");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("the simulator answers JSON") }
    }
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
