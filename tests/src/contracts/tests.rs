//! The checked-in contracts on the embedded chain.

#![allow(clippy::arithmetic_side_effects, reason = "sums over small numbers in tests")]

use super::*;
use crate::chain::{Chain, ChainSpec};
use crate::json_rpc::{Backend, RpcError};
use crate::wallet::Wallet;
use alloy_consensus::TxEip1559;
use alloy_primitives::{B256, TxKind, address, hex};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const PAYEE: Address = address!("0x00000000000000000000000000000000000a11ce");
const SUPPLY: u64 = 1_000_000_000_000;

/// A chain on which a wallet has deployed a contract, by a transaction of its own, and holds the whole supply.
struct Deployed {
    chain: Chain,
    wallet: Wallet,
    token: Address,
}

impl Deployed {
    fn new(contract: Contract) -> Self {
        let chain = Chain::new(ChainSpec::ethereum(Arc::new(|| 0)));
        let wallet = Wallet::new(B256::repeat_byte(7)).unwrap();
        chain.fund(wallet.address(), U256::from(1_000_000_000_000_000_000_u64));
        chain.set_auto_mine(true);
        let spec = TokenSpec {
            name: "Test Dollar".to_owned(),
            symbol: "TUSD".to_owned(),
            decimals: 6,
            holder: wallet.address(),
            supply: U256::from(SUPPLY),
        };
        let mut deployed = Self { chain, wallet, token: Address::ZERO };
        let receipt = deployed.send(TxKind::Create, contract.creation_code(&spec).unwrap());
        assert_eq!(receipt["status"], "0x1");
        deployed.token = serde_json::from_value(receipt["contractAddress"].clone()).unwrap();
        deployed
    }

    /// Sends from the wallet and returns the receipt.
    fn send(&self, to: TxKind, input: Bytes) -> Value {
        let tx = TxEip1559 {
            chain_id: 1,
            nonce: self.chain.nonce(self.wallet.address()),
            gas_limit: 3_000_000,
            max_fee_per_gas: 20_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to,
            input,
            ..TxEip1559::default()
        };
        let hash = self.chain.submit(&self.wallet.sign(tx).unwrap()).unwrap();
        self.chain.answer("eth_getTransactionReceipt", &json!([hash])).unwrap()
    }

    fn send_call(&self, call: &impl SolCall) -> Value {
        self.send(TxKind::Call(self.token), call.abi_encode().into())
    }

    /// Runs a call from the wallet without sending it.
    fn ask(&self, call: &impl SolCall) -> Result<Bytes, RpcError> {
        let data = Bytes::from(call.abi_encode());
        let request = json!([{"from": self.wallet.address(), "to": self.token, "data": data}, "latest"]);
        Ok(serde_json::from_value(self.chain.answer("eth_call", &request)?).unwrap())
    }

    fn read<C: SolCall>(&self, call: &C) -> C::Return {
        C::abi_decode_returns_validate(&self.ask(call).unwrap()).unwrap()
    }

    fn balance(&self, owner: Address) -> U256 {
        self.read(&Erc20::balanceOfCall { owner })
    }
}

fn transfer(value: u64) -> Erc20::transferCall {
    Erc20::transferCall { to: PAYEE, value: U256::from(value) }
}

#[test]
fn artifacts_belong_to_their_sources() {
    for contract in Contract::ALL {
        let artifact: Value = serde_json::from_str(contract.artifact()).unwrap();
        let hash = hex::encode(Sha256::digest(contract.source()));
        assert_eq!(artifact["sourceSha256"], hash, "{contract:?} changed since it was compiled");
        for field in ["source", "compiler", "settings", "abi"] {
            assert!(!artifact[field].is_null(), "{contract:?} does not say its {field}");
        }
    }
}

#[test]
fn both_say_what_they_were_deployed_with() {
    for contract in Contract::ALL {
        let token = Deployed::new(contract);
        assert_eq!(token.read(&Erc20::nameCall {}), "Test Dollar");
        assert_eq!(token.read(&Erc20::symbolCall {}), "TUSD");
        assert_eq!(token.read(&Erc20::decimalsCall {}), 6);
        assert_eq!(token.read(&Erc20::totalSupplyCall {}), U256::from(SUPPLY));
        assert_eq!(token.balance(token.wallet.address()), U256::from(SUPPLY));
    }
}

#[test]
fn both_move_exactly_what_is_asked_and_say_so_in_an_event() {
    for contract in Contract::ALL {
        let token = Deployed::new(contract);
        let receipt = token.send_call(&transfer(1_500_001));
        assert_eq!(receipt["status"], "0x1");
        assert_eq!(token.balance(PAYEE), U256::from(1_500_001));
        assert_eq!(token.balance(token.wallet.address()), U256::from(SUPPLY - 1_500_001));
        let log = &receipt["logs"][0];
        assert_eq!(log["topics"][0], json!(Erc20::Transfer::SIGNATURE_HASH));
        assert_eq!(log["data"], json!(B256::from(U256::from(1_500_001))));
        assert_eq!(log["topics"][2], json!(PAYEE.into_word()));
    }
}

#[test]
fn one_returns_true_and_the_other_nothing() {
    let standard = Deployed::new(Contract::StandardToken);
    assert_eq!(standard.ask(&transfer(1)).unwrap(), Bytes::from(B256::with_last_byte(1)));
    let tether = Deployed::new(Contract::TetherLike);
    assert!(tether.ask(&transfer(1)).unwrap().is_empty());
    assert!(tether.ask(&Erc20::approveCall { spender: PAYEE, value: U256::ZERO }).unwrap().is_empty());
}

#[test]
fn neither_moves_more_than_there_is() {
    for contract in Contract::ALL {
        let token = Deployed::new(contract);
        assert_eq!(token.ask(&transfer(SUPPLY + 1)).unwrap_err().code, 3);
        assert_eq!(token.send_call(&transfer(SUPPLY + 1))["status"], "0x0");
        assert!(token.balance(PAYEE).is_zero());
        assert_eq!(token.send_call(&transfer(SUPPLY))["status"], "0x1");
    }
}

#[test]
fn an_allowance_of_the_tether_like_token_must_pass_through_zero() {
    let approve = |value: u64| Erc20::approveCall { spender: PAYEE, value: U256::from(value) };
    for (contract, second) in [(Contract::StandardToken, "0x1"), (Contract::TetherLike, "0x0")] {
        let token = Deployed::new(contract);
        assert_eq!(token.send_call(&approve(5))["status"], "0x1");
        assert_eq!(token.send_call(&approve(6))["status"], second);
        assert_eq!(token.send_call(&approve(0))["status"], "0x1");
        let owner = token.wallet.address();
        assert!(token.read(&Erc20::allowanceCall { owner, spender: PAYEE }).is_zero());
    }
}

#[test]
fn the_tether_like_fee_is_taken_from_what_arrives() {
    let token = Deployed::new(Contract::TetherLike);
    let set = |basis: u64, most: u64| TetherLike::setParamsCall {
        basisPoints: U256::from(basis),
        maxFee: U256::from(most),
    };
    assert_eq!(token.send_call(&set(20, 5_000_000))["status"], "0x0", "at most 19 basis points");
    assert_eq!(token.send_call(&set(10, 5_000_000))["status"], "0x1");
    assert_eq!(token.send_call(&transfer(1_000_000))["status"], "0x1");
    assert_eq!(token.balance(PAYEE), U256::from(999_000));
}
