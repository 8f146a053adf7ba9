//! Failures that a test scripts, for the next requests on a path.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{reply::Reply, state::lock};

/// A scripted failure. What it does not say stays as it is: without `status` and `close` it only delays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// Requests whose path is this or ends with it are meant: `/user` is `/api/v3/user` too.
    path: String,
    /// The method that is meant; every one without it.
    method: Option<String>,
    /// How many requests it is for.
    #[serde(default = "once")]
    times: u32,
    /// How long the request waits.
    #[serde(default)]
    delay_ms: u64,
    /// The status to answer.
    #[serde(default)]
    status: Option<u16>,
    /// The headers to answer.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body to answer: text as it is, anything else as JSON, null for none.
    #[serde(default)]
    body: Value,
    /// Closes the connection without an answer.
    #[serde(default)]
    close: bool,
    /// Whether the request takes effect first: the answer is lost, not the request.
    #[serde(default)]
    after_effect: bool,
}

fn once() -> u32 {
    1
}

/// What becomes of a request that meets a fault.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered as usual.
    Usual,
    /// It gets the fault's answer.
    Answered,
    /// Its connection is closed.
    Closed,
}

impl Fault {
    /// What is wrong with it as a script, if anything.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !self.path.starts_with('/') {
            return Some("path must start with a slash");
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Some("status must be from 200 to 599");
        }
        None
    }

    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    pub(super) fn takes_effect_first(&self) -> bool {
        self.after_effect && self.fate() != Fate::Usual
    }

    pub(super) fn fate(&self) -> Fate {
        match self.status {
            _ if self.close => Fate::Closed,
            Some(_) => Fate::Answered,
            None => Fate::Usual,
        }
    }

    pub(super) fn reply(&self) -> Reply {
        let (content_type, body) = match &self.body {
            Value::Null => (None, Bytes::new()),
            Value::String(text) => (Some("text/plain; charset=utf-8"), Bytes::from(text.clone())),
            json => (Some("application/json; charset=utf-8"), Bytes::from(json.to_string())),
        };
        let mut reply = Reply { body, ..Reply::empty(self.status.unwrap_or(500)) };
        let says_type = self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        if let Some(content_type) = content_type.filter(|_| !says_type) {
            reply = reply.with("Content-Type", content_type);
        }
        self.headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value))
    }

    fn is_for(&self, method: &str, path: &str) -> bool {
        path.ends_with(&self.path) && self.method.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(method))
    }
}

/// The scripted failures that have not happened yet, in the order they were scripted.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        lock(&self.0).push(fault);
    }

    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The one for this request, used up by one.
    pub(super) fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut faults = lock(&self.0);
        faults.retain(|fault| fault.times > 0);
        let fault = faults.iter_mut().find(|fault| fault.is_for(method, path))?;
        fault.times -= 1;
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(script: Value) -> Fault {
        serde_json::from_value(script).unwrap()
    }

    #[test]
    fn a_fault_is_for_its_path_and_method_as_often_as_it_says() {
        let faults = Faults::default();
        faults.add(fault(json!({"path": "/user", "method": "get", "status": 503, "times": 2})));
        assert_eq!(faults.take("GET", "/api/v3/user/repos"), None);
        assert_eq!(faults.take("GET", "/api/v3/superuser"), None);
        assert_eq!(faults.take("DELETE", "/api/v3/user"), None);
        assert!(faults.take("GET", "/api/v3/user").is_some());
        assert!(faults.take("GET", "/user").is_some());
        assert_eq!(faults.take("GET", "/user"), None);
    }

    #[test]
    fn what_a_fault_does_not_say_stays_as_it_is() {
        assert_eq!(fault(json!({"path": "/a", "delay_ms": 5})).fate(), Fate::Usual);
        assert_eq!(fault(json!({"path": "/a", "close": true})).fate(), Fate::Closed);
        let reply =
            fault(json!({"path": "/a", "status": 429, "headers": {"Retry-After": "7"}, "body": {"a": 1}})).reply();
        assert_eq!((reply.status, reply.body.as_ref()), (429, &br#"{"a":1}"#[..]));
        assert_eq!(reply.headers.len(), 2);
        assert!(fault(json!({"path": "user"})).problem().is_some());
        assert!(fault(json!({"path": "/user", "status": 101})).problem().is_some());
        assert!(serde_json::from_value::<Fault>(json!({"path": "/user", "satus": 500})).is_err());
    }
}
