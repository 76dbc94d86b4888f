//! The key material of a software device: from published words only.

use bip32::{ChildNumber, XPrv};
use bip39::{Language, Mnemonic};
use k256::ecdsa::{RecoveryId, Signature, SigningKey};
use strongroom_ledger::{DevicePath, Status};

/// The only words that are taken, because everybody knows them: whoever sends money there, loses it.
pub const PUBLISHED: [&str; 3] = [
    // The vendor's emulator, with which the recordings were made.
    "glory promote mansion idle axis finger extra february uncover one trip resource lawn turtle enact monster seven \
     myth punch hobby comfort wild raise skin",
    // Ethereum's development tools.
    "test test test test test test test test test test test junk",
    // The first BIP-39 test vector.
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
];

/// Set in a level that is hardened (BIP-32).
const HARDENED: u32 = 0x8000_0000;

/// The seed of a software device.
pub struct TrainingSeed(XPrv);

/// Why there is no seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// Words that somebody might rely on.
    #[error(
        "a software device takes published training words only (`test test … junk`, `abandon … about`, or those of the \
         vendor's emulator): words that nobody else knows belong in a hardware wallet"
    )]
    NotPublished,
}

impl TrainingSeed {
    /// The seed of published words (BIP-39 and BIP-32). A passphrase gives another device with the same words.
    ///
    /// # Errors
    /// [`SeedError`] if the words are not in [`PUBLISHED`].
    pub fn new(words: &str, passphrase: &str) -> Result<Self, SeedError> {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if !PUBLISHED.contains(&words.as_str()) {
            return Err(SeedError::NotPublished);
        }
        let mnemonic =
            Mnemonic::parse_in_normalized(Language::English, &words).map_err(|_| SeedError::NotPublished)?;
        let root = XPrv::new(mnemonic.to_seed_normalized(passphrase)).map_err(|_| SeedError::NotPublished)?;
        Ok(Self(root))
    }

    /// The seed of the vendor's emulator, with which the recordings were made.
    ///
    /// # Errors
    /// Never: the words are in [`PUBLISHED`].
    pub fn emulator() -> Result<Self, SeedError> {
        Self::new(PUBLISHED[0], "")
    }

    /// The key at a path that the Ethereum app may use.
    pub(crate) fn key(&self, path: &DevicePath) -> Result<Key, Status> {
        authorised(path.levels())?;
        let mut node = self.0.clone();
        for level in path.levels() {
            node = node.derive_child(ChildNumber(*level)).map_err(|_| Status::from(INTERNAL))?;
        }
        Ok(Key(node))
    }
}

impl std::fmt::Debug for TrainingSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TrainingSeed(…)")
    }
}

/// A derivation that no curve point came of: once in 2^127.
const INTERNAL: u16 = 0x6f00;

/// m/44'/60'
const PREFIX: [u32; 2] = [0x8000_002c, 0x8000_003c];

/// What the operating system lets the Ethereum app derive: some level hardened, and under m/44'/60'.
fn authorised(levels: &[u32]) -> Result<(), Status> {
    if levels.iter().all(|level| level & HARDENED == 0) {
        return Err(Status::PathNotHardened);
    }
    if levels.starts_with(&PREFIX) { Ok(()) } else { Err(Status::PathElsewhere) }
}

/// A key of the device.
pub(crate) struct Key(XPrv);

/// A signature, and whether the ephemeral point's y is odd.
#[derive(Clone, Copy)]
pub(crate) struct Signed {
    pub(crate) signature: Signature,
    pub(crate) odd: bool,
}

impl Key {
    /// Uncompressed SEC 1 bytes.
    pub(crate) fn public(&self) -> [u8; 65] {
        let point = self.signing().verifying_key().to_encoded_point(false);
        let mut bytes = [0; 65];
        for (to, from) in bytes.iter_mut().zip(point.as_bytes()) {
            *to = *from;
        }
        bytes
    }

    pub(crate) fn chain_code(&self) -> [u8; 32] {
        self.0.attrs().chain_code
    }

    fn signing(&self) -> &SigningKey {
        self.0.private_key()
    }

    /// Signs a hash: RFC 6979 with SHA-256, low s.
    pub(crate) fn sign(&self, hash: &[u8; 32]) -> Result<Signed, Status> {
        let (signature, recovery): (Signature, RecoveryId) =
            self.signing().sign_prehash_recoverable(hash).map_err(|_| Status::from(INTERNAL))?;
        Ok(Signed { signature, odd: recovery.is_y_odd() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(path: &str) -> Option<Status> {
        TrainingSeed::emulator().unwrap().key(&path.parse().unwrap()).err()
    }

    #[test]
    fn words_that_are_not_published_are_refused() {
        for words in [
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
            "test test test",
            "",
        ] {
            assert_eq!(TrainingSeed::new(words, "").err(), Some(SeedError::NotPublished), "{words}");
        }
        for words in PUBLISHED {
            TrainingSeed::new(words, "").unwrap();
        }
    }

    #[test]
    fn a_passphrase_makes_another_device() {
        let key = |passphrase: &str| {
            let seed = TrainingSeed::new(PUBLISHED[1], passphrase).unwrap();
            seed.key(&"m/44'/60'/0'/0/0".parse().unwrap()).unwrap().public()
        };
        assert_ne!(key(""), key("second"));
    }

    #[test]
    fn paths_of_other_apps_are_refused_as_recorded() {
        assert_eq!(status("m/44'/60'/0'/0/0"), None);
        assert_eq!(status("m/44'/60'/0'"), None);
        assert_eq!(status("m/44'/1'/0'/0/0"), Some(Status::PathElsewhere));
        assert_eq!(status("m/44'/0'/0'/0/0"), Some(Status::PathElsewhere));
        assert_eq!(status("m/0/1/2/3/4/5/6/7/8/9"), Some(Status::PathNotHardened));
    }
}
