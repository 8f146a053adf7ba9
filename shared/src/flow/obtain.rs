//! From an authorization code to an account: the exchange, whose the token is, and what was granted (S-20).

use std::time::Duration;

use crate::domain::answer::{Answer, CommonFailure, split_scopes};
use crate::domain::binding::Account;
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::provider::{ExchangeRefusal, OAuth};
use crate::domain::secret::{AuthorizationCode, CodeVerifier};
use crate::domain::verification::Probe;
use crate::error::Error;
use crate::ports::{AskApi, CallError, ExchangeCode, Exchanged, IssuedTokens, ReadyClient, Server};

/// What the calls of an exchange leave for the time after it: to write, and if that fails to take the token back.
pub(super) const AFTER_EXCHANGE: Duration = Duration::from_secs(6);

/// A code with what is needed to exchange it.
#[derive(Debug)]
pub(super) struct Presented<'a> {
    pub(super) client: &'a ReadyClient<'a>,
    pub(super) oauth: &'a OAuth,
    pub(super) code: &'a AuthorizationCode,
    pub(super) code_verifier: &'a CodeVerifier,
    /// What was asked for: taken for granted where a provider never says what it granted.
    pub(super) asked: &'a [String],
    pub(super) deadline: Deadline,
}

/// Whose a new token is and what it may do.
#[derive(Debug)]
pub(super) struct Obtained {
    pub(super) account: Account,
    pub(super) scopes: Vec<String>,
}

impl Presented<'_> {
    /// Exchanges the code. After this a token is out in the world.
    pub(super) async fn exchange(&self, providers: &impl ExchangeCode) -> Result<IssuedTokens, Error> {
        match providers.exchange_code(self.client, self.code, self.code_verifier, self.deadline).await? {
            Exchanged::Tokens(tokens) => Ok(*tokens),
            Exchanged::Refused(answer) => Err(self.refusal(&answer)),
        }
    }

    fn refusal(&self, answer: &Answer) -> Error {
        match (self.oauth.exchange_refusal)(answer) {
            ExchangeRefusal::Code => Error::CodeRefused,
            ExchangeRefusal::Client | ExchangeRefusal::RedirectUri => Error::RegistrationRefused,
            ExchangeRefusal::Account => Error::AccountNotReady,
            ExchangeRefusal::Unknown => Error::ProviderFailed(
                answer.common_failure().unwrap_or(CommonFailure::Nonsense { status: answer.status }),
            ),
        }
    }

    /// Whose the token is, and what was granted: asked for is not granted. A read is repeated once.
    pub(super) async fn account(&self, providers: &impl AskApi, tokens: &IssuedTokens) -> Result<Obtained, Error> {
        let registration = self.client.registration;
        let check = |scopes: &[String]| match registration.provider.missing_scopes(scopes) {
            missing if missing.is_empty() => Ok(()),
            missing => Err(Error::ScopesMissing { missing }),
        };
        // Without a scope of its own the account's call would only fail, and say less.
        tokens.scopes.as_deref().map_or(Ok(()), check)?;
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
        let in_header = self.oauth.granted_scopes_header.and_then(|name| answer.header(name)).map(split_scopes);
        let scopes = tokens.scopes.clone().or(in_header).unwrap_or_else(|| self.asked.to_vec());
        check(&scopes)?;
        Ok(Obtained { account, scopes })
    }
}

/// When the binding's credential ends. A refresh token renews it by itself: then the access token's end is not the
/// binding's.
pub(super) fn ends_at(credential: &Credential) -> Option<crate::domain::timestamp::Timestamp> {
    credential.expires_at.filter(|_| credential.refresh_token.is_none())
}
