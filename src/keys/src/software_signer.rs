//! The software signer: keys of the keystore, unlocked, that sign approved work and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use k256::ecdsa::Signature as EcdsaSignature;
use k256::ecdsa::signature::hazmat::PrehashSigner;
use strongroom_protocol::codec::Scheme;
use strongroom_protocol::{Account, DeviceBinding, Name, Signature};
use strongroom_signing::{Answer, ApprovedTask, Signer, SignerError};

use crate::derivation::DerivationPath;
use crate::extended_key::ExtendedPrivateKey;
use crate::memory::LockWarning;
use crate::private_key::PrivateKey;

/// Derived keys that are kept at one time, each on a page of its own: the limit of lockable memory is small.
const KEPT: usize = 64;

/// Unlocked keys of the keystore, by name, and the private keys derived from them as they are needed.
///
/// Work with it on a locked stack ([`crate::worker`]): curve arithmetic leaves pieces of secrets in its frames.
#[derive(Default)]
pub struct SoftwareSigner {
    keys: BTreeMap<Name, Unlocked>,
}

struct Unlocked {
    master: ExtendedPrivateKey,
    derived: BTreeMap<String, PrivateKey>,
}

impl SoftwareSigner {
    /// A signer without keys: it serves nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the master key of the keystore's key `name`.
    pub fn add(&mut self, name: Name, master: ExtendedPrivateKey) {
        self.keys.insert(name, Unlocked { master, derived: BTreeMap::new() });
    }

    /// The warnings to show about keys that could not be locked in RAM.
    pub fn lock_warnings(&self) -> impl Iterator<Item = &LockWarning> {
        let derived = self.keys.values().flat_map(|key| key.derived.values());
        derived.filter_map(PrivateKey::lock_warning)
    }

    fn private_key(&mut self, account: &Account) -> Result<&PrivateKey, SignerError> {
        let DeviceBinding::Software { key: name } = &account.device else {
            return Err(SignerError::NotReady(format!("{} is held by a device", account.label)));
        };
        let unlocked =
            self.keys.get_mut(name).ok_or_else(|| SignerError::NotReady(format!("key {name} is locked")))?;
        let fingerprint = unlocked.master.fingerprint();
        if fingerprint.0 != account.key.fingerprint {
            return Err(SignerError::OtherKey(format!("key {name} is {fingerprint}, not the enrolled one")));
        }
        unlocked.at(&account.key.path)
    }
}

impl Unlocked {
    fn at(&mut self, path: &str) -> Result<&PrivateKey, SignerError> {
        if !self.derived.contains_key(path) {
            let levels: DerivationPath =
                path.parse().map_err(|error| SignerError::Failed(format!("{path}: {error}")))?;
            if self.derived.len() >= KEPT {
                self.derived.clear();
            }
            self.derived.insert(
                path.to_owned(),
                self.master.private_key(&levels).map_err(|error| SignerError::Failed(error.to_string()))?,
            );
        }
        self.derived.get(path).ok_or_else(|| SignerError::Failed(format!("{path} was not derived")))
    }
}

/// ECDSA over secp256k1 with the nonce of RFC 6979 (HMAC-SHA-256) and low S (BIP-62): the same digest and key always
/// give the same 64 bytes `r ‖ s`.
pub(crate) fn ecdsa(key: &PrivateKey, digest: &[u8; 32]) -> Result<Signature, SignerError> {
    let signature: EcdsaSignature =
        key.signing_key().sign_prehash(digest).map_err(|error| SignerError::Failed(error.to_string()))?;
    Ok(Signature(signature.normalize_s().unwrap_or(signature).to_bytes().to_vec()))
}

impl Signer for SoftwareSigner {
    fn serves(&self, account: &Account) -> bool {
        matches!(&account.device, DeviceBinding::Software { key } if self.keys.contains_key(key))
    }

    fn public_key(&mut self, account: &Account) -> Result<Vec<u8>, SignerError> {
        Ok(self.private_key(account)?.public_key().to_vec())
    }

