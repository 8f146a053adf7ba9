//! Tokens that are issued to our client: exchanged for a code, and taken back. A client's secret may be rotated at any
//! time, so a refusal of the one is answered with the other, once (S-37).

use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::ACCEPT;

use super::{ProviderClient, api_base, send, with_headers, with_token};
use crate::domain::address::CheckedAddress;
use crate::domain::answer::Answer;
use crate::domain::deadline::Deadline;
use crate::domain::provider::{ClientAuthentication, ExchangeRefusal, Provider, Revocation};
use crate::domain::refresh::RefreshRefusal;
use crate::domain::registration::Registration;
use crate::domain::secret::{AccessToken, AuthorizationCode, ClientSecret, CodeVerifier, RefreshToken};
use crate::domain::timestamp::Timestamp;
use crate::domain::token_answer;
use crate::ports::{
    CallError, ExchangeCode, Exchanged, IssuedTokens, ReadyClient, RefreshTokens, RevokeToken, Revoked,
};

/// Caps of each call; the deadline of the request may be nearer.
const EXCHANGE: Duration = Duration::from_secs(6);
const REVOKE: Duration = Duration::from_secs(3);

/// What every provider that can revoke answers when it has: no content.
const REVOKED: u16 = 204;

/// How a provider refuses a client's secret.
const UNAUTHORIZED: u16 = 401;

impl ExchangeCode for ProviderClient {
    async fn exchange_code(
        &self,
        client: &ReadyClient<'_>,
        code: &AuthorizationCode,
        code_verifier: &CodeVerifier,
        deadline: Deadline,
    ) -> Result<Exchanged, CallError> {
        let oauth = client.registration.provider.oauth().ok_or(CallError::Broken)?;
        let exchange = Exchange { registration: client.registration, code, code_verifier, deadline };
        let exchanged = self.exchange_with(&exchange, client.secret()).await?;
        let Exchanged::Refused(answer) = &exchanged else {
            return Ok(exchanged);
        };
        // The code was not looked at: it is good still, if another secret is.
        if (oauth.exchange_refusal)(answer) == ExchangeRefusal::Client
            && let Some(secret) = client.other_secret().await
        {
            return self.exchange_with(&exchange, &secret).await;
        }
        Ok(exchanged)
    }
}

impl RefreshTokens for ProviderClient {
    async fn refresh_tokens(
        &self,
        client: &ReadyClient<'_>,
        refresh_token: &RefreshToken,
        deadline: Deadline,
    ) -> Result<Exchanged, CallError> {
        let oauth = client.registration.provider.oauth().ok_or(CallError::Broken)?;
        let form = || vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.reveal())];
        let registration = client.registration;
        let refreshed = self.ask_for_tokens("refresh", registration, client.secret(), form(), deadline).await?;
        let Exchanged::Refused(answer) = &refreshed else {
            return Ok(refreshed);
        };
        if (oauth.refresh.refusal)(answer) == RefreshRefusal::Client
            && let Some(secret) = client.other_secret().await
        {
            return self.ask_for_tokens("refresh", registration, &secret, form(), deadline).await;
        }
        Ok(refreshed)
    }
}

/// A code on its way to the token endpoint.
struct Exchange<'a> {
    registration: &'a Registration,
    code: &'a AuthorizationCode,
    code_verifier: &'a CodeVerifier,
    deadline: Deadline,
}

impl ProviderClient {
    async fn exchange_with(&self, exchange: &Exchange<'_>, secret: &ClientSecret) -> Result<Exchanged, CallError> {
        let Exchange { registration, code, code_verifier, deadline } = exchange;
        let form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", &registration.redirect_uri),
            ("code_verifier", code_verifier.reveal()),
        ];
        self.ask_for_tokens("exchange", registration, secret, form, *deadline).await
    }

    /// One request to the token endpoint, with the client's proof added to `form`.
    async fn ask_for_tokens<'a>(
        &self,
        call: &'static str,
        registration: &'a Registration,
        secret: &'a ClientSecret,
        mut form: Vec<(&'static str, &'a str)>,
        deadline: Deadline,
    ) -> Result<Exchanged, CallError> {
        let oauth = registration.provider.oauth().ok_or(CallError::Broken)?;
        let mut request = self.configured.post(format!("{}{}", registration.base.web, oauth.token_path));
        match oauth.client_authentication {
            ClientAuthentication::Body => {
                form.push(("client_id", &registration.client_id));
                form.push(("client_secret", secret.reveal()));
            }
            ClientAuthentication::Basic => request = with_client(request, registration, secret),
        }
        let request = request.header(ACCEPT, "application/json").form(&form);
        let (answer, body) = send(registration.provider, call, None, request, deadline.within(EXCHANGE)).await?;
        match token_answer::tokens(&body, Timestamp::now()) {
            Some((credential, scopes)) if answer.is_success() => {
                Ok(Exchanged::Tokens(Box::new(IssuedTokens { credential, scopes })))
            }
            _ => Ok(Exchanged::Refused(answer)),
        }
    }

    async fn revoke_with(
        &self,
        registration: &Registration,
        secret: &ClientSecret,
        token: &AccessToken,
        deadline: Deadline,
    ) -> Result<Answer, CallError> {
        let Revocation::DeleteByClient { path, .. } = registration.provider.revocation else {
            return Err(CallError::Broken);
        };
        let path = path.replace("{client_id}", &registration.client_id);
        let request = self.configured.delete(format!("{}{path}", registration.base.api));
        let request = with_headers(with_client(request, registration, secret), registration.provider);
        let request = request.json(&serde_json::json!({ "access_token": token.reveal() }));
        Ok(send(registration.provider, "revoke", None, request, deadline.within(REVOKE)).await?.0)
    }
}

impl RevokeToken for ProviderClient {
    async fn revoke_by_client(
        &self,
        client: &ReadyClient<'_>,
        token: &AccessToken,
        deadline: Deadline,
    ) -> Result<Revoked, CallError> {
        let registration = client.registration;
        let Revocation::DeleteByClient { gone, .. } = registration.provider.revocation else {
            return Ok(Revoked::NotOffered);
        };
        let mut answer = self.revoke_with(registration, client.secret(), token, deadline).await?;
        if answer.status == UNAUTHORIZED
            && let Some(secret) = client.other_secret().await
        {
            answer = self.revoke_with(registration, &secret, token, deadline).await?;
        }
        Ok(verdict(&answer, gone))
    }

    async fn revoke_by_self(
        &self,
        provider: &Provider,
        server: &CheckedAddress,
        token: &AccessToken,
        deadline: Deadline,
    ) -> Result<Revoked, CallError> {
        let Revocation::DeleteBySelf { path, gone } = provider.revocation else {
            return Ok(Revoked::NotOffered);
        };
        let url = format!("{}{path}", api_base(provider, server));
        let request = with_token(self.pinned(server)?.delete(url), provider, token)?;
        let (answer, _) = send(provider, "revoke", Some(server), request, deadline.within(REVOKE)).await?;
        Ok(verdict(&answer, gone))
    }
}

/// Only the provider's own word counts: a page of somebody in between, with whatever status, leaves the token alive.
fn verdict(answer: &Answer, gone: &[u16]) -> Revoked {
    let was_gone = gone.contains(&answer.status) && answer.json.is_some();
    if answer.status == REVOKED || was_gone { Revoked::Gone } else { Revoked::NotYet }
}

/// `client_secret_basic` of RFC 6749 section 2.3.1.
fn with_client(request: RequestBuilder, registration: &Registration, secret: &ClientSecret) -> RequestBuilder {
    request.basic_auth(&registration.client_id, Some(secret.reveal()))
}
