//! What every AWS client shares: TLS with Amazon's roots alone, time-outs, retries, and no look-up of any kind.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as _, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::byte_stream::ByteStream;
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
/// # Errors
/// When the bundle holds no certificate, or something that is none.
pub fn http_client(ca_bundle: Option<&[u8]>) -> Result<SharedHttpClient, BoxError> {
    Ok(client_of(connector(ca_bundle)?))
}

/// TLS is set up here and once, while the function starts and has the whole processor. The library's own client sets it up
/// twice: to validate a configuration, and anew at the first request.
fn connector(ca_bundle: Option<&[u8]>) -> Result<SharedHttpConnector, BoxError> {
    let mut roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    if let Some(pem) = ca_bundle {
        // The library takes its certificates unseen, and panics at the first connection.
        tls::certificates(pem)?;
        roots = roots.with_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(roots).build()?;
    let builder = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls);
    let settings = HttpConnectorSettings::builder().connect_timeout(ATTEMPT).build();
    Ok(SharedHttpConnector::new(builder.connector_settings(settings).build()))
}

fn client_of(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

/// AWS as one function sees it: where it is and who asks, and one TLS for all services. Roots are read once.
#[derive(Debug, Clone)]
pub struct Aws {
    /// Region, credentials, and addresses that are not those of AWS.
    pub config: AwsConfig,
    connector: SharedHttpConnector,
}

impl Aws {
    /// Sets up TLS. Nothing is looked up and nothing connected.
    ///
    /// # Errors
    /// As [`http_client`].
    pub fn new(config: AwsConfig) -> Result<Self, BoxError> {
        Ok(Self { connector: connector(config.ca_bundle.as_deref())?, config })
    }

    /// The client that the calls of a service go through.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        client_of(self.connector.clone())
    }

    /// The credentials that Lambda puts into the environment.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        let AwsConfig { access_key_id, secret_access_key, session_token, .. } = &self.config;
        let token = session_token.as_ref().map(|token| token.reveal().to_owned());
        Credentials::new(access_key_id.as_str(), secret_access_key.reveal(), token, None, "environment")
    }

    /// The way to `service`: to `url`, or else to where AWS has it.
    #[must_use]
    pub fn link(&self, service: &str, url: Option<&str>) -> Link {
        let region = &self.config.region;
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let url = url.map_or_else(|| format!("https://{service}.{region}.{suffix}"), str::to_owned);
        Link { connector: self.connector.clone(), url }
    }
}

/// The way to one service, which can be opened before it is needed.
#[derive(Debug, Clone)]
pub struct Link {
    connector: SharedHttpConnector,
    url: String,
}

impl Link {
    /// Opens a connection and keeps it for the first request, which then has no handshake to wait for. A function that
    /// starts has the whole processor, and afterwards perhaps a fourteenth of one.
    ///
    /// It asks what anybody may ask: a bare `GET /`, without a signature or anything of ours in it. Whatever comes of it, the
    /// first request finds out by itself.
    pub async fn open(&self) {
        // Without TLS there is no handshake to save.
        if !self.url.starts_with("https://") {
            return;
        }
        let asked = async {
            let request = HttpRequest::get(format!("{}/", self.url.trim_end_matches('/'))).ok()?;
            let response = self.connector.call(request).await.ok()?;
            // A connection is kept when its answer was read to the end.
            ByteStream::new(response.into_body()).collect().await.ok()
        };
        // A service that is away is no reason not to start: too late is as good as never.
        drop(tokio::time::timeout(ATTEMPT, asked).await);
    }
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
    use super::*;

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

    fn link(region: &str, url: Option<&str>) -> Link {
        let config = AwsConfig {
            region: region.to_owned(),
            access_key_id: "any".to_owned(),
            secret_access_key: crate::domain::secret::Secret::new("any".to_owned()),
            session_token: None,
            dynamodb_url: None,
            kms_url: None,
            secrets_manager_url: None,
            eventbridge_url: None,
            ca_bundle: None,
        };
        Aws::new(config).unwrap().link("kms", url)
    }

    #[test]
    fn a_link_leads_to_where_aws_has_the_service() {
        assert_eq!(link("eu-central-1", None).url, "https://kms.eu-central-1.amazonaws.com");
        assert_eq!(link("cn-north-1", None).url, "https://kms.cn-north-1.amazonaws.com.cn");
    }

    #[tokio::test]
    async fn a_service_that_is_away_stops_nobody_and_plain_http_is_not_opened() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        link("eu-central-1", Some(&format!("http://{address}"))).open().await;
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        // It never answers a handshake; then there is nobody at all.
        let silent = link("eu-central-1", Some(&format!("https://{address}")));
        let started = std::time::Instant::now();
        silent.open().await;
        assert!(listener.accept().is_ok() && started.elapsed() < ATTEMPT * 2);
        drop(listener);
        silent.open().await;
    }
}
