//! Care for one claimed row of the table of bindings: everything that is due in it, and one write of what came of it.

use std::time::Duration;

use super::judge::is_final;
use super::{Run, SweepProviders, SweepStore};
use crate::domain::binding::Place;
use crate::domain::event::{Event, EventId, EventKind, Told};
use crate::domain::timestamp::Timestamp;
use crate::domain::work::{Notice, next_notice_at, notice};
use crate::error::{Error, InWords};
use crate::ports::{ClaimedRow, Edit, Held, Open, PublishEvents, Seal, Settlement};
use crate::providers;

/// When events that were not accepted are published again.
const PUBLISH_AGAIN: Duration = Duration::from_mins(1);

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
        let is_told = !done.events.is_empty() || done.has_told;
        done.next_at = if is_told { Some(self.now) } else { later };
        tell_the_log(row, &done);
        Ok(self.world.store.settle(row, &done).await?)
    }

    /// An event about the binding in `row`, to be written with what it tells of.
    pub(super) fn event(
        &self,
        row: &ClaimedRow,
        held: &Held,
        kind: EventKind,
        reason: Option<&str>,
    ) -> Result<Event, Error> {
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
                    if !held.binding.problem.is_some_and(is_final) {
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
