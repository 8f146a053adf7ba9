//! Points in time: milliseconds since the epoch, UTC, shown as RFC 3339 (S-11).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A point in time with millisecond precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    milliseconds: i64,
}

impl Timestamp {
    /// What the machine's clock says.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// The point `milliseconds` after the epoch.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self { milliseconds }
    }

    /// The point `seconds` after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self { milliseconds: seconds.saturating_mul(1000) }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        self.milliseconds
    }

    /// Whole seconds since the epoch, as DynamoDB's TTL wants them.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.milliseconds.div_euclid(1000)
    }

    /// This point moved into the future.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let added = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self { milliseconds: self.milliseconds.saturating_add(added) }
    }

    /// RFC 3339 with whole seconds, such as `2026-11-23T15:07:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.seconds())
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
    }

    /// RFC 3339 with milliseconds, for the log.
    #[must_use]
    pub fn rfc3339_with_milliseconds(self) -> String {
        let mut text = self.rfc3339();
        text.insert_str(text.len() - 1, &format!(".{:03}", self.milliseconds.rem_euclid(1000)));
        text
    }

    /// The date in UTC, the reverse of [`Self::from_date`].
    #[must_use]
    pub fn date(self) -> String {
        self.rfc3339().chars().take_while(|it| *it != 'T').collect()
    }

    /// Midnight UTC at the start of a plain date such as `2027-09-30`, the form GitLab gives expiry dates in.
    #[must_use]
    pub fn from_date(date: &str) -> Option<Self> {
        let date = time::Date::parse(date, format_description!("[year]-[month]-[day]")).ok()?;
        Some(Self::from_seconds(date.midnight().assume_utc().unix_timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_whole_seconds_in_utc() {
        // S-11
        assert_eq!(Timestamp::from_milliseconds(1_794_290_000_999).rfc3339(), "2026-11-10T05:53:20Z");
        let exact = Timestamp::from_milliseconds(1_794_290_000_009).rfc3339_with_milliseconds();
        assert_eq!(exact, "2026-11-10T05:53:20.009Z");
    }

    #[test]
    fn a_plain_date_is_midnight_utc() {
        let midnight = Timestamp::from_date("2027-09-30").unwrap();
        assert_eq!((midnight.rfc3339().as_str(), midnight.date().as_str()), ("2027-09-30T00:00:00Z", "2027-09-30"));
        assert!(Timestamp::from_date("30.09.2027").is_none());
    }
}
