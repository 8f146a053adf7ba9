//! What is to be done about a binding, and when: nothing here asks or writes anything.

use std::time::Duration;

use super::binding::Binding;
use super::rotation::Begun;
use super::secret::hash_of_parts;
use super::timestamp::Timestamp;

/// Into how many parts the index of work is split, so that no part of it is hot.
pub const SHARDS: u8 = 16;

/// How long a claim holds: longer than a run of the sweeper may take. One that was left by a crash is taken over then.
pub const CLAIM: Duration = Duration::from_mins(5);

/// How often a binding is verified, on average.
const VERIFY_EVERY: Duration = Duration::from_hours(24);

/// How much earlier or later than that, as a part of it: bindings of one hour do not come due in one minute.
const JITTER: u64 = 10;

/// A failure is believed when a second one confirms it, so long after the first at the least.
pub const CONFIRM_AFTER: Duration = Duration::from_mins(1);

/// How long before its end a credential's owner is told, in days.
pub const NOTICES: [i64; 4] = [30, 14, 7, 1];

/// A revocation is not tried for longer than this.
pub const REVOKED_WITHIN: Duration = Duration::from_hours(7 * 24);

/// Pauses between attempts at a revocation: the first, which doubles, and the longest.
const PAUSE_MIN: Duration = Duration::from_mins(1);
const PAUSE_MAX: Duration = Duration::from_hours(6);

const DAY: Duration = Duration::from_hours(24);

/// The part of the index that a row's work is in: `w00` to `w15`, by its key.
#[must_use]
pub fn shard(key: &[&str]) -> String {
    let number = hash_of_parts(key).get(..1).and_then(|digit| u8::from_str_radix(digit, 16).ok()).unwrap_or_default();
    shard_name(number % SHARDS)
}

/// The name of a part of the index.
#[must_use]
pub fn shard_name(number: u8) -> String {
    format!("w{number:02}")
}

/// What is remembered of the care for a binding. A renewal forgets it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// The nearest notice told so far, in days before the end; 0 when the end itself was told.
    pub notified_days: Option<i64>,
    /// When a verification last brought a verdict.
    pub verify_tried_at: Option<Timestamp>,
    /// When a verification failed that no second one has confirmed or refuted.
    pub verify_failed_at: Option<Timestamp>,
    /// When the credential was last replaced by its successor.
    pub refreshed_at: Option<Timestamp>,
    /// When somebody said that the token may not work.
    pub suspect_at: Option<Timestamp>,
    /// When the token was last replaced by its successor.
    pub rotated_at: Option<Timestamp>,
    /// When that was last tried in vain.
    pub rotation_tried_at: Option<Timestamp>,
    /// A rotation that was begun, and of which nobody knows what came.
    pub begun: Option<Begun>,
}

/// When `binding` is to be verified next.
#[must_use]
pub fn verify_at(binding: &Binding, upkeep: &Upkeep) -> Timestamp {
    if let Some(failed_at) = upkeep.verify_failed_at {
        return failed_at.plus(CONFIRM_AFTER);
    }
    if let Some(begun) = &upkeep.begun {
        return begun.intent_at;
    }
    if let Some(suspect_at) = upkeep.suspect_at {
        return suspect_at;
    }
    let last = upkeep.verify_tried_at.map_or(binding.last_verified_at, |at| at.max(binding.last_verified_at));
    verify_after(binding, last)
}

/// When `binding` is to be verified after a verdict at `last`.
#[must_use]
pub fn verify_after(binding: &Binding, last: Timestamp) -> Timestamp {
    last.plus(jittered(VERIFY_EVERY, binding.id.as_str(), last))
}

/// When the refresh token of `binding` should be used, so that it does not end by not being used.
#[must_use]
pub fn keep_alive_at(binding: &Binding, upkeep: &Upkeep, after: Duration) -> Timestamp {
    upkeep.refreshed_at.map_or(binding.updated_at, |at| at.max(binding.updated_at)).plus(after)
}

/// `duration` with a jitter that depends on the binding and the moment: the same whenever it is asked for.
#[must_use]
pub fn jittered(duration: Duration, seed: &str, at: Timestamp) -> Duration {
    let hash = hash_of_parts(&["jitter", seed, &at.milliseconds().to_string()]);
    let part = hash.get(..6).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default();
    let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let spread = milliseconds / JITTER;
    // Between 90 and 110 parts of a hundred.
    Duration::from_millis(milliseconds - spread + (spread / 512) * (part % 1024))
}

/// A notice that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The end is near.
    Ending {
        /// Which of [`NOTICES`] it is.
        threshold: i64,
        /// Whole days that are left, the one that has begun counted.
        days_left: i64,
    },
    /// It has ended.
    Ended,
}

