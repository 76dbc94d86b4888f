//! One cosigner's signatures, and putting those of enough cosigners together.
//!
//! Every vault signs for its own key alone and answers with one signature an input: its account's record says which key
//! of the descriptor that is. So a reply together with the key of the account it answers for is a share, in whatever
//! order replies come; a share is good or bad by itself, and nothing of one cosigner's enters what another signs.

use bitcoin::{Transaction, ecdsa, taproot};
use miniscript::Satisfier;
use strongroom_protocol::{Account, BadSignature, DecodeError, RawTx, Signature, Unsigned};

use crate::lock::Lock;
use crate::signature;
use crate::tx::BitcoinTx;

/// One cosigner's signatures of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose: the account-level public key that is in the descriptor, 33 bytes (SEC 1, compressed).
    pub key: Vec<u8>,
    /// One for each input, in order.
    pub signatures: Vec<Signature>,
}

/// Why shares make no transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CombineError {
    /// The bytes are refused.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A share is refused, or there are too few.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

/// Puts the shares of enough cosigners of `account` into an unsigned transaction, after verifying every one of them. Where
/// there are more than needed, those that come first in the descriptor are taken.
///
/// # Errors
/// [`CombineError`] if the bytes are refused, a signature is bad, a key is none of the account's or there twice, or too
/// few have signed.
pub fn combine(account: &Account, unsigned: &Unsigned, shares: &[Share]) -> Result<RawTx, CombineError> {
    Ok(BitcoinTx::read(account, unsigned)?.combine(shares)?)
}

/// A signature in the form that scripts take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Checked {
    Ecdsa(bitcoin::secp256k1::ecdsa::Signature),
    Schnorr(bitcoin::secp256k1::schnorr::Signature),
}

/// Verifies one input's signature by the cosigner at this place.
pub(crate) fn check(
    lock: &Lock,
    cosigner: usize,
    digest: [u8; 32],
    compact: &[u8],
) -> Result<Checked, BadSignature> {
    let key =
        lock.keys.get(cosigner).ok_or(BadSignature::Cosigner("a key that the account does not have"))?;
    if lock.internal_key().is_some() {
        signature::taproot(key, digest, compact).map(Checked::Schnorr)
    } else {
        signature::ecdsa(key, digest, compact).map(Checked::Ecdsa)
    }
}

/// The verified signatures of one input, by the key that made each.
pub(crate) struct Witnesses<'a> {
    lock: &'a Lock,
    signatures: Vec<(usize, Checked)>,
}

impl<'a> Witnesses<'a> {
    pub(crate) const fn new(lock: &'a Lock, signatures: Vec<(usize, Checked)>) -> Self {
        Self { lock, signatures }
    }

    /// Puts script and witness into an input. Miniscript writes both.
    pub(crate) fn fill(&self, transaction: &mut Transaction, input: usize) -> Result<(), BadSignature> {
        let (witness, script) = self
            .lock
            .descriptor
            .get_satisfaction(self)
            .map_err(|error| BadSignature::Malformed(error.to_string()))?;
        if let Some(input) = transaction.input.get_mut(input) {
            input.script_sig = script;
            input.witness = bitcoin::Witness::from_slice(&witness);
        }
        Ok(())
    }
}

impl Satisfier<bitcoin::PublicKey> for &Witnesses<'_> {
    fn lookup_ecdsa_sig(&self, key: &bitcoin::PublicKey) -> Option<ecdsa::Signature> {
        self.signatures.iter().find_map(|(cosigner, signature)| match signature {
            Checked::Ecdsa(signature) if self.lock.keys.get(*cosigner) == Some(&key.inner) => {
                Some(ecdsa::Signature::sighash_all(*signature))
            }
            _ => None,
        })
    }

    fn lookup_tap_key_spend_sig(&self) -> Option<taproot::Signature> {
        self.signatures.iter().find_map(|(_, signature)| match signature {
            Checked::Schnorr(signature) => Some(taproot::Signature {
                signature: *signature,
                sighash_type: bitcoin::TapSighashType::Default,
            }),
            Checked::Ecdsa(_) => None,
        })
    }
}
