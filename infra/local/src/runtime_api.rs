//! The Lambda Runtime API, with a path of its own for each worker: `/{function}/{worker}/2018-06-01/…`.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    crew::{Failure, Handout, WorkerId},
    environment::function_arn,
    pool::Pool,
};

/// Lambda takes answers of 6 MB and a little.
const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;
const ERROR_BYTES_MAX: usize = 256 * 1024;

/// The pools by the names of their functions.
pub(crate) type Pools = BTreeMap<&'static str, Arc<Pool>>;

type SharedPools = State<Arc<Pools>>;
type WorkerPath = Path<(String, WorkerId)>;
type InvocationPath = Path<(String, WorkerId, String)>;

/// What a function says about its failure.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Diagnostic {
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error_message: String,
}

/// The routes that `lambda_runtime` calls.
pub(crate) fn router(pools: Arc<Pools>) -> Router {
    let invocation = "/{function}/{worker}/2018-06-01/runtime/invocation";
    Router::new()
        .route(&format!("{invocation}/next"), get(next))
        .route(&format!("{invocation}/{{request_id}}/response"), post(answer))
        .route(&format!("{invocation}/{{request_id}}/error"), post(fail))
        .route("/{function}/{worker}/2018-06-01/runtime/init/error", post(fail_to_start))
        .with_state(pools)
}

/// Where a worker finds its Runtime API. `lambda_runtime` takes a path only behind a scheme.
pub(crate) fn worker_url(runtime_api_url: &str, function: &str, id: WorkerId) -> String {
    format!("{runtime_api_url}/{function}/{id}")
}

async fn next(State(pools): SharedPools, Path((function, id)): WorkerPath) -> Response {
    let waiting = pools.get(function.as_str()).and_then(|pool| Some((pool, pool.next(id)?)));
    let Some((pool, handout)) = waiting else { return unknown_worker() };
    // The pool hangs up on a worker that is to end.
    let Ok(handout) = handout.await else { return unknown_worker() };
    invocation(pool, handout)
}

fn invocation(pool: &Pool, handout: Handout) -> Response {
    let Handout { request_id, trace_id, event, deadline } = handout;
    let mut response = event.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("lambda-runtime-aws-request-id", request_id),
        ("lambda-runtime-deadline-ms", milliseconds_since_epoch(deadline).to_string()),
        ("lambda-runtime-invoked-function-arn", function_arn(pool.function.name)),
        ("lambda-runtime-trace-id", trace_id),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

async fn answer(State(pools): SharedPools, Path((function, id, request_id)): InvocationPath, body: Body) -> Response {
    let Some(pool) = pools.get(function.as_str()) else { return unknown_worker() };
    let Ok(bytes) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        let too_large = Failure(format!("answered more than {ANSWER_BYTES_MAX} bytes"));
        pool.complete(id, &request_id, Err(too_large));
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
    };
    accepted(pool.complete(id, &request_id, Ok(bytes)))
}

async fn fail(State(pools): SharedPools, Path((function, id, request_id)): InvocationPath, body: Body) -> Response {
    let Some(pool) = pools.get(function.as_str()) else { return unknown_worker() };
    let failure = Failure(format!("failed: {}", diagnosis(body).await));
    accepted(pool.complete(id, &request_id, Err(failure)))
}

/// The worker exits after this, which is where its pool takes notice.
async fn fail_to_start(State(pools): SharedPools, Path((function, _id)): WorkerPath, body: Body) -> Response {
    let Some(pool) = pools.get(function.as_str()) else { return unknown_worker() };
    pool.tell(&format!("cannot start: {}", diagnosis(body).await));
    accepted(true)
}

async fn diagnosis(body: Body) -> String {
    let bytes = to_bytes(body, ERROR_BYTES_MAX).await.unwrap_or_default();
    match serde_json::from_slice(&bytes) {
        Ok(Diagnostic { error_type, error_message }) => format!("{error_type}: {error_message}"),
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn accepted(known: bool) -> Response {
    if known {
        (StatusCode::ACCEPTED, axum::Json(json!({"status": "OK"}))).into_response()
    } else {
        problem(StatusCode::BAD_REQUEST, "InvalidRequestID")
    }
}

fn unknown_worker() -> Response {
    problem(StatusCode::FORBIDDEN, "UnknownWorker")
}

fn problem(status: StatusCode, error_type: &str) -> Response {
    (status, axum::Json(json!({"errorType": error_type}))).into_response()
}

fn milliseconds_since_epoch(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

#[cfg(test)]
#[path = "runtime_api_tests.rs"]
mod tests;
