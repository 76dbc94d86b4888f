//! The id of a signed transaction: what nodes call its hash.

use std::fmt;

use alloy_primitives::{hex, keccak256};
use strongroom_protocol::RawTx;

/// The Keccak-256 of a signed transaction's EIP-2718 bytes. Prints whole, with `0x`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionHash([u8; 32]);

impl TransactionHash {
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TransactionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode_prefixed(self.0))
    }
}

impl fmt::Debug for TransactionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransactionHash({self})")
    }
}

/// The hash that nodes will know a signed transaction by.
pub fn transaction_hash(raw: &RawTx) -> TransactionHash {
    TransactionHash(keccak256(&raw.0).0)
}
