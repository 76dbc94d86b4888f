//! A transaction that was understood.

use alloy_primitives::keccak256;
use secp256k1::PublicKey;
use strongroom_protocol::codec::Scheme;
use strongroom_protocol::{
    Account, BadSignature, DecodeError, Effects, Facts, RawTx, Signature, SigningTask, Tx, Unsigned,
};

use crate::effects;
use crate::sender::Sender;
use crate::signature;
use crate::transaction::Transaction;

/// A transaction of an account, with what it does and what must be signed for it.
pub(crate) struct EvmTx {
    transaction: Transaction,
    effects: Effects,
    task: [SigningTask; 1],
    key: PublicKey,
}

impl EvmTx {
    /// Reads unsigned bytes of an account.
    pub(crate) fn read(account: &Account, unsigned: &Unsigned) -> Result<Self, DecodeError> {
        let sender = Sender::of(account)?;
        let transaction = Transaction::parse(sender.network, sender.chain, &unsigned.0)?;
        let effects = effects::read(&sender, &transaction)?;
        let key = sender.key(account)?;
        // The bytes are the signing payload itself: `parse` compared them with the re-encoding.
        let digest = keccak256(&unsigned.0).0;
        Ok(Self {
            transaction,
            effects,
            task: [SigningTask { scheme: Scheme::EcdsaSecp256k1, derivation: Vec::new(), digest }],
            key,
        })
    }

    /// Everything in the bytes besides what they do.
    pub(crate) fn facts(&self) -> Facts {
        self.transaction.terms().facts()
    }
}

impl Tx for EvmTx {
    fn effects(&self) -> &Effects {
        &self.effects
    }

    fn tasks(&self) -> &[SigningTask] {
        &self.task
    }

    fn verify(&self, signatures: &[Signature]) -> Result<(), BadSignature> {
        let [signature] = signatures else {
            return Err(BadSignature::Count { expected: 1, found: signatures.len() });
        };
        let [task] = &self.task;
        signature::check(&self.key, task.digest, &signature.0)
    }

    fn assemble(&self, signatures: &[Signature]) -> Result<RawTx, BadSignature> {
        let [signature] = signatures else {
            return Err(BadSignature::Count { expected: 1, found: signatures.len() });
        };
        let [task] = &self.task;
        let signature = signature::verify(&self.key, task.digest, &signature.0)?;
        Ok(RawTx(self.transaction.with_signature(signature)))
    }
}
