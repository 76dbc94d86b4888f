//! Times as people type them.

use std::str::FromStr;

use strongroom_protocol::Timestamp;

/// An instant, or a while from now: `2026-12-31T18:00:00Z`, `24h`, `90m`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At this instant.
    At(Timestamp),
    /// This many seconds from now.
    In(u64),
}

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time: write it as 2026-01-31T18:00:00Z, or as a while from now such as 24h, 90m or 7d")]
pub struct WhenError(String);

impl When {
    /// The instant meant.
    pub fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::In(seconds) => now.plus(seconds),
        }
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        if let Ok(instant) = text.parse() {
            return Ok(Self::At(instant));
        }
        humantime::parse_duration(text)
            .map(|duration| Self::In(duration.as_secs()))
            .map_err(|_| WhenError(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_whiles_are_told_apart() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"),
            ("24h", "2026-11-21T12:00:00Z"),
            ("90m", "2026-11-20T13:30:00Z"),
            ("7d", "2026-11-27T12:00:00Z"),
        ] {
            assert_eq!(text.parse::<When>().unwrap().from(now).to_string(), expected, "{text}");
        }
        for bad in ["", "tomorrow", "2026-12-31", "-1h", "2026-12-31T18:00:00+01:00", "24"] {
            assert!(bad.parse::<When>().is_err(), "{bad:?} passed");
        }
    }
}
