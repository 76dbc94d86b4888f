//! One block: header, transactions with their receipts, and the state after it.

use super::execution::{Setting, State};
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy_consensus::transaction::Recovered;
use alloy_consensus::{EMPTY_ROOT_HASH, Eip658Value, Header, Receipt, ReceiptEnvelope, TxEnvelope};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log};

/// A transaction in a block, with what its receipt says.
#[derive(Clone)]
pub(super) struct Included {
    pub(super) tx: Recovered<TxEnvelope>,
    pub(super) success: bool,
    pub(super) gas_used: u64,
    pub(super) cumulative_gas_used: u64,
    /// Wei per gas.
    pub(super) effective_gas_price: u128,
    pub(super) logs: Vec<Log>,
    pub(super) created: Option<Address>,
}

impl Included {
    pub(super) fn receipt(&self) -> ReceiptEnvelope {
        ReceiptEnvelope::from_typed(
            self.tx.tx_type(),
            Receipt {
                status: Eip658Value::Eip658(self.success),
                cumulative_gas_used: self.cumulative_gas_used,
                logs: self.logs.clone(),
            },
        )
    }

    pub(super) fn bloom(&self) -> Bloom {
        *self.receipt().logs_bloom()
    }
}

/// A sealed block.
#[derive(Clone)]
pub(super) struct Block {
    pub(super) header: Header,
    pub(super) hash: B256,
    pub(super) transactions: Vec<Included>,
    pub(super) state: State,
}

impl Block {
    /// Seals a block. `generation` counts reorganisations, so that a new block never has an orphan's hash.
    ///
    /// The state root is left zero: nothing here answers state proofs, so nothing can be proved against it.
    pub(super) fn seal(
        setting: &Setting,
        parent_hash: B256,
        generation: u64,
        transactions: Vec<Included>,
        state: State,
    ) -> Self {
        let envelopes: Vec<&TxEnvelope> = transactions.iter().map(|included| included.tx.inner()).collect();
        let receipts: Vec<ReceiptEnvelope> = transactions.iter().map(Included::receipt).collect();
        let logs_bloom = receipts.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | *receipt.logs_bloom());
        let header = Header {
            parent_hash,
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: setting.beneficiary,
            state_root: B256::ZERO,
            transactions_root: calculate_transaction_root(&envelopes),
            receipts_root: calculate_receipt_root(&receipts),
            logs_bloom,
            number: setting.number,
            gas_limit: setting.gas_limit,
            gas_used: transactions.last().map_or(0, |included| included.cumulative_gas_used),
            timestamp: setting.timestamp,
            extra_data: Bytes::copy_from_slice(&generation.to_be_bytes()),
            base_fee_per_gas: Some(setting.base_fee),
            withdrawals_root: Some(EMPTY_ROOT_HASH),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(B256::ZERO),
            ..Header::default()
        };
        let hash = header.hash_slow();
        Self { header, hash, transactions, state }
    }
}
