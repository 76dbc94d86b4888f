//! Derivation paths: BIP-32 notation, and the paths in use by name.

use std::fmt;
use std::str::FromStr;

use bip32::ChildNumber;

/// The most levels of a path. Five are in use everywhere; hardware wallets stop at ten.
pub const DEPTH_LIMIT: usize = 10;

/// A path from the master key, such as `m/44'/60'/0'/0/0`. Hardened levels are written `'`; `h` is read too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivationPath(Vec<ChildNumber>);

/// Why a path is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It does not begin at the master key.
    #[error("a derivation path begins with m, as in m/44'/60'/0'/0/0")]
    NoMaster,
    /// A level that is no number with an optional mark.
    #[error(
        "level {level} of the derivation path is no number from 0 to 2147483647, with ' or h behind it if hardened"
    )]
    Level {
        /// Its place, from 1.
        level: usize,
    },
    /// Too many levels.
    #[error("the derivation path has {found} levels; {DEPTH_LIMIT} are allowed")]
    TooDeep {
        /// How many it has.
        found: usize,
    },
    /// A number too large for its level.
    #[error("index {0} is too large: indices go to 2147483647")]
    Index(u32),
    /// A name that no preset has.
    #[error(
        "there is no derivation preset of this name: the presets are {}, and any path from m can be given instead",
        Preset::NAMES
    )]
    NoPreset,
}

impl DerivationPath {
    /// The master key itself: `m`.
    pub const fn master() -> Self {
        Self(Vec::new())
    }

    /// The levels, each with bit 31 set if hardened (BIP-32 §"Child key derivation functions").
    pub fn levels(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().map(|child| child.0)
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = ChildNumber> + '_ {
        self.0.iter().copied()
    }
}

impl FromStr for DerivationPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut parts = text.split('/');
        if parts.next() != Some("m") {
            return Err(PathError::NoMaster);
        }
        let found = parts.clone().count();
        if found > DEPTH_LIMIT {
            return Err(PathError::TooDeep { found });
        }
        let level = |(index, part): (usize, &str)| {
            child(part).ok_or(PathError::Level { level: index.saturating_add(1) })
        };
        parts.enumerate().map(level).collect::<Result<_, _>>().map(Self)
    }
}

/// One level. Digits alone, one writing for one number: `bip32`'s own parser takes `+1` and `007`.
fn child(part: &str) -> Option<ChildNumber> {
    let (digits, hardened) = match part.strip_suffix(['\'', 'h']) {
        Some(digits) => (digits, true),
        None => (part, false),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    ChildNumber::new(digits.parse().ok()?, hardened).ok()
}

impl fmt::Display for DerivationPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        self.0.iter().try_for_each(|child| write!(f, "/{child}"))
    }
}

/// The paths that chains and wallets use, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// `m/84'/0'/i'`: a Bitcoin account of native `SegWit` outputs (BIP-84); addresses lie below it.
    Bitcoin,
    /// `m/44'/60'/0'/0/i`: Ethereum and every chain with its addresses (BIP-44, SLIP-44 coin type 60).
    Ethereum,
    /// `m/44'/195'/0'/0/i`: Tron.
    Tron,
    /// `m/44'/501'/i'/0'`: Solana; ed25519, derived by SLIP-10.
    Solana,
    /// `m/44'/60'/i'/0/0`: Ethereum as Ledger Live numbers its accounts.
    LedgerLive,
    /// `m/44'/60'/0'/i`: Ethereum as the first Ledger wallets did.
    Legacy,
}

/// The curve that a preset's keys are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Curve {
    /// secp256k1, derived by BIP-32.
    Secp256k1,
    /// ed25519, derived by SLIP-10.
    Ed25519,
}

impl Preset {
    const NAMES: &'static str = "bitcoin, ethereum, polygon, tron, solana, ledger-live, legacy";

    /// The path of key (for Bitcoin: of account) number `index`.
    ///
    /// # Errors
    /// [`PathError::Index`] above 2147483647.
    pub fn path(self, index: u32) -> Result<DerivationPath, PathError> {
        let hard = |number| ChildNumber::new(number, true);
        let soft = |number| ChildNumber::new(number, false);
        let levels = match self {
            Self::Bitcoin => vec![hard(84), hard(0), hard(index)],
            Self::Ethereum => vec![hard(44), hard(60), hard(0), soft(0), soft(index)],
            Self::Tron => vec![hard(44), hard(195), hard(0), soft(0), soft(index)],
            Self::Solana => vec![hard(44), hard(501), hard(index), hard(0)],
            Self::LedgerLive => vec![hard(44), hard(60), hard(index), soft(0), soft(0)],
            Self::Legacy => vec![hard(44), hard(60), hard(0), soft(index)],
        };
        let levels: Result<_, bip32::Error> = levels.into_iter().collect();
        levels.map(DerivationPath).map_err(|_| PathError::Index(index))
    }

