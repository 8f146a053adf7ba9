//! How long a request may still take, and what each outgoing call may use of it (S-39).

use std::time::{Duration, Instant};

use super::timestamp::Timestamp;

/// What the function keeps back from the platform's deadline to write its answer.
const RESERVE: Duration = Duration::from_millis(1500);

/// A platform deadline further away than this is nonsense: Lambda's longest time-out is 15 minutes.
const PLATFORM_MAX: Duration = Duration::from_mins(15);

/// The moment by which the answer must be on its way.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    ends: Instant,
}

/// There is too little time left to begin something that must not be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too little time is left")]
pub struct NoTime;

impl Deadline {
    /// The earlier of our own `budget` and the platform's deadline, less a reserve.
    ///
    /// `platform` is ignored when it is nonsense, as some emulators send it: then our own budget holds.
    #[must_use]
    pub fn new(budget: Duration, platform: Option<Timestamp>, now: Timestamp) -> Self {
        let own = budget;
        let platform = platform.and_then(|at| {
            let left = u64::try_from(at.milliseconds().checked_sub(now.milliseconds())?).ok()?;
            let left = Duration::from_millis(left);
            (left <= PLATFORM_MAX).then(|| left.saturating_sub(RESERVE))
        });
        Self { ends: Instant::now() + platform.map_or(own, |left| left.min(own)) }
    }

    /// What is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// The time-out for one call: its cap, or what is left if that is less.
    #[must_use]
    pub fn within(&self, cap: Duration) -> Duration {
        self.left().min(cap)
    }

    /// The same deadline for a part of the work, earlier by what has to be kept back for the rest.
    #[must_use]
    pub fn keeping_back(&self, kept: Duration) -> Self {
        Self { ends: self.ends.checked_sub(kept).unwrap_or(self.ends) }
    }

    /// Refuses to begin what needs `needed` when less is left.
    ///
    /// # Errors
    /// [`NoTime`] when less than `needed` is left.
    pub fn require(&self, needed: Duration) -> Result<(), NoTime> {
        if self.left() < needed { Err(NoTime) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_secs(22);
    const NOW: Timestamp = Timestamp::from_seconds(1_794_290_000);

    fn left(platform: Option<Timestamp>) -> u64 {
        let left = Deadline::new(BUDGET, platform, NOW).left() + Duration::from_millis(500);
        left.as_secs()
    }

    #[test]
    fn the_platforms_deadline_counts_when_it_is_earlier() {
        assert_eq!(left(Some(NOW.plus(Duration::from_millis(11_500)))), 10);
        assert_eq!(left(Some(NOW.plus(Duration::from_secs(27)))), 22);
    }

    #[test]
    fn a_nonsense_deadline_is_ignored() {
        // S-39: cargo-lambda sends the constant 600000, long past.
        assert_eq!(left(Some(Timestamp::from_milliseconds(600_000))), 22);
        assert_eq!(left(Some(Timestamp::from_milliseconds(i64::MAX))), 22);
        assert_eq!(left(Some(Timestamp::from_milliseconds(i64::MIN))), 22);
        assert_eq!(left(None), 22);
    }

    #[test]
    fn a_call_gets_no_more_than_is_left() {
        let deadline = Deadline::new(Duration::from_secs(2), None, NOW);
        assert!(deadline.within(Duration::from_secs(6)) <= Duration::from_secs(2));
        assert!(deadline.within(Duration::from_secs(6)) > Duration::from_secs(1));
        assert_eq!(deadline.within(Duration::from_millis(10)), Duration::from_millis(10));
        assert_eq!(deadline.require(Duration::from_secs(10)), Err(NoTime));
        assert_eq!(deadline.require(Duration::from_secs(1)), Ok(()));
    }
}
