//! Percentages to a hundredth, exact.

use std::fmt;
use std::str::FromStr;

use strongroom_protocol::Amount;

/// Hundredths of a percent in the whole.
const WHOLE: u32 = 10_000;

/// A part of something in hundredths of a percent: 0 to 10 000. Written as a percentage, `2.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BasisPoints(u32);

/// A text that is no such percentage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no percentage: write 0 to 100 with at most two decimal places, such as 2.5")]
pub struct BasisPointsError(String);

impl BasisPoints {
    /// Hundredths of a percent.
    pub const fn points(self) -> u32 {
        self.0
    }

    /// Whether `part` is at most this much of `whole`. Nothing is rounded.
    pub fn allows(self, part: Amount, whole: Amount) -> bool {
        match (part.checked_mul(u64::from(WHOLE)), whole.checked_mul(u64::from(self.0))) {
            (Some(part), Some(bound)) => part <= bound,
            // The part is too large to compare; if only the bound is, it is certainly larger than the part.
            (None, _) => false,
            (Some(_), None) => true,
        }
    }
}

impl FromStr for BasisPoints {
    type Err = BasisPointsError;

    fn from_str(text: &str) -> Result<Self, BasisPointsError> {
        let refused = || BasisPointsError(text.chars().take(40).collect());
        let points = Amount::from_decimal(text, 2).map_err(|_| refused())?;
        match u32::try_from(points.base_units()) {
            Ok(points) if points <= WHOLE => Ok(Self(points)),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for BasisPoints {
    /// The percentage with its sign: `2.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}%", Amount::from(u64::from(self.0)).to_decimal(2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        for (text, points, shown) in
            [("2.5", 250, "2.5%"), ("0", 0, "0%"), ("0.01", 1, "0.01%"), ("100", 10_000, "100%")]
        {
            let parsed: BasisPoints = text.parse().unwrap();
            assert_eq!((parsed.points(), parsed.to_string().as_str()), (points, shown));
        }
        for bad in ["", "2.505", "100.01", "-1", "2,5", "5%", "1e1"] {
            assert!(bad.parse::<BasisPoints>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_wei_above_the_part_is_too_much() {
        let part: BasisPoints = "2.5".parse().unwrap();
        let amount = Amount::from;
        assert!(part.allows(amount(25u64), amount(1000u64)));
        assert!(!part.allows(amount(26u64), amount(1000u64)));
        assert!(!part.allows(amount(1u64), amount(39u64)), "0.975 is not rounded up");
        assert!(part.allows(Amount::ZERO, Amount::ZERO));
        assert!(!part.allows(amount(1u64), Amount::ZERO));
        assert!(!part.allows(Amount::MAX, Amount::MAX));
        assert!(part.allows(amount(1u64), Amount::MAX));
    }
}
