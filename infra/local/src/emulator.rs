//! AWS services that are emulated by a library: over HTTP for the functions, and by a direct call for the world.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use winterbaume_core::{MockRequest, MockResponse, MockService};

/// Hands every request to `service`.
pub(crate) fn router<S: MockService>(service: Arc<S>) -> Router {
    Router::new().fallback(handle::<S>).with_state(service)
}

async fn handle<S: MockService>(
    State(service): State<Arc<S>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = MockRequest { method: method.to_string(), uri: uri.to_string(), headers, body };
    let MockResponse { status, headers, body } = service.handle(request).await;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, headers, body).into_response()
}

/// The answer of `service` to one operation, null when it is no JSON.
pub(crate) async fn call(service: &impl MockService, operation: &'static str, body: &Value) -> Value {
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-target", HeaderValue::from_static(operation));
    let body = body.to_string().into();
    let request = MockRequest { method: "POST".to_owned(), uri: "/".to_owned(), headers, body };
    serde_json::from_slice(&service.handle(request).await.body).unwrap_or_default()
}
