//! Derivation paths as apps take them: one byte of how many levels, then each as u32 BE.

use std::str::FromStr;

/// The most levels that any app reads.
pub const LEVEL_LIMIT: usize = 10;

/// Set in a level that is hardened (BIP-32).
pub const HARDENED: u32 = 0x8000_0000;

/// A derivation path: one to ten levels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DevicePath(Vec<u32>);

/// Why a text or bytes are no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Not written like one.
    #[error("{0:?} is not a derivation path: one is written as m/44'/60'/0'/0/0")]
    Text(String),
    /// None, or more than an app takes.
    #[error("a derivation path of {0} levels, where devices take 1 to {LEVEL_LIMIT}")]
    Levels(usize),
    /// The bytes end too soon.
    #[error("the derivation path is cut off")]
    Short,
}

impl DevicePath {
    /// Its levels, hardened ones with [`HARDENED`] set.
    pub fn levels(&self) -> &[u32] {
        &self.0
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let count = u8::try_from(self.0.len()).unwrap_or(u8::MAX);
        std::iter::once(count).chain(self.0.iter().flat_map(|level| level.to_be_bytes())).collect()
    }

    /// Reads a path, as a device does, and gives what follows it.
    ///
    /// # Errors
    /// [`PathError`] if the bytes do not begin with a whole path of 1 to 10 levels.
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), PathError> {
        let (count, mut rest) = bytes.split_first().ok_or(PathError::Short)?;
        let mut levels = Vec::new();
        for _ in 0..*count {
            let (level, after) = rest.split_first_chunk().ok_or(PathError::Short)?;
            levels.push(u32::from_be_bytes(*level));
            rest = after;
        }
        Ok((Self::of(levels)?, rest))
    }

    fn of(levels: Vec<u32>) -> Result<Self, PathError> {
        if (1..=LEVEL_LIMIT).contains(&levels.len()) {
            Ok(Self(levels))
        } else {
            Err(PathError::Levels(levels.len()))
        }
    }
}

impl FromStr for DevicePath {
    type Err = PathError;

    /// Reads `m/44'/60'/0'/0/0`; hardened levels end in `'` or `h`.
    fn from_str(text: &str) -> Result<Self, PathError> {
        let error = || PathError::Text(text.chars().take(128).collect());
        let steps = text.strip_prefix("m/").ok_or_else(error)?;
        let level = |step: &str| {
            let digits = step.strip_suffix(['\'', 'h']).unwrap_or(step);
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            let index = digits.parse::<u32>().ok().filter(|index| plain && *index < HARDENED)?;
            Some(if digits.len() == step.len() { index } else { index | HARDENED })
        };
        let levels: Option<Vec<u32>> = steps.split('/').map(level).collect();
        Self::of(levels.ok_or_else(error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_their_encoding() {
        let path: DevicePath = "m/44'/60'/0h/0/7".parse().unwrap();
        let bytes = path.encode();
        assert_eq!(bytes[..9], [5, 0x80, 0, 0, 44, 0x80, 0, 0, 60]);
        assert_eq!(bytes[17..], [0, 0, 0, 7]);
        assert_eq!(DevicePath::decode(&[bytes.as_slice(), &[1, 2]].concat()), Ok((path, &[1, 2][..])));
    }

    #[test]
    fn other_texts_and_bytes_are_refused() {
        for bad in
            ["", "m", "m/", "44'/60'", "m/x", "m/1//2", "m/-1", "m/+1", "m/2147483648", "m/1''", "m/ 1"]
        {
            assert!(matches!(bad.parse::<DevicePath>(), Err(PathError::Text(_))), "{bad:?}");
        }
        assert_eq!("m/0/1/2/3/4/5/6/7/8/9/10".parse::<DevicePath>(), Err(PathError::Levels(11)));
        assert_eq!(DevicePath::decode(&[]), Err(PathError::Short));
        assert_eq!(DevicePath::decode(&[0]), Err(PathError::Levels(0)));
        assert_eq!(DevicePath::decode(&[2, 0, 0, 0, 1, 0, 0, 0]), Err(PathError::Short));
        assert_eq!(DevicePath::decode(&[[11].as_slice(), &[0; 44]].concat()), Err(PathError::Levels(11)));
    }
}
