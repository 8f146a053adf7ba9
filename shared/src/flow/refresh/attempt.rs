//! What the holder of the turn does: asks the provider, and saves before anything else (S-50).

use std::time::Duration;

use super::{Known, Opened, RefreshCipher, RefreshProviders, RefreshStore, Refreshing, standing};
use crate::domain::answer::{Answer, CommonFailure};
use crate::domain::binding::{BindingProblem, Evidence};
use crate::domain::credential::{Credential, Sealed};
use crate::domain::refresh::{RefreshRefusal, Turn};
use crate::domain::secret::RefreshToken;
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::error::{Error, InWords};
use crate::flow::discard::discard;
use crate::flow::write::credential_context;
use crate::ports::{CallError, Exchanged, IssuedTokens, ReadyClient, StoreError};

/// What the call of the provider leaves of the time, to save what it brings.
const AFTER: Duration = Duration::from_secs(4);

/// A turn that is nearer to its end than this is not used: another may begin before the provider has answered.
const TURN_LEFT: Duration = Duration::from_secs(8);

/// How long after a refused refresh token it is presented once more, to be sure. What was refused was not used up.
const CONFIRMATION: Duration = Duration::from_secs(1);

/// The pause before a save is tried again.
const SAVE_PAUSE: Duration = Duration::from_millis(100);

