//! The event bus: answers `PutEvents` as `EventBridge` does, and keeps what came for whoever looks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Value, json};

use crate::{
    Error,
    environment::{ACCOUNT_ID, EVENT_BUS, REGION},
    iam::{Gate, Ledger, Service, guarded},
    ids::invocation_id,
    server::{Server, listen_on_loopback},
    template::bus_arn,
};

/// As many as `EventBridge` takes in one call.
const ENTRIES_MAX: usize = 10;
/// A long run must not eat the machine: beyond this the oldest events go.
const KEPT_MAX: usize = 50_000;
/// What every entry must have.
const REQUIRED: [&str; 3] = ["Source", "DetailType", "Detail"];

/// A running bus.
pub(crate) struct EventBus {
    pub(crate) url: String,
    events: Events,
    server: Server,
}

/// What came.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    events: Vec<Value>,
    refusals: usize,
}

impl EventBus {
    /// Starts an empty one on a free port.
    pub(crate) async fn start(ledger: Ledger) -> Result<Self, Error> {
        let (listener, url) = listen_on_loopback()
            .await
            .map_err(|source| Error::Listen { address: (std::net::Ipv4Addr::LOCALHOST, 0).into(), source })?;
        let events = Events::default();
        let router = Router::new().route("/", post(answer)).with_state(events.clone());
        let gate = Gate::new(Service::EventBridge, ledger)?;
        Ok(Self { url, events, server: Server::spawn_router(listener, guarded(router, gate)) })
    }

    pub(crate) fn events(&self) -> Events {
        self.events.clone()
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

impl Events {
    /// Everything that was accepted, the oldest first, as a rule's target sees it.
    pub(crate) fn all(&self) -> Vec<Value> {
        self.kept().events.clone()
    }

    /// Does not accept the next `entries`, as a bus that is overloaded.
    pub(crate) fn refuse(&self, entries: usize) {
        self.kept().refusals = entries;
    }

    fn put(&self, entry: &Value) -> Value {
        let mut kept = self.kept();
        if kept.refusals > 0 {
            kept.refusals -= 1;
            return json!({"ErrorCode": "InternalFailure", "ErrorMessage": "refused on demand"});
        }
        let is_whole = REQUIRED.iter().all(|it| entry[*it].as_str().is_some_and(|it| !it.is_empty()));
        let detail = entry["Detail"].as_str().and_then(|it| serde_json::from_str::<Value>(it).ok());
        let Some(detail) = detail.filter(|it| is_whole && it.is_object()) else {
            return json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."});
        };
        let is_ours = [EVENT_BUS.to_owned(), bus_arn(EVENT_BUS)].iter().any(|it| entry["EventBusName"] == it.as_str());
        if !is_ours {
            return json!({"ErrorCode": "InvalidArgument", "ErrorMessage": "there is no such bus"});
        }
        let id = invocation_id();
        kept.events.push(json!({
            "version": "0", "id": id, "source": entry["Source"], "detail-type": entry["DetailType"],
            "account": ACCOUNT_ID, "region": REGION, "time": entry["Time"], "resources": [], "detail": detail,
        }));
        if kept.events.len() > KEPT_MAX {
            kept.events.remove(0);
        }
        json!({"EventId": id})
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(events): State<Events>, headers: HeaderMap, body: Bytes) -> Response {
    let operation = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let entries = body["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (status, answer) = match operation {
        "AWSEvents.PutEvents" if (1..=ENTRIES_MAX).contains(&entries.len()) => {
            let entries: Vec<_> = entries.iter().map(|entry| events.put(entry)).collect();
            let failed = entries.iter().filter(|it| it.get("ErrorCode").is_some()).count();
            (StatusCode::OK, json!({"FailedEntryCount": failed, "Entries": entries}))
        }
        "AWSEvents.PutEvents" => (StatusCode::BAD_REQUEST, json!({"__type": "ValidationException"})),
        _ => (StatusCode::BAD_REQUEST, json!({"__type": "UnknownOperationException"})),
    };
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
}