    fn sign(&mut self, task: &ApprovedTask<'_>) -> Result<Answer, SignerError> {
        let work = task.task();
        match work.scheme {
            Scheme::EcdsaSecp256k1 => ecdsa(self.private_key(task.account())?, &work.digest).map(Answer),
            other => Err(SignerError::Failed(format!("a software key makes no {other:?} signatures"))),
        }
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareSigner({} keys)", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use k256::ecdsa::SigningKey;
    use sha2::{Digest, Sha256};
    use strongroom_protocol::{HouseId, KeyOrigin, KeyProvenance, StationId, Timestamp};

    use super::*;
    use crate::mnemonic::Mnemonic;
    use crate::secret::Passphrase;

    const PATH: &str = "m/44'/60'/0'/0/0";

    fn master(words: &str) -> ExtendedPrivateKey {
        let words = Passphrase::take(words.to_owned()).unwrap();
        ExtendedPrivateKey::from_seed(&Mnemonic::parse(&words).unwrap().seed(None)).unwrap()
    }

    fn treasury() -> ExtendedPrivateKey {
        master(
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        )
    }

    fn other() -> ExtendedPrivateKey {
        master("legal winner thank year wave sausage worth useful legal winner thank yellow")
    }

    fn account(key: &str, path: &str) -> Account {
        Account {
            house: HouseId::of(b"house"),
            chain: "eip155:1".parse().unwrap(),
            address: "0x9858EfFD232B4033E47d90003D41EC34EcaEda94".parse().unwrap(),
            label: "treasury".parse().unwrap(),
            key: KeyOrigin {
                fingerprint: treasury().fingerprint().0,
                path: path.to_owned(),
                public_key: Vec::new(),
            },
            device: DeviceBinding::Software { key: key.parse().unwrap() },
            provenance: KeyProvenance::OnHost,
            station: StationId::of(b"station"),
            enrolled_at: Timestamp::from_unix(0),
            descriptor: None,
        }
    }

    fn signer() -> SoftwareSigner {
        let mut signer = SoftwareSigner::new();
        signer.add("treasury".parse().unwrap(), treasury());
        signer
    }

    fn hex(bytes: &[u8]) -> String {
        base16ct::lower::encode_string(bytes)
    }

    #[test]
    fn nonces_are_those_of_rfc_6979_and_s_is_low() {
        // Vectors in use for RFC 6979 on secp256k1 (Trezor, python-ecdsa): key, message, r ‖ s.
        for (key, message, expected) in [
            (
                1u8,
                "Satoshi Nakamoto",
                "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8\
                 2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
            ),
            (
                1,
                "All those moments will be lost in time, like tears in rain. Time to die...",
                "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b\
                 547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
            ),
        ] {
            let mut scalar = [0; 32];
            scalar[31] = key;
            let key = PrivateKey::hold(&SigningKey::from_slice(&scalar).unwrap());
            let signature = ecdsa(&key, &Sha256::digest(message).into()).unwrap();
            assert_eq!(hex(&signature.0), expected);
        }
    }

    #[test]
    fn it_serves_the_accounts_of_its_keys_alone() {
        let mut signer = signer();
        assert!(signer.serves(&account("treasury", PATH)));
        assert!(!signer.serves(&account("hot", PATH)));
        let known = "0237b0bb7a8288d38ed49a524b5dc98cff3eb5ca824c9f9dc0dfdb3d9cd600f299";
        assert_eq!(hex(&signer.public_key(&account("treasury", PATH)).unwrap()), known);
        assert!(matches!(signer.public_key(&account("hot", PATH)), Err(SignerError::NotReady(_))));
    }

    #[test]
    fn another_key_under_the_right_name_is_noticed() {
        let mut signer = SoftwareSigner::new();
        signer.add("treasury".parse().unwrap(), other());
        assert!(signer.serves(&account("treasury", PATH)));
        assert!(matches!(signer.public_key(&account("treasury", PATH)), Err(SignerError::OtherKey(_))));
    }

    #[test]
    fn a_path_that_is_none_is_an_error() {
        let refused = signer().public_key(&account("treasury", "m/44'/x")).unwrap_err();
        assert!(refused.to_string().contains("level 2"), "{refused}");
    }

    #[test]
    fn more_accounts_than_are_kept_still_have_their_own_keys() {
        let mut signer = signer();
        let key = |signer: &mut SoftwareSigner, index: usize| {
            signer.public_key(&account("treasury", &format!("m/44'/60'/0'/0/{index}"))).unwrap()
        };
        let first: Vec<_> = (0..KEPT + 3).map(|index| key(&mut signer, index)).collect();
        assert!(signer.keys.values().all(|key| key.derived.len() <= KEPT));
        for (index, known) in first.iter().enumerate() {
            assert_eq!(key(&mut signer, index), *known);
        }
        assert_ne!(first[0], first[1]);
    }

    #[test]
    fn debug_output_shows_no_key() {
        assert_eq!(format!("{:?}", signer()), "SoftwareSigner(1 keys)");
    }
}
