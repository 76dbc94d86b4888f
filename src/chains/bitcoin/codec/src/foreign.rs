//! Transactions that somebody else's program made.

use strongroom_protocol::{
    Account, Amount, BitcoinChange, BitcoinFacts, BitcoinInput, BitcoinOutput, DecodeError, Facts, Unsigned,
};

use crate::spend::{self, Output, Spend};
use crate::tx::BitcoinTx;

/// The facts in an unsigned transaction of `account`, which must be one that this codec understands; its payments are
/// numbered in the order of its outputs.
///
/// Nothing is taken on trust by this: whoever wraps the bytes states an intent, and building that intent with these
/// facts must give exactly these bytes.
///
/// # Errors
/// [`DecodeError`], as for decoding.
pub fn read_foreign(account: &Account, unsigned: &Unsigned) -> Result<Facts, DecodeError> {
    Ok(BitcoinTx::read(account, unsigned)?.facts())
}

/// The facts of a transaction.
pub(crate) fn facts(spend: &Spend) -> Facts {
    let inputs = spend.coins.iter().map(|coin| BitcoinInput {
        previous: spend::bytes(&coin.previous),
        vout: coin.outpoint.vout,
        sequence: coin.sequence,
        keychain: coin.lock.keychain,
        index: coin.lock.index,
    });
    let mut change = None;
    let mut payments = 0u32..;
    let mut outputs = Vec::with_capacity(spend.outputs.len());
    for output in &spend.outputs {
        outputs.push(match output {
            Output::Payment { .. } => BitcoinOutput::Payment { action: payments.next().unwrap_or(u32::MAX) },
            Output::Change { lock, satoshi } => {
                change = Some(BitcoinChange { index: lock.index, amount: Amount::from(*satoshi) });
                BitcoinOutput::Change
            }
        });
    }
    Facts::Bitcoin(BitcoinFacts {
        version: spend.version,
        locktime: spend.locktime,
        inputs: inputs.collect(),
        outputs,
        change,
    })
}
