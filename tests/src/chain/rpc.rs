//! The methods of the Ethereum execution API that the chain answers.

use super::block::Block;
use super::execution::{Setting, State};
use super::json::{self, LogFilter, quantity};
use super::ledger::{self, Ledger};
use super::params::{self, BlockRef, argument, block_ref, required};
use super::{fees, simulation};
use crate::json_rpc::RpcError;
use alloy_primitives::{B256, U256};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Answers one call.
pub(super) fn answer(ledger: &mut Ledger, method: &str, params: &Value) -> Result<Value, RpcError> {
    match method {
        "eth_chainId" => Ok(quantity(U256::from(ledger.spec.chain_id))),
        "net_version" => Ok(json!(ledger.spec.chain_id.to_string())),
        "web3_clientVersion" => Ok(json!(concat!("strongroom-embedded/", env!("CARGO_PKG_VERSION")))),
        "eth_syncing" => Ok(json!(false)),
        "eth_blockNumber" => Ok(quantity(U256::from(ledger.head_number()))),
        "eth_getBlockByNumber" => block_by_number(ledger, params),
        "eth_getBlockByHash" => {
            let full = argument(params, 1).and_then(Value::as_bool).unwrap_or(false);
            let block = ledger.block_by_hash(params::hash(required(params, 0)?)?);
            Ok(block.map_or(Value::Null, |block| json::block(block, full)))
        }
        "eth_getBalance" => {
            account_field(ledger, params, |state, address| quantity(ledger::account(state, address).1))
        }
        "eth_getCode" => account_field(ledger, params, |state, address| json!(ledger::code(state, address))),
        "eth_getTransactionCount" => transaction_count(ledger, params),
        "eth_call" => {
            let request = params::call_request(required(params, 0)?)?;
            let (block, setting) = situation(ledger, block_ref(params, 1)?)?;
            simulation::call(&block.state, &setting, &request).map(|output| json!(output))
        }
        "eth_estimateGas" => {
            let request = params::call_request(required(params, 0)?)?;
            let (block, setting) = situation(ledger, block_ref(params, 1)?)?;
            simulation::estimate(&block.state, &setting, &request).map(|gas| quantity(U256::from(gas)))
        }
        "eth_gasPrice" => {
            let base_fee = u128::from(ledger.next_setting().base_fee);
            Ok(quantity(U256::from(base_fee.saturating_add(ledger.spec.suggested_tip))))
        }
        "eth_maxPriorityFeePerGas" => Ok(quantity(U256::from(ledger.spec.suggested_tip))),
        "eth_feeHistory" => fee_history(ledger, params),
        "eth_sendRawTransaction" => {
            let raw = params::bytes(required(params, 0)?)?;
            Ok(json!(ledger.submit(&raw)?))
        }
        "eth_getTransactionByHash" => transaction_by_hash(ledger, params),
        "eth_getTransactionReceipt" => {
            let hash = params::hash(required(params, 0)?)?;
            Ok(ledger.find_mined(hash).and_then(|(block, index)| json::receipt(block, index)).into())
        }
        "eth_getLogs" => logs(ledger, params),
        other => Err(RpcError::unknown_method(other)),
    }
}

/// The block that a reference names; `pending` is the block that would be mined now.
fn resolve(ledger: &Ledger, reference: BlockRef) -> Result<Cow<'_, Block>, RpcError> {
    let found = match reference {
        BlockRef::Pending => return Ok(Cow::Owned(ledger.candidate())),
        BlockRef::Hash(hash) => ledger.block_by_hash(hash),
        other => number_of(ledger, other).and_then(|number| ledger.block(number)),
    };
    found.map(Cow::Borrowed).ok_or_else(|| RpcError::server("header not found"))
}

fn number_of(ledger: &Ledger, reference: BlockRef) -> Option<u64> {
    match reference {
        BlockRef::Latest => Some(ledger.head_number()),
        BlockRef::Pending => ledger.head_number().checked_add(1),
        BlockRef::Finalized => Some(ledger.finalized_number()),
        BlockRef::Safe => Some(ledger.safe_number()),
        BlockRef::Number(number) => Some(number),
        BlockRef::Hash(hash) => ledger.block_by_hash(hash).map(|block| block.header.number),
    }
}

/// A block's state, and the setting that a call on it runs in: its own.
fn situation(ledger: &Ledger, reference: BlockRef) -> Result<(Cow<'_, Block>, Setting), RpcError> {
    let block = resolve(ledger, reference)?;
    let setting = Setting {
        chain_id: ledger.spec.chain_id,
        number: block.header.number,
        timestamp: block.header.timestamp,
        gas_limit: block.header.gas_limit,
        base_fee: block.header.base_fee_per_gas.unwrap_or_default(),
        beneficiary: block.header.beneficiary,
    };
    Ok((block, setting))
}

