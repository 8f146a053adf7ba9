//! Rotation of personal tokens (S-67): written down, asked for once, and saved at once. What is cut off in between is
//! found by what was written down, and decided by verification.

use std::time::Duration;

use super::judge::NO_ROOM;
use super::verify::Verdict;
use super::{Run, SweepProviders, SweepStore};
use crate::domain::address::{CheckedAddress, Homes, ServerAddress};
use crate::domain::answer::Answer;
use crate::domain::binding::{BindingId, BindingProblem, BindingProblemKind, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::event::EventKind;
use crate::domain::rotation::{Begun, successor_ends_at};
use crate::domain::secret::AccessToken;
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::{CONFIRM_AFTER, next_notice_at, verify_after};
use crate::error::{Error, InWords};
use crate::flow::check::check;
use crate::flow::write::credential_context;
use crate::ports::{
    CallError, ClaimedRow, Edit, Held, Open, PublishEvents, Revoked, Rotated, Seal, Settlement, StoreError, Successor,
};

/// With less than this left none is begun: asking, and saving what comes.
const NEEDED: Duration = Duration::from_secs(25);

/// How long asking for one may take.
const TIME: Duration = Duration::from_secs(15);

/// When one that was refused is tried again.
const AGAIN: Duration = Duration::from_hours(24);

/// Between attempts to save.
const SAVE_PAUSE: Duration = Duration::from_millis(500);

/// What is known after asking.
enum Outcome {
    Successor(AccessToken, Option<Timestamp>),
    /// It was not done, for this reason.
    Refused(String),
    /// It may have been done.
    Uncertain(&'static str),
}

/// A rotation under way.
struct Attempt<'a> {
    row: &'a ClaimedRow,
    held: &'a Held,
    place: Place<'a>,
    server: &'a CheckedAddress,
    begun: &'a Begun,
}

impl<S: SweepStore, C: Seal + Open, P: SweepProviders, B: PublishEvents> Run<'_, S, C, P, B> {
    pub(super) async fn rotate(
        &self,
        row: &ClaimedRow,
        held: &Held,
        place: Place<'_>,
        credential: &Credential,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        let rotation = place.provider.personal_token().and_then(|it| it.rotation);
        let days_max = rotation.map_or(0, |it| it.life_days_max);
        let Some(expires_at) = successor_ends_at(&held.binding, &held.upkeep, days_max, self.now) else {
            return Ok(());
        };
        if self.deadline.require(NEEDED).is_err() || !self.spend(&held.binding.address, 1) {
            self.put_off(held, NO_ROOM, times);
            return Ok(());
        }
        let account_key = held.binding.account_key();
        let siblings = self.world.store.find_siblings(&account_key).await?;
        if siblings.iter().any(|it| it.owner != row.owner && it.token_mark == held.token_mark) {
            self.refused(held, place, "token_shared", done, times);
            return Ok(());
        }
        let server = match self.address(held, place).await {
            Ok(server) => server,
            Err(reason) => {
                self.refused(held, place, reason, done, times);
                return Ok(());
            }
        };
        let context = credential_context(place, &held.binding.id);
        let key = self.world.cipher.data_key(&context).await?;
        let begun = &Begun { attempt: BindingId::fresh()?, intent_at: Timestamp::now(), expires_at };
        if !self.world.store.begin_rotation(row, held, begun).await? {
            return Ok(());
        }
        let attempt = Attempt { row, held, place, server: &server, begun };
        match self.ask_for_successor(&attempt, credential).await {
            Outcome::Successor(token, said) => {
                let expires_at = said.unwrap_or(expires_at);
                let successor = Credential { access_token: token, refresh_token: None, expires_at: Some(expires_at) };
                self.keep(&attempt, key, &successor, expires_at, done, times).await?;
            }
            Outcome::Refused(reason) => {
                done.forget_rotation = true;
                self.refused(held, place, &reason, done, times);
            }
            Outcome::Uncertain(evidence) => {
                tell_uncertain(place, held, evidence);
                done.problem = Edit::Set(uncertain(self.now));
                times.push(self.now.plus(CONFIRM_AFTER));
            }
        }
        Ok(())
    }

    /// The stored address, checked again: the token goes nowhere else (S-25).
    async fn address(&self, held: &Held, place: Place<'_>) -> Result<CheckedAddress, &'static str> {
        let address = ServerAddress::parse(&held.binding.address, Homes::default(), &self.rules.policy);
        let address = address.map_err(|_| "address_refused")?;
        let deadline = Deadline::new(self.deadline.within(TIME), None, self.now);
        check(&self.world.providers, place, address, deadline).await.map_err(CallError::name)
    }

    async fn ask_for_successor(&self, attempt: &Attempt<'_>, credential: &Credential) -> Outcome {
        let (provider, expires_on) = (attempt.place.provider, attempt.begun.expires_at.date());
        let deadline = Deadline::new(self.deadline.within(TIME), None, Timestamp::now());
        let (server, token) = (attempt.server, &credential.access_token);
        match self.world.providers.rotate_token(provider, server, token, &expires_on, deadline).await {
            Ok(Rotated::Token { token, expires_at }) => Outcome::Successor(token, expires_at),
            Ok(Rotated::Refused(answer)) if may_have_been_done(&answer) => Outcome::Uncertain("answer_unread"),
            Ok(Rotated::Refused(answer)) => Outcome::Refused(format!("status_{}", answer.status)),
            // An answer from elsewhere than what was checked comes after the request.
            Err(error) if error.is_uncertain() || error == CallError::NotPublic => Outcome::Uncertain("answer_lost"),
            Err(error) => Outcome::Refused(error.name().to_owned()),
        }
    }

    /// Seals and saves the successor before anything else.
    async fn keep(
        &self,
        attempt: &Attempt<'_>,
        key: C::DataKey,
        successor: &Credential,
        expires_at: Timestamp,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        let Attempt { row, held, place, .. } = *attempt;
        let context = credential_context(place, &held.binding.id);
        let sealed = self.world.cipher.seal(key, &context, &successor.to_plain())?;
        let token_mark = TokenMark::of(&held.binding.account_key(), &successor.access_token);
        let event = self.event(row, held, EventKind::Renewed, Some("rotated"))?;
        let kept = Successor { sealed, token_mark: token_mark.clone(), expires_at, at: self.now };
        let is_saved = loop {
            match self.world.store.save_rotated(row, held, &kept, &event).await {
                Err(StoreError::Unavailable(error)) if self.deadline.left() > SAVE_PAUSE => {
                    tracing::warn!(error = %InWords(&*error), "a new token is not saved yet");
                    tokio::time::sleep(SAVE_PAUSE).await;
                }
                Err(error) => {
                    tell_uncertain(place, held, "unsaved");
                    return Err(error.into());
                }
                Ok(is_saved) => break is_saved,
            }
        };
        if !is_saved {
            self.end_unheld(attempt, successor).await;
            return Ok(());
        }
        let (provider, owner, binding_id) = (place.provider.id, row.owner.hash(), held.binding.id.as_str());
        tracing::info!(event = "renewed", provider, owner, binding_id, reason = "rotated", "token replaced");
        // Of the old token's end nobody needs to be told any more.
        done.events.retain(|it| it.id.kind() != Some(EventKind::Expiring));
        done.notified_days = Edit::Keep;
        done.token_mark = Some(token_mark);
        done.has_told = true;
        times.extend(next_notice_at(expires_at, None, self.now));
        times.push(verify_after(&held.binding, self.now));
        self.note(|report| report.refreshed += 1);
        Ok(())
    }

    /// Unbound or renewed meanwhile: nobody holds the successor, not even the person.
    async fn end_unheld(&self, attempt: &Attempt<'_>, successor: &Credential) {
        let (provider, owner) = (attempt.place.provider, attempt.place.owner.hash());
        let deadline = Deadline::new(self.deadline.within(TIME), None, Timestamp::now());
        let token = &successor.access_token;
        let revoked = self.world.providers.revoke_by_self(provider, attempt.server, token, deadline).await;
        if matches!(revoked, Ok(Revoked::Gone)) {
            tracing::info!(event = "orphan_revoked", provider = provider.id, owner, "unwanted token revoked");
        } else {
            tracing::error!(event = "orphan_lost", provider = provider.id, owner, "a token that nobody holds is alive");
        }
    }

    fn refused(&self, held: &Held, place: Place<'_>, reason: &str, done: &mut Settlement, times: &mut Vec<Timestamp>) {
        let (provider, owner, binding_id) = (place.provider.id, place.owner.hash(), held.binding.id.as_str());
        tracing::warn!(event = "rotation_refused", provider, owner, binding_id, reason, "the token stays as it is");
        done.rotation_tried_at = Some(self.now);
        times.push(self.now.plus(AGAIN));
        self.note(|report| report.put_off += 1);
    }

    /// What a verdict on the stored token says of a rotation that was begun: if the token works, it was never done; if
    /// the token is dead, it was. Until then the binding is in doubt.
    pub(super) fn judge_rotation(&self, row: &ClaimedRow, held: &Held, verdict: Verdict, done: &mut Settlement) {
        if held.upkeep.begun.is_none() {
            return;
        }
        let is_dead = matches!(done.problem, Edit::Set(it) if it.kind == BindingProblemKind::ReauthorizationRequired);
        if is_dead {
            done.forget_rotation = true;
        } else if matches!(verdict, Verdict::Works { .. }) {
            done.forget_rotation = true;
            done.rotation_tried_at = Some(self.now);
        } else if held.binding.problem.is_none() {
            if let Some(provider) = crate::providers::find(&row.provider) {
                tell_uncertain(Place { owner: &row.owner, provider }, held, "left_by_a_crash");
            }
            done.problem = Edit::Set(uncertain(self.now));
        }
    }
}

fn uncertain(now: Timestamp) -> BindingProblem {
    BindingProblem { kind: BindingProblemKind::RotationUncertain, since: now, evidence: None }
}

fn tell_uncertain(place: Place<'_>, held: &Held, evidence: &'static str) {
    let (provider, owner, binding_id) = (place.provider.id, place.owner.hash(), held.binding.id.as_str());
    tracing::warn!(event = "rotation_uncertain", provider, owner, binding_id, evidence, "a rotation was cut off");
}

/// A success that cannot be read, and a failure that is not the provider's own word but somebody's in between.
fn may_have_been_done(answer: &Answer) -> bool {
    answer.is_success() || answer.status >= 500 && answer.json.is_none()
}
