//! Blocks, transactions, receipts and logs as JSON, in the shapes of the Ethereum execution API.

use super::block::{Block, Included};
use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Transaction, TxEnvelope, Typed2718};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, U256};
use serde_json::{Map, Value, json};

/// A quantity: `0x` and no leading zeros.
pub(super) fn quantity(value: U256) -> Value {
    Value::String(format!("{value:#x}"))
}

/// A block; with whole transactions or with their hashes.
pub(super) fn block(block: &Block, full: bool) -> Value {
    let header = &block.header;
    let transactions: Vec<Value> = block
        .transactions
        .iter()
        .enumerate()
        .map(|(index, included)| {
            if full { transaction(&included.tx, Some((block, index))) } else { json!(included.tx.tx_hash()) }
        })
        .collect();
    json!({
        "number": quantity(U256::from(header.number)),
        "hash": block.hash,
        "parentHash": header.parent_hash,
        "sha3Uncles": header.ommers_hash,
        "miner": header.beneficiary,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipts_root,
        "logsBloom": header.logs_bloom,
        "difficulty": quantity(header.difficulty),
        "gasLimit": quantity(U256::from(header.gas_limit)),
        "gasUsed": quantity(U256::from(header.gas_used)),
        "timestamp": quantity(U256::from(header.timestamp)),
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "nonce": header.nonce,
        "baseFeePerGas": quantity(U256::from(header.base_fee_per_gas.unwrap_or_default())),
        "withdrawalsRoot": header.withdrawals_root,
        "withdrawals": [],
        "blobGasUsed": quantity(U256::from(header.blob_gas_used.unwrap_or_default())),
        "excessBlobGas": quantity(U256::from(header.excess_blob_gas.unwrap_or_default())),
        "parentBeaconBlockRoot": header.parent_beacon_block_root,
        "size": quantity(U256::from(encoded_length(block))),
        "uncles": [],
        "transactions": transactions,
    })
}

/// The block that would be mined now: what only a sealed block has is null.
pub(super) fn pending_block(candidate: &Block, full: bool) -> Value {
    let mut value = block(candidate, false);
    if full {
        let transactions: Vec<Value> =
            candidate.transactions.iter().map(|included| transaction(&included.tx, None)).collect();
        set(&mut value, "transactions", transactions.into());
    }
    for name in ["hash", "nonce", "miner"] {
        set(&mut value, name, Value::Null);
    }
    value
}

/// A transaction, mined in a block at a place or still waiting.
pub(super) fn transaction(tx: &Recovered<TxEnvelope>, place: Option<(&Block, usize)>) -> Value {
    let base_fee = place.and_then(|(block, _)| block.header.base_fee_per_gas);
    let signature = tx.signature();
    let mut value = json!({
        "blockHash": place.map(|(block, _)| block.hash),
        "blockNumber": place.map(|(block, _)| quantity(U256::from(block.header.number))),
        "transactionIndex": place.map(|(_, index)| quantity(U256::from(index))),
        "hash": tx.tx_hash(),
        "type": quantity(U256::from(tx.ty())),
        "from": tx.signer(),
        "to": tx.to(),
        "nonce": quantity(U256::from(tx.nonce())),
        "gas": quantity(U256::from(tx.gas_limit())),
        "gasPrice": quantity(U256::from(tx.effective_gas_price(base_fee))),
        "value": quantity(tx.value()),
        "input": tx.input(),
        "chainId": tx.chain_id().map(|id| quantity(U256::from(id))),
        "r": quantity(signature.r()),
        "s": quantity(signature.s()),
        "v": quantity(U256::from(signature_v(tx))),
    });
    if let Some(list) = tx.access_list() {
        let list: Vec<Value> = list
            .iter()
            .map(|item| json!({"address": item.address, "storageKeys": item.storage_keys}))
            .collect();
        set(&mut value, "accessList", list.into());
        set(&mut value, "yParity", quantity(U256::from(u8::from(signature.v()))));
    }
    if let Some(tip) = tx.max_priority_fee_per_gas() {
        set(&mut value, "maxFeePerGas", quantity(U256::from(tx.max_fee_per_gas())));
        set(&mut value, "maxPriorityFeePerGas", quantity(U256::from(tip)));
    }
    value
}

