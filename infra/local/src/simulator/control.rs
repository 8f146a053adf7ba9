//! What tests ask of a simulator itself, under `/_simulator`.

use axum::http::Method;
use serde_json::{Value, json};

use super::{avatar, call::Call, fault::Fault, journal::sha256_hex, reply::Reply, stage::Stage};

const BASE: &str = "/_simulator";

/// The answer, if the request is for the simulator itself rather than for what it simulates.
pub(super) fn answer(stage: &Stage, call: &Call) -> Option<Reply> {
    if let Some(picture) = avatar::answer(call) {
        return Some(picture);
    }
    let path = call.path.strip_prefix(BASE).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    Some(match (&call.method, path) {
        (&Method::GET, "/requests") => Reply::json(200, &json!(stage.journal.records())),
        (&Method::DELETE, "/requests") => {
            stage.journal.clear();
            Reply::empty(204)
        }
        (&Method::GET, "/tokens") => Reply::json(200, &tokens(stage)),
        (&Method::POST, "/tokens/expire") => stage.tokens.age().map_or_else(Reply::from, |()| Reply::empty(204)),
        (&Method::POST, "/tokens/revoke") => {
            stage.tokens.revoke(|_| true).map_or_else(Reply::from, |_| Reply::empty(204))
        }
        (&Method::POST, "/faults") => script(stage, call),
        (&Method::POST, "/issuing") => match serde_json::from_slice(&call.body) {
            Ok(wishes) => {
                stage.issuing.set(wishes);
                Reply::empty(204)
            }
            Err(error) => Reply::json(422, &json!({"error": error.to_string()})),
        },
        (&Method::DELETE, "/faults") => {
            stage.faults.clear();
            Reply::empty(204)
        }
        _ => Reply::json(404, &json!({"error": "there are requests, tokens, faults and issuing"})),
    })
}

fn tokens(stage: &Stage) -> Value {
    let tokens = stage.tokens.all().into_iter().map(|it| {
        let sha256 = sha256_hex(it.text.as_bytes());
        json!({"sha256": sha256, "account": it.account, "scopes": it.scopes, "revoked": it.revoked})
    });
    tokens.collect()
}

fn script(stage: &Stage, call: &Call) -> Reply {
    let refused = |reason: &str| Reply::json(422, &json!({"error": reason}));
    match serde_json::from_slice::<Fault>(&call.body) {
        Ok(fault) => {
            if let Some(problem) = fault.problem() {
                return refused(problem);
            }
            stage.faults.add(fault);
            Reply::empty(204)
        }
        Err(error) => refused(&error.to_string()),
    }
}
