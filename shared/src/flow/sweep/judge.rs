//! Care for the credential of one claimed row: refreshed, verified and sealed anew when that is due, and what a verdict
//! means.

use std::time::Duration;

use super::verify::Verdict;
use super::{Run, SweepProviders, SweepStore};
use crate::domain::binding::{BindingProblem, BindingProblemKind, BindingState, Evidence, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::event::EventKind;
use crate::domain::rotation::rotate_at;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::{self, CONFIRM_AFTER, jittered, next_notice_at, verify_after};
use crate::error::{Error, InWords};
use crate::flow::refresh::{Wanted, refresh};
use crate::flow::write::credential_context;
use crate::ports::{ClaimedRow, Edit, Held, Open, PublishEvents, Seal, Settlement};

/// When a verification that said nothing is tried again, on average.
const VERIFY_AGAIN: Duration = Duration::from_hours(1);

/// When a verification for which there was no room in this run is tried again, on average.
pub(super) const NO_ROOM: Duration = Duration::from_mins(2);

/// How long one refresh may take.
const REFRESH: Duration = Duration::from_secs(25);

/// An access token that ends sooner is refreshed instead of verified.
const LIFE: Duration = Duration::from_mins(10);

/// Whether the credential is known not to work.
pub(super) fn is_final(problem: BindingProblem) -> bool {
    problem.kind.state() == BindingState::ReauthorizationRequired
}

/// Whether the problem is one of the access token, which an access token that works refutes.
fn is_of_access(problem: BindingProblem) -> bool {
    match problem.kind {
        BindingProblemKind::TokenDisplaced
        | BindingProblemKind::RotationUncertain
        | BindingProblemKind::VerificationFailed
        | BindingProblemKind::ProviderUnreachable => true,
        BindingProblemKind::ReauthorizationRequired => {
            matches!(problem.evidence, Some(Evidence::TokenRefused | Evidence::RotationInterrupted))
        }
        BindingProblemKind::RefreshUncertain => false,
    }
}

/// What is due of a credential.
#[expect(clippy::struct_excessive_bools, reason = "each is due or not, whatever the others are")]
#[derive(Debug, Clone, Copy)]
struct DueCare {
    /// To see whether it works.
    verify: bool,
    /// To use its refresh token, if it has one.
    keep_alive: bool,
    /// To have it replaced by its successor.
    rotate: bool,
    /// To seal it under the key of now.
    reseal: bool,
}

impl<S: SweepStore, C: Seal + Open, P: SweepProviders, B: PublishEvents> Run<'_, S, C, P, B> {
    /// Does what is due of the credential.
    pub(super) async fn look_after(
        &self,
        row: &ClaimedRow,
        held: &Held,
        place: Place<'_>,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        let due = self.due(held, place, times);
        if !due.verify && !due.keep_alive && !due.rotate && !due.reseal {
            return Ok(());
        }
        let context = credential_context(place, &held.binding.id);
        let plain = match self.world.cipher.open(&held.sealed, &context).await {
            Ok(plain) => plain,
            Err(error) => {
                tracing::warn!(provider = row.provider.as_str(), error = %InWords(&error), "a credential was not opened");
                times.push(self.now.plus(VERIFY_AGAIN));
                self.note(|report| report.put_off += 1);
                return Ok(());
            }
        };
        let credential = Credential::from_plain(&plain).ok_or_else(|| Error::Internal("not a credential".into()))?;
        let ends_soon = credential.expires_at.is_some_and(|at| at <= self.now.plus(LIFE));
        let is_doubtful = ends_soon || held.upkeep.suspect_at.is_some();
        if credential.refresh_token.is_some() && (due.keep_alive || due.verify && is_doubtful) {
            // What is saved by it is under the key of now.
            self.refresh(held, place, due.keep_alive, done, times).await;
            return Ok(());
        }
        if due.rotate {
            // What is saved by it is under the key of now, and seen to work.
            return self.rotate(row, held, place, &credential, done, times).await;
        }
        if due.reseal {
            let key = self.world.cipher.data_key(&context).await?;
            done.resealed = Some(self.world.cipher.seal(key, &context, &plain)?);
            self.note(|report| report.resealed += 1);
        }
        if due.verify {
            let verdict = self.verify(held, place, &credential).await;
            self.judge(row, held, verdict, done, times)?;
            self.judge_rotation(row, held, verdict, done);
        }
        Ok(())
    }

    /// What is due now; the times of what is due later.
    fn due(&self, held: &Held, place: Place<'_>, times: &mut Vec<Timestamp>) -> DueCare {
        let has_ended = held.binding.credential_expires_at.is_some_and(|at| at <= self.now);
        let problem = held.binding.problem;
        // Of a refresh token that was refused nothing more can be found out.
        let is_worth_it = !has_ended && problem.is_none_or(|it| !is_final(it) || is_of_access(it));
        let is_key_known = self.rules.key_id.contains(":key/");
        let reseal = is_key_known && held.sealed.key_id != self.rules.key_id;
        if !is_worth_it {
            return DueCare { verify: false, keep_alive: false, rotate: false, reseal };
        }
        let after = place.provider.oauth().and_then(|oauth| oauth.refresh.keep_alive_after);
        let keep_alive_at = after.filter(|_| !problem.is_some_and(is_final));
        let keep_alive_at = keep_alive_at.map(|after| work::keep_alive_at(&held.binding, &held.upkeep, after));
        let verify_at = work::verify_at(&held.binding, &held.upkeep);
        let is_offered = place.provider.personal_token().is_some_and(|it| it.rotation.is_some());
        let rotate_at = rotate_at(&held.binding, &held.upkeep).filter(|_| is_offered && problem.is_none());
        times.extend([Some(verify_at), keep_alive_at, rotate_at].into_iter().flatten().filter(|at| *at > self.now));
        let keep_alive = keep_alive_at.is_some_and(|at| at <= self.now);
        let rotate = rotate_at.is_some_and(|at| at <= self.now);
        DueCare { verify: verify_at <= self.now, keep_alive, rotate, reseal }
    }

    /// Has the credential replaced by its successor, which shows as well that it works (S-50).
    async fn refresh(
        &self,
        held: &Held,
        place: Place<'_>,
        successor: bool,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) {
        let Some(client) = self.client(place.provider) else {
            return self.put_off(held, VERIFY_AGAIN, times);
        };
        if !self.spend(&client.registration.base.web, 1) {
            return self.put_off(held, NO_ROOM, times);
        }
        let deadline = Deadline::new(self.deadline.within(REFRESH), None, self.now);
        let wanted = Wanted { lifetime: LIFE, successor };
        match refresh(self.world, client, place, wanted, deadline).await {
            Ok(opened) => {
                done.token_mark = Some(opened.standing.token_mark);
                self.is_verified(held, done, times);
                times.extend(
                    place.provider.oauth().and_then(|it| it.refresh.keep_alive_after).map(|it| self.now.plus(it)),
                );
                self.note(|report| report.refreshed += 1);
            }
            // It has been noted, with its event, and the row is due anew: what else was done is done again then.
            Err(Error::ReauthorizationRequired | Error::NotBound) => {}
            Err(error) => {
                tracing::warn!(provider = place.provider.id, error = %InWords(&error), "a refresh is put off");
                self.put_off(held, VERIFY_AGAIN, times);
            }
        }
    }

    pub(super) fn put_off(&self, held: &Held, pause: Duration, times: &mut Vec<Timestamp>) {
        times.push(self.now.plus(jittered(pause, held.binding.id.as_str(), self.now)));
        self.note(|report| report.put_off += 1);
    }

    /// A verdict was reached, and none is doubtful any more.
    fn is_verified(&self, held: &Held, done: &mut Settlement, times: &mut Vec<Timestamp>) {
        done.verify_tried_at = Some(self.now);
        done.verify_failed_at = Edit::Remove;
        done.suspect_at = Edit::Remove;
        times.push(verify_after(&held.binding, self.now));
        self.note(|report| report.verified += 1);
    }

    /// What a verdict means: a refusal is believed when a second one confirms it, and silence says nothing.
    fn judge(
        &self,
        row: &ClaimedRow,
        held: &Held,
        verdict: Verdict,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        match verdict {
            Verdict::Silent | Verdict::NoRoom => {
                let pause = if verdict == Verdict::NoRoom { NO_ROOM } else { VERIFY_AGAIN };
                self.put_off(held, pause, times);
                return Ok(());
            }
            Verdict::Works { expires_at } => self.works(row, held, expires_at, done, times)?,
            Verdict::Refused if held.binding.problem.is_some_and(is_final) => {}
            Verdict::Refused => match held.upkeep.verify_failed_at {
                Some(failed_at) if failed_at.plus(CONFIRM_AFTER) <= self.now => {
                    let is_interrupted = held.upkeep.begun.is_some();
                    let evidence = if is_interrupted { Evidence::RotationInterrupted } else { Evidence::TokenRefused };
                    done.problem = Edit::Set(BindingProblem::reauthorization_required(evidence, failed_at));
                    let kind = EventKind::ReauthorizationRequired;
                    done.events.push(self.event(row, held, kind, Some(evidence.name()))?);
                }
                Some(_) | None => {
                    let kind = BindingProblemKind::VerificationFailed;
                    let problem = BindingProblem { kind, since: self.now, evidence: None };
                    // What is known already weighs more.
                    done.problem = held.binding.problem.map_or(Edit::Set(problem), |_| Edit::Keep);
                    done.verify_failed_at = Edit::Set(self.now);
                    times.push(self.now.plus(CONFIRM_AFTER));
                    self.note(|report| report.verified += 1);
                    return Ok(());
                }
            },
        }
        self.is_verified(held, done, times);
        Ok(())
    }

    fn works(
        &self,
        row: &ClaimedRow,
        held: &Held,
        expires_at: Option<Timestamp>,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        done.verified_at = Some(self.now);
        if let Some(ends_at) = expires_at.filter(|at| held.binding.credential_expires_at != Some(*at)) {
            done.credential_expires_at = Edit::Set(ends_at);
            done.notified_days = Edit::Remove;
            times.extend(next_notice_at(ends_at, None, self.now));
        }
        if let Some(problem) = held.binding.problem.filter(|it| is_of_access(*it)) {
            done.problem = Edit::Remove;
            if is_final(problem) {
                let reason = problem.evidence.map_or(problem.kind.name(), Evidence::name);
                done.events.push(self.event(row, held, EventKind::Recovered, Some(reason))?);
            }
        }
        Ok(())
    }
}
