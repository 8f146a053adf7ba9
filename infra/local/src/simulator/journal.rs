//! The requests a simulator received, for tests to look at; secrets in them are hashed.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
    sync::Mutex,
};

use codebind::domain::provider::{Provider, TokenHeader};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::Value;

use super::{call::Call, state::lock};

/// How many requests are kept; older ones are forgotten.
const REQUESTS_MAX: usize = 1_000;

/// What is kept of a request. Values of parameters are not: codes and tokens are among them.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Record {
    method: String,
    path: String,
    /// Names in lower case. A value that is or may hold a secret is replaced by its SHA-256 in hex.
    headers: BTreeMap<String, String>,
    /// Names of the form fields, or of the members of a JSON object.
    fields: Vec<String>,
}

/// The requests received so far, the oldest first.
#[derive(Debug)]
pub(super) struct Journal {
    records: Mutex<VecDeque<Record>>,
    secret_headers: Vec<&'static str>,
}

impl Journal {
    pub(super) fn new(provider: &Provider) -> Self {
        // Cookies do not know ports: a browser sends the gateway's to a simulator on the same host.
        let mut secret_headers = vec!["authorization", "cookie"];
        if let TokenHeader::Named(name) = provider.token_header {
            secret_headers.push(name);
        }
        Self { records: Mutex::default(), secret_headers }
    }

    pub(super) fn record(&self, call: &Call) {
        let headers = call.headers.iter().map(|(name, value)| {
            let value = if self.secret_headers.contains(&name.as_str()) {
                sha256_hex(value.as_bytes())
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_owned(), value)
        });
        let record = Record {
            method: call.method.to_string(),
            path: call.path.clone(),
            headers: headers.collect(),
            fields: fields(call),
        };
        let mut records = lock(&self.records);
        if records.len() == REQUESTS_MAX {
            records.pop_front();
        }
        records.push_back(record);
    }

    pub(super) fn records(&self) -> Vec<Record> {
        lock(&self.records).iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        lock(&self.records).clear();
    }
}

fn fields(call: &Call) -> Vec<String> {
    if call.body.is_empty() {
        return Vec::new();
    }
    match call.json() {
        Some(Value::Object(members)) => members.into_iter().map(|(name, _)| name).collect(),
        Some(_) => Vec::new(),
        None => call.form().names().map(str::to_owned).collect(),
    }
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