    /// The curve its keys are on.
    pub const fn curve(self) -> Curve {
        match self {
            Self::Solana => Curve::Ed25519,
            _ => Curve::Secp256k1,
        }
    }
}

impl FromStr for Preset {
    type Err = PathError;

    fn from_str(name: &str) -> Result<Self, PathError> {
        match name {
            "bitcoin" => Ok(Self::Bitcoin),
            "ethereum" | "polygon" => Ok(Self::Ethereum),
            "tron" => Ok(Self::Tron),
            "solana" => Ok(Self::Solana),
            "ledger-live" => Ok(Self::LedgerLive),
            "legacy" => Ok(Self::Legacy),
            _ => Err(PathError::NoPreset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DerivationPath, PathError> {
        text.parse()
    }

    #[test]
    fn paths_read_and_print_in_one_writing() {
        for text in ["m", "m/0", "m/44'/60'/0'/0/0", "m/2147483647'/2147483647"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse("m/44h/60h/0'/0/0").unwrap(), parse("m/44'/60'/0h/0/0").unwrap());
        assert_eq!(parse("m").unwrap(), DerivationPath::master());
    }

    #[test]
    fn hardened_levels_have_bit_31() {
        assert_eq!(parse("m/44'/7").unwrap().levels().collect::<Vec<_>>(), [0x8000_002c, 7]);
    }

    #[test]
    fn a_level_that_is_no_number_is_named() {
        let bad = [
            "m/",
            "m//0",
            "m/0/",
            "m/+1",
            "m/-1",
            "m/007",
            "m/00",
            "m/1''",
            "m/1'h",
            "m/'",
            "m/h",
            "m/1H",
            "m/ 1",
            "m/1 ",
            "m/0x1",
            "m/2147483648",
            "m/2147483648'",
            "m/99999999999999999999",
            "m/١",
        ];
        for text in bad {
            assert!(matches!(parse(text), Err(PathError::Level { .. })), "{text:?}: {:?}", parse(text));
        }
        assert_eq!(parse("m/44'/60'/x").unwrap_err(), PathError::Level { level: 3 });
    }

    #[test]
    fn a_path_must_begin_at_the_master_key() {
        for text in ["", "/", "44'/60'", "M/0", "n/0", " m/0"] {
            assert_eq!(parse(text).unwrap_err(), PathError::NoMaster, "{text:?}");
        }
    }

    #[test]
    fn a_path_has_at_most_ten_levels() {
        assert!(parse(&format!("m{}", "/0".repeat(10))).is_ok());
        assert_eq!(parse(&format!("m{}", "/0".repeat(11))).unwrap_err(), PathError::TooDeep { found: 11 });
    }

    #[test]
    fn presets_are_the_paths_of_the_field() {
        for (name, index, path) in [
            ("bitcoin", 0, "m/84'/0'/0'"),
            ("ethereum", 3, "m/44'/60'/0'/0/3"),
            ("polygon", 0, "m/44'/60'/0'/0/0"),
            ("tron", 1, "m/44'/195'/0'/0/1"),
            ("solana", 2, "m/44'/501'/2'/0'"),
            ("ledger-live", 4, "m/44'/60'/4'/0/0"),
            ("legacy", 5, "m/44'/60'/0'/5"),
        ] {
            let preset: Preset = name.parse().unwrap();
            assert_eq!(preset.path(index).unwrap().to_string(), path);
        }
    }

    #[test]
    fn presets_that_are_not_there_are_refused() {
        let refused = "Ethereum".parse::<Preset>().unwrap_err();
        assert_eq!(refused, PathError::NoPreset);
        assert!(refused.to_string().contains("ledger-live"), "{refused}");
        assert_eq!(Preset::Ethereum.path(1 << 31).unwrap_err(), PathError::Index(1 << 31));
        assert_eq!(Preset::Solana.path(u32::MAX).unwrap_err(), PathError::Index(u32::MAX));
    }

    #[test]
    fn solana_keys_are_on_another_curve() {
        assert_eq!(Preset::Solana.curve(), Curve::Ed25519);
        assert_eq!(Preset::Tron.curve(), Curve::Secp256k1);
    }
}
