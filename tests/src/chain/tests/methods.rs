//! The JSON-RPC methods, as a caller sees them.

use super::*;
use alloy_primitives::{hex, keccak256};
use alloy_sol_types::{Revert, SolError};
use serde_json::json;

const CONTRACT: Address = address!("0x000000000000000000000000000000000000c0de");

/// Runtime code that reverts with `reason`.
fn reverting(reason: &str) -> Bytes {
    let data = Revert::from(reason).abi_encode();
    let length = u8::try_from(data.len()).unwrap();
    // CODECOPY the data behind these twelve bytes to memory 0, then REVERT with it.
    let code = [vec![0x60, length, 0x60, 12, 0x60, 0, 0x39, 0x60, length, 0x60, 0, 0xfd], data].concat();
    Bytes::from(code)
}

/// Runtime code that stores the first word of its input at slot 0 and logs it under topic 0xaa.
fn storing() -> Bytes {
    Bytes::from(hex!("600035600055600035600052 60aa60206000a1 00"))
}

fn to_contract(nonce: u64, word: u64) -> TxEip1559 {
    TxEip1559 {
        gas_limit: 100_000,
        to: TxKind::Call(CONTRACT),
        value: U256::ZERO,
        input: Bytes::from(U256::from(word).to_be_bytes::<32>()),
        ..payment(nonce)
    }
}

#[test]
fn identity() {
    let chain = Chain::new(ChainSpec::polygon(Arc::new(|| 0)));
    assert_eq!(ask(&chain, "eth_chainId", &json!([])).unwrap(), "0x89");
    assert_eq!(ask(&chain, "net_version", &json!([])).unwrap(), "137");
    assert_eq!(ask(&chain, "eth_blockNumber", &json!([])).unwrap(), "0x0");
    assert_eq!(ask(&chain, "eth_syncing", &json!([])).unwrap(), false);
    assert!(
        ask(&chain, "web3_clientVersion", &json!([])).unwrap().as_str().unwrap().starts_with("strongroom")
    );
    assert_eq!(ask(&chain, "eth_sign", &json!([])).unwrap_err().code, -32601);
}

#[test]
fn sloppy_arguments_are_refused() {
    let (chain, wallet) = funded();
    for (method, params) in [
        ("eth_getBalance", json!([])),
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([wallet.address(), "0x01"])),
        ("eth_getBalance", json!([wallet.address(), "newest"])),
        ("eth_getBalance", json!([wallet.address(), "0x"])),
        ("eth_getBlockByNumber", json!([1])),
        ("eth_sendRawTransaction", json!(["02f8"])),
        ("eth_getTransactionByHash", json!(["0x00"])),
        ("eth_feeHistory", json!(["0x01", "latest"])),
    ] {
        let error = ask(&chain, method, &params).unwrap_err();
        assert_eq!(error.code, -32602, "{method} {params}: {error}");
    }
    assert_eq!(
        ask(&chain, "eth_getBalance", &json!([wallet.address(), "0x5"])).unwrap_err(),
        RpcError::server("header not found")
    );
}

#[test]
fn sending_answers_the_hash_and_refuses_in_words() {
    let (chain, wallet) = funded();
    let raw = signed(&wallet, payment(0));
    let hash = ask(&chain, "eth_sendRawTransaction", &json!([Bytes::from(raw.clone())])).unwrap();
    assert_eq!(hash, json!(keccak256(&raw)));
    let waiting = ask(&chain, "eth_getTransactionByHash", &json!([hash])).unwrap();
    assert!(waiting["blockNumber"].is_null());
    assert_eq!(waiting["from"], json!(wallet.address()));
    assert!(ask(&chain, "eth_getTransactionReceipt", &json!([hash])).unwrap().is_null());
    let again = ask(&chain, "eth_sendRawTransaction", &json!([Bytes::from(raw)])).unwrap_err();
    assert_eq!(again, RpcError::server("already known"));
}

#[test]
fn receipts_tell_success_from_failure() {
    let (chain, wallet) = funded();
    chain.set_code(CONTRACT, reverting("no"));
    let good = chain.submit(&signed(&wallet, payment(0))).unwrap();
    let bad = chain.submit(&signed(&wallet, to_contract(1, 0))).unwrap();
    chain.set_next_base_fee(3_000_000_000);
    chain.mine();
    let receipt = |hash| ask(&chain, "eth_getTransactionReceipt", &json!([hash])).unwrap();
    let (good, bad) = (receipt(good), receipt(bad));
    assert_eq!((&good["status"], &bad["status"]), (&json!("0x1"), &json!("0x0")));
    assert_eq!((&good["gasUsed"], &good["effectiveGasPrice"]), (&json!("0x5208"), &json!("0xee6b2800")));
    assert_eq!((&good["transactionIndex"], &bad["transactionIndex"]), (&json!("0x0"), &json!("0x1")));
    assert_eq!(chain.nonce(wallet.address()), 2, "a failed transaction uses its nonce");
    assert_eq!(number(&bad["cumulativeGasUsed"]), number(&good["gasUsed"]) + number(&bad["gasUsed"]));
    let paid = (u128::from(number(&good["gasUsed"])) + u128::from(number(&bad["gasUsed"]))) * 4 * GWEI;
    assert_eq!(chain.balance(wallet.address()), U256::from(9 * ETHER - paid));
}

