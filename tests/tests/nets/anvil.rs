//! Foundry's anvil, and whether the embedded chain judges as it does.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_tests::chain::{Chain, ChainSpec};
use strongroom_tests::contracts::{Contract, TokenSpec};
use strongroom_tests::json_rpc::{self, Answer, CallError, Server, Upstream};
use strongroom_tests::prepare::Anvil;
use strongroom_tests::wallet::Wallet;

const GWEI: u128 = 1_000_000_000;
const PAYEE: Address = address!("0x00000000000000000000000000000000000a11ce");

fn wallet() -> Wallet {
    Wallet::new(B256::repeat_byte(7)).unwrap()
}

fn payment(chain_id: u64, nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 200 * GWEI,
        max_priority_fee_per_gas: 30 * GWEI,
        to: TxKind::Call(PAYEE),
        value: U256::from(1_000_000),
        ..TxEip1559::default()
    }
}

fn send(url: &str, tx: TxEip1559) -> Result<Value, CallError> {
    let raw = Bytes::from(wallet().sign(tx).unwrap());
    json_rpc::call(url, "eth_sendRawTransaction", &json!([raw]))
}

/// The refusal's words in lower case.
fn refusal(url: &str, tx: TxEip1559) -> String {
    match send(url, tx) {
        Err(CallError::Refused(error)) => error.message.to_lowercase(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
#[ignore = "needs anvil: run cargo verify"]
fn starts_with_the_chain_asked_for_and_ends_when_dropped() {
    for chain_id in [1, 137] {
        let anvil = Anvil::start(chain_id, &[]).unwrap();
        assert_eq!(anvil.call("eth_chainId", &json!([])).unwrap(), json!(format!("{chain_id:#x}")));
        anvil.mine(3).unwrap();
        assert_eq!(anvil.call("eth_blockNumber", &json!([])).unwrap(), "0x3");
        let url = anvil.url().to_owned();
        drop(anvil);
        assert!(json_rpc::call(&url, "eth_chainId", &json!([])).is_err(), "still there");
    }
}

#[test]
#[ignore = "needs anvil: run cargo verify"]
fn an_argument_it_does_not_know_is_reported_in_its_words() {
    let error = Anvil::start(1, &["--no-such-flag"]).err().unwrap().to_string();
    assert!(error.contains("ended at once") && error.contains("--no-such-flag"), "{error}");
}

#[test]
#[ignore = "needs anvil: run cargo verify"]
fn the_embedded_chain_judges_as_anvil_does() {
    for chain_id in [1, 137] {
        let anvil = Anvil::start(chain_id, &["--no-mining", "--order", "fifo"]).unwrap();
        let funds = U256::from(1_000_000_000_000_000_000_u64);
        anvil.fund(wallet().address(), funds).unwrap();
        let chain = Chain::new(ChainSpec { chain_id, ..ChainSpec::ethereum(Arc::new(|| 0)) });
        chain.fund(wallet().address(), funds);
        let node = chain.serve().unwrap();
        let mine = || {
            anvil.mine(1).unwrap();
            chain.mine();
        };
        for url in [anvil.url(), &node.url()] {
            let wrong = refusal(url, payment(5, 0));
            assert!(wrong.contains("chain id"), "{url}: {wrong}");
            let poor = refusal(url, TxEip1559 { value: funds, ..payment(chain_id, 0) });
            assert!(poor.contains("insufficient funds"), "{url}: {poor}");
            let cheap = refusal(url, TxEip1559 { gas_limit: 20_000, ..payment(chain_id, 0) });
            assert!(cheap.contains("intrinsic gas too low"), "{url}: {cheap}");
            send(url, payment(chain_id, 0)).unwrap();
            let under = refusal(url, TxEip1559 { value: U256::from(1), ..payment(chain_id, 0) });
            assert!(under.contains("replacement transaction underpriced"), "{url}: {under}");
            let again = refusal(url, payment(chain_id, 0));
            assert!(again.contains("already"), "{url}: {again}");
            send(url, payment(chain_id, 2)).unwrap();
        }
        mine();
        for url in [anvil.url(), &node.url()] {
            let nonce = |tag: &str| {
                json_rpc::call(url, "eth_getTransactionCount", &json!([wallet().address(), tag])).unwrap()
            };
            assert_eq!(nonce("latest"), "0x1", "{url}: what is behind the gap waits");
            let low = refusal(url, TxEip1559 { value: U256::from(2), ..payment(chain_id, 0) });
            assert!(low.contains("nonce too low"), "{url}: {low}");
            send(url, payment(chain_id, 1)).unwrap();
        }
        mine();
        for url in [anvil.url(), &node.url()] {
            let balance = json_rpc::call(url, "eth_getBalance", &json!([PAYEE, "latest"])).unwrap();
            assert_eq!(
                balance,
                json!(format!("{:#x}", 3_000_000)),
                "{url}: the gap is filled, both are mined"
            );
        }
    }
}

#[test]
#[ignore = "needs anvil: run cargo verify"]
fn both_nodes_give_the_same_transaction_receipt_and_gas() {
    let anvil = Anvil::start(1, &["--no-mining", "--block-base-fee-per-gas", "8000000000"]).unwrap();
    let chain = Chain::new(ChainSpec::ethereum(Arc::new(|| 0)));
    chain.set_next_base_fee(8_000_000_000);
    let funds = U256::from(1_000_000_000_000_000_000_u64);
    anvil.fund(wallet().address(), funds).unwrap();
    chain.fund(wallet().address(), funds);
    let node = chain.serve().unwrap();
    let mut seen = Vec::new();
    let nodes: [(&str, &dyn Fn()); 2] = [
        (anvil.url(), &|| anvil.mine(1).unwrap()),
        (&node.url(), &|| {
            chain.mine();
        }),
    ];
    for (url, mine) in nodes {
        let token = TokenSpec {
            name: "Test Dollar".to_owned(),
            symbol: "TUSD".to_owned(),
            decimals: 6,
            holder: wallet().address(),
            supply: U256::from(5),
        };
        let input = Contract::TetherLike.creation_code(&token).unwrap();
        let call = json!([{"from": wallet().address(), "data": input}]);
        let estimate = json_rpc::call(url, "eth_estimateGas", &call).unwrap();
        let tx =
            TxEip1559 { to: TxKind::Create, value: U256::ZERO, gas_limit: 2_000_000, input, ..payment(1, 0) };
        let hash = send(url, tx).unwrap();
        mine();
        let ask = |method: &str| json_rpc::call(url, method, &json!([hash])).unwrap();
        let (mut tx, mut receipt) = (ask("eth_getTransactionByHash"), ask("eth_getTransactionReceipt"));
        for value in [&mut tx, &mut receipt] {
            // Blocks differ in parent and time; anvil adds fields that the execution API does not ask for.
            let object = value.as_object_mut().unwrap();
            for field in ["blockHash", "blockTimestamp", "blobGasPrice", "blobGasUsed"] {
                object.remove(field);
            }
            if let Some(logs) = object.get_mut("logs").and_then(Value::as_array_mut) {
                for log in logs {
                    for field in ["blockHash", "blockTimestamp"] {
                        log.as_object_mut().unwrap().remove(field);
                    }
                }
            }
        }
        seen.push((estimate, tx, receipt));
    }
    assert_eq!(seen[0].1, seen[1].1);
    assert_eq!(seen[0].2, seen[1].2);
    let gas =
        |value: &Value| u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    assert_eq!(gas(&seen[0].0), gas(&seen[1].0), "estimates");
}

#[test]
#[ignore = "needs anvil: run cargo verify"]
fn a_lying_node_can_stand_before_anvil() {
    let anvil = Anvil::start(1, &[]).unwrap();
    let liar = Server::start(
        Upstream::new(anvil.url()),
        Some(Box::new(|method, _, honest| match method {
            "eth_getTransactionCount" => Answer::Result(json!("0x7")),
            _ => honest,
        })),
    )
    .unwrap();
    let nonce =
        |url: &str| json_rpc::call(url, "eth_getTransactionCount", &json!([PAYEE, "latest"])).unwrap();
    assert_eq!((nonce(anvil.url()), nonce(&liar.url())), (json!("0x0"), json!("0x7")));
    assert_eq!(json_rpc::call(&liar.url(), "eth_chainId", &json!([])).unwrap(), "0x1");
}