impl<S: RefreshStore, C: RefreshCipher, P: RefreshProviders> Refreshing<'_, S, C, P> {
    /// Refreshes `opened`, whose turn is ours. `None` when another credential stands there by now.
    pub(super) async fn attempt(
        &self,
        ready: &ReadyClient<'_>,
        opened: &Opened,
        known: Known,
        was_interrupted: bool,
        turn: &Turn,
    ) -> Result<Option<Opened>, Error> {
        // Before anything is sent, so that what it brings can be sealed whatever happens then.
        let context = credential_context(self.place, &opened.standing.binding.id);
        let (key, probe) = tokio::join!(self.world.cipher.data_key(&context), self.probe(known));
        let prepared = key.map_err(Error::from).and_then(|key| probe.map(|()| key));
        let key = match prepared {
            Ok(key) if self.is_in_time(turn) => key,
            Ok(_) => return self.give_up(Error::Unavailable("too little of the turn is left".into())).await,
            Err(error) => return self.give_up(error).await,
        };
        match self.ask(ready, opened).await {
            Ok(Some(Exchanged::Tokens(tokens))) => {
                self.close_breaker(known).await;
                self.keep(ready, opened, *tokens, key).await
            }
            Ok(Some(Exchanged::Refused(answer))) => self.refused(opened, &answer, known, was_interrupted).await,
            Ok(None) => {
                self.give_back(None).await;
                Ok(None)
            }
            Err(error) if error.is_uncertain() && !self.old_token_stays_good() => {
                self.doubt(opened, "answer_lost").await;
                Err(error.into())
            }
            Err(error) => self.give_up(error.into()).await,
        }
    }

    /// A process may have been stopped for a while since it took the turn, and its clock with it.
    fn is_in_time(&self, turn: &Turn) -> bool {
        Timestamp::now().plus(TURN_LEFT) <= turn.until && self.deadline.left() > AFTER
    }

    /// Presents the refresh token; a refusal of it is believed when it comes twice. `None` when another credential
    /// stands there by then: that one is right, whatever was said of this.
    async fn ask(&self, ready: &ReadyClient<'_>, opened: &Opened) -> Result<Option<Exchanged>, CallError> {
        let Some(refresh_token) = &opened.credential.refresh_token else {
            return Ok(None);
        };
        let first = self.present(ready, refresh_token).await?;
        let Exchanged::Refused(answer) = &first else {
            return Ok(Some(first));
        };
        if !matches!(self.refusal(answer), Some(RefreshRefusal::Grant | RefreshRefusal::Account)) {
            return Ok(Some(first));
        }
        tokio::time::sleep(self.deadline.within(CONFIRMATION)).await;
        if !self.still_stands(opened).await {
            return Ok(None);
        }
        self.present(ready, refresh_token).await.map(Some)
    }

    async fn present(&self, ready: &ReadyClient<'_>, token: &RefreshToken) -> Result<Exchanged, CallError> {
        self.world.providers.refresh_tokens(ready, token, self.deadline.keeping_back(AFTER)).await
    }

    async fn still_stands(&self, opened: &Opened) -> bool {
        // Unread, it counts as standing: the verdict is conditional all the same.
        match standing(&self.world.store, self.place).await {
            Ok(now) => now.token_mark == opened.standing.token_mark,
            Err(Error::NotBound | Error::ReauthorizationRequired) => false,
            Err(_) => true,
        }
    }

    /// Whose fault a refusal is; `None` for what says nothing of the token, whatever its words (S-40).
    fn refusal(&self, answer: &Answer) -> Option<RefreshRefusal> {
        let says_nothing = answer.common_failure().is_some() || answer.status == 403;
        let oauth = self.place.provider.oauth()?;
        (!says_nothing).then(|| (oauth.refresh.refusal)(answer))
    }

    async fn refused(
        &self,
        opened: &Opened,
        answer: &Answer,
        known: Known,
        was_interrupted: bool,
    ) -> Result<Option<Opened>, Error> {
        let evidence = match self.refusal(answer) {
            Some(RefreshRefusal::Grant) if was_interrupted => Evidence::RefreshInterrupted,
            Some(RefreshRefusal::Grant) => Evidence::RefreshRefused,
            Some(RefreshRefusal::Account) => Evidence::AccountRefused,
            Some(RefreshRefusal::Client) => {
                let error = self.open_breaker(known).await;
                return self.give_up(error).await;
            }
            // A success that cannot be read may have been one: the refresh token may be used up.
            Some(RefreshRefusal::Unknown) | None if answer.is_success() && !self.old_token_stays_good() => {
                self.doubt(opened, "answer_unread").await;
                return Err(Error::ProviderFailed(CommonFailure::Nonsense { status: answer.status }));
            }
            Some(RefreshRefusal::Unknown) | None => {
                let nonsense = CommonFailure::Nonsense { status: answer.status };
                let failure = answer.common_failure().unwrap_or(nonsense);
                return self.give_up(Error::ProviderFailed(failure)).await;
            }
        };
        // Only a provider that takes our client looks at the refresh token.
        self.close_breaker(known).await;
        let seen = &opened.standing;
        let problem = BindingProblem::reauthorization_required(evidence, Timestamp::now());
        match self.world.store.judge_credential(self.place, seen, problem).await {
            Ok(true) => {}
            Ok(false) => {
                self.give_back(None).await;
                return Ok(None);
            }
            Err(error) => return self.give_up(error.into()).await,
        }
        let (provider, owner) = (self.place.provider.id, self.place.owner.hash());
        let (binding_id, evidence) = (seen.binding.id.as_str(), evidence.name());
        tracing::warn!(event = "reauthorization_required", provider, owner, binding_id, evidence, "bind again");
        Err(Error::ReauthorizationRequired)
    }

    /// Seals and saves the new tokens, and only then lets them be used.
    async fn keep(
        &self,
        ready: &ReadyClient<'_>,
        opened: &Opened,
        tokens: IssuedTokens,
        key: C::DataKey,
    ) -> Result<Option<Opened>, Error> {
        let now = Timestamp::now();
        let credential = self.successor(&opened.credential, tokens, now);
        let seen = &opened.standing;
        let context = credential_context(self.place, &seen.binding.id);
        let sealed = match self.world.cipher.seal(key, &context, &credential.to_plain()) {
            Ok(sealed) => sealed,
            Err(error) => {
                self.doubt(opened, "unsealed").await;
                return Err(error.into());
            }
        };
        let token_mark = TokenMark::of(&seen.binding.account_key(), &credential.access_token);
        match self.save(opened, &sealed, &token_mark, now).await {
            Ok(true) => Ok(Some(self.saved(opened, credential, sealed, token_mark, now))),
            Ok(false) => {
                // Unbound or renewed meanwhile: nobody holds these tokens (S-50).
                let now = Timestamp::now();
                discard(self.world, ready, self.place, &credential, self.deadline, now).await;
                self.give_back(None).await;
                Ok(None)
            }
            // The turn stays: when it is over, it is found as that of a refresh that was cut off.
            Err(error) => {
                self.tell_uncertain(seen, "unsaved");
                Err(error.into())
            }
        }
    }

    /// What the answer leaves out is as it was, or as the provider declares (S-50).
    fn successor(&self, old: &Credential, tokens: IssuedTokens, now: Timestamp) -> Credential {
        let Credential { access_token, refresh_token, expires_at } = tokens.credential;
        let refresh_token = refresh_token.or_else(|| old.refresh_token.clone());
        let declared = self.place.provider.oauth().and_then(|oauth| oauth.refresh.access_token_life);
        let expires_at = expires_at.or_else(|| declared.map(|life| now.plus(life)));
        Credential { access_token, refresh_token, expires_at }
    }

    /// Until the deadline: nobody else has these tokens.
    async fn save(
        &self,
        opened: &Opened,
        sealed: &Sealed,
        token_mark: &TokenMark,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        loop {
            let saved = self.world.store.save_refreshed(self.place, &opened.standing, sealed, token_mark, now).await;
            match saved {
                Err(StoreError::Unavailable(error)) if self.deadline.left() > SAVE_PAUSE => {
                    tracing::warn!(error = %InWords(&*error), "new tokens are not saved yet");
                    tokio::time::sleep(SAVE_PAUSE).await;
                }
                saved => return saved,
            }
        }
    }

    fn saved(
        &self,
        opened: &Opened,
        credential: Credential,
        sealed: Sealed,
        token_mark: TokenMark,
        now: Timestamp,
    ) -> Opened {
        let mut standing = opened.standing.clone();
        let (provider, owner) = (self.place.provider.id, self.place.owner.hash());
        let binding_id = standing.binding.id.as_str();
        tracing::info!(event = "refreshed", provider, owner, binding_id, "the tokens were refreshed");
        if standing.binding.problem.is_some() || standing.turn.is_some() {
            tracing::info!(event = "recovered", provider, owner, binding_id, "the binding works again");
        }
        (standing.binding.problem, standing.binding.last_verified_at) = (None, now);
        (standing.sealed, standing.token_mark) = (sealed, token_mark);
        (standing.turn, standing.suspect_at) = (None, None);
        Opened { standing, credential }
    }

    /// Gives the turn back: the refresh token was not used.
    async fn give_up(&self, error: Error) -> Result<Option<Opened>, Error> {
        self.give_back(None).await;
        Err(error)
    }

    /// Gives the turn back and notes that nobody knows whether the refresh token was used.
    async fn doubt(&self, opened: &Opened, evidence: &'static str) {
        let seen = &opened.standing;
        self.tell_uncertain(seen, evidence);
        let problem = BindingProblem::refresh_uncertain(seen.binding.problem, Timestamp::now());
        self.give_back(Some(problem)).await;
    }
}
