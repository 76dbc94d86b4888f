//! Symbols of assets, as people type and read them.

use std::fmt;
use std::str::FromStr;

use crate::look_alike::skeleton;

/// The most characters a symbol has.
const SYMBOL_LIMIT: usize = 16;

/// What people call an asset: ASCII letters, digits, `.`, `$`, `-`, and the `₮` of Tether.
///
/// It names an asset only together with a chain and the registry that pins it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(String);

/// A text that is no symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no symbol: use 1 to {SYMBOL_LIMIT} of A-Z, a-z, 0-9, '.', '$', '-' and '₮', one letter at least"
)]
pub struct SymbolError(String);

impl Symbol {
    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether people could take one for the other: they differ only in case, in `0` for `O` and the like, or not.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.skeleton() == other.skeleton()
    }

    /// The same for all symbols that look alike.
    pub(crate) fn skeleton(&self) -> String {
        skeleton(&self.0)
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, SymbolError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".$-₮".contains(c);
        let length = text.chars().count();
        if length > SYMBOL_LIMIT || !text.chars().all(allowed) || !text.contains(char::is_alphabetic) {
            return Err(SymbolError(text.chars().take(40).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(text: &str) -> Symbol {
        text.parse().unwrap()
    }

    #[test]
    fn symbols_are_plain_and_short() {
        for good in ["ETH", "USDT", "USDC.e", "1INCH", "stETH", "USD-B", "$X", "USD₮0"] {
            assert_eq!(symbol(good).as_str(), good);
        }
        for bad in
            ["", "U SDT", "USDТ", "usd\u{200b}t", "ＵＳＤ", "123", "...", "₮\n", &"x".repeat(17), "a/b"]
        {
            assert!(bad.parse::<Symbol>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn look_alikes_are_seen() {
        for (one, other) in [
            ("USDT", "usdt"),
            ("USDT", "USD₮"),
            ("SOL", "S0L"),
            ("LINK", "1INK"),
            ("USDT", "U5DT"),
            ("USDT", "US-DT"),
        ] {
            assert!(symbol(one).looks_like(&symbol(other)), "{one} {other}");
        }
        for (one, other) in [("USDT", "USDC"), ("USDC", "USDC.e"), ("ETH", "WETH"), ("POL", "SOL")] {
            assert!(!symbol(one).looks_like(&symbol(other)), "{one} {other}");
        }
    }
}
