//! What every AWS client shares: TLS with Amazon's roots alone, time-outs, retries, and no look-up of any kind.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::tls;
use crate::config::AwsConfig;
use crate::error::BoxError;

/// The certificates that AWS endpoints chain to. Fewer roots are parsed faster and trusted less.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// How long one attempt may take; a lost answer is asked for again.
const ATTEMPT: Duration = Duration::from_secs(1);

/// How long an operation may take, all attempts and pauses together.
const OPERATION: Duration = Duration::from_millis(2800);

/// Attempts at one operation. Everything we write is safe to repeat.
const ATTEMPTS_MAX: u32 = 3;

/// The client that AWS calls go through. `ca_bundle` is a PEM bundle of the operator's own (`AWS_CA_BUNDLE`).
///
/// TLS is set up here and once, while the function starts and has the whole processor. The library's own client sets it up
/// twice: to validate a configuration, and anew at the first request.
///
/// # Errors
/// When the bundle holds no certificate, or something that is none.
pub fn http_client(ca_bundle: Option<&[u8]>) -> Result<SharedHttpClient, BoxError> {
    let mut roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    if let Some(pem) = ca_bundle {
        // The library takes its certificates unseen, and panics at the first connection.
        tls::certificates(pem)?;
        roots = roots.with_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(roots).build()?;
    let builder = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls);
    let settings = HttpConnectorSettings::builder().connect_timeout(ATTEMPT).build();
    let connector = SharedHttpConnector::new(builder.connector_settings(settings).build());
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// The credentials that Lambda puts into the environment.
#[must_use]
pub fn credentials(config: &AwsConfig) -> Credentials {
    let secret = config.secret_access_key.reveal();
    let token = config.session_token.as_ref().map(|token| token.reveal().to_owned());
    Credentials::new(config.access_key_id.as_str(), secret, token, None, "environment")
}

/// Attempts are bounded, and so is their sum: none by default in the SDK.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    let builder = TimeoutConfig::builder().connect_timeout(ATTEMPT);
    builder.operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build()
}

/// The one layer that repeats: with back-off and jitter.
#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX).with_initial_backoff(Duration::from_millis(50))
}

/// Whether the service refuses us for good, rather than being away or overloaded.
pub fn is_refusal<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    let SdkError::ServiceError(context) = error else {
        return matches!(error, SdkError::ConstructionFailure(_));
    };
    let code = context.err().code().unwrap_or_default();
    let passes =
        ["Throttl", "Throughput", "LimitExceeded", "Internal", "Unavailable", "Conflict", "InProgress", "Timeout"];
    !code.is_empty() && !passes.iter().any(|part| code.contains(part))
}

/// An SDK error with all its causes in one line: its own text is only "service error".
pub fn with_causes<E, R>(error: &SdkError<E, R>) -> BoxError
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text.into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_roots_are_usable() {
        assert!(super::http_client(None).is_ok());
        let text = std::str::from_utf8(super::AMAZON_ROOTS).unwrap();
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 5);
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused_at_once() {
        assert!(super::http_client(Some(super::AMAZON_ROOTS)).is_ok());
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in ["", "no PEM", broken] {
            assert!(super::http_client(Some(pem.as_bytes())).is_err(), "{pem}");
        }
    }
}
