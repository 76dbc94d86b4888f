//! Instants to the second, and the interval that a machine without a trusted clock can answer for.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use minicbor::{Decode, Decoder, Encode};

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds. Prints as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] u64);

/// Why a text is not a timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time: write it as 2026-01-31T18:00:00Z (RFC 3339, UTC, whole seconds)")]
pub struct TimeError(String);

/// 9999-12-31T23:59:59Z: the last instant RFC 3339 can write.
const LAST: u64 = 253_402_300_799;

impl Timestamp {
    /// This many seconds since 1970; anything after the year 9999 is the end of that year.
    pub fn from_unix(seconds: u64) -> Self {
        Self(seconds.min(LAST))
    }

    /// Seconds since 1970.
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// The instant of a clock's reading; a reading before 1970 is 1970.
    pub fn from_system(time: SystemTime) -> Self {
        Self::from_unix(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs())
    }

    /// This many seconds later.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// This many seconds earlier, not before 1970.
    #[must_use]
    pub fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this instant; 0 if `earlier` is later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.0.min(LAST)));
        let text = time.map(|time| humantime::format_rfc3339_seconds(time).to_string()).unwrap_or_default();
        f.pad(&text)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let refused = || TimeError(text.chars().take(40).collect());
        let stamp = Self::from_system(humantime::parse_rfc3339(text).map_err(|_| refused())?);
        // One writing for one instant: no fractions, no lower case, no offsets.
        if stamp.to_string() == text { Ok(stamp) } else { Err(refused()) }
    }
}

impl<'b, C> Decode<'b, C> for Timestamp {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        let seconds = d.u64()?;
        // A later instant would print as this one: two values, one writing.
        if seconds > LAST {
            return Err(minicbor::decode::Error::message("a time is not after the year 9999").at(at));
        }
        Ok(Self(seconds))
    }
}

/// What an offline machine knows of the present: it lies between `lo` and `hi`.
///
/// Windows and delays are judged at `lo`, expiries at `hi`, so that a wrong clock can only refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    lo: Timestamp,
    hi: Timestamp,
}

/// Why the present is too uncertain to judge by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockError {
    /// The clock stands before something that already happened.
    #[error("the clock says {clock}, but {evidence} is already on record: set the clock right and try again")]
    Behind {
        /// The clock's reading.
        clock: Timestamp,
        /// The latest instant on record.
        evidence: Timestamp,
    },
}

/// How far the clock may stand behind the record before nothing is judged: people's clocks differ by minutes.
pub const CLOCK_SKEW: u64 = 600;

impl Interval {
    /// The present, given the clock and the latest instant on record (newest journal line, newest statement).
    ///
    /// # Errors
    /// [`ClockError::Behind`] if the clock stands more than [`CLOCK_SKEW`] seconds before the record.
    pub fn new(clock: Timestamp, evidence: Timestamp) -> Result<Self, ClockError> {
        if evidence.since(clock) > CLOCK_SKEW {
            return Err(ClockError::Behind { clock, evidence });
        }
        Ok(Self { lo: clock.min(evidence), hi: clock.max(evidence) })
    }

    /// The earliest the present can be.
    pub const fn lo(self) -> Timestamp {
        self.lo
    }

    /// The latest the present can be.
    pub const fn hi(self) -> Timestamp {
        self.hi
    }

    /// Seconds between the two.
    pub const fn width(self) -> u64 {
        self.hi.since(self.lo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_has_one_writing() {
        let stamp: Timestamp = "2026-01-31T18:00:00Z".parse().unwrap();
        assert_eq!(stamp.unix(), 1_769_882_400);
        assert_eq!(stamp.to_string(), "2026-01-31T18:00:00Z");
        for bad in [
            "2026-01-31",
            "2026-01-31T18:00:00.5Z",
            "2026-01-31t18:00:00z",
            "2026-01-31T18:00:00+01:00",
            "2026-01-31 18:00:00",
            "2026-02-30T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_clock_behind_the_record_is_refused() {
        let record = Timestamp::from_unix(1_000_000);
        assert!(Interval::new(record.minus(CLOCK_SKEW + 1), record).is_err());
        let skewed = Interval::new(record.minus(CLOCK_SKEW), record).unwrap();
        assert_eq!((skewed.lo(), skewed.hi()), (record.minus(CLOCK_SKEW), record));
        let later = Interval::new(record.plus(50), record).unwrap();
        assert_eq!((later.lo(), later.hi(), later.width()), (record, record.plus(50), 50));
    }
}
