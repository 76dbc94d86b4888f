//! What the chain must do, and what it must refuse, shown by trying.

#![allow(clippy::arithmetic_side_effects, reason = "sums over small numbers in tests")]

mod admission;
mod blocks;
mod methods;

use super::{Chain, ChainSpec};
use crate::json_rpc::{Backend, RpcError};
use crate::wallet::Wallet;
use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEnvelope};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address};
use serde_json::Value;
use std::sync::Arc;

const GWEI: u128 = 1_000_000_000;
const ETHER: u128 = 1_000_000_000_000_000_000;
const PAYEE: Address = address!("0x00000000000000000000000000000000000a11ce");

/// A chain with id 1 whose clock stands still, and a wallet with 10 ether on it.
fn funded() -> (Chain, Wallet) {
    let chain = Chain::new(ChainSpec::ethereum(Arc::new(|| 1_700_000_000)));
    let wallet = wallet(7);
    chain.fund(wallet.address(), U256::from(10 * ETHER));
    (chain, wallet)
}

fn wallet(seed: u8) -> Wallet {
    Wallet::new(B256::repeat_byte(seed)).unwrap()
}

fn signed<T>(wallet: &Wallet, tx: T) -> Vec<u8>
where
    T: SignableTransaction<Signature>,
    TxEnvelope: From<Signed<T>>,
{
    wallet.sign(tx).unwrap()
}

/// One ether to [`PAYEE`] under EIP-1559.
fn payment(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 20 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: TxKind::Call(PAYEE),
        value: U256::from(ETHER),
        access_list: alloy_eips::eip2930::AccessList::default(),
        input: Bytes::new(),
    }
}

fn ask(chain: &Chain, method: &str, params: &Value) -> Result<Value, RpcError> {
    chain.answer(method, params)
}

/// A quantity as a number.
fn number(value: &Value) -> u64 {
    value.as_str().and_then(|text| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()).unwrap()
}
