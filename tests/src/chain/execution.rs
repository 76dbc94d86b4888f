//! Running transactions in the EVM.

use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Transaction, TxEnvelope};
use alloy_primitives::{Address, B256, U256};
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::result::{EVMError, ExecResultAndState, ExecutionResult};
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::state::EvmState;
use revm::{Context, DatabaseRef, ExecuteEvm, MainBuilder, MainContext};
use std::convert::Infallible;

/// Accounts, code and storage after a block.
pub(super) type State = CacheDB<EmptyDB>;

/// A result together with the changes that it would make.
pub(super) type Outcome = ExecResultAndState<ExecutionResult, EvmState>;

/// Why nothing was executed.
pub(super) type ExecutionError = EVMError<Infallible>;

/// The hard fork whose rules hold from genesis on.
pub(super) const FORK: SpecId = SpecId::OSAKA;

/// The block that a transaction runs in.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) chain_id: u64,
    pub(super) number: u64,
    pub(super) timestamp: u64,
    pub(super) gas_limit: u64,
    /// Wei per gas.
    pub(super) base_fee: u64,
    pub(super) beneficiary: Address,
}

/// What the EVM demands of the transaction beforehand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    /// As in a block.
    All,
    /// Any nonce, and a sender with code: for simulations and for judging what may wait in the pool.
    AnyNonceAndSender,
}

/// Runs `tx` on `state`, which stays as it is.
pub(super) fn execute<S: DatabaseRef<Error = Infallible>>(
    state: S,
    setting: &Setting,
    tx: TxEnv,
    checks: Checks,
) -> Result<Outcome, ExecutionError> {
    let mut cfg = CfgEnv::new_with_spec(FORK).with_chain_id(setting.chain_id);
    cfg.disable_nonce_check = checks == Checks::AnyNonceAndSender;
    cfg.disable_eip3607 = checks == Checks::AnyNonceAndSender;
    let block = BlockEnv {
        number: U256::from(setting.number),
        beneficiary: setting.beneficiary,
        timestamp: U256::from(setting.timestamp),
        gas_limit: setting.gas_limit,
        basefee: setting.base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(B256::ZERO),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new(
            0,
            revm::primitives::eip4844::BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE,
        )),
        slot_num: setting.number,
    };
    Context::mainnet()
        .with_db(CacheDB::new(state))
        .with_block(block)
        .with_cfg(cfg)
        .build_mainnet()
        .transact(tx)
}

/// A signed transaction as the EVM takes it.
pub(super) fn tx_env(tx: &Recovered<TxEnvelope>) -> TxEnv {
    TxEnv {
        tx_type: u8::from(tx.tx_type()),
        caller: tx.signer(),
        gas_limit: tx.gas_limit(),
        gas_price: tx.max_fee_per_gas(),
        kind: tx.kind(),
        value: tx.value(),
        data: tx.input().clone(),
        nonce: tx.nonce(),
        chain_id: tx.chain_id(),
        access_list: tx.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: tx.max_priority_fee_per_gas(),
        ..TxEnv::default()
    }
}
