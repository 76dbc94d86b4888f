//! Keys taken out of the keystore.

use crate::extended_key::ExtendedPrivateKey;
use crate::keystore::KeystoreError;
use crate::mnemonic::Mnemonic;
use crate::record::{Bip39Passphrase, KeyIdentity, KeyRecord};
use crate::secret::Passphrase;
use crate::station::StationKey;

/// A key taken out of the keystore.
#[derive(Debug)]
pub enum OpenedKey {
    /// A mnemonic.
    Mnemonic(OpenedMnemonic),
    /// A station's key.
    Station(StationKey),
}

/// A mnemonic taken out of the keystore, still without its BIP-39 passphrase.
#[derive(Debug)]
pub struct OpenedMnemonic {
    record: KeyRecord,
    mnemonic: Mnemonic,
}

impl OpenedMnemonic {
    pub(crate) fn new(record: KeyRecord, mnemonic: Mnemonic) -> Self {
        Self { record, mnemonic }
    }

    /// The public record.
    pub fn record(&self) -> &KeyRecord {
        &self.record
    }

    /// The words, to be compared with a backup.
    pub fn mnemonic(&self) -> &Mnemonic {
        &self.mnemonic
    }

    /// The master key, if the BIP-39 passphrase is the one that belongs to it.
    ///
    /// # Errors
    /// [`KeystoreError`]: a BIP-39 passphrase is needed, unwanted, or leads to another wallet.
    pub fn master_key(&self, passphrase: Option<&Passphrase>) -> Result<ExtendedPrivateKey, KeystoreError> {
        let name = || self.record.name.clone();
        let KeyIdentity::Mnemonic { fingerprint, passphrase: belongs } = self.record.identity else {
            return Err(KeystoreError::OtherKey { name: name() });
        };
        let passphrase = passphrase.filter(|passphrase| !passphrase.expose().is_empty());
        match (belongs, passphrase) {
            (Bip39Passphrase::Asked, None) => return Err(KeystoreError::PassphraseNeeded { name: name() }),
            (Bip39Passphrase::Absent, Some(_)) => {
                return Err(KeystoreError::PassphraseUnwanted { name: name() });
            }
            _ => {}
        }
        let master = ExtendedPrivateKey::from_seed(&self.mnemonic.seed(passphrase))?;
        if master.fingerprint() == fingerprint {
            return Ok(master);
        }
        Err(match belongs {
            Bip39Passphrase::Asked => KeystoreError::WrongBip39Passphrase { name: name() },
            Bip39Passphrase::Absent => KeystoreError::OtherKey { name: name() },
        })
    }
}
