//! The station's key: what a vault signs its replies and its public records with. It can move no funds.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, HashAlg, Signature, SshSig};
use strongroom_protocol::sshsig::Namespace;
use zeroize::Zeroize;

use crate::entropy::{Entropy, EntropyError};
use crate::memory::{LockWarning, Locked};
use crate::operator_entropy::{self, OperatorEntropy};
use crate::secret::Secret;

/// Bytes of an ed25519 private key (RFC 8032 §5.1.5).
const SEED_BYTES: usize = 32;

/// A signing key that can be wiped in place.
struct Scalar(SigningKey);

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        // The old key is dropped where it lies, and `ed25519-dalek` wipes it there.
        self.0 = SigningKey::from_bytes(&[0; SEED_BYTES]);
    }
}

/// An ed25519 key that makes SSH signatures, alone on a locked page.
///
/// It signs in Strongroom's own namespaces only: no such signature opens a login, a commit or a transaction.
pub struct StationKey(Locked<Scalar>);

/// Why the station signed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StationError {
    /// The message is too long for the format.
    #[error("the station's signature could not be made: {0}")]
    Format(String),
    /// Bytes that are no station key.
    #[error("a station key has {SEED_BYTES} bytes, and these are {0}")]
    Length(usize),
}

impl StationKey {
    /// Makes a new key from the machine's generator and, if given, from the operator's dice or typing.
    ///
    /// # Errors
    /// [`EntropyError`] if the generator fails or is found broken.
    pub fn generate(
        entropy: &mut dyn Entropy,
        operator: Option<&OperatorEntropy>,
    ) -> Result<Self, EntropyError> {
        let mut seed = Secret::zeroed::<SEED_BYTES>();
        operator_entropy::mix(entropy, operator, "station", seed.expose_mut())?;
        Self::from_seed(&seed).map_err(|_| EntropyError::TooMany(seed.len()))
    }

    /// The key with this private key (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// [`StationError::Length`] unless there are 32 bytes.
    pub fn from_seed(seed: &Secret) -> Result<Self, StationError> {
        let bytes = seed.expose().try_into().map_err(|_| StationError::Length(seed.len()))?;
        Ok(Self(Locked::new(Scalar(SigningKey::from_bytes(bytes)))))
    }

    /// The private key, to be sealed in the keystore.
    pub(crate) fn seed(&self) -> Secret {
        Secret::take_array(&mut self.0.expose().0.to_bytes())
    }

    fn key_data(&self) -> KeyData {
        KeyData::Ed25519(Ed25519PublicKey(self.0.expose().0.verifying_key().to_bytes()))
    }

    /// The public key, by which everybody knows the station.
    pub fn public_key(&self) -> ssh_key::PublicKey {
        ssh_key::PublicKey::from(self.key_data())
    }

    /// Signs a message in a namespace (OpenSSH PROTOCOL.sshsig, with SHA-512 as `ssh-keygen -Y sign` uses).
    ///
    /// # Errors
    /// [`StationError::Format`] for a message that the format cannot hold.
    pub fn sign(&self, namespace: Namespace, message: &[u8]) -> Result<SshSig, StationError> {
        let refused = |error: ssh_key::Error| StationError::Format(error.to_string());
        let namespace = namespace.as_str();
        let data = SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(refused)?;
        let signature = self.0.expose().0.sign(&data).to_bytes();
        let signature = Signature::new(Algorithm::Ed25519, signature.to_vec()).map_err(refused)?;
        SshSig::new(self.key_data(), namespace, HashAlg::Sha512, signature).map_err(refused)
    }

    /// The warning to show if the key could not be locked in RAM.
    pub fn lock_warning(&self) -> Option<&LockWarning> {
        self.0.lock_warning()
    }
}

impl PartialEq for StationKey {
    fn eq(&self, other: &Self) -> bool {
        self.seed() == other.seed()
    }
}

impl Eq for StationKey {}

impl fmt::Debug for StationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StationKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;
    use crate::entropy::tests::Predictable;
    use crate::memory::probe;

    fn key(seed: u64) -> StationKey {
        StationKey::generate(&mut Predictable::new(seed), None).unwrap()
    }

    #[test]
    fn what_it_signs_verifies_in_its_namespace_alone() {
        let signature = key(1).sign(Namespace::Reply, b"a reply").unwrap();
        let public = key(1).public_key();
        public.verify("strongroom-reply", b"a reply", &signature).unwrap();
        assert!(public.verify("strongroom-statement", b"a reply", &signature).is_err());
        assert!(public.verify("strongroom-reply", b"another reply", &signature).is_err());
        assert!(key(2).public_key().verify("strongroom-reply", b"a reply", &signature).is_err());
    }

    #[test]
    fn rfc_8032_test_1_gives_its_public_key() {
        // RFC 8032 §7.1, TEST 1.
        let hex = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed = Secret::take(&mut base16ct::lower::decode_vec(hex).unwrap()).unwrap();
        let key = StationKey::from_seed(&seed).unwrap();
        let public = key.public_key().key_data().ed25519().unwrap().0;
        assert_eq!(
            base16ct::lower::encode_string(&public),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert_eq!(key.seed(), seed);
    }

    #[test]
    fn other_lengths_are_refused() {
        let short = Secret::take(&mut [1; 31]).unwrap();
        assert_eq!(StationKey::from_seed(&short).unwrap_err(), StationError::Length(31));
    }

    #[test]
    fn the_key_is_wiped_where_it_lay() {
        let seed = Secret::take(&mut [0x5a; 32]).unwrap();
        let key = StationKey::from_seed(&seed).unwrap();
        let address = ptr::from_ref(&key.0.expose().0).addr();
        let size = size_of::<SigningKey>();
        let holds = |bytes: &[u8]| bytes.windows(32).any(|window| window == [0x5a; 32]);
        assert!(holds(&probe::read(address, size).unwrap()), "the attack must work first");
        drop(key);
        assert!(!holds(&probe::read(address, size).unwrap_or_default()));
    }

    #[test]
    fn keys_compare_and_print_without_showing_themselves() {
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
        assert_eq!(format!("{:?}", key(1)), "StationKey(..)");
    }
}
