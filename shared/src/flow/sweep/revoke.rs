//! Queued revocations (S-32): tried again until they are done, or given up loudly.

use std::time::Duration;

use super::{Run, SweepProviders, SweepStore};
use crate::domain::binding::Place;
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::event::{EventKind, Told};
use crate::domain::sibling::{Sibling, TokenMark};
use crate::domain::timestamp::Timestamp;
use crate::domain::work::{REVOKED_WITHIN, pause_after};
use crate::error::{Error, InWords};
use crate::flow::unbind::revoke_at_provider;
use crate::flow::write::credential_context;
use crate::ports::{ClaimedRow, Open, PublishEvents, QueuedRevocation, Retry, Revoked, Seal, Settlement};

/// How long one revocation may take.
const TIME: Duration = Duration::from_secs(10);

/// What came of one.
enum Outcome {
    /// The token is dead.
    Dead,
    /// It is not to be taken: another binding uses it, or the provider offers no way.
    Left,
    /// It may be alive.
    Alive,
}

impl<S: SweepStore, C: Seal + Open, P: SweepProviders, B: PublishEvents> Run<'_, S, C, P, B> {
    pub(super) async fn revoke(
        &self,
        row: &ClaimedRow,
        place: Place<'_>,
        done: &mut Settlement,
        times: &mut Vec<Timestamp>,
    ) -> Result<(), Error> {
        for queued in &row.revocations {
            let retry = queued.retry;
            if let Some(next_at) = retry.next_at.filter(|at| *at > self.now) {
                times.push(next_at);
                continue;
            }
            let (provider, owner) = (place.provider.id, row.owner.hash());
            let outcome = self.try_revoke(row, queued, place).await.unwrap_or_else(|error| {
                tracing::warn!(provider, owner, error = %InWords(&error), "a revocation failed");
                Outcome::Alive
            });
            match outcome {
                Outcome::Dead => {
                    tracing::info!(event = "orphan_revoked", provider, owner, "unwanted token revoked");
                    done.settled.push(queued.attempt.clone());
                    self.note(|report| report.revoked += 1);
                }
                Outcome::Left => done.settled.push(queued.attempt.clone()),
                Outcome::Alive => {
                    let since = retry.since.unwrap_or(self.now);
                    if since.plus(REVOKED_WITHIN) <= self.now {
                        let binding_id = queued.binding_id.clone();
                        let told = Told { binding_id, account: None, reason: None, days_left: None };
                        done.events.push(self.event_of(row, EventKind::RevocationGaveUp, told)?);
                        done.settled.push(queued.attempt.clone());
                        continue;
                    }
                    let attempts = retry.attempts.saturating_add(1);
                    let next_at = self.now.plus(pause_after(attempts));
                    let retry = Retry { attempts, since: Some(since), next_at: Some(next_at) };
                    done.put_off.push((queued.attempt.clone(), retry));
                    times.push(next_at);
                    self.note(|report| report.put_off += 1);
                }
            }
        }
        Ok(())
    }

    async fn try_revoke(
        &self,
        row: &ClaimedRow,
        queued: &QueuedRevocation,
        place: Place<'_>,
    ) -> Result<Outcome, Error> {
        let context = credential_context(place, &queued.binding_id);
        let plain = self.world.cipher.open(&queued.sealed, &context).await?;
        let credential = Credential::from_plain(&plain).ok_or_else(|| Error::Internal("not a credential".into()))?;
        if self.is_in_use(row, queued, place, &credential).await? {
            return Ok(Outcome::Left);
        }
        let deadline = Deadline::new(self.deadline.within(TIME), None, self.now);
        let (client, policy) = (self.client(place.provider), &self.rules.policy);
        let revoked =
            revoke_at_provider(&self.world.providers, place, &queued.address, &credential, client, policy, deadline);
        Ok(match revoked.await? {
            Revoked::Gone => Outcome::Dead,
            Revoked::NotOffered => Outcome::Left,
            Revoked::NotYet => Outcome::Alive,
        })
    }

    /// Whether a binding stands that has this very token: the owner's own, or for a personal token another one's (S-33).
    async fn is_in_use(
        &self,
        row: &ClaimedRow,
        queued: &QueuedRevocation,
        place: Place<'_>,
        credential: &Credential,
    ) -> Result<bool, Error> {
        let has_it =
            |account_key: &str, mark: &TokenMark| TokenMark::of(account_key, &credential.access_token) == *mark;
        if row.held.as_ref().is_some_and(|held| has_it(&held.binding.account_key(), &held.token_mark)) {
            return Ok(true);
        }
        if place.provider.personal_token().is_none() {
            return Ok(false);
        }
        // Whose account it was is not known of rows from before: then the person's own token is left alone.
        let Some(account_key) = &queued.account_key else { return Ok(true) };
        let siblings = self.world.store.find_siblings(account_key).await?;
        let shares = |it: &Sibling| it.owner != row.owner && has_it(account_key, &it.token_mark);
        Ok(siblings.iter().any(shares))
    }
}
