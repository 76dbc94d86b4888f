//! Exact amounts in base units (wei, satoshi, token units). No float ever touches one.

use std::fmt;
use std::str::FromStr;

use minicbor::data::{IanaTag, Tag, Type};
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use ruint::aliases::U256;

/// A number of base units of some asset: 0 to 2²⁵⁶ − 1.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(U256);

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Not digits with at most one point between them.
    #[error(
        "{0:?} is not an amount: write digits with at most one decimal point, without sign, exponent or separators"
    )]
    Malformed(String),
    /// More decimal places than the asset has.
    #[error(
        "{text:?} has {found} decimal places, but the asset has {decimals}: nothing is rounded, write the amount exactly"
    )]
    TooPrecise {
        /// The text as given.
        text: String,
        /// Places in the text.
        found: usize,
        /// Places the asset has.
        decimals: u8,
    },
    /// Beyond 2²⁵⁶ − 1 base units.
    #[error("{0:?} is larger than any amount a chain can carry")]
    TooLarge(String),
}

impl Amount {
    /// No base units.
    pub const ZERO: Self = Self(U256::ZERO);
    /// The largest amount; as an allowance it means "without limit".
    pub const MAX: Self = Self(U256::MAX);

    /// This many base units.
    pub const fn from_base_units(units: U256) -> Self {
        Self(units)
    }

    /// The base units.
    pub const fn base_units(self) -> U256 {
        self.0
    }

    /// Whether there is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum, or `None` beyond 2²⁵⁶ − 1.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product with a plain count, or `None` beyond 2²⁵⁶ − 1.
    #[must_use]
    pub fn checked_mul(self, factor: u64) -> Option<Self> {
        self.0.checked_mul(U256::from(factor)).map(Self)
    }

    /// Parses a decimal text of whole units, such as `1.25` with 18 decimals, into base units.
    ///
    /// # Errors
    /// [`AmountError`] if the text is not plain digits, has more places than `decimals`, or is too large.
    pub fn from_decimal(text: &str, decimals: u8) -> Result<Self, AmountError> {
        let malformed = || AmountError::Malformed(text.chars().take(90).collect());
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(malformed()),
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(malformed());
        }
        let padding = usize::from(decimals).checked_sub(fraction.len()).ok_or_else(|| {
            AmountError::TooPrecise { text: text.chars().take(90).collect(), found: fraction.len(), decimals }
        })?;
        let units = format!("{whole}{fraction}{}", "0".repeat(padding));
        U256::from_str_radix(&units, 10)
            .map(Self)
            .map_err(|_| AmountError::TooLarge(text.chars().take(90).collect()))
    }

    /// Writes whole units with exactly as many places as needed: `1.25`, `3`, `0.000001`.
    pub fn to_decimal(self, decimals: u8) -> String {
        let digits = self.0.to_string();
        let places = usize::from(decimals);
        let padded = format!("{digits:0>width$}", width = places.saturating_add(1));
        let (whole, fraction) = padded.split_at(padded.len().saturating_sub(places));
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

impl From<u64> for Amount {
    fn from(units: u64) -> Self {
        Self(U256::from(units))
    }
}

impl From<u128> for Amount {
    fn from(units: u128) -> Self {
        Self(U256::from(units))
    }
}

impl fmt::Display for Amount {
    /// Base units in decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({})", self.0)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Parses base units.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::from_decimal(text, 0)
    }
}

/// RFC 8949 §3.4.3: an integer that fits 64 bits is a plain integer, a larger one a bignum without leading zeros.
impl<C> Encode<C> for Amount {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        if let Ok(small) = u64::try_from(self.0) {
            e.u64(small)?;
        } else {
            let bytes = self.0.to_be_bytes::<32>();
            let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
            e.tag(IanaTag::PosBignum)?.bytes(bytes.get(start..).unwrap_or_default())?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Amount {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.datatype()? != Type::Tag {
            return Ok(Self::from(d.u64()?));
        }
        let at = d.position();
        if d.tag()? != Tag::from(IanaTag::PosBignum) {
            return Err(
                minicbor::decode::Error::message("an amount is an integer or a positive bignum").at(at)
            );
        }
        let units = U256::try_from_be_slice(d.bytes()?)
            .ok_or_else(|| minicbor::decode::Error::message("an amount has at most 256 bits").at(at))?;
        Ok(Self(units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_both_ways() {
        for (text, decimals, units) in [
            ("0", 18, "0"),
            ("1", 18, "1000000000000000000"),
            ("1.25", 6, "1250000"),
            ("0.000001", 6, "1"),
            // The figure that a float once turned into 15003252.999999998.
            ("15003253", 6, "15003253000000"),
            (
                "115792089237316195423570985008687907853269984665640564039457584007913129639935",
                0,
                "115792089237316195423570985008687907853269984665640564039457584007913129639935",
            ),
        ] {
            let amount = Amount::from_decimal(text, decimals).unwrap();
            assert_eq!(amount.to_string(), units);
            assert_eq!(amount.to_decimal(decimals), text);
        }
    }

    #[test]
    fn anything_but_plain_digits_is_refused() {
        for bad in [
            "", ".", "1.", ".5", "-1", "+1", "1e3", "1,000", "1_000", " 1", "1 ", "0x10", "１", "1.2.3",
            "NaN",
        ] {
            assert!(matches!(Amount::from_decimal(bad, 18), Err(AmountError::Malformed(_))), "{bad:?}");
        }
        assert!(matches!(Amount::from_decimal("1.0000001", 6), Err(AmountError::TooPrecise { .. })));
        let beyond = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        assert!(matches!(Amount::from_decimal(beyond, 0), Err(AmountError::TooLarge(_))));
    }

    #[test]
    fn encodings_are_the_shortest() {
        let encode = |amount: Amount| minicbor::to_vec(amount).unwrap();
        assert_eq!(encode(Amount::from(23u64)), [0x17]);
        assert_eq!(encode(Amount::from(u64::MAX)), [0x1b, 255, 255, 255, 255, 255, 255, 255, 255]);
        // RFC 8949 appendix A: 18446744073709551616 = c2 49 010000000000000000.
        assert_eq!(encode(Amount::from(1u128 << 64)), [0xc2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        let max = encode(Amount::MAX);
        assert_eq!(minicbor::decode::<Amount>(&max).unwrap(), Amount::MAX);
        assert!(
            minicbor::decode::<Amount>(&[0xc2, 0x58, 33].iter().copied().chain([1; 33]).collect::<Vec<_>>())
                .is_err()
        );
        assert!(minicbor::decode::<Amount>(&[0xc3, 0x41, 1]).is_err(), "a negative bignum was taken");
    }
}
