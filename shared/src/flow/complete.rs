//! The callback (S-17 to S-21): what a browser brings back from the provider.
//!
//! Whoever finishes must be proved to be who started before anything is sent to the provider; a state that comes
//! without proof is used up, so that a code caught from a tricked person is worth nothing.

use std::time::Duration;

use crate::domain::answer::{Answer, CommonFailure};
use crate::domain::authorization::{Authorization, AuthorizationId, Completion};
use crate::domain::binding::{Account, Binding, BindingId, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::owner::Owner;
use crate::domain::provider::{ExchangeRefusal, OAuth};
use crate::domain::registration::Client;
use crate::domain::secret::{AuthorizationCode, BrowserNonce, State};
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::Probe;
use crate::error::Error;
use crate::flow::discard::discard;
use crate::flow::write::{Candidate, Failure, Outcome, credential_context, write};
use crate::ports::{
    AskApi, Bind, CallError, ConsumeAuthorization, Consumed, ExchangeCode, Exchanged, IssuedTokens, QueueRevocation,
    RevokeToken, Seal, Server, World,
};

/// Below this nothing is consumed and no exchange starts: what follows must not be cut off (S-20).
const NEEDED: Duration = Duration::from_secs(10);

/// What the callback needs of storage.
pub trait CompleteStore: ConsumeAuthorization + Bind + QueueRevocation {}
impl<S: ConsumeAuthorization + Bind + QueueRevocation> CompleteStore for S {}

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

/// A binding made by the callback.
#[derive(Debug)]
pub struct Completed {
    /// The authorization that led to it.
    pub authorization: Box<Authorization>,
    /// Who holds the binding.
    pub owner: Owner,
    /// What was written.
    pub outcome: Outcome,
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
    let id = AuthorizationId::of(&callback.state);
    let consumed = world.store.consume_authorization(&id, now).await.map_err(Error::from)?;
    let authorization = prove(consumed, callback.nonce.as_ref())?;
    let Completion::Callback { owner } = authorization.completion.clone();
    let attempt = Attempt { client, oauth, authorization: &authorization, owner: &owner, deadline, now };
    match attempt.run(world, callback.result).await {
        Ok(outcome) => Ok(Completed { authorization, owner, outcome }),
        Err(error) => Err(Refused { error, authorization: Some(authorization) }),
    }
}

/// Lets pass only a first use by the browser that started. What is told to others does not depend on whether the
/// state exists (S-18).
fn prove(consumed: Consumed, nonce: Option<&BrowserNonce>) -> Result<Box<Authorization>, Error> {
    let (authorization, verdict) = match consumed {
        Consumed::Now(authorization) => (authorization, None),
        Consumed::Before(authorization) => (authorization, Some(Error::AlreadyUsed)),
        Consumed::Expired(authorization) => (authorization, Some(Error::AuthorizationExpired)),
        Consumed::Unknown => return Err(Error::NotTheStarter),
    };
    if authorization.prove(nonce).is_err() {
        tracing::warn!(provider = authorization.provider, "callback without proof of the browser; state ended");
        return Err(Error::NotTheStarter);
    }
    verdict.map_or(Ok(authorization), Err)
}

/// One proved attempt to complete.
struct Attempt<'a> {
    client: &'a Client,
    oauth: &'a OAuth,
    authorization: &'a Authorization,
    owner: &'a Owner,
    deadline: Deadline,
    now: Timestamp,
}

