//! Stands before a service and lets through what is allowed.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{EVERYTHING, Ledger, Permission, Service, call::Call};
use crate::{
    Error,
    environment::ACCOUNT_ID,
    template::{FunctionResource, Template, template},
};

/// As much as DynamoDB takes.
const BODY_MAX: usize = 16 * 1024 * 1024;

/// What is allowed at one service.
pub(crate) struct Gate {
    service: Service,
    template: &'static Template,
    ledger: Ledger,
}

/// Why a call is refused, in the services' own words.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    code: &'static str,
    message: String,
}

/// A service behind a gate.
pub(crate) fn guarded(service: Router, gate: Gate) -> Router {
    service.layer(middleware::from_fn_with_state(Arc::new(gate), admit))
}

async fn admit(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match gate.check(&head.headers, &body) {
        Ok(()) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(refusal) => {
            gate.ledger.note_refusal(&refusal.message);
            gate.answer(&refusal)
        }
    }
}

impl Gate {
    pub(crate) fn new(service: Service, ledger: Ledger) -> Result<Self, Error> {
        Ok(Self { service, template: template()?, ledger })
    }

    fn check(&self, headers: &HeaderMap, body: &Bytes) -> Result<(), Refusal> {
        // Without a target nothing is done: the service says so itself.
        let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok());
        let Some(operation) = target.and_then(|it| it.rsplit('.').next()) else { return Ok(()) };
        let id = access_key_id(headers).ok_or_else(missing)?;
        if id == EVERYTHING {
            return Ok(());
        }
        let function = id.strip_prefix(EVERYTHING).and_then(|it| it.strip_prefix('-'));
        let function = function.and_then(|it| self.template.function(it)).ok_or_else(unknown)?;
        let body = serde_json::from_slice(body).unwrap_or(Value::Null);
        let mut used = BTreeSet::new();
        for call in self.service.calls(operation, &body) {
            used.extend(self.allowed(function, &call)?);
        }
        self.ledger.note_use(used);
        Ok(())
    }

    /// What allows the call.
    fn allowed(&self, function: &FunctionResource, call: &Call) -> Result<BTreeSet<Permission>, Refusal> {
        let mut used = function.policy.allowing(&function.role, call);
        if used.is_empty() {
            return Err(denied(function, call, "identity-based"));
        }
        if matches!(self.service, Service::Kms { .. }) {
            let by_key = self.template.key_policy().allowing(&function.role, call);
            if by_key.is_empty() {
                return Err(denied(function, call, "resource-based"));
            }
            used.extend(by_key);
        }
        Ok(used)
    }

    fn answer(&self, refusal: &Refusal) -> Response {
        let Refusal { code, message } = refusal;
        let (media_type, code) = match self.service {
            Service::DynamoDb => ("application/x-amz-json-1.0", format!("com.amazon.coral.service#{code}")),
            Service::EventBridge | Service::Kms { .. } | Service::SecretsManager => {
                ("application/x-amz-json-1.1", (*code).to_owned())
            }
        };
        let body = json!({"__type": code, "Message": message}).to_string();
        (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, media_type)], body).into_response()
    }
}

/// Who signed: `AWS4-HMAC-SHA256 Credential={id}/{date}/…`. Nothing local checks the signature.
fn access_key_id(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    authorization.split_once("Credential=")?.1.split('/').next()
}

fn missing() -> Refusal {
    Refusal { code: "MissingAuthenticationTokenException", message: "Missing Authentication Token".to_owned() }
}

fn unknown() -> Refusal {
    let message = "The security token included in the request is invalid.".to_owned();
    Refusal { code: "UnrecognizedClientException", message }
}

fn denied(function: &FunctionResource, call: &Call, kind: &str) -> Refusal {
    let Call { action, resource, .. } = call;
    let (role, name) = (function.role.rsplit('/').next().unwrap_or_default(), &function.name);
    let message = format!(
        "User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{name} is not authorized to perform: {action} on resource: \
         {resource} because no {kind} policy allows the {action} action"
    );
    Refusal { code: "AccessDeniedException", message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(authorization: Option<&str>, target: Option<&str>, body: &Value) -> Result<(), Refusal> {
        let mut headers = HeaderMap::new();
        if let Some(target) = target {
            headers.insert("x-amz-target", target.parse().unwrap());
        }
        if let Some(authorization) = authorization {
            headers.insert("authorization", authorization.parse().unwrap());
        }
        let gate = Gate::new(Service::DynamoDb, Ledger::default()).unwrap();
        gate.check(&headers, &Bytes::from(body.to_string()))
    }

    #[test]
    fn who_is_not_known_is_refused() {
        // S-38
        let (target, nothing) = (Some("DynamoDB_20120810.PutItem"), Value::Null);
        let signed = |id: &str| {
            format!("AWS4-HMAC-SHA256 Credential={id}/20260101/us-east-1/dynamodb/aws4_request, Signature=0")
        };
        assert_eq!(ask(None, target, &nothing), Err(missing()));
        for id in ["", "AKIA", "local-", "local-other", "localhost"] {
            assert_eq!(ask(Some(&signed(id)), target, &nothing), Err(unknown()), "{id}");
        }
        assert_eq!(ask(Some(&signed("local")), target, &nothing), Ok(()));
        assert_eq!(ask(None, None, &nothing), Ok(()));
    }

    #[test]
    fn what_is_not_allowed_is_told_as_aws_tells_it() {
        // S-38
        let signed = Some("AWS4-HMAC-SHA256 Credential=local-status/20260101/us-east-1/dynamodb/aws4_request");
        let put = ask(signed, Some("DynamoDB_20120810.PutItem"), &json!({"TableName": "codebind-bindings"}));
        let message = "User: arn:aws:sts::123456789012:assumed-role/StatusRole/status is not authorized to perform: \
                       dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/codebind-bindings because no \
                       identity-based policy allows the dynamodb:PutItem action";
        assert_eq!(put, Err(Refusal { code: "AccessDeniedException", message: message.to_owned() }));
    }
}
