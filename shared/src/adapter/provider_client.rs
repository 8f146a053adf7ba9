//! One HTTP client for all providers, driven by their declarations. It follows no redirect, obeys no proxy, keeps no
//! cookie, and reads a bounded answer in a bounded time (S-25, S-39, S-41).

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Client as Http, RequestBuilder};
use url::Host;
use zeroize::Zeroizing;

use super::call::Call;
use super::tls;
use crate::domain::address::{CheckedAddress, NotPublic};
use crate::domain::answer::Answer;
use crate::domain::deadline::Deadline;
use crate::domain::provider::{Provider, TokenHeader};
use crate::domain::secret::AccessToken;
use crate::domain::verification::{Probe, ProbeMethod};
use crate::error::BoxError;
use crate::ports::{AskApi, CallError, Server};
pub use reading::call_error;
use reading::exchange;

mod reading;

/// Caps of each call; the deadline of the request may be nearer.
const CONNECT: Duration = Duration::from_secs(2);
const ASK_CONFIGURED: Duration = Duration::from_secs(4);
const ASK_ENTERED: Duration = Duration::from_secs(6);

/// Providers refuse requests that do not say who asks.
const USER_AGENT: &str = concat!("codebind/", env!("CARGO_PKG_VERSION"));

mod issued;
mod rotate;

/// The client behind the ports.
#[derive(Debug, Clone)]
pub struct ProviderClient {
    configured: Http,
    tls: rustls::ClientConfig,
}

impl ProviderClient {
    /// Builds the client. Nothing is connected.
    ///
    /// # Errors
    /// When `extra_ca` is no PEM bundle.
    pub fn new(extra_ca: Option<&[u8]>) -> Result<Self, BoxError> {
        let tls = tls::client_config(extra_ca)?;
        let configured = http(&tls).build()?;
        Ok(Self { configured, tls })
    }

    /// A client that can connect to nothing but what was checked. It is dropped after the call: connections to
    /// entered servers are not shared between owners.
    fn pinned(&self, server: &CheckedAddress) -> Result<Http, CallError> {
        let mut builder = http(&self.tls).dns_resolver(Arc::new(NoLookUp));
        if let Host::Domain(name) = &server.address().host {
            builder = builder.resolve_to_addrs(name, server.sockets());
        }
        builder.build().map_err(|_| CallError::Broken)
    }
}

/// Knows no name: whatever a client would look up beside what was checked, it does not find.
struct NoLookUp;

impl Resolve for NoLookUp {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err(NotPublic.into()) })
    }
}

/// The one place where the defaults of the HTTP library are put right.
#[expect(clippy::disallowed_methods, reason = "the one place that builds an HTTP client")]
fn http(tls: &rustls::ClientConfig) -> reqwest::ClientBuilder {
    Http::builder()
        .tls_backend_preconfigured(tls.clone())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT)
        .user_agent(USER_AGENT)
}

impl AskApi for ProviderClient {
    async fn ask_api(
        &self,
        provider: &Provider,
        server: Server<'_>,
        probe: &Probe,
        token: &AccessToken,
        deadline: Deadline,
    ) -> Result<Answer, CallError> {
        let (http, checked, base, cap) = match server {
            Server::Configured(base) => (self.configured.clone(), None, base.api.clone(), ASK_CONFIGURED),
            Server::Entered(server) => (self.pinned(server)?, Some(server), api_base(provider, server), ASK_ENTERED),
        };
        let url = format!("{base}{}", probe.path);
        let request = match probe.method {
            ProbeMethod::Get => http.get(url),
            ProbeMethod::Post => http.post(url),
        };
        let request = with_token(request, provider, token)?;
        let (answer, _) = send(provider, "ask", checked, request, deadline.within(cap)).await?;
        Ok(answer)
    }
}

fn api_base(provider: &Provider, server: &CheckedAddress) -> String {
    let path = provider.personal_token().map_or("", |personal_token| personal_token.api_path);
    format!("{}{path}", server.address())
}

fn with_headers(request: RequestBuilder, provider: &Provider) -> RequestBuilder {
    provider.api_headers.iter().fold(request, |request, &(name, value)| request.header(name, value))
}

/// The token goes into a header, never into a URL; the header is marked so that nothing prints it.
fn with_token(request: RequestBuilder, provider: &Provider, token: &AccessToken) -> Result<RequestBuilder, CallError> {
    let (name, text) = match provider.token_header {
        TokenHeader::Bearer => (AUTHORIZATION, Zeroizing::new(format!("Bearer {}", token.reveal()))),
        TokenHeader::Named(name) => (HeaderName::from_static(name), Zeroizing::new(token.reveal().to_owned())),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| CallError::Broken)?;
    value.set_sensitive(true);
    Ok(with_headers(request, provider).header(name, value))
}

/// Sends, reads what may be read of the answer, and writes the one log line of the call.
async fn send(
    provider: &Provider,
    call: &'static str,
    checked: Option<&CheckedAddress>,
    request: RequestBuilder,
    time_out: Duration,
) -> Result<(Answer, Zeroizing<Vec<u8>>), CallError> {
    let line = Call::begin("provider", call, Some(provider.id));
    let result = exchange(request.timeout(time_out), checked).await;
    match &result {
        Ok((answer, _)) => line.answered(answer.status),
        Err(error) => line.ended(error.name(), 1),
    }
    result
}

#[cfg(test)]
mod tests;