fn block_by_number(ledger: &Ledger, params: &Value) -> Result<Value, RpcError> {
    let full = argument(params, 1).and_then(Value::as_bool).unwrap_or(false);
    match params::tag_or_number(required(params, 0)?)? {
        BlockRef::Pending => Ok(json::pending_block(&ledger.candidate(), full)),
        reference => {
            let block = number_of(ledger, reference).and_then(|number| ledger.block(number));
            Ok(block.map_or(Value::Null, |block| json::block(block, full)))
        }
    }
}

fn account_field(
    ledger: &Ledger,
    params: &Value,
    field: impl FnOnce(&State, alloy_primitives::Address) -> Value,
) -> Result<Value, RpcError> {
    let address = params::address(required(params, 0)?)?;
    let block = resolve(ledger, block_ref(params, 1)?)?;
    Ok(field(&block.state, address))
}

fn transaction_count(ledger: &Ledger, params: &Value) -> Result<Value, RpcError> {
    let address = params::address(required(params, 0)?)?;
    let nonce = match block_ref(params, 1)? {
        // What waits counts even when its fee keeps it out of the next block.
        BlockRef::Pending => ledger.pool.pending_nonce(address, ledger.account(address).0),
        reference => ledger::account(&resolve(ledger, reference)?.state, address).0,
    };
    Ok(quantity(U256::from(nonce)))
}

fn fee_history(ledger: &Ledger, params: &Value) -> Result<Value, RpcError> {
    let count = required(params, 0)?;
    // go-ethereum takes the count as a quantity or as a bare number.
    let count = count.as_u64().map_or_else(|| params::narrow(count), Ok)?;
    let newest = match params::tag_or_number(required(params, 1)?)? {
        BlockRef::Pending => ledger.head_number(),
        reference => number_of(ledger, reference).unwrap_or_default(),
    };
    if newest > ledger.head_number() {
        let head = ledger.head_number();
        return Err(RpcError::server(format!("request beyond head block: requested {newest}, head {head}")));
    }
    fees::history(ledger, count, newest, argument(params, 2))
}

fn transaction_by_hash(ledger: &Ledger, params: &Value) -> Result<Value, RpcError> {
    let hash = params::hash(required(params, 0)?)?;
    if let Some((block, index)) = ledger.find_mined(hash) {
        return Ok(block
            .transactions
            .get(index)
            .map_or(Value::Null, |included| json::transaction(&included.tx, Some((block, index)))));
    }
    Ok(ledger.pool.find(hash).map_or(Value::Null, |tx| json::transaction(tx, None)))
}

fn logs(ledger: &Ledger, params: &Value) -> Result<Value, RpcError> {
    let wanted = required(params, 0)?;
    let filter = log_filter(wanted)?;
    if let Some(hash) = wanted.get("blockHash") {
        let block =
            ledger.block_by_hash(params::hash(hash)?).ok_or_else(|| RpcError::server("unknown block"))?;
        return Ok(json::logs(block, &filter).into());
    }
    let end = |name: &str| -> Result<u64, RpcError> {
        match wanted.get(name).filter(|value| !value.is_null()) {
            Some(value) => Ok(number_of(ledger, params::tag_or_number(value)?).unwrap_or_default()),
            None => Ok(ledger.head_number()),
        }
    };
    let (from, to) = (end("fromBlock")?, end("toBlock")?);
    if from > to {
        return Err(RpcError::invalid_params("invalid block range params"));
    }
    let found: Vec<Value> = (from..=to.min(ledger.head_number()))
        .filter_map(|number| ledger.block(number))
        .flat_map(|block| json::logs(block, &filter))
        .collect();
    Ok(found.into())
}

fn log_filter(wanted: &Value) -> Result<LogFilter, RpcError> {
    let addresses = match wanted.get("address") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().map(params::address).collect::<Result<_, _>>()?,
        Some(one) => vec![params::address(one)?],
    };
    let topics = match wanted.get("topics") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().map(topic_choice).collect::<Result<_, _>>()?,
        Some(_) => return Err(RpcError::invalid_params("invalid topics")),
    };
    Ok(LogFilter { addresses, topics })
}

/// One place of a topic filter: null for any, one hash, or several to choose from.
fn topic_choice(value: &Value) -> Result<Vec<B256>, RpcError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) => list.iter().map(params::hash).collect(),
        one => Ok(vec![params::hash(one)?]),
    }
}
