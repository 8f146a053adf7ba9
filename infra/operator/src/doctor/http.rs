//! Requests to the API and the issuer: no redirect, no proxy, a bounded answer in a bounded time.

use std::time::Duration;

use codebind::{
    adapter::{provider_client::call_error, tls},
    error::BoxError,
    ports::{CallError, TlsProblem},
};
use reqwest::{
    Client, Method,
    header::{HeaderMap, HeaderName},
};

/// More than this of an answer is not read.
const BODY_MAX: usize = 256 * 1024;
const EACH: Duration = Duration::from_secs(6);

/// A client that trusts what codebind trusts.
pub(super) struct Http(Client);

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }
}

impl Http {
    pub(super) fn new() -> Result<Self, BoxError> {
        #[expect(clippy::disallowed_methods, reason = "its defaults are put right here too")]
        let builder = Client::builder();
        let builder = builder.tls_backend_preconfigured(tls::client_config(None)?);
        let builder = builder.redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(EACH);
        Ok(Self(builder.user_agent(concat!("codebind-doctor/", env!("CARGO_PKG_VERSION"))).build()?))
    }

    pub(super) async fn get(&self, url: &str) -> Result<Answer, CallError> {
        self.send(Method::GET, url, &[]).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<Answer, CallError> {
        let request = headers.iter().fold(self.0.request(method, url), |it, (name, value)| it.header(name, *value));
        let mut response = request.send().await.map_err(|error| call_error(&error))?;
        let (status, headers, mut body) = (response.status().as_u16(), response.headers().clone(), Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| call_error(&error))? {
            if body.len() + chunk.len() > BODY_MAX {
                return Err(CallError::Broken);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

/// What a failed call means, and the cure.
pub(super) fn words(error: CallError) -> &'static str {
    match error {
        CallError::Refused | CallError::NameNotResolved | CallError::NotPublic => {
            "cannot be reached: look at the address, at DNS and at the network"
        }
        CallError::TimedOut | CallError::NoConnection => {
            "does not answer in time: look at the address and at the network"
        }
        CallError::Tls(TlsProblem::SelfSigned) => "its certificate is self-signed: trust its CA, or get another",
        CallError::Tls(TlsProblem::Expired) => "its certificate has expired or is not valid yet: renew it",
        CallError::Tls(TlsProblem::WrongName) => "its certificate is another host's: look at the address",
        CallError::Tls(TlsProblem::UnknownIssuer) => {
            "nobody known vouches for its certificate: name its CA in CODEBIND_EXTRA_CA, if it is a provider of your own"
        }
        CallError::Tls(TlsProblem::Handshake) => "the TLS handshake fails: it must speak TLS 1.2 or 1.3",
        CallError::Broken => "the answer is broken or too large: look at the address",
    }
}
