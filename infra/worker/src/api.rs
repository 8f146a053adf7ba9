//! The two calls of the workers' API: no redirect, no proxy, a bounded answer in a bounded time.

use std::time::{Duration, SystemTime};

use codebind::{
    adapter::{provider_client::call_error, tls},
    ports::CallError,
};
use reqwest::{Client, Response, header::RETRY_AFTER};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{runtime, time::sleep};
use url::Url;
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, line},
    lease::Lease,
    options::Settings,
    signature,
};

/// How long one call may take: as long as API Gateway lets a function take, and the way there.
const EACH: Duration = Duration::from_secs(35);

/// How often it is called when codebind says that it is busy. A lease is safe to ask for again.
const ATTEMPTS_MAX: u32 = 3;

/// How long to wait for the next attempt, at the least and at the most.
const PAUSE: [u64; 2] = [1, 10];

/// More than this of an answer is not read.
const BODY_MAX: usize = 64 * 1024;

/// The status that means "later".
const BUSY: u16 = 503;

/// The workers' API, as one account's helper calls it.
pub(crate) struct Api<'a> {
    settings: &'a Settings,
    http: Client,
    runtime: runtime::Runtime,
}

/// What came back. It is wiped: a token may be in it.
struct Answer {
    status: u16,
    body: Zeroizing<Vec<u8>>,
}

/// What is wrong, in codebind's words or in API Gateway's.
#[derive(Deserialize, Default)]
struct Told {
    title: Option<String>,
    detail: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl<'a> Api<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Result<Self, Failure> {
        #[expect(clippy::disallowed_methods, reason = "its defaults are put right here too")]
        let builder = Client::builder();
        let builder = builder.tls_backend_preconfigured(tls::client_config(None).map_err(Failure::Start)?);
        let builder = builder.redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(EACH);
        let http = builder.user_agent(concat!("git-credential-codebind/", env!("CARGO_PKG_VERSION"))).build();
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            settings,
            http: http.map_err(|error| Failure::Start(error.into()))?,
            runtime: runtime.map_err(|error| Failure::Start(error.into()))?,
        })
    }

    /// Asks for a lease.
    pub(crate) fn lease(&self, repository: Option<&str>) -> Result<Lease, Failure> {
        let Settings { purpose, min_ttl, .. } = self.settings;
        let mut body = json!({"purpose": purpose, "min_ttl_seconds": min_ttl});
        if let Some(repository) = repository {
            body["repository"] = repository.into();
        }
        let answer = self.runtime.block_on(self.post("credential", &body))?;
        match answer.status {
            200 => Lease::read(&answer.body),
            _ => Err(answer.refusal()),
        }
    }

    /// Says that the token of this hash was refused.
    pub(crate) fn suspect(&self, hash: &str) -> Result<(), Failure> {
        let answer = self.runtime.block_on(self.post("credential/suspect", &json!({"sha256": hash})))?;
        if (200..300).contains(&answer.status) { Ok(()) } else { Err(answer.refusal()) }
    }

    async fn post(&self, what: &str, body: &Value) -> Result<Answer, Failure> {
        let mut url = self.settings.url.clone();
        url.set_path(&format!("{}/{what}", self.settings.url.path()));
        let body = body.to_string();
        let mut attempts = 1;
        loop {
            let response = self.send(&url, &body).await?;
            if response.status().as_u16() != BUSY || attempts == ATTEMPTS_MAX {
                return Answer::read(response).await;
            }
            attempts += 1;
            let told = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
            sleep(Duration::from_secs(told.unwrap_or(PAUSE[0]).clamp(PAUSE[0], PAUSE[1]))).await;
        }
    }

    async fn send(&self, url: &Url, body: &str) -> Result<Response, Failure> {
        let Settings { region, credentials, .. } = self.settings;
        let signed = signature::headers(url, body.as_bytes(), region, credentials, SystemTime::now());
        let request = self.http.post(url.clone()).headers(signed.map_err(Failure::Start)?);
        let request = request.header("content-type", "application/json").body(body.to_owned());
        request.send().await.map_err(|error| Failure::Call(call_error(&error)))
    }
}

impl Answer {
    async fn read(mut response: Response) -> Result<Self, Failure> {
        let status = response.status().as_u16();
        let mut body = Zeroizing::new(Vec::with_capacity(BODY_MAX));
        while let Some(chunk) = response.chunk().await.map_err(|error| Failure::Call(call_error(&error)))? {
            if body.len() + chunk.len() > BODY_MAX {
                return Err(Failure::Call(CallError::Broken));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, body })
    }

    fn refusal(&self) -> Failure {
        let told: Told = serde_json::from_slice(&self.body).unwrap_or_default();
        Failure::Refused(match told {
            Told { title: Some(title), detail: Some(detail), .. } => format!("{}: {}", line(&title), line(&detail)),
            Told { title: Some(title), .. } => line(&title),
            Told { message: Some(message), .. } if self.status == 403 => {
                let cure = "may the worker's role call execute-api:Invoke on this owner and provider?";
                format!("API Gateway refuses the worker: {}: {cure}", line(&message))
            }
            Told { message, .. } => {
                format!("the workers' API answered {}: {}", self.status, line(&message.unwrap_or_default()))
            }
        })
    }
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
