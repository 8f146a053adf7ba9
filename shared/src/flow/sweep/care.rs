//! Care for one claimed row of the table of bindings: everything that is due in it, and one write of what came of it.

use std::time::Duration;

use super::verify::Verdict;
use super::{Run, SweepProviders, SweepStore};
use crate::domain::binding::{BindingProblem, BindingProblemKind, Place};
use crate::domain::credential::Credential;
use crate::domain::event::{Event, EventId, EventKind, Told};
use crate::domain::timestamp::Timestamp;
use crate::domain::work::{CONFIRM_AFTER, Notice, jittered, next_notice_at, notice, verify_after, verify_at};
use crate::error::{Error, InWords};
use crate::flow::write::credential_context;
use crate::ports::{ClaimedRow, Edit, Held, Open, PublishEvents, Seal, Settlement};
use crate::providers;

/// When events that were not accepted are published again.
const PUBLISH_AGAIN: Duration = Duration::from_mins(1);

/// When a verification that said nothing is tried again, on average.
const VERIFY_AGAIN: Duration = Duration::from_hours(1);

/// When a verification for which there was no room in this run is tried again, on average.
const NO_ROOM: Duration = Duration::from_mins(2);

impl<S: SweepStore, C: Seal + Open, P: SweepProviders, B: PublishEvents> Run<'_, S, C, P, B> {
    /// Does what is due in `row`. Whatever fails leaves the row due.
    pub(super) async fn care(&self, row: &ClaimedRow, published: &[EventId]) {
        let (provider, owner) = (row.provider.as_str(), row.owner.hash());
        match self.try_care(row, published).await {
            Ok(true) => self.note(|report| report.handled += 1),
            // Somebody bound, renewed or unbound meanwhile: the row is due anew.
            Ok(false) => self.note(|report| report.failed += 1),
            Err(error) => {
                tracing::warn!(provider, owner, error = %InWords(&error), "a row is left due");
                self.note(|report| report.failed += 1);
            }
        }
    }

    async fn try_care(&self, row: &ClaimedRow, published: &[EventId]) -> Result<bool, Error> {
        let mut done = Settlement::default();
        let ids = row.events.iter().map(|event| &event.id);
        done.published = ids.filter(|id| published.contains(id)).cloned().collect();
        let waits = done.published.len() < row.events.len();
        let mut times: Vec<Timestamp> = waits.then(|| self.now.plus(PUBLISH_AGAIN)).into_iter().collect();
        if let Some(provider) = providers::find(&row.provider) {
            let place = Place { owner: &row.owner, provider };
            self.revoke(row, place, &mut done, &mut times).await?;
            if let Some(held) = &row.held {
                self.notify(row, held, &mut done, &mut times)?;
                self.look_after(row, held, place, &mut done, &mut times).await?;
            }
        }
        // What came of it is to be told at once, if there is time.
        let later = times.into_iter().min().map(|at| at.max(self.now.plus(Duration::from_secs(1))));
        done.next_at = if done.events.is_empty() { later } else { Some(self.now) };
        tell_the_log(row, &done);
        Ok(self.world.store.settle(row, &done).await?)
    }

    /// An event about the binding in `row`, to be written with what it tells of.
    fn event(&self, row: &ClaimedRow, held: &Held, kind: EventKind, reason: Option<&str>) -> Result<Event, Error> {
        let told = Told { reason: reason.map(str::to_owned), ..Told::of(&held.binding) };
        self.event_of(row, kind, told)
    }

    pub(super) fn event_of(&self, row: &ClaimedRow, kind: EventKind, told: Told) -> Result<Event, Error> {
        let id = EventId::fresh(kind, self.now)?;
        Ok(Event { id, owner: row.owner.clone(), provider: row.provider.clone(), told })
    }

    /// Tells of an end that comes near: each of the notices once, and of several that were missed the nearest.
    fn notify(
        &self,
        row: &ClaimedRow,
        held: &Held,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        let Some(ends_at) = held.binding.credential_expires_at else { return Ok(()) };
        let mut told = held.upkeep.notified_days;
        if let Some(due) = notice(ends_at, told, self.now) {
            told = match due {
                Notice::Ending { threshold, days_left } => {
                    let mut event = self.event(row, held, EventKind::Expiring, None)?;
                    event.told.days_left = Some(days_left);
                    done.events.push(event);
                    Some(threshold)
                }
                Notice::Ended => {
                    // One that is known not to work was told of already.
                    if !held.binding.problem.is_some_and(|problem| problem.kind.is_final()) {
                        let reason = Some("token_expired");
                        done.events.push(self.event(row, held, EventKind::ReauthorizationRequired, reason)?);
                    }
                    Some(0)
                }
            };
            done.notified_days = told.map_or(Edit::Keep, Edit::Set);
            self.note(|report| report.notified += 1);
        }
        times.extend(next_notice_at(ends_at, told, self.now));
        Ok(())
    }

    /// Verifies the credential when that is due, and seals it anew when it is under another key than the one of now.
    async fn look_after(
        &self,
        row: &ClaimedRow,
        held: &Held,
        place: Place<'_>,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        let has_ended = held.binding.credential_expires_at.is_some_and(|at| at <= self.now);
        let verify_at = verify_at(&held.binding, &held.upkeep);
        let is_due = verify_at <= self.now && !has_ended;
        let is_old_key = self.rules.key_id.contains(":key/") && held.sealed.key_id != self.rules.key_id;
        if !has_ended && !is_due {
            times.push(verify_at);
        }
        if !is_due && !is_old_key {
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
        if is_old_key {
            let key = self.world.cipher.data_key(&context).await?;
            done.resealed = Some(self.world.cipher.seal(key, &context, &plain)?);
            self.note(|report| report.resealed += 1);
        }
        if is_due {
            let credential =
                Credential::from_plain(&plain).ok_or_else(|| Error::Internal("not a credential".into()))?;
            let verdict = self.verify(held, place, &credential).await;
            self.judge(row, held, &verdict, done, times)?;
        }
        Ok(())
    }

    /// What a verdict means: a refusal is believed when a second one confirms it, and silence says nothing.
    fn judge(
        &self,
        row: &ClaimedRow,
        held: &Held,
        verdict: &Verdict,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        let (id, problem) = (held.binding.id.as_str(), held.binding.problem);
        match verdict {
            Verdict::Silent | Verdict::NoRoom => {
                let pause = if matches!(verdict, Verdict::NoRoom) { NO_ROOM } else { VERIFY_AGAIN };
                times.push(self.now.plus(jittered(pause, id, self.now)));
                self.note(|report| report.put_off += 1);
                return Ok(());
            }
            Verdict::Works { expires_at } => {
                done.verified_at = Some(self.now);
                if let Some(ends_at) = expires_at.filter(|at| held.binding.credential_expires_at != Some(*at)) {
                    done.credential_expires_at = Edit::Set(ends_at);
                    done.notified_days = Edit::Remove;
                    times.extend(next_notice_at(ends_at, None, self.now));
                }
                if let Some(problem) = problem {
                    done.problem = Edit::Remove;
                    if problem.kind.is_final() {
                        done.events.push(self.event(row, held, EventKind::Recovered, Some(problem.kind.name()))?);
                    }
                }
            }
            Verdict::Refused => match held.upkeep.verify_failed_at {
                _ if problem.is_some_and(|it| it.kind.is_final()) => {}
                Some(failed_at) if failed_at.plus(CONFIRM_AFTER) <= self.now => {
                    let kind = BindingProblemKind::TokenRefused;
                    done.problem = Edit::Set(BindingProblem { kind, since: failed_at });
                    done.events.push(self.event(row, held, EventKind::ReauthorizationRequired, Some(kind.name()))?);
                }
                Some(_) | None => {
                    let kind = BindingProblemKind::VerificationFailed;
                    done.problem = Edit::Set(BindingProblem { kind, since: self.now });
                    done.verify_failed_at = Edit::Set(self.now);
                    times.push(self.now.plus(CONFIRM_AFTER));
                    self.note(|report| report.verified += 1);
                    return Ok(());
                }
            },
        }
        done.verify_tried_at = Some(self.now);
        done.verify_failed_at = Edit::Remove;
        done.suspect_at = Edit::Remove;
        times.push(verify_after(&held.binding, self.now));
        self.note(|report| report.verified += 1);
        Ok(())
    }
}

fn tell_the_log(row: &ClaimedRow, done: &Settlement) {
    let (provider, owner) = (row.provider.as_str(), row.owner.hash());
    for event in &done.events {
        let (binding_id, reason) = (event.told.binding_id.as_str(), event.told.reason.as_deref());
        match event.id.kind() {
            Some(EventKind::ReauthorizationRequired) => {
                tracing::warn!(event = "reauthorization_required", provider, owner, binding_id, reason, "bind again");
            }
            Some(EventKind::Recovered) => {
                tracing::info!(event = "recovered", provider, owner, binding_id, "a refused token works again");
            }
            Some(EventKind::Expiring) => {
                tracing::info!(event = "expiring", provider, owner, binding_id, "a credential ends soon");
            }
            Some(EventKind::RevocationGaveUp) => {
                tracing::error!(event = "revocation_gave_up", provider, owner, binding_id, "a token stays alive");
            }
            Some(EventKind::Bound | EventKind::Renewed | EventKind::Unbound) | None => {}
        }
    }
}