/// The nearest notice that is due at `now` and not told: of several that were missed, only the nearest.
#[must_use]
pub fn notice(ends_at: Timestamp, told: Option<i64>, now: Timestamp) -> Option<Notice> {
    let is_untold = |threshold: i64| told.is_none_or(|told| threshold < told);
    if now >= ends_at {
        return is_untold(0).then_some(Notice::Ended);
    }
    let left = u64::try_from(ends_at.milliseconds().saturating_sub(now.milliseconds())).unwrap_or_default();
    let days_left = i64::try_from(left.div_ceil(milliseconds(DAY))).unwrap_or(i64::MAX);
    let threshold = NOTICES.into_iter().filter(|days| days_left <= *days).min()?;
    is_untold(threshold).then_some(Notice::Ending { threshold, days_left })
}

/// When the next notice is due, if `told` is the nearest one so far.
#[must_use]
pub fn next_notice_at(ends_at: Timestamp, told: Option<i64>, now: Timestamp) -> Option<Timestamp> {
    if told == Some(0) {
        return None;
    }
    let at = |days: i64| {
        Timestamp::from_milliseconds(ends_at.milliseconds() - days * i64::try_from(milliseconds(DAY)).unwrap_or(0))
    };
    let later = NOTICES.into_iter().filter(|days| told.is_none_or(|told| *days < told)).map(at);
    later.filter(|at| *at > now).min().or(Some(ends_at))
}

/// How long to wait after so many attempts at a revocation.
#[must_use]
pub fn pause_after(attempts: u32) -> Duration {
    PAUSE_MIN.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX)).min(PAUSE_MAX)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Timestamp = Timestamp::from_seconds(1_794_290_000);

    fn before(days: f64) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "a test's round numbers")]
        Timestamp::from_milliseconds(END.milliseconds() - (days * 86_400_000.0) as i64)
    }

    #[test]
    fn each_notice_is_told_once_and_of_missed_ones_the_nearest() {
        assert_eq!(notice(END, None, before(31.0)), None);
        let ending = |threshold, days_left| Some(Notice::Ending { threshold, days_left });
        assert_eq!(notice(END, None, before(30.0)), ending(30, 30));
        assert_eq!(notice(END, Some(30), before(29.0)), None);
        assert_eq!(notice(END, Some(30), before(13.5)), ending(14, 14));
        assert_eq!(notice(END, None, before(0.5)), ending(1, 1), "the sweeper was down for a month");
        assert_eq!(notice(END, Some(1), before(0.1)), None);
        assert_eq!(notice(END, Some(1), END), Some(Notice::Ended));
        assert_eq!(notice(END, None, before(-9.0)), Some(Notice::Ended));
        assert_eq!(notice(END, Some(0), before(-9.0)), None);
    }

    #[test]
    fn the_next_notice_is_the_next_one_that_is_not_told() {
        assert_eq!(next_notice_at(END, None, before(40.0)), Some(before(30.0)));
        assert_eq!(next_notice_at(END, Some(30), before(30.0)), Some(before(14.0)));
        assert_eq!(next_notice_at(END, Some(1), before(1.0)), Some(END));
        assert_eq!(next_notice_at(END, Some(0), END), None);
        // What is due lies never in the past for ever: a told one moves on.
        for told in [None, Some(30), Some(14), Some(7), Some(1)] {
            let next = next_notice_at(END, told, before(40.0)).unwrap();
            assert!(notice(END, told, next).is_some(), "{told:?}");
        }
    }

    #[test]
    fn verification_is_spread_around_a_day() {
        let hours = |it: Duration| it.as_secs_f64() / 3600.0;
        let all: Vec<_> = (0..200).map(|it| hours(jittered(VERIFY_EVERY, &format!("b-{it}"), END))).collect();
        assert!(all.iter().all(|it| (21.5..=26.5).contains(it)), "{all:?}");
        assert!(all.iter().any(|it| *it < 23.0) && all.iter().any(|it| *it > 25.0), "{all:?}");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let minutes: Vec<_> = (1..=11).map(|attempts| pause_after(attempts).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(pause_after(u32::MAX), PAUSE_MAX);
    }

    #[test]
    fn work_is_spread_over_all_parts_of_the_index() {
        let all: std::collections::BTreeSet<_> = (0..500).map(|it| shard(&[&it.to_string()])).collect();
        assert_eq!(all, (0..SHARDS).map(shard_name).collect());
        assert_eq!(shard(&["a", "b"]), shard(&["a", "b"]));
    }
}
