//! The callback (S-17 to S-22): what a browser brings back from the provider.
//!
//! Whoever finishes must be proved to be who started before anything is sent to the provider; a state that comes
//! without proof is used up, so that a code caught from a tricked person is worth nothing.

use std::time::Duration;

use crate::domain::answer::CommonFailure;
use crate::domain::authorization::{Authorization, AuthorizationId, Completion};
use crate::domain::binding::{Binding, BindingId, Origin, Place};
use crate::domain::credential::{Credential, Purpose};
use crate::domain::deadline::Deadline;
use crate::domain::grant::{CODE_LIFETIME, KeptCode, TicketId};
use crate::domain::owner::Owner;
use crate::domain::provider::OAuth;
use crate::domain::secret::{AuthorizationCode, BrowserNonce, CompletionSecret, Secret, State};
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::flow::discard::discard;
use crate::flow::obtain::{AFTER_EXCHANGE, Obtained, Presented, ends_at};
use crate::flow::siblings::{displaced, tell};
use crate::flow::ticket::{code_to_plain, context};
use crate::flow::write::{Candidate, Failure, Outcome, credential_context, write};
use crate::ports::{
    AskApi, Bind, Client, ConsumeAuthorization, Consumed, ExchangeCode, FindSiblings, KeepCode, MarkBinding,
    QueueRevocation, ReadyClient, RevokeToken, Seal, World,
};

/// Below this nothing is consumed and no exchange starts: what follows must not be cut off (S-20).
const NEEDED: Duration = Duration::from_secs(10);

/// What the callback needs of storage.
pub trait CompleteStore: ConsumeAuthorization + Bind + KeepCode + QueueRevocation + FindSiblings + MarkBinding {}
impl<S: ConsumeAuthorization + Bind + KeepCode + QueueRevocation + FindSiblings + MarkBinding> CompleteStore for S {}

/// What the callback needs of a provider.
pub trait CompleteProviders: ExchangeCode + AskApi + RevokeToken {}
impl<P: ExchangeCode + AskApi + RevokeToken> CompleteProviders for P {}

/// What the provider sent the browser back with.
#[derive(Debug)]
pub struct Callback {
    /// Names the authorization.
    pub state: State,
    /// The code, or the provider's `error`.
    pub result: Result<AuthorizationCode, String>,
    /// The value of the attempt's cookie, if the browser brought it.
    pub nonce: Option<BrowserNonce>,
}

/// What the callback brought about.
#[derive(Debug)]
pub struct Completed {
    /// The authorization that led to it.
    pub authorization: Box<Authorization>,
    /// What it is.
    pub achieved: Achieved,
}

/// What a callback can bring about.
#[derive(Debug)]
pub enum Achieved {
    /// A binding.
    Written {
        /// Who holds it.
        owner: Owner,
        /// What was written.
        outcome: Box<Outcome>,
    },
    /// A kept code for the console, which completes with this secret (S-22).
    Kept(CompletionSecret),
}

/// Why the callback bound nothing.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// The authorization, once the browser has proved to be the one that started it, and alone then.
    pub authorization: Option<Box<Authorization>>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, authorization: None }
    }
}

/// Completes an authorization at the callback of `client`'s provider.
///
/// # Errors
/// [`Refused`].
pub async fn complete(
    world: &World<impl CompleteStore, impl Seal, impl CompleteProviders>,
    client: &Client,
    oauth: &OAuth,
    callback: Callback,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Completed, Refused> {
    deadline.require(NEEDED).map_err(Error::from)?;
    let client = &client.ready().await.map_err(Error::from)?;
    let id = AuthorizationId::of(&callback.state);
    let consumed = world.store.consume_authorization(&id, now).await.map_err(Error::from)?;
    let authorization = prove(client.registration.provider.id, consumed, callback.nonce.as_ref())?;
    let attempt = Attempt { client, oauth, authorization: &authorization, deadline, now };
    match attempt.run(world, callback.result).await {
        Ok(achieved) => Ok(Completed { authorization, achieved }),
        Err(error) => Err(Refused { error, authorization: Some(authorization) }),
    }
}

/// Lets pass only a first use by the browser that started. What is told to others does not depend on whether the
/// state exists (S-18). Where the console completes, it proves the caller, and no cookie is asked for (S-22).
fn prove(provider: &str, consumed: Consumed, nonce: Option<&BrowserNonce>) -> Result<Box<Authorization>, Error> {
    let (authorization, verdict) = match consumed {
        Consumed::Now(authorization) => (authorization, None),
        Consumed::Before(authorization) => (authorization, Some(Error::AlreadyUsed)),
        Consumed::Expired(authorization) => (authorization, Some(Error::AuthorizationExpired)),
        Consumed::Unknown => {
            tracing::warn!(event = "state_mismatch", provider, "there is no such state");
            return Err(Error::NotTheStarter);
        }
    };
    let is_for_console = matches!(authorization.completion, Completion::Console { .. });
    if authorization.prove(nonce).is_err() && !(is_for_console && verdict.is_none()) {
        let owner = authorization.holder().hash();
        tracing::warn!(event = "proof_mismatch", provider, owner, "callback without proof of the browser; state ended");
        return Err(Error::NotTheStarter);
    }
    verdict.map_or(Ok(authorization), Err)
}

/// One attempt to complete that may go on.
struct Attempt<'a> {
    client: &'a ReadyClient<'a>,
    oauth: &'a OAuth,
    authorization: &'a Authorization,
    deadline: Deadline,
    now: Timestamp,
}

