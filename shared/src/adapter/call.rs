//! One line in the log for each outgoing call, not for each attempt at it (S-43), even if the request that makes it
//! ends first.

use std::borrow::Cow;
use std::io;
use std::sync::Mutex;
use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use serde::Deserialize;

/// Longest name of a service's error that is written.
const NAME_MAX: usize = 64;

/// Answers to our conditions: the service did as it was asked.
const DECISIONS: [&str; 2] = ["ConditionalCheckFailedException", "TransactionCanceledException"];

/// A call under way. Dropped without an end, it was abandoned.
#[derive(Debug)]
pub(super) struct Call {
    service: &'static str,
    operation: String,
    provider: Option<&'static str>,
    started: Instant,
    is_ended: bool,
}

impl Call {
    pub(super) fn begin(service: &'static str, operation: &str, provider: Option<&'static str>) -> Self {
        let (operation, started) = (operation.to_owned(), Instant::now());
        Self { service, operation, provider, started, is_ended: false }
    }

    /// An HTTP answer came, at the first attempt.
    pub(super) fn answered(mut self, status: u16) {
        let outcome = match status {
            ..400 => "ok",
            400..500 => "refused",
            _ => "failed",
        };
        self.write(outcome, Some(status), Some(1));
    }

    /// It ended otherwise.
    pub(super) fn ended(mut self, outcome: &str, attempts: u32) {
        self.write(outcome, None, Some(attempts));
    }

    fn write(&mut self, outcome: &str, status: Option<u16>, attempts: Option<u32>) {
        self.is_ended = true;
        let Self { service, provider, .. } = *self;
        let operation = self.operation.as_str();
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if outcome == "ok" || DECISIONS.contains(&outcome) {
            tracing::info!(service, operation, provider, outcome, status, attempts, milliseconds, "call");
        } else {
            tracing::warn!(service, operation, provider, outcome, status, attempts, milliseconds, "call");
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_ended {
            self.write("abandoned", None, None);
        }
    }
}

/// Writes the calls of an AWS client.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) service: &'static str,
}

/// The call of one execution; its end takes it out.
#[derive(Debug)]
struct UnderWay(Mutex<Option<Call>>);

impl Storable for UnderWay {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    // The first hook that knows the operation.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = bag.load::<Metadata>().map_or("unknown", Metadata::name);
        let call = Call::begin(self.service, operation, None);
        bag.interceptor_state().store_put(UnderWay(Mutex::new(Some(call))));
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let taken = bag.load::<UnderWay>().and_then(|it| it.0.lock().ok()?.take());
        let Some(mut call) = taken else {
            return Ok(());
        };
        let attempts = bag.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts);
        let response = context.response();
        let status = response.map(|it| it.status().as_u16());
        match context.output_or_error() {
            Some(Ok(_)) => call.write("ok", status, Some(attempts)),
            Some(Err(error)) if error.is_operation_error() => {
                let name = response.and_then(error_name);
                let outcome = name.as_deref().unwrap_or(if status >= Some(500) { "failed" } else { "refused" });
                call.write(outcome, status, Some(attempts));
            }
            Some(Err(error)) if error.is_timeout_error() => call.ended("timed_out", attempts),
            Some(Err(error)) => call.ended(connection_end(error.as_connector_error()), attempts),
            None => call.ended("broken", attempts),
        }
        Ok(())
    }
}

/// Why no answer came.
fn connection_end(error: Option<&ConnectorError>) -> &'static str {
    let Some(error) = error else {
        return "broken";
    };
    if error.is_timeout() {
        return "timed_out";
    }
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|it| it.kind() == io::ErrorKind::ConnectionRefused) {
            return "connection_refused";
        }
        cause = inner.source();
    }
    "broken"
}

/// The name of a service's error, which its body says in the protocol of both services. Read only when something
/// failed; what does not look like a name is not passed on.
fn error_name(response: &HttpResponse) -> Option<String> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(rename = "__type", borrow)]
        kind: Cow<'a, str>,
    }
    let body: Body<'_> = serde_json::from_slice(response.body().bytes()?).ok()?;
    let name = body.kind.rsplit('#').next()?;
    let is_name = (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_alphanumeric());
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use crate::edge::log::tests::lines_of;

    fn name(body: &str) -> Option<String> {
        error_name(&HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body)))
    }

    #[test]
    fn a_call_has_one_line_however_it_ends() {
        // S-43
        let lines = lines_of(|| {
            Call::begin("provider", "ask", Some("github")).answered(200);
            Call::begin("provider", "ask", Some("github")).answered(404);
            Call::begin("provider", "ask", Some("github")).answered(503);
            Call::begin("kms", "Decrypt", None).ended("timed_out", 3);
            drop(Call::begin("kms", "Decrypt", None));
        });
        let ends: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
        assert_eq!(ends, ["ok", "refused", "failed", "timed_out", "abandoned"]);
        assert_eq!((&lines[2]["provider"], &lines[2]["status"]), (&"github".into(), &503.into()));
        assert_eq!((&lines[3]["service"], &lines[3]["attempts"]), (&"kms".into(), &3.into()));
        assert!(lines.iter().all(|line| line["milliseconds"].is_u64() && line["message"] == "call"));
    }

    #[test]
    fn an_error_is_named_and_what_is_no_name_is_not_passed_on() {
        // S-36, S-43
        let full = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"no"}"#;
        assert_eq!(name(full).as_deref(), Some("ThrottlingException"));
        assert_eq!(name(r#"{"__type":"NotFoundException"}"#).as_deref(), Some("NotFoundException"));
        let long = format!(r#"{{"__type":"{}"}}"#, "a".repeat(65));
        for odd in ["", "<html>", "{}", r#"{"__type":7}"#, r#"{"__type":"gho_x y"}"#, r#"{"__type":"a#"}"#, &long] {
            assert_eq!(name(odd), None, "{odd}");
        }
    }
}
