//! When a personal token is replaced by its successor, and how long that is to live (S-67). Nothing here asks or writes.

use std::time::Duration;

use super::binding::{Binding, BindingId};
use super::timestamp::Timestamp;
use super::work::Upkeep;

const DAY: Duration = Duration::from_hours(24);

/// How long before its end a token is replaced.
const BEFORE: Duration = Duration::from_hours(14 * 24);

/// The shortest life that is asked for: what GitLab gives to those who ask for none.
const LIFE_DAYS_MIN: u64 = 7;

/// A rotation that was written down before it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Names it.
    pub attempt: BindingId,
    /// When it was written down.
    pub intent_at: Timestamp,
    /// When the successor is to end.
    pub expires_at: Timestamp,
}

/// When the token of `binding` is to be replaced: two weeks before its end, or after half its life if that is short. Not
/// while nobody knows what came of a rotation, and a day after one that failed.
#[must_use]
pub fn rotate_at(binding: &Binding, upkeep: &Upkeep) -> Option<Timestamp> {
    let ends_at = binding.credential_expires_at.filter(|_| binding.rotates && upkeep.begun.is_none())?;
    let before = BEFORE.min(life(binding, upkeep, ends_at) / 2);
    let before = i64::try_from(before.as_millis()).unwrap_or(i64::MAX);
    let at = Timestamp::from_milliseconds(ends_at.milliseconds().saturating_sub(before));
    Some(upkeep.rotation_tried_at.map_or(at, |tried_at| at.max(tried_at.plus(DAY))))
}

/// When the successor is to end, at midnight UTC: as far from now as the token's end was when it came.
#[must_use]
pub fn successor_ends_at(binding: &Binding, upkeep: &Upkeep, days_max: u64, now: Timestamp) -> Option<Timestamp> {
    let life = life(binding, upkeep, binding.credential_expires_at?);
    // The token ended at a midnight, and came in the middle of a day.
    let days = life.as_secs().div_ceil(DAY.as_secs()).clamp(LIFE_DAYS_MIN, days_max);
    Timestamp::from_date(&now.plus(DAY.saturating_mul(u32::try_from(days).ok()?)).date())
}

fn life(binding: &Binding, upkeep: &Upkeep, ends_at: Timestamp) -> Duration {
    let came_at = upkeep.rotated_at.map_or(binding.updated_at, |at| at.max(binding.updated_at));
    let milliseconds = ends_at.milliseconds().saturating_sub(came_at.milliseconds());
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
}
