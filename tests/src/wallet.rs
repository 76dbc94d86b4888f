//! A key pair that Strongroom knows nothing of, signing with alloy: the other side in tests.

use alloy_consensus::crypto::RecoveryError;
use alloy_consensus::crypto::secp256k1::{recover_signer, sign_message};
use alloy_consensus::{EthereumTxEnvelope, SignableTransaction, Signed, TxEip4844Variant, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Signature};

/// A key pair whose secret is no secret. Never for anything but tests.
#[derive(Clone, Debug)]
pub struct Wallet {
    secret: B256,
    address: Address,
}

/// The bytes given are no secp256k1 secret: zero, or not below the order of the group.
#[derive(Debug, thiserror::Error)]
#[error("not a secp256k1 secret: {0}")]
pub struct NotASecret(RecoveryError);

impl Wallet {
    /// The key pair of a secret scalar, big-endian.
    ///
    /// # Errors
    /// [`NotASecret`] when the bytes are no such scalar.
    pub fn new(secret: B256) -> Result<Self, NotASecret> {
        let signature = sign_digest(secret, B256::ZERO)?;
        let address = recover_signer(&signature, B256::ZERO).map_err(NotASecret)?;
        Ok(Self { secret, address })
    }

    /// The account's address.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a 32-byte digest.
    ///
    /// # Errors
    /// [`NotASecret`]; it cannot happen to a wallet that was made by [`Wallet::new`].
    pub fn sign_digest(&self, digest: B256) -> Result<Signature, NotASecret> {
        sign_digest(self.secret, digest)
    }

    /// Signs a transaction and returns its EIP-2718 bytes.
    ///
    /// # Errors
    /// As [`Wallet::sign_digest`].
    pub fn sign<T>(&self, tx: T) -> Result<Vec<u8>, NotASecret>
    where
        T: SignableTransaction<Signature>,
        EthereumTxEnvelope<TxEip4844Variant>: From<Signed<T>>,
    {
        let signature = self.sign_digest(tx.signature_hash())?;
        Ok(TxEnvelope::from(tx.into_signed(signature)).encoded_2718())
    }
}

fn sign_digest(secret: B256, digest: B256) -> Result<Signature, NotASecret> {
    sign_message(secret, digest).map_err(|error| NotASecret(RecoveryError::from_source(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, b256};

    #[test]
    fn the_address_is_the_one_that_anvil_prints_for_its_first_account() {
        let secret = b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
        let wallet = Wallet::new(secret).unwrap();
        assert_eq!(wallet.address(), address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
    }

    #[test]
    fn zero_and_the_order_are_no_secrets() {
        let order = b256!("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        for bytes in [B256::ZERO, order] {
            assert!(matches!(Wallet::new(bytes), Err(NotASecret(_))));
        }
    }
}
