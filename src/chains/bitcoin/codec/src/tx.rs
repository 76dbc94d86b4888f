//! A transaction that was understood.

use std::collections::BTreeMap;

use bitcoin::Transaction;
use bitcoin::consensus::encode;
use strongroom_protocol::codec::Scheme;
use strongroom_protocol::{
    Account, BadSignature, DecodeError, Effects, Facts, RawTx, Signature, SigningTask, Tx, Unsigned,
};

use crate::effects;
use crate::foreign;
use crate::reading;
use crate::share::{self, Checked, Share, Witnesses};
use crate::sighash;
use crate::spend::Spend;
use crate::wallet::{Holder, Kind};

/// A transaction of an account, with what it does and what the account's own key must sign for it.
pub(crate) struct BitcoinTx {
    holder: Holder,
    spend: Spend,
    transaction: Transaction,
    effects: Effects,
    tasks: Vec<SigningTask>,
}

impl BitcoinTx {
    /// Reads unsigned bytes of an account.
    pub(crate) fn read(account: &Account, unsigned: &Unsigned) -> Result<Self, DecodeError> {
        let (holder, spend, fee) = reading::read(account, unsigned)?;
        let effects = effects::read(&holder, &spend, fee)?;
        let transaction = spend.transaction();
        let digests = sighash::digests(holder.wallet.kind, &transaction, &spend)
            .ok_or_else(|| DecodeError::NotUnderstood("an input has nothing to sign".to_owned()))?;
        let scheme =
            if holder.wallet.kind == Kind::Tr { Scheme::SchnorrSecp256k1 } else { Scheme::EcdsaSecp256k1 };
        let tasks = spend.coins.iter().zip(digests).map(|(coin, digest)| SigningTask {
            scheme,
            derivation: vec![coin.lock.keychain.step(), coin.lock.index],
            digest,
        });
        let tasks = tasks.collect();
        Ok(Self { holder, spend, transaction, effects, tasks })
    }

    /// Everything in the bytes besides what they do.
    pub(crate) fn facts(&self) -> Facts {
        foreign::facts(&self.spend)
    }

    /// One cosigner's signatures, each verified.
    fn checked(&self, cosigner: usize, signatures: &[Signature]) -> Result<Vec<Checked>, BadSignature> {
        if signatures.len() != self.tasks.len() {
            return Err(BadSignature::Count { expected: self.tasks.len(), found: signatures.len() });
        }
        let inputs = self.spend.coins.iter().zip(&self.tasks).zip(signatures);
        let checked = (1usize..).zip(inputs).map(|(place, ((coin, task), signature))| {
            share::check(&coin.lock, cosigner, task.digest, &signature.0)
                .map_err(|why| BadSignature::Task { task: place, why: Box::new(why) })
        });
        checked.collect()
    }

    /// The whole transaction, from the shares of enough cosigners.
    pub(crate) fn combine(&self, shares: &[Share]) -> Result<RawTx, BadSignature> {
        let mut signed = BTreeMap::new();
        for share in shares {
            let cosigner = self
                .holder
                .cosigner(&share.key)
                .ok_or(BadSignature::Cosigner("a key that the account does not have"))?;
            if signed.insert(cosigner, self.checked(cosigner, &share.signatures)?).is_some() {
                return Err(BadSignature::Cosigner("a key whose share is there already"));
            }
        }
        self.finish(&signed)
    }

    /// Fills every input with the signatures of the first cosigners in the descriptor's order.
    fn finish(&self, signed: &BTreeMap<usize, Vec<Checked>>) -> Result<RawTx, BadSignature> {
        let needed = self.holder.wallet.threshold;
        if signed.len() < needed {
            return Err(BadSignature::TooFewCosigners { needed, found: signed.len() });
        }
        let mut transaction = self.transaction.clone();
        for (input, coin) in self.spend.coins.iter().enumerate() {
            let own = |(cosigner, all): (&usize, &Vec<Checked>)| Some((*cosigner, *all.get(input)?));
            let signatures = signed.iter().take(needed).filter_map(own).collect();
            Witnesses::new(&coin.lock, signatures).fill(&mut transaction, input)?;
        }
        Ok(RawTx(encode::serialize(&transaction)))
    }
}

impl Tx for BitcoinTx {
    fn effects(&self) -> &Effects {
        &self.effects
    }

    fn tasks(&self) -> &[SigningTask] {
        &self.tasks
    }

    /// The account's own signatures. Whether they are enough for the script is not asked: see [`share`](crate::share).
    fn verify(&self, signatures: &[Signature]) -> Result<(), BadSignature> {
        self.checked(self.holder.own(), signatures).map(drop)
    }

    /// As [`crate::combine`] with the account's own share alone: for a script of more than one signature it is too few.
    fn assemble(&self, signatures: &[Signature]) -> Result<RawTx, BadSignature> {
        let own = self.holder.own();
        let checked = self.checked(own, signatures)?;
        self.finish(&BTreeMap::from([(own, checked)]))
    }
}