/// The receipt of the transaction at `index`.
pub(super) fn receipt(block: &Block, index: usize) -> Option<Value> {
    let included = block.transactions.get(index)?;
    Some(json!({
        "blockHash": block.hash,
        "blockNumber": quantity(U256::from(block.header.number)),
        "transactionHash": included.tx.tx_hash(),
        "transactionIndex": quantity(U256::from(index)),
        "type": quantity(U256::from(included.tx.ty())),
        "from": included.tx.signer(),
        "to": included.tx.to(),
        "contractAddress": included.created,
        "status": quantity(U256::from(u8::from(included.success))),
        "gasUsed": quantity(U256::from(included.gas_used)),
        "cumulativeGasUsed": quantity(U256::from(included.cumulative_gas_used)),
        "effectiveGasPrice": quantity(U256::from(included.effective_gas_price)),
        "logsBloom": included.bloom(),
        "logs": logs(block, &LogFilter::default())
            .into_iter()
            .filter(|log| log.get("transactionIndex") == Some(&quantity(U256::from(index))))
            .collect::<Vec<Value>>(),
    }))
}

/// What `eth_getLogs` looks for; an empty list matches everything.
#[derive(Default)]
pub(super) struct LogFilter {
    pub(super) addresses: Vec<Address>,
    pub(super) topics: Vec<Vec<B256>>,
}

/// The logs of a block that a filter lets pass.
pub(super) fn logs(block: &Block, filter: &LogFilter) -> Vec<Value> {
    let all = block
        .transactions
        .iter()
        .enumerate()
        .flat_map(|(index, included)| included.logs.iter().map(move |log| (index, included, log)));
    all.enumerate()
        .filter(|(_, (_, _, log))| filter.matches(log))
        .map(|(log_index, (index, included, log))| log_json(block, included, index, log_index, log))
        .collect()
}

impl LogFilter {
    fn matches(&self, log: &alloy_primitives::Log) -> bool {
        let topics = log.topics();
        (self.addresses.is_empty() || self.addresses.contains(&log.address))
            && self.topics.len() <= topics.len()
            && self
                .topics
                .iter()
                .zip(topics)
                .all(|(wanted, topic)| wanted.is_empty() || wanted.contains(topic))
    }
}

fn log_json(
    block: &Block,
    included: &Included,
    index: usize,
    log_index: usize,
    log: &alloy_primitives::Log,
) -> Value {
    json!({
        "address": log.address,
        "topics": log.topics(),
        "data": log.data.data,
        "blockHash": block.hash,
        "blockNumber": quantity(U256::from(block.header.number)),
        "blockTimestamp": quantity(U256::from(block.header.timestamp)),
        "transactionHash": included.tx.tx_hash(),
        "transactionIndex": quantity(U256::from(index)),
        "logIndex": quantity(U256::from(log_index)),
        "removed": false,
    })
}

/// `v` as the transaction's own type writes it: EIP-155 for legacy, the parity otherwise.
fn signature_v(tx: &TxEnvelope) -> u128 {
    let parity = tx.signature().v();
    match (tx.is_legacy(), tx.chain_id()) {
        (true, chain_id) => alloy_consensus::transaction::to_eip155_value(parity, chain_id),
        (false, _) => u128::from(parity),
    }
}

fn encoded_length(block: &Block) -> usize {
    block
        .transactions
        .iter()
        .map(|included| included.tx.encode_2718_len())
        .fold(block.header.size(), usize::saturating_add)
}

fn set(value: &mut Value, name: &str, field: Value) {
    if let Some(object) = value.as_object_mut() {
        Map::insert(object, name.to_owned(), field);
    }
}
