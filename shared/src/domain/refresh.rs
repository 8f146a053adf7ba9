//! Getting a new access token by the refresh token (RFC 6749 section 6): what providers declare, whose turn it is, and
//! what is known of a client that a provider refuses.

use std::fmt;
use std::time::Duration;

use super::answer::Answer;
use super::secret::{NoEntropy, Secret};
use super::timestamp::Timestamp;

/// How a provider's refresh tokens behave.
#[derive(Debug)]
pub struct RefreshRules {
    /// Tells the refusals of the token endpoint apart; asked only when the answer is no success.
    pub refusal: fn(&Answer) -> RefreshRefusal,
    /// Whether a refresh token that was used is certain to stay good, so that a lost answer does no harm.
    pub old_token_stays_good: bool,
    /// How long an access token lives at the most, if that is known: taken where an answer does not say it.
    pub access_token_life: Option<Duration>,
    /// After how long without use a refresh token should be used, so that it does not end. `None` where use does not
    /// matter.
    pub keep_alive_after: Option<Duration>,
}

/// Whose fault it is that the token endpoint gave no new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshRefusal {
    /// The refresh token is unknown, used, too old or revoked: bind again.
    Grant,
    /// The client id or secret is wrong, or the app is suspended: the operator's.
    Client,
    /// The account may not be used any more: bind again once it may.
    Account,
    /// None of these: the provider's.
    Unknown,
}

/// Names one attempt to refresh.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder(String);

impl Holder {
    /// A name that no other attempt has.
    ///
    /// # Errors
    /// [`NoEntropy`] when the operating system refuses randomness.
    pub fn fresh() -> Result<Self, NoEntropy> {
        Secret::fresh().map(|random| Self(random.reveal()[..22].to_owned()))
    }

    /// A name read back from storage.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Holder")
    }
}

/// Who may refresh a binding now: one attempt, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Whose turn it is.
    pub holder: Holder,
    /// Until when. One that is over was left by a crash.
    pub until: Timestamp,
}

/// How long a provider's refusal of our client is believed at first; it doubles with each further one.
const BREAK: Duration = Duration::from_mins(1);

/// How long it is believed at the most.
const BREAK_MAX: Duration = Duration::from_mins(15);

/// What is known of a provider that refused our client: until then it is not asked for the sake of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// How often it refused our client in a row; 0 when it does not any more.
    pub refusals: u32,
    /// Until when it is not asked. After that one attempt may.
    pub until: Timestamp,
}

impl Breaker {
    /// What is known after one more refusal.
    #[must_use]
    pub fn after_refusal(before: Option<Self>, now: Timestamp) -> Self {
        let refusals = before.map_or(0, |it| it.refusals).saturating_add(1);
        let doubled = BREAK.saturating_mul(1 << (refusals - 1).min(8));
        Self { refusals, until: now.plus(doubled.min(BREAK_MAX)) }
    }

    /// Whether the provider refuses our client, as far as is known.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.refusals > 0
    }

    /// How many seconds are left of it, one at the least; `None` when it is time to ask again.
    #[must_use]
    pub fn seconds_left(&self, now: Timestamp) -> Option<u64> {
        let left = self.until.milliseconds().saturating_sub(now.milliseconds());
        (self.is_open() && left > 0).then(|| u64::try_from(left).unwrap_or_default().div_ceil(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_doubles_up_to_a_quarter_of_an_hour() {
        // S-40
        let now = Timestamp::from_seconds(1000);
        let mut breaker = None;
        for minutes in [1, 2, 4, 8, 15, 15, 15, 15, 15, 15, 15] {
            let next = Breaker::after_refusal(breaker, now);
            assert_eq!(next.seconds_left(now), Some(minutes * 60));
            breaker = Some(next);
        }
        let last = Breaker { refusals: u32::MAX, until: now };
        assert_eq!(Breaker::after_refusal(Some(last), now).refusals, u32::MAX);
    }

    #[test]
    fn when_its_time_is_over_one_may_ask() {
        let until = Timestamp::from_milliseconds(5500);
        let breaker = Breaker { refusals: 1, until };
        assert_eq!(breaker.seconds_left(Timestamp::from_seconds(5)), Some(1));
        assert_eq!(breaker.seconds_left(until), None);
        assert_eq!(Breaker { refusals: 0, until }.seconds_left(Timestamp::from_seconds(0)), None);
    }
}