impl Attempt<'_> {
    async fn run(
        &self,
        world: &World<impl CompleteStore, impl Seal, impl CompleteProviders>,
        result: Result<AuthorizationCode, String>,
    ) -> Result<Achieved, Error> {
        let provider = self.client.registration.provider.id;
        if self.authorization.provider != provider {
            let owner = self.authorization.holder().hash();
            tracing::warn!(event = "state_mismatch", provider, owner, "the state is another provider's");
            return Err(Error::OtherProvider);
        }
        let code = result.map_err(|error| refusal_at_authorization(&error))?;
        match &self.authorization.completion {
            Completion::Callback { owner } => {
                let outcome = self.bind(world, owner, &code).await?;
                Ok(Achieved::Written { owner: owner.clone(), outcome: Box::new(outcome) })
            }
            Completion::Console { owner } => self.keep(world, owner.clone(), &code).await.map(Achieved::Kept),
        }
    }

    /// Exchanges the code and binds. Once there is a token, it ends up stored, revoked, queued, or perhaps stored.
    async fn bind(
        &self,
        world: &World<impl CompleteStore, impl Seal, impl CompleteProviders>,
        owner: &Owner,
        code: &AuthorizationCode,
    ) -> Result<Outcome, Error> {
        let place = Place { owner, provider: self.client.registration.provider };
        let binding_id = BindingId::fresh()?;
        let data_key = world.cipher.data_key(&credential_context(place, &binding_id)).await?;
        self.deadline.require(NEEDED)?;
        let presented = Presented {
            client: self.client,
            oauth: self.oauth,
            code,
            code_verifier: &self.authorization.code_verifier,
            asked: &self.authorization.scopes,
            deadline: self.deadline.keeping_back(AFTER_EXCHANGE),
        };
        let tokens = presented.exchange(&world.providers).await?;
        let credential = &tokens.credential;
        let written = match presented.account(&world.providers, &tokens).await {
            Ok(obtained) => {
                let binding = self.binding(binding_id, obtained, credential);
                let origin = Some(Origin::Authorization(self.authorization));
                let candidate =
                    Candidate { place, binding, credential, origin, queue_old: place.provider.is_revoked_by_client() };
                let looked_at = candidate.binding.clone();
                let written = write(&world.store, &world.cipher, candidate, data_key, self.deadline);
                let (written, dead) = tokio::join!(written, displaced(&world.store, place, &looked_at));
                if written.is_ok() {
                    tell(&world.store, place, &dead, self.now).await;
                }
                written
            }
            Err(error) => Err(Failure::NotWritten(error)),
        };
        match written {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Unknown(error)) => {
                // It may be stored, so it is left alone; if it is not, somebody should know.
                let (provider, owner) = (place.provider.id, place.owner.hash());
                tracing::error!(event = "orphan_unknown", provider, owner, "not known to be stored");
                Err(error)
            }
            Err(Failure::NotWritten(error)) => {
                discard(world, self.client, place, credential, self.deadline, self.now).await;
                Err(error)
            }
        }
    }

    fn binding(&self, id: BindingId, obtained: Obtained, credential: &Credential) -> Binding {
        Binding {
            id,
            provider: self.authorization.provider.clone(),
            account: obtained.account,
            address: self.client.registration.base.web.clone(),
            method: self.client.registration.provider.method.name().to_owned(),
            scopes: obtained.scopes,
            missing_scopes: Vec::new(),
            bound_at: self.now,
            bound_by: self.authorization.caller.clone(),
            updated_at: self.now,
            last_verified_at: self.now,
            credential_expires_at: ends_at(credential),
            rotates: false,
            problem: None,
        }
    }

    /// Keeps the code for the console under a secret that only the answer of this callback holds. Nothing is exchanged.
    async fn keep<P>(
        &self,
        world: &World<impl KeepCode, impl Seal, P>,
        owner: Option<Owner>,
        code: &AuthorizationCode,
    ) -> Result<CompletionSecret, Error> {
        let secret = CompletionSecret(Secret::fresh()?);
        let id = TicketId::of(&secret.0);
        let Authorization { provider, caller, scopes, code_verifier, .. } = self.authorization.clone();
        let sealed_under = context(Purpose::AuthorizationCode, &provider, &caller, &id);
        let data_key = world.cipher.data_key(&sealed_under).await?;
        let sealed = world.cipher.seal(data_key, &sealed_under, &code_to_plain(code, &code_verifier))?;
        let expires_at = self.now.plus(CODE_LIFETIME);
        let kept = KeptCode { id, provider, caller, owner, scopes, sealed, expires_at };
        world.store.keep_code(&kept).await?;
        Ok(secret)
    }
}

/// The `error` of RFC 6749 section 4.1.2.1: what the person said, or what is wrong with our registration.
fn refusal_at_authorization(error: &str) -> Error {
    match error {
        "access_denied" => Error::Declined,
        "server_error" | "temporarily_unavailable" => Error::ProviderFailed(CommonFailure::Failing { status: 503 }),
        _ => Error::RegistrationRefused,
    }
}
