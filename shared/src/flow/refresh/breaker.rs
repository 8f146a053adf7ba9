//! A provider that refuses our client is not asked for a while: that is the operator's to mend, and harms no binding
//! (S-52).

use std::time::Duration;

use super::{Known, RefreshCipher, RefreshProviders, RefreshStore, Refreshing};
use crate::domain::refresh::Breaker;
use crate::domain::timestamp::Timestamp;
use crate::error::{Error, InWords};

/// How long one attempt has to find out whether the provider takes our client again, before another one may.
const PROBE: Duration = Duration::from_secs(15);

impl<S: RefreshStore, C: RefreshCipher, P: RefreshProviders> Refreshing<'_, S, C, P> {
    /// Whether the provider may be asked now.
    pub(super) async fn breaker(&self, now: Timestamp) -> Result<Known, Error> {
        let known = self.world.store.breaker(self.place.provider.id).await?;
        match known.and_then(|it| it.seconds_left(now)) {
            Some(retry_after_seconds) => Err(Error::ClientRefused { retry_after_seconds }),
            None => Ok(known),
        }
    }

    /// Claims to be the one that finds out, where that is open.
    pub(super) async fn probe(&self, known: Known) -> Result<(), Error> {
        let Some(open) = known.filter(Breaker::is_open) else {
            return Ok(());
        };
        let until = Timestamp::now().plus(PROBE);
        if self.world.store.claim_probe(self.place.provider.id, open, until).await? {
            Ok(())
        } else {
            Err(Error::ClientRefused { retry_after_seconds: PROBE.as_secs() })
        }
    }

    /// Notes that the provider refuses our client, with both its secrets.
    pub(super) async fn open_breaker(&self, known: Known) -> Error {
        let now = Timestamp::now();
        let breaker = Breaker::after_refusal(known, now);
        let provider = self.place.provider.id;
        match self.world.store.open_breaker(provider, breaker, now).await {
            Ok(true) => tracing::error!(event = "breaker_opened", provider, "the provider refuses our client"),
            Ok(false) => {}
            Err(error) => tracing::warn!(provider, error = %InWords(&error), "the refusal could not be noted"),
        }
        Error::ClientRefused { retry_after_seconds: breaker.seconds_left(now).unwrap_or(1) }
    }

    /// Notes that the provider takes our client again.
    pub(super) async fn close_breaker(&self, known: Known) {
        let Some(open) = known.filter(Breaker::is_open) else {
            return;
        };
        let provider = self.place.provider.id;
        if let Ok(true) = self.world.store.close_breaker(provider, open).await {
            tracing::info!(event = "breaker_closed", provider, "the provider takes our client again");
        }
    }
}