#[test]
fn calls_return_and_revert() {
    let (chain, wallet) = funded();
    chain.set_code(CONTRACT, Bytes::from(hex!("602a60005260206000f3")));
    let call = json!([{"from": wallet.address(), "to": CONTRACT, "data": "0x"}, "latest"]);
    assert_eq!(ask(&chain, "eth_call", &call).unwrap(), json!(B256::with_last_byte(42)));
    chain.set_code(CONTRACT, reverting("not today"));
    let error = ask(&chain, "eth_call", &call).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (3, "execution reverted: not today"));
    assert_eq!(error.data, Some(json!(Bytes::from(Revert::from("not today").abi_encode()))));
    assert_eq!(ask(&chain, "eth_estimateGas", &call).unwrap_err(), error);
    chain.set_code(CONTRACT, Bytes::from(hex!("60006000fd")));
    assert_eq!(ask(&chain, "eth_call", &call).unwrap_err().message, "execution reverted");
    chain.set_code(CONTRACT, Bytes::from(hex!("fe")));
    assert_eq!(ask(&chain, "eth_call", &call).unwrap_err().message, "invalid opcode");
}

#[test]
fn calls_see_the_block_they_ask_for() {
    let (chain, wallet) = funded();
    chain.set_code(CONTRACT, Bytes::from(hex!("4360005260206000f3")));
    chain.mine_blocks(2);
    let number = |tag: Value| ask(&chain, "eth_call", &json!([{"to": CONTRACT}, tag])).unwrap();
    assert_eq!(number(json!("latest")), json!(B256::with_last_byte(2)));
    assert_eq!(number(json!("0x1")), json!(B256::with_last_byte(1)));
    assert_eq!(number(json!("pending")), json!(B256::with_last_byte(3)));
    let hash = ask(&chain, "eth_getBlockByNumber", &json!(["0x1", false])).unwrap()["hash"].clone();
    assert_eq!(number(json!({"blockHash": hash})), json!(B256::with_last_byte(1)));
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    let paid = |tag: &str| ask(&chain, "eth_getBalance", &json!([PAYEE, tag])).unwrap();
    assert_eq!((paid("latest"), paid("pending")), (json!("0x0"), json!("0xde0b6b3a7640000")));
}

#[test]
fn a_call_changes_nothing_and_cannot_spend_what_is_not_there() {
    let (chain, wallet) = funded();
    chain.set_code(CONTRACT, storing());
    let call = |value: u128| json!([{"from": wallet.address(), "to": CONTRACT, "value": format!("{value:#x}"), "data": B256::with_last_byte(5)}]);
    ask(&chain, "eth_call", &call(ETHER)).unwrap();
    assert!(chain.balance(CONTRACT).is_zero());
    let error = ask(&chain, "eth_call", &call(11 * ETHER)).unwrap_err();
    assert_eq!(error, RpcError::server("insufficient funds for transfer"));
    assert_eq!(ask(&chain, "eth_estimateGas", &call(11 * ETHER)).unwrap_err(), error);
}

#[test]
fn an_estimate_is_enough_and_one_less_is_not() {
    let (chain, wallet) = funded();
    chain.set_code(CONTRACT, storing());
    let transfer = json!([{"from": wallet.address(), "to": PAYEE, "value": "0x1"}]);
    assert_eq!(ask(&chain, "eth_estimateGas", &transfer).unwrap(), "0x5208");
    let data = B256::with_last_byte(5);
    let priced =
        json!([{"from": wallet.address(), "to": CONTRACT, "data": data, "maxFeePerGas": "0x4a817c800"}]);
    let estimate = ask(&chain, "eth_estimateGas", &priced).unwrap();
    let gas = number(&estimate);
    let run = |nonce, gas_limit| {
        let hash = chain.submit(&signed(&wallet, TxEip1559 { gas_limit, ..to_contract(nonce, 5) })).unwrap();
        // Both run on the same state: the second is mined after the first is undone.
        chain.mine();
        let receipt = ask(&chain, "eth_getTransactionReceipt", &json!([hash])).unwrap();
        chain.reorganise(1, super::super::Orphans::Drop);
        receipt["status"].clone()
    };
    assert_eq!(run(0, gas), "0x1");
    assert_eq!(run(0, gas - 1), "0x0");
    chain.set_code(CONTRACT, Bytes::from(hex!("5b600056")));
    let endless = ask(&chain, "eth_estimateGas", &priced).unwrap_err();
    assert_eq!(endless.message, "gas required exceeds allowance (16777216)");
}

