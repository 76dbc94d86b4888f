//! `eth_call` and `eth_estimateGas`: running what nobody signed.

use super::execution::{self, Checks, Outcome, Setting, State};
use super::params::CallRequest;
use super::refusal::Refusal;
use crate::json_rpc::RpcError;
use alloy_primitives::{Bytes, TxKind, U256};
use alloy_sol_types::{Panic, Revert, SolError};
use revm::context::TxEnv;
use revm::context_interface::result::{EVMError, ExecutionResult, HaltReason};
use serde_json::json;

/// EIP-7825: no transaction may use more gas than this.
const TX_GAS_CAP: u64 = 1 << 24;

/// Runs a call and returns what it returns.
pub(super) fn call(state: &State, setting: &Setting, request: &CallRequest) -> Result<Bytes, RpcError> {
    let gas = request.gas.unwrap_or(TX_GAS_CAP).min(TX_GAS_CAP);
    match run(state, setting, request, gas)?.result {
        ExecutionResult::Success { output, .. } => Ok(output.into_data()),
        ExecutionResult::Revert { output, .. } => Err(reverted(&output)),
        ExecutionResult::Halt { reason, .. } => Err(halted(&reason)),
    }
}

/// The least gas limit with which the call succeeds.
pub(super) fn estimate(state: &State, setting: &Setting, request: &CallRequest) -> Result<u64, RpcError> {
    let highest = allowance(state, setting, request)?;
    let used = match run(state, setting, request, highest)?.result {
        ExecutionResult::Success { gas, .. } => gas.tx_gas_used(),
        ExecutionResult::Revert { output, .. } => return Err(reverted(&output)),
        ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. } => {
            return Err(RpcError::server(format!("gas required exceeds allowance ({highest})")));
        }
        ExecutionResult::Halt { reason, .. } => return Err(halted(&reason)),
    };
    // Less than was used after refunds cannot do; what refunds and the 1/64 rule add is found by halving.
    let (mut too_little, mut enough) = (used.saturating_sub(1), highest);
    if succeeds(state, setting, request, used)? {
        return Ok(used);
    }
    while enough.saturating_sub(too_little) > 1 {
        let middle = too_little.midpoint(enough);
        if succeeds(state, setting, request, middle)? {
            enough = middle;
        } else {
            too_little = middle;
        }
    }
    Ok(enough)
}

/// The most gas that the request, the block and the sender's balance allow.
fn allowance(state: &State, setting: &Setting, request: &CallRequest) -> Result<u64, RpcError> {
    let highest = request.gas.unwrap_or(u64::MAX).min(setting.gas_limit).min(TX_GAS_CAP);
    let price = request.max_fee.unwrap_or_default();
    if price == 0 {
        return Ok(highest);
    }
    let (_, balance) = super::ledger::account(state, request.from);
    let left = balance
        .checked_sub(request.value)
        .ok_or_else(|| RpcError::server("insufficient funds for transfer"))?;
    let affordable = left.checked_div(U256::from(price)).unwrap_or(U256::MAX);
    Ok(u64::try_from(affordable).unwrap_or(u64::MAX).min(highest))
}

/// Whether the call succeeds with `gas`; too little to even start counts as no.
fn succeeds(state: &State, setting: &Setting, request: &CallRequest, gas: u64) -> Result<bool, RpcError> {
    match execute(state, setting, request, gas) {
        Ok(outcome) => Ok(outcome.result.is_success()),
        Err(Refusal::IntrinsicGas { .. } | Refusal::FloorGas { .. }) => Ok(false),
        Err(refusal) => Err(refusal.into()),
    }
}

fn run(state: &State, setting: &Setting, request: &CallRequest, gas: u64) -> Result<Outcome, RpcError> {
    execute(state, setting, request, gas).map_err(|refusal| match refusal {
        Refusal::InsufficientFunds(_) if request.max_fee.is_none() => {
            RpcError::server("insufficient funds for transfer")
        }
        other => other.into(),
    })
}

fn execute(state: &State, setting: &Setting, request: &CallRequest, gas: u64) -> Result<Outcome, Refusal> {
    let max_fee = request.max_fee.unwrap_or_default();
    let tx = TxEnv {
        tx_type: if request.tip.is_some() { 2 } else { 0 },
        caller: request.from,
        gas_limit: gas,
        gas_price: max_fee,
        kind: request.to.map_or(TxKind::Create, TxKind::Call),
        value: request.value,
        data: request.data.clone(),
        chain_id: Some(setting.chain_id),
        gas_priority_fee: request.tip,
        ..TxEnv::default()
    };
    // As in go-ethereum, a call that names no price runs at a base fee of zero.
    let setting = Setting { base_fee: if max_fee == 0 { 0 } else { setting.base_fee }, ..*setting };
    execution::execute(state, &setting, tx, Checks::AnyNonceAndSender).map_err(|error| match error {
        EVMError::Transaction(invalid) => Refusal::from_validation(invalid),
        other => Refusal::NotExecuted(other),
    })
}

fn reverted(output: &Bytes) -> RpcError {
    let reason = match (Revert::abi_decode(output), Panic::abi_decode(output)) {
        (Ok(revert), _) => Some(revert.reason),
        (_, Ok(panic)) => Some(panic.to_string()),
        _ => None,
    };
    let message = reason
        .map_or_else(|| "execution reverted".to_owned(), |reason| format!("execution reverted: {reason}"));
    RpcError { code: 3, message, data: Some(json!(output)) }
}

fn halted(reason: &HaltReason) -> RpcError {
    RpcError::server(match reason {
        HaltReason::OutOfGas(_) => "out of gas".to_owned(),
        HaltReason::OpcodeNotFound | HaltReason::InvalidFEOpcode => "invalid opcode".to_owned(),
        other => format!("execution halted: {other:?}"),
    })
}
