//! The transactions whose outputs are spent, without their witnesses: exactly the bytes that their ids are hashes of.

use bitcoin::consensus::encode;
use bitcoin::{Transaction, Txid};

/// Why bytes are no earlier transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PreviousError {
    /// Not a transaction, or one with bytes to spare.
    #[error("they are no transaction: {0}")]
    Malformed(String),
    /// Another writing of it exists.
    #[error(
        "they are not the bytes that its id is the hash of: leave its witnesses out (BIP-144 §\"Transaction ID\")"
    )]
    NotStripped,
    /// Nothing was ever spent by it.
    #[error("it has no inputs, and no such transaction is in any block")]
    NoInputs,
}

/// Reads an earlier transaction as facts carry it: without witnesses.
pub(crate) fn read(bytes: &[u8]) -> Result<Transaction, PreviousError> {
    let transaction = parse(bytes)?;
    if encode::serialize(&transaction) == bytes && transaction == stripped(&transaction) {
        Ok(transaction)
    } else {
        Err(PreviousError::NotStripped)
    }
}

/// A transaction as nodes give it, cut down to the form that facts carry.
///
/// # Errors
/// [`PreviousError`] if it is none.
pub fn without_witness(bytes: &[u8]) -> Result<Vec<u8>, PreviousError> {
    Ok(encode::serialize(&stripped(&parse(bytes)?)))
}

/// The id of a transaction, with or without witnesses.
///
/// # Errors
/// [`PreviousError`] if it is none.
pub fn transaction_id(bytes: &[u8]) -> Result<Txid, PreviousError> {
    Ok(parse(bytes)?.compute_txid())
}

fn parse(bytes: &[u8]) -> Result<Transaction, PreviousError> {
    let transaction: Transaction =
        encode::deserialize(bytes).map_err(|error| PreviousError::Malformed(error.to_string()))?;
    if transaction.input.is_empty() { Err(PreviousError::NoInputs) } else { Ok(transaction) }
}

pub(crate) fn stripped(transaction: &Transaction) -> Transaction {
    let mut stripped = transaction.clone();
    for input in &mut stripped.input {
        input.witness.clear();
    }
    stripped
}