#[test]
fn logs_are_found_by_address_topic_and_range() {
    let (chain, wallet) = funded();
    chain.set_code(CONTRACT, storing());
    chain.submit(&signed(&wallet, to_contract(0, 1))).unwrap();
    chain.submit(&signed(&wallet, to_contract(1, 2))).unwrap();
    chain.mine();
    chain.submit(&signed(&wallet, to_contract(2, 3))).unwrap();
    let last = chain.mine();
    let topic = B256::with_last_byte(0xaa);
    let find = |filter: Value| {
        let found = ask(&chain, "eth_getLogs", &json!([filter])).unwrap();
        found.as_array().unwrap().iter().map(|log| log["data"].clone()).collect::<Vec<_>>()
    };
    let words: Vec<Value> = (1..=3).map(|word| json!(B256::with_last_byte(word))).collect();
    assert_eq!(find(json!({"fromBlock": "earliest"})), words);
    assert_eq!(find(json!({"address": CONTRACT, "topics": [topic], "fromBlock": "0x1"})), words);
    assert_eq!(
        find(json!({"topics": [[B256::ZERO, topic]], "fromBlock": "0x0", "toBlock": "0x1"})),
        words[..2]
    );
    assert_eq!(find(json!({"topics": [null], "fromBlock": format!("{last:#x}")})), words[2..]);
    assert!(find(json!({"address": [PAYEE], "fromBlock": "earliest"})).is_empty());
    assert!(find(json!({"topics": [B256::ZERO], "fromBlock": "earliest"})).is_empty());
    assert!(find(json!({"topics": [topic, topic], "fromBlock": "earliest"})).is_empty());
    let block = ask(&chain, "eth_getBlockByNumber", &json!(["0x1", false])).unwrap();
    assert_eq!(find(json!({"blockHash": block["hash"]})), words[..2]);
    let receipt = ask(&chain, "eth_getTransactionReceipt", &json!([block["transactions"][1]])).unwrap();
    assert_eq!(receipt["logs"][0]["logIndex"], "0x1");
    assert_eq!(receipt["logs"].as_array().unwrap().len(), 1);
    assert_eq!(
        ask(&chain, "eth_getLogs", &json!([{"fromBlock": "0x2", "toBlock": "0x1"}])).unwrap_err().code,
        -32602
    );
}

#[test]
fn fee_history_tells_base_fees_fullness_and_tips() {
    let (chain, wallet) = funded();
    let small = Chain::new(ChainSpec { block_gas_limit: 84_000, ..ChainSpec::ethereum(Arc::new(|| 0)) });
    small.fund(wallet.address(), U256::from(10 * ETHER));
    for (nonce, tip) in [(0, 3), (1, 1)] {
        small
            .submit(&signed(&wallet, TxEip1559 { max_priority_fee_per_gas: tip * GWEI, ..payment(nonce) }))
            .unwrap();
    }
    small.mine();
    let history = ask(&small, "eth_feeHistory", &json!(["0x5", "latest", [0, 50, 50.5, 100]])).unwrap();
    assert_eq!(history["oldestBlock"], "0x0");
    assert_eq!(history["baseFeePerGas"], json!(["0x1dcd65000", "0x1a13b8600", "0x1a13b8600"]));
    assert_eq!(history["gasUsedRatio"].to_string(), "[0.0,0.5]");
    let (one, three) = (json!("0x3b9aca00"), json!("0xb2d05e00"));
    assert_eq!(history["reward"], json!([["0x0", "0x0", "0x0", "0x0"], [one, one, three, three]]));
    assert!(ask(&chain, "eth_feeHistory", &json!([1, "latest"])).unwrap().get("reward").is_none());
    for bad in [json!([50, 10]), json!([101]), json!(["x"]), json!(5)] {
        let error = ask(&chain, "eth_feeHistory", &json!(["0x1", "latest", bad])).unwrap_err();
        assert_eq!(error.message, "invalid reward percentile");
    }
    assert!(ask(&chain, "eth_feeHistory", &json!(["0x1", "0x9"])).is_err());
    assert_eq!(ask(&chain, "eth_maxPriorityFeePerGas", &json!([])).unwrap(), "0x3b9aca00");
    assert_eq!(
        ask(&chain, "eth_gasPrice", &json!([])).unwrap(),
        "0x1dcd65000",
        "seven gwei next, one of tip"
    );
}

#[test]
fn nonces_by_tag() {
    let (chain, wallet) = funded();
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    chain.mine();
    chain.submit(&signed(&wallet, payment(1))).unwrap();
    chain.submit(&signed(&wallet, TxEip1559 { max_fee_per_gas: GWEI, ..payment(2) })).unwrap();
    let nonce = |tag: &str| ask(&chain, "eth_getTransactionCount", &json!([wallet.address(), tag])).unwrap();
    assert_eq!(
        (nonce("finalized"), nonce("latest"), nonce("pending")),
        (json!("0x0"), json!("0x1"), json!("0x3"))
    );
    let pending = ask(&chain, "eth_getBlockByNumber", &json!(["pending", true])).unwrap();
    assert!(pending["hash"].is_null());
    assert_eq!(pending["transactions"].as_array().unwrap().len(), 1, "the third cannot pay the base fee");
}
