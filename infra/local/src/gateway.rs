//! The gateway: HTTP in, an event to a function, its answer out.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts},
    response::Response,
};
use codebind::edge::route::Api;
use tokio::time::timeout;

use crate::{
    authorizer::{Identity, Refusal, authorize},
    cors::Cors,
    crew::Failure,
    dev::Dev,
    event::{Incoming, event},
    ids::{gateway_request_id, trace_id},
    issuer::Issuer,
    principal::principal,
    response::{message, response},
    routes::{Authorization, Route, decode_path, find},
    runtime_api::Pools,
};

/// After this the gateway stops waiting for a function.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);
/// Request line and header values together.
const HEAD_BYTES_MAX: usize = 10_240;
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// What the gateway decides by.
pub(crate) struct Gateway {
    /// Which API it is the gateway of.
    pub(crate) api: Api,
    pub(crate) issuer: Arc<Issuer>,
    /// None where no browser comes.
    pub(crate) cors: Option<Cors>,
    pub(crate) pools: Arc<Pools>,
    /// What exists under `/dev`, where anything does.
    pub(crate) dev: Option<Dev>,
}

/// One router for everything, as the gateway does its own routing.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().fallback(handle).with_state(gateway)
}

async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = gateway_request_id();
    let path = decode_path(parts.uri.path());
    let dev = gateway.dev.as_ref().filter(|_| path.starts_with("/dev/"));
    let cors = dev.and_then(|it| it.cors(&path)).or(gateway.cors.as_ref());
    let answered = match cors.and_then(|it| it.preflight(&parts.method, &parts.headers)) {
        _ if head_bytes(&parts) > HEAD_BYTES_MAX => {
            Err(message(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large"))
        }
        Some(preflight) => Ok(preflight),
        None => match dev {
            Some(dev) => read(body).await.map(|body| dev.answer(&parts, &path, &body)),
            None => gateway.answer(&parts, &path, body, peer, &request_id).await,
        },
    };
    let mut response = answered.unwrap_or_else(|refusal| refusal);
    if let Some(cors) = cors {
        cors.apply(&parts.headers, &mut response);
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), value);
    }
    response
}

impl Gateway {
    /// The response, or the gateway's own reason not to ask a function for one.
    async fn answer(
        &self,
        parts: &Parts,
        path: &str,
        body: axum::body::Body,
        peer: SocketAddr,
        request_id: &str,
    ) -> Result<Response, Response> {
        let (route, path_parameters) =
            find(self.api, parts.method.as_str(), path).ok_or_else(|| message(StatusCode::NOT_FOUND, "Not Found"))?;
        let identity = self.identity(route, parts).map_err(|refusal| *refusal)?;
        let body = read(body).await?;
        let trace_id = trace_id();
        let event = event(&Incoming {
            parts,
            body: &body,
            route,
            path,
            path_parameters: &path_parameters,
            identity: identity.as_ref(),
            peer: peer.ip(),
            request_id,
            trace_id: &trace_id,
        });
        self.invoke(route, trace_id, event.to_string().into()).await
    }

    /// Who is let through, where not everybody is.
    fn identity(&self, route: &Route, parts: &Parts) -> Result<Option<Identity>, Box<Response>> {
        match route.authorization {
            Authorization::None => Ok(None),
            Authorization::Jwt => {
                let claims =
                    authorize(&self.issuer, &parts.headers).map_err(|refusal| Box::new(unauthorized(&refusal)))?;
                Ok(Some(Identity::Claims(claims)))
            }
            Authorization::Iam => {
                let principal = principal(&parts.headers).map(Identity::Principal);
                principal.map(Some).ok_or_else(|| Box::new(message(StatusCode::FORBIDDEN, "Forbidden")))
            }
        }
    }

    async fn invoke(&self, route: &Route, trace_id: String, event: Bytes) -> Result<Response, Response> {
        let internal = || message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        let pool = self.pools.get(route.function.name).ok_or_else(internal)?;
        let answer = timeout(INTEGRATION_TIMEOUT, pool.invoke(trace_id, event))
            .await
            .map_err(|_| message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"))?;
        let failed = |reason: &str| {
            pool.tell(&format!("500 for {}: the worker {reason}", route.key));
            internal()
        };
        let answer = answer.map_err(|Failure(reason)| failed(&reason))?;
        response(&answer).ok_or_else(|| failed("answered what is no response"))
    }
}

async fn read(body: axum::body::Body) -> Result<Bytes, Response> {
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"))
}

fn head_bytes(parts: &Parts) -> usize {
    let target = parts.uri.path_and_query().map_or(0, |it| it.as_str().len());
    let line = parts.method.as_str().len() + target + " HTTP/1.1 ".len();
    line + parts.headers.values().map(HeaderValue::len).sum::<usize>()
}

fn unauthorized(refusal: &Refusal) -> Response {
    let mut response = message(StatusCode::UNAUTHORIZED, "Unauthorized");
    let challenge = match refusal {
        Refusal::Missing => "Bearer",
        Refusal::Invalid => r#"Bearer scope="" error="invalid_token""#,
    };
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
