//! Rows of the table of transients whose time is over: grants that nobody bound, and authorizations that led nowhere.

use std::time::Duration;

use super::{Run, SweepProviders, SweepStore};
use crate::domain::credential::{Credential, Purpose};
use crate::domain::deadline::Deadline;
use crate::domain::grant::Grant;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::REVOKED_WITHIN;
use crate::error::{Error, InWords};
use crate::flow::ticket::context;
use crate::ports::{ClaimedTransient, Open, PublishEvents, Revoked, Seal, TransientKind};
use crate::providers;

/// How long one revocation may take.
const TIME: Duration = Duration::from_secs(10);

/// When an ended grant's token is tried again at the latest.
const PAUSE_MAX: Duration = Duration::from_hours(6);

/// When it is tried again at the earliest.
const PAUSE_MIN: Duration = Duration::from_mins(1);

impl<S: SweepStore, C: Seal + Open, P: SweepProviders, B: PublishEvents> Run<'_, S, C, P, B> {
    /// Brings a claimed row to its end. Whatever fails leaves it due.
    pub(super) async fn end(&self, row: &ClaimedTransient) {
        let next_at = match &row.kind {
            TransientKind::Over => None,
            TransientKind::Unaccounted { owner, provider } => {
                let (provider, owner) = (provider.as_str(), owner.hash());
                tracing::warn!(event = "authorization_unaccounted", provider, owner, "nothing says where it led");
                None
            }
            TransientKind::Grant { grant, is_ended } => self.end_grant(grant, *is_ended).await,
        };
        match self.world.store.settle_transient(row, next_at).await {
            Ok(true) => self.note(|report| report.handled += 1),
            Ok(false) => self.note(|report| report.failed += 1),
            Err(error) => {
                tracing::warn!(error = %InWords(&error), "a row is left due");
                self.note(|report| report.failed += 1);
            }
        }
    }

    /// Ends a grant and takes its token back; when to try again, if it may be alive.
    async fn end_grant(&self, grant: &Grant, is_ended: bool) -> Option<Timestamp> {
        let (provider, owner) = (grant.provider.as_str(), grant.holder().hash());
        let age = u64::try_from(self.now.milliseconds().saturating_sub(grant.expires_at.milliseconds()));
        let age = Duration::from_millis(age.unwrap_or_default());
        match self.try_end_grant(grant, is_ended).await {
            Ok(Revoked::Gone) => {
                tracing::info!(event = "orphan_revoked", provider, owner, "the token of an unused grant is revoked");
                self.note(|report| {
                    report.ended += 1;
                    report.revoked += 1;
                });
                return None;
            }
            Ok(Revoked::NotOffered) => {
                tracing::info!(
                    event = "orphan_left",
                    provider,
                    owner,
                    "the token of an unused grant is left to expire"
                );
                self.note(|report| report.ended += 1);
                return None;
            }
            Ok(Revoked::NotYet) => {}
            Err(error) => tracing::warn!(provider, owner, error = %InWords(&error), "a grant's token was not revoked"),
        }
        self.note(|report| report.put_off += 1);
        // The row goes with its time to live soon after.
        if age + PAUSE_MAX > REVOKED_WITHIN {
            tracing::error!(event = "revocation_gave_up", provider, owner, "the token of an unused grant stays alive");
            return None;
        }
        Some(self.now.plus(age.clamp(PAUSE_MIN, PAUSE_MAX)))
    }

    async fn try_end_grant(&self, grant: &Grant, is_ended: bool) -> Result<Revoked, Error> {
        // Before its token is taken: nobody may bind it any more.
        if !is_ended && !self.world.store.end_grant(grant).await? {
            return Ok(Revoked::NotYet);
        }
        let provider = providers::find(&grant.provider).ok_or(Error::ProviderOff)?;
        if !provider.is_revoked_by_client() {
            return Ok(Revoked::NotOffered);
        }
        let sealed_under = context(Purpose::Grant, &grant.provider, &grant.caller, &grant.id);
        let plain = self.world.cipher.open(&grant.sealed, &sealed_under).await?;
        let credential = Credential::from_plain(&plain).ok_or_else(|| Error::Internal("not a credential".into()))?;
        let client = self.client(provider).ok_or(Error::ProviderOff)?.ready().await?;
        let deadline = Deadline::new(self.deadline.within(TIME), None, self.now);
        Ok(self.world.providers.revoke_by_client(&client, &credential.access_token, deadline).await?)
    }
}
