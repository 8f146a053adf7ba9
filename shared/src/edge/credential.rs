//! The function `credential`: build workers borrow the access tokens of bindings. It is reached by the workers' API
//! alone, and never by the public one.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::body::required;
use super::code::Code;
use super::problem::Problem;
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::route::Operation;
use super::serve::problem_of;
use crate::config::{CallerConfig, Environment};
use crate::domain::address::AddressPolicy;
use crate::domain::binding::Place;
use crate::domain::owner::Owner;
use crate::domain::provider::Provider;
use crate::domain::registration::Base;
use crate::domain::secret::hash_of_parts;
use crate::domain::text::is_visible;
use crate::domain::timestamp::Timestamp;
use crate::error::{BoxError, Error};
use crate::flow::lease::{Lease, LeaseProviders, LeaseRequest, lease, suspect};
use crate::flow::refresh::{RefreshCipher, RefreshStore};
use crate::flow::verify::Servers;
use crate::ports::{Client, SuspectToken, World};
use crate::providers;

/// How long a token lives at the least, if the worker does not say.
const LIFETIME_SECONDS: u64 = 300;

/// The most that a worker can ask for.
const LIFETIME_SECONDS_MAX: u64 = 3600;

/// Longest name of a repository, in characters.
const REPOSITORY_MAX: usize = 512;

/// When to come back to a provider that failed.
const RETRY_SECONDS: u64 = 30;

/// What the function knows besides its world.
#[derive(Debug)]
pub struct Credential {
    callers: CallerConfig,
    issuer: String,
    policy: AddressPolicy,
    bases: Vec<(&'static Provider, Base)>,
    clients: Vec<Client>,
}

/// The body of a request to lend.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaseBody {
    purpose: Purpose,
    min_ttl_seconds: Option<u64>,
    repository: Option<String>,
}

/// What a token is lent for. It is for the log: a token can do what it can do.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    Clone,
    List,
    Webhook,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Clone => "clone",
            Self::List => "list",
            Self::Webhook => "webhook",
        }
    }
}

/// The body of a report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuspectBody {
    sha256: String,
}

/// The one answer that holds an access token. No `Debug` (S-36).
#[derive(Serialize)]
struct LeaseView<'a> {
    lease_id: &'a str,
    provider: &'static str,
    binding_id: &'a str,
    access_token: &'a str,
    expires_at: Option<String>,
    username: &'a str,
    address: &'a str,
    scheme: &'a str,
    host: String,
    path: Option<&'a str>,
    scopes: &'a [String],
}

impl Credential {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(
        environment: &Environment<F>,
        clients: Vec<Client>,
    ) -> Result<Self, BoxError> {
        let base = |&provider: &&'static Provider| Ok::<_, BoxError>((provider, environment.base(provider)?));
        Ok(Self {
            callers: environment.callers()?,
            issuer: environment.issuer()?,
            policy: environment.addresses()?,
            bases: providers::ALL.iter().map(base).collect::<Result<_, _>>()?,
            clients,
        })
    }