impl Attempt<'_> {
    async fn run(
        &self,
        world: &World<impl CompleteStore, impl Seal, impl CompleteProviders>,
        result: Result<AuthorizationCode, String>,
    ) -> Result<Outcome, Error> {
        let provider = self.client.registration.provider;
        if self.authorization.provider != provider.id {
            return Err(Error::OtherProvider);
        }
        let code = result.map_err(|error| refusal_at_authorization(&error))?;
        let place = Place { owner: self.owner, provider };
        let binding_id = BindingId::fresh()?;
        let data_key = world.cipher.data_key(&credential_context(place, &binding_id)).await?;
        self.deadline.require(NEEDED)?;
        let tokens = self.exchange(&world.providers, &code).await?;
        let bound = self.bind(world, place, binding_id, data_key, &tokens).await;
        match bound {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Unknown(error)) => Err(error),
            Err(Failure::NotWritten(error)) => {
                discard(world, self.client, place, &tokens.credential, self.deadline, self.now).await;
                Err(error)
            }
        }
    }

    async fn exchange(&self, providers: &impl ExchangeCode, code: &AuthorizationCode) -> Result<IssuedTokens, Error> {
        let verifier = &self.authorization.code_verifier;
        match providers.exchange_code(self.client, code, verifier, self.deadline).await? {
            Exchanged::Tokens(tokens) => Ok(*tokens),
            Exchanged::Refused(answer) => Err(self.refusal_at_exchange(&answer)),
        }
    }

    fn refusal_at_exchange(&self, answer: &Answer) -> Error {
        match (self.oauth.exchange_refusal)(answer) {
            ExchangeRefusal::Code => Error::CodeRefused,
            ExchangeRefusal::Client | ExchangeRefusal::RedirectUri => Error::RegistrationRefused,
            ExchangeRefusal::Account => Error::AccountNotReady,
            ExchangeRefusal::Unknown => Error::ProviderFailed(
                answer.common_failure().unwrap_or(CommonFailure::Nonsense { status: answer.status }),
            ),
        }
    }

    async fn bind<C: Seal>(
        &self,
        world: &World<impl CompleteStore, C, impl CompleteProviders>,
        place: Place<'_>,
        id: BindingId,
        data_key: C::DataKey,
        tokens: &IssuedTokens,
    ) -> Result<Outcome, Failure> {
        let (account, scopes) = self.account(&world.providers, tokens).await.map_err(Failure::NotWritten)?;
        let missing = place.provider.missing_scopes(&scopes);
        if !missing.is_empty() {
            return Err(Failure::NotWritten(Error::ScopesMissing { missing }));
        }
        let binding = self.binding(id, account, scopes, &tokens.credential);
        let candidate = Candidate {
            place,
            binding,
            credential: &tokens.credential,
            authorization: Some(self.authorization),
            queue_old: true,
        };
        write(&world.store, &world.cipher, candidate, data_key, self.deadline).await
    }

    fn binding(&self, id: BindingId, account: Account, scopes: Vec<String>, credential: &Credential) -> Binding {
        // A refresh token renews the credential by itself: then the access token's end is not the binding's.
        let ends = credential.refresh_token.is_none();
        Binding {
            id,
            provider: self.authorization.provider.clone(),
            account,
            address: self.client.registration.base.web.clone(),
            method: self.client.registration.provider.method.name().to_owned(),
            scopes,
            missing_scopes: Vec::new(),
            bound_at: self.now,
            bound_by: self.authorization.caller.clone(),
            updated_at: self.now,
            last_verified_at: self.now,
            credential_expires_at: credential.expires_at.filter(|_| ends),
        }
    }

    /// Whose the token is and what was granted: asked for is not granted. A read is repeated once.
    async fn account(&self, providers: &impl AskApi, tokens: &IssuedTokens) -> Result<(Account, Vec<String>), Error> {
        let registration = &self.client.registration;
        let (probe, server) = (Probe::get(self.oauth.account_path), Server::Configured(&registration.base));
        let token = &tokens.credential.access_token;
        let ask = || providers.ask_api(registration.provider, server, &probe, token, self.deadline);
        let answer = match ask().await {
            Ok(answer) if answer.status < 500 => answer,
            Ok(_) | Err(CallError::Broken | CallError::Refused) => ask().await?,
            Err(error) => return Err(error.into()),
        };
        let failure = || answer.common_failure().unwrap_or(CommonFailure::Nonsense { status: answer.status });
        let account = Some(&answer).filter(|it| it.is_success()).and_then(self.oauth.account);
        let account = account.ok_or_else(|| Error::ProviderFailed(failure()))?;
        let in_header = self.oauth.granted_scopes_header.and_then(|name| answer.header(name));
        let in_header = in_header.map(crate::domain::answer::split_scopes);
        let scopes = tokens.scopes.clone().or(in_header).unwrap_or_else(|| self.authorization.scopes.clone());
        Ok((account, scopes))
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
