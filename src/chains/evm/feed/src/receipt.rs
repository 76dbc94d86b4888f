//! What became of a transaction in a block, as one node tells it.

use std::fmt;

use alloy_primitives::{Address, U256};
use serde_json::Value;
use strongroom_network::{Landing, NodeError, Outcome, TransactionId, Version};
use strongroom_protocol::{Amount, Move};

use crate::field::Field;
use crate::token::{self, Transfer};

/// The most log entries looked at. A payment has one; a deposit into a contract, a few.
const LOGS: usize = 512;

/// A receipt, checked against the question it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The block's height.
    pub block: u64,
    block_hash: String,
    success: bool,
    fee: Amount,
    transfers: Vec<Transfer>,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.success { "succeeded" } else { "failed" };
        let Self { block, block_hash, fee, transfers, .. } = self;
        write!(
            f,
            "{how} in block {block} ({block_hash}) for {fee} wei with {} token transfers",
            transfers.len()
        )
    }
}

/// Whether a node has a receipt, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sighting(pub Option<Receipt>);

impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(receipt) => receipt.fmt(f),
            None => f.write_str("it is in no block"),
        }
    }
}

impl Sighting {
    /// Reads the answer to `eth_getTransactionReceipt`.
    pub(crate) fn read(answer: &Value, id: &TransactionId, sender: Address) -> Result<Self, NodeError> {
        let receipt = Field::answer("eth_getTransactionReceipt", answer);
        if receipt.is_null() {
            return Ok(Self(None));
        }
        let hash = receipt.required("transactionHash")?;
        if hash.hash()? != id.as_str() {
            return Err(hash.refuse("is not the transaction that was asked about"));
        }
        let from = receipt.required("from")?;
        if from.address()? != sender {
            return Err(from.refuse("is not the account that signed it"));
        }
        let status = receipt.required("status")?;
        let success = match status.number()? {
            0 => false,
            1 => true,
            _ => return Err(status.refuse("is neither 0 nor 1")),
        };
        let gas = U256::from(receipt.required("gasUsed")?.number()?);
        let price = U256::from(receipt.required("effectiveGasPrice")?.price()?);
        let logs = receipt.required("logs")?.items(LOGS)?;
        let transfers: Vec<_> = logs.iter().map(token::read_transfer).collect::<Result<_, _>>()?;
        Ok(Self(Some(Receipt {
            block: receipt.required("blockNumber")?.number()?,
            block_hash: receipt.required("blockHash")?.hash()?,
            success,
            fee: Amount::from_base_units(gas.saturating_mul(price)),
            transfers: transfers.into_iter().flatten().collect(),
        })))
    }
}

impl Receipt {
    /// Whether another node's receipt of the same block says otherwise. In other blocks, both may be right.
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        self.block_hash == other.block_hash && self != other
    }

    /// What it says of a version.
    pub(crate) fn landing(&self, version: &Version) -> Landing {
        let outcome = if !self.success {
            Outcome::Reverted
        } else if self.shows(&version.moves) {
            Outcome::Done
        } else {
            Outcome::NotMoved
        };
        Landing {
            version: version.id.clone(),
            block: self.block,
            block_id: self.block_hash.clone(),
            outcome,
            fee: self.fee,
        }
    }

    /// Whether every token movement that should have been is recorded, each by an entry of its own.
    fn shows(&self, moves: &[Move]) -> bool {
        let mut recorded: Vec<_> = self.transfers.iter().collect();
        let tokens = moves.iter().filter(|one| !one.asset.is_native() && !one.amount.is_zero());
        tokens.into_iter().all(|one| {
            let wanted = expected(one);
            let place = recorded.iter().position(|transfer| Some(*transfer) == wanted.as_ref());
            place.map(|place| recorded.swap_remove(place)).is_some()
        })
    }
}

/// The record that a token movement leaves; none if it is of no token of this family.
fn expected(one: &Move) -> Option<Transfer> {
    Some(Transfer {
        contract: one.asset.reference().parse().ok()?,
        from: one.from.as_str().parse().ok()?,
        to: one.to.as_str().parse().ok()?,
        amount: one.amount.base_units(),
    })
}