    /// Answers.
    pub async fn handle(
        &self,
        world: &World<impl RefreshStore + SuspectToken, impl RefreshCipher, impl LeaseProviders>,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Reply {
        match self.try_handle(world, incoming).await {
            Ok(reply) => reply,
            Err(problem) => Reply::problem(&with_retry(problem), frame),
        }
    }

    async fn try_handle(
        &self,
        world: &World<impl RefreshStore + SuspectToken, impl RefreshCipher, impl LeaseProviders>,
        incoming: &Incoming,
    ) -> Result<Reply, Problem> {
        let worker = incoming.worker().map_err(|error| problem_of(&error, None))?;
        let provider = incoming.provider().map_err(|error| problem_of(&error, None))?;
        let problem = |error: Error| problem_of(&error, Some(provider));
        let owner = incoming.owner_for_worker(&self.issuer, &self.callers.regions).map_err(problem)?;
        let place = Place { owner: &owner, provider };
        match incoming.operation {
            Operation::LeaseCredential => {
                let body: LeaseBody = required(incoming)?;
                let lifetime = body.lifetime().map_err(problem)?;
                let request = self.request(provider, lifetime).map_err(problem)?;
                // Boxed: the future of a whole flow is deeper than the compiler likes to look.
                let lent = Box::pin(lease(world, place, request, incoming.deadline)).await.map_err(problem)?;
                tell(&lent, &owner, provider, &body, worker);
                reply(&lent, provider).map_err(problem)
            }
            Operation::SuspectCredential => {
                let body: SuspectBody = required(incoming)?;
                let sha256 = from_hex(&body.sha256).ok_or(Error::Field { field: "sha256" }).map_err(problem)?;
                suspect(world, place, &sha256, worker).await.map_err(problem)?;
                Ok(Reply::nothing("suspected"))
            }
            _ => Err(Problem::new(Code::NotFound)),
        }
    }

    fn request(&self, provider: &'static Provider, lifetime: Duration) -> Result<LeaseRequest<'_>, Error> {
        let client = self.clients.iter().find(|client| client.registration.provider.id == provider.id);
        let base = self.bases.iter().find(|(of, _)| of.id == provider.id).map(|(_, base)| base);
        let servers = Servers { base: base.ok_or(Error::UnknownProvider)?, policy: &self.policy };
        Ok(LeaseRequest { lifetime, client, servers })
    }
}

impl LeaseBody {
    fn lifetime(&self) -> Result<Duration, Error> {
        let is_name = |name: &String| {
            let length = name.chars().count();
            (1..=REPOSITORY_MAX).contains(&length) && name.chars().all(is_visible)
        };
        if !self.repository.as_ref().is_none_or(is_name) {
            return Err(Error::Field { field: "repository" });
        }
        let seconds = self.min_ttl_seconds.unwrap_or(LIFETIME_SECONDS);
        let lifetime = (seconds <= LIFETIME_SECONDS_MAX).then(|| Duration::from_secs(seconds));
        lifetime.ok_or(Error::Field { field: "min_ttl_seconds" })
    }
}

/// Every lease is in the log: to whom, whose, and what for (S-49).
fn tell(lent: &Lease, owner: &Owner, provider: &Provider, body: &LeaseBody, worker: &str) {
    let (provider, owner, purpose) = (provider.id, owner.hash(), body.purpose.name());
    let (binding_id, lease_id) = (lent.binding.id.as_str(), lent.id.as_str());
    let repository = body.repository.as_deref().map(|name| hash_of_parts(&[name]));
    tracing::info!(event = "leased", provider, owner, binding_id, lease_id, purpose, worker, repository, "lent");
}

fn reply(lent: &Lease, provider: &'static Provider) -> Result<Reply, Error> {
    let Lease { id, binding, access_token, expires_at } = lent;
    let no_address = || Error::Internal("a stored address is none".into());
    let address = Url::parse(&binding.address).map_err(|_| no_address())?;
    let host = address.host_str().ok_or_else(no_address)?;
    let host = address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let view = LeaseView {
        lease_id: id,
        provider: provider.id,
        binding_id: binding.id.as_str(),
        access_token: access_token.reveal(),
        expires_at: expires_at.map(Timestamp::rfc3339),
        username: provider.git_username(&binding.account),
        address: &binding.address,
        scheme: address.scheme(),
        host,
        path: Some(address.path().trim_matches('/')).filter(|path| !path.is_empty()),
        scopes: &binding.scopes,
    };
    Ok(Reply::json(200, &view, "leased"))
}

/// A build that cannot go on is tried again: it is told when.
fn with_retry(mut problem: Problem) -> Problem {
    let passes = [Code::ProviderFailed, Code::ProviderTimeout, Code::ProviderUnreachable, Code::ServerTimeout];
    let passes = passes.contains(&problem.code) || matches!(problem.code, Code::ServerRefused | Code::ServerBroken);
    problem.retry_after = problem.retry_after.or_else(|| passes.then_some(RETRY_SECONDS));
    problem
}

/// 32 bytes in hex.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetime(body: &str) -> Option<u64> {
        let body: LeaseBody = serde_json::from_str(body).ok()?;
        body.lifetime().ok().map(|it| it.as_secs())
    }

    #[test]
    fn a_worker_says_what_for_and_for_how_long() {
        // S-11, S-48
        assert_eq!(lifetime(r#"{"purpose":"clone"}"#), Some(300));
        assert_eq!(lifetime(r#"{"purpose":"list","min_ttl_seconds":0,"repository":"a/b"}"#), Some(0));
        assert_eq!(lifetime(r#"{"purpose":"webhook","min_ttl_seconds":3600}"#), Some(3600));
        for odd in [
            r"{}",
            r#"{"purpose":"delete"}"#,
            r#"{"purpose":"clone","min_ttl_seconds":3601}"#,
            r#"{"purpose":"clone","min_ttl_seconds":-1}"#,
            r#"{"purpose":"clone","repository":""}"#,
            r#"{"purpose":"clone","repository":"a\nb"}"#,
            r#"{"purpose":"clone","user":"x"}"#,
        ] {
            assert_eq!(lifetime(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_hash_is_64_digits() {
        let hex = "00ff".repeat(16);
        assert_eq!(from_hex(&hex).unwrap()[..2], [0, 255]);
        for odd in [&hex[1..], "", &"é".repeat(32), &format!("{}+1", &hex[2..])] {
            assert_eq!(from_hex(odd), None, "{odd}");
        }
    }
}
