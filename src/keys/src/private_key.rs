//! Private keys on secp256k1: scalars that never leave this room.

use std::fmt;

use k256::ecdsa::SigningKey;
use zeroize::Zeroize;

use crate::memory::{LockWarning, Locked};

/// The scalar 1, which stands where a wiped scalar stood: zero is no private key.
const ONE: [u8; 32] = {
    let mut one = [0; 32];
    one[31] = 1;
    one
};

/// A signing key that can be wiped in place.
struct Scalar(SigningKey);

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        if let Ok(blank) = SigningKey::from_slice(&ONE) {
            // The old key is dropped where it lies, and `k256` wipes it there.
            self.0 = blank;
        }
    }
}

/// A private key on secp256k1, alone on a locked page.
///
/// It has no way of signing that the outside could call: only the signer of this room does, and it takes what was
/// approved, never bytes.
pub struct PrivateKey(Locked<Scalar>);

impl PrivateKey {
    pub(crate) fn hold(key: &SigningKey) -> Self {
        Self(Locked::new(Scalar(key.clone())))
    }

    /// The public key, compressed (SEC 1 §2.3.3).
    pub fn public_key(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        let point = self.0.expose().0.verifying_key().to_encoded_point(true);
        for (to, from) in bytes.iter_mut().zip(point.as_bytes()) {
            *to = *from;
        }
        bytes
    }

    /// The key to sign with, for the signer of this room.
    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.0.expose().0
    }

    /// The warning to show if the key could not be locked in RAM.
    pub fn lock_warning(&self) -> Option<&LockWarning> {
        self.0.lock_warning()
    }
}

impl PartialEq for PrivateKey {
    // `k256` compares scalars in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.expose().0 == other.0.expose().0
    }
}

impl Eq for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use k256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
    use k256::ecdsa::{Signature, VerifyingKey};

    use super::*;
    use crate::memory::probe;

    fn key(byte: u8) -> PrivateKey {
        PrivateKey::hold(&SigningKey::from_slice(&[byte; 32]).unwrap())
    }

    #[test]
    fn what_it_signs_its_public_key_verifies() {
        let key = key(7);
        let signature: Signature = key.signing_key().sign_prehash(&[9; 32]).unwrap();
        let public = VerifyingKey::from_sec1_bytes(&key.public_key()).unwrap();
        public.verify_prehash(&[9; 32], &signature).unwrap();
        assert!(public.verify_prehash(&[8; 32], &signature).is_err());
    }

    #[test]
    fn the_scalar_is_wiped_where_it_lay() {
        let key = key(0x5a);
        let address = ptr::from_ref(key.signing_key()).addr();
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
        assert_eq!(format!("{:?}", key(1)), "PrivateKey(..)");
    }
}
