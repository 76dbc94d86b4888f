//! What the app says a signature is, held against the account's key.
//!
//! The app gives `v | r | s`. For typed transactions v is the parity. For legacy ones it is one byte where EIP-155 has a
//! number of any size: the low byte of 2·c + 35 + parity, where c is the first four bytes of the chain id, so that from
//! 2³² on it says nothing about the parity. The parity is therefore recovered from the signature itself, with k256 where
//! the codec verifies with libsecp256k1, and the app's v must be the one that follows from it.

use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

use crate::apdu::Answer;
use crate::error::LedgerError;

/// Why a signature is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Zero, or not below the order of the curve (SEC 1 §4.1.4).
    #[error("r or s is zero, or not below the order of the curve")]
    Range,
    /// S in the upper half (EIP-2, BIP-62).
    #[error("its s is in the upper half of the order: anybody could have turned it")]
    HighS,
    /// Somebody else's.
    #[error(
        "it does not verify against the account's key: this is not the device that the account was enrolled with, or it lies"
    )]
    OtherKey,
    /// The parity byte contradicts the signature.
    #[error("its parity byte is {found:02x} where {expected:02x} follows from it")]
    Parity {
        /// What follows.
        expected: u8,
        /// What the app said.
        found: u8,
    },
}

/// A signature as the app gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    v: u8,
    compact: [u8; 64],
}

impl Given {
    /// Reads `v | r | s`.
    pub(crate) fn read(doing: &'static str, answer: &Answer) -> Result<Self, LedgerError> {
        if answer.data.is_empty() {
            return Err(LedgerError::Unfinished);
        }
        let given = answer.data.split_first().and_then(|(v, compact)| Some((*v, compact.try_into().ok()?)));
        let why = "a signature has 65 bytes";
        let (v, compact) = given.ok_or(LedgerError::Answer { doing, why })?;
        Ok(Self { v, compact })
    }

    /// The 64 bytes r ‖ s, if they are this key's (33 bytes, SEC 1 compressed) and v is as it must be.
    /// `legacy` is the chain id of a legacy transaction.
    pub(crate) fn check(
        &self,
        public_key: &[u8],
        digest: &[u8; 32],
        legacy: Option<u64>,
    ) -> Result<[u8; 64], SignatureError> {
        let signature = Signature::from_slice(&self.compact).map_err(|_| SignatureError::Range)?;
        if signature.normalize_s().is_some() {
            return Err(SignatureError::HighS);
        }
        let parity = [0u8, 1].into_iter().find(|parity| {
            RecoveryId::from_byte(*parity)
                .and_then(|id| VerifyingKey::recover_from_prehash(digest, &signature, id).ok())
                .is_some_and(|key| key.to_encoded_point(true).as_bytes() == public_key)
        });
        let parity = parity.ok_or(SignatureError::OtherKey)?;
        let expected = legacy.map_or(parity, |chain_id| legacy_v(chain_id, parity));
        if self.v == expected {
            Ok(self.compact)
        } else {
            Err(SignatureError::Parity { expected, found: self.v })
        }
    }
}

/// The low byte of 2·c + 35 + parity, where c is the first four bytes of the chain id.
fn legacy_v(chain_id: u64, parity: u8) -> u8 {
    let surplus = u64::BITS.saturating_sub(chain_id.leading_zeros()).div_ceil(8).saturating_sub(4);
    let first = chain_id.checked_shr(surplus.saturating_mul(8)).unwrap_or_default();
    let v = first.wrapping_mul(2).wrapping_add(35).wrapping_add(u64::from(parity));
    v.to_le_bytes().first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_bytes_are_those_of_the_recordings() {
        for (chain_id, parity, v) in [
            (1, 1, 0x26),
            (56, 1, 0x94),
            (109, 0, 0xfd),
            (110, 1, 0x00),
            (137, 0, 0x35),
            (8453, 0, 0x2d),
            (42161, 0, 0x85),
            (11_155_111, 1, 0x72),
            (4_294_967_295, 1, 0x22),
            (245_022_926, 0, 0xbf),
            (7_777_777_777, 1, 0x14),
            (1 << 32, 0, 35),
            (0, 0, 35),
            (u64::MAX, 0, 0x21),
        ] {
            assert_eq!(legacy_v(chain_id, parity), v, "chain {chain_id}");
        }
    }
}
