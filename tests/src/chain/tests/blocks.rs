//! Mining, fees, finality and reorganisation.

use super::super::Orphans;
use super::*;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn a_payment_costs_value_and_fee_to_the_wei() {
    let (chain, wallet) = funded();
    chain.set_next_base_fee(5_000_000_007);
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    chain.mine();
    let price = 5_000_000_007 + GWEI;
    assert_eq!(chain.balance(PAYEE), U256::from(ETHER));
    assert_eq!(chain.balance(wallet.address()), U256::from(9 * ETHER - 21_000 * price));
    let miner = chain.lock().block(1).unwrap().header.beneficiary;
    assert_eq!(chain.balance(miner), U256::from(21_000 * GWEI), "the base fee is burned, the tip is not");
}

#[test]
fn a_fee_cap_under_the_base_fee_waits_for_it_to_fall() {
    let (chain, wallet) = funded();
    let low = TxEip1559 { max_fee_per_gas: 2 * GWEI, ..payment(0) };
    chain.submit(&signed(&wallet, low)).unwrap();
    chain.mine();
    assert_eq!((chain.nonce(wallet.address()), chain.waiting()), (0, 1), "stuck");
    chain.set_next_base_fee(1);
    chain.mine();
    assert_eq!((chain.nonce(wallet.address()), chain.waiting()), (1, 0));
}

#[test]
fn the_base_fee_follows_eip_1559() {
    let (chain, wallet) = funded();
    let base_fee =
        |chain: &Chain, number| chain.lock().block(number).unwrap().header.base_fee_per_gas.unwrap();
    chain.mine();
    assert_eq!(base_fee(&chain, 1), 7_000_000_000, "an empty parent lowers it by an eighth");
    let small = Chain::new(ChainSpec { block_gas_limit: 42_000, ..ChainSpec::ethereum(Arc::new(|| 0)) });
    small.fund(wallet.address(), U256::from(10 * ETHER));
    for nonce in 0..3 {
        small.submit(&signed(&wallet, payment(nonce))).unwrap();
    }
    small.mine();
    assert_eq!(small.waiting(), 1, "two transfers fill the block");
    small.mine();
    assert_eq!(base_fee(&small, 2), 7_875_000_000, "a full parent raises it by an eighth");
}

#[test]
fn the_better_tip_goes_first() {
    let (chain, wallet) = funded();
    let other = super::wallet(9);
    chain.fund(other.address(), U256::from(10 * ETHER));
    let low = chain.submit(&signed(&wallet, payment(0))).unwrap();
    let high = chain
        .submit(&signed(&other, TxEip1559 { max_priority_fee_per_gas: 2 * GWEI, ..payment(0) }))
        .unwrap();
    chain.mine();
    let block = ask(&chain, "eth_getBlockByNumber", &json!(["latest", false])).unwrap();
    assert_eq!(block["transactions"], json!([high, low]));
}

#[test]
fn blocks_form_a_chain() {
    let (chain, wallet) = funded();
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    chain.mine_blocks(3);
    let block =
        |number: u64| ask(&chain, "eth_getBlockByNumber", &json!([format!("{number:#x}"), true])).unwrap();
    for number in 1..=3 {
        assert_eq!(block(number)["parentHash"], block(number - 1)["hash"]);
        assert_eq!(
            block(number)["timestamp"],
            json!(format!("{:#x}", 1_700_000_000 + number)),
            "a still clock"
        );
        let ledger = chain.lock();
        let sealed = ledger.block(number).unwrap();
        assert_eq!(sealed.header.hash_slow(), sealed.hash);
    }
    assert_eq!(block(1)["transactions"][0]["value"], "0xde0b6b3a7640000");
    assert_ne!(block(1)["transactionsRoot"], block(2)["transactionsRoot"]);
    assert!(ask(&chain, "eth_getBlockByNumber", &json!(["0x4", false])).unwrap().is_null());
    assert_eq!(ask(&chain, "eth_getBlockByHash", &json!([block(2)["hash"], true])).unwrap(), block(2));
}

#[test]
fn finality_lags() {
    let (chain, wallet) = funded();
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    let landed = chain.mine();
    let number =
        |tag: &str| ask(&chain, "eth_getBlockByNumber", &json!([tag, false])).unwrap()["number"].clone();
    let paid = |tag: &str| ask(&chain, "eth_getBalance", &json!([PAYEE, tag])).unwrap();
    assert_eq!(
        (number("finalized"), number("safe"), number("latest")),
        (json!("0x0"), json!("0x0"), json!("0x1"))
    );
    assert_eq!((paid("finalized"), paid("latest")), (json!("0x0"), json!("0xde0b6b3a7640000")));
    chain.mine_blocks(63);
    assert_eq!(paid("finalized"), "0x0", "one block short");
    assert_eq!(paid("safe"), "0xde0b6b3a7640000");
    chain.mine();
    assert_eq!(number("finalized"), json!(format!("{landed:#x}")));
    assert_eq!(paid("finalized"), "0xde0b6b3a7640000");
    assert_eq!(number("pending"), json!(format!("{:#x}", landed + 65)));
    let head = chain.head();
    assert_eq!(chain.finalize(), head + 64);
    assert_eq!(number("finalized"), json!(format!("{head:#x}")));
}

#[test]
fn a_reorganisation_returns_or_drops_what_it_orphans() {
    for (orphans, lands_again) in [(Orphans::Return, true), (Orphans::Drop, false)] {
        let (chain, wallet) = funded();
        let hash = chain.submit(&signed(&wallet, payment(0))).unwrap();
        chain.mine_blocks(2);
        let receipt = |chain: &Chain| ask(chain, "eth_getTransactionReceipt", &json!([hash])).unwrap();
        let first = receipt(&chain);
        chain.reorganise(2, orphans);
        assert_eq!(chain.head(), 0);
        assert!(receipt(&chain).is_null());
        assert!(chain.balance(PAYEE).is_zero());
        chain.mine();
        assert_eq!(!chain.balance(PAYEE).is_zero(), lands_again);
        assert_eq!(!receipt(&chain).is_null(), lands_again);
        assert_ne!(receipt(&chain)["blockHash"], first["blockHash"], "an orphan's hash does not come back");
    }
}

#[test]
fn the_genesis_stays() {
    let (chain, _) = funded();
    chain.mine();
    chain.reorganise(5, Orphans::Return);
    assert_eq!(chain.head(), 0);
    assert_eq!(chain.mine(), 1);
}

#[test]
fn auto_mining_can_be_switched() {
    let (chain, wallet) = funded();
    chain.set_auto_mine(true);
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    assert_eq!(chain.head(), 1);
    chain.set_auto_mine(false);
    chain.submit(&signed(&wallet, payment(1))).unwrap();
    assert_eq!((chain.head(), chain.waiting()), (1, 1));
}

#[test]
fn mines_at_an_interval_until_told_to_stop() {
    let (chain, _) = funded();
    let miner = chain.mine_every(Duration::from_millis(5)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while chain.head() < 3 {
        assert!(Instant::now() < deadline, "no block in ten seconds");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(miner);
    let head = chain.head();
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(chain.head(), head);
}

#[test]
fn what_can_no_longer_be_paid_is_dropped() {
    let (chain, wallet) = funded();
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    chain.submit(&signed(&wallet, TxEip1559 { value: U256::from(8 * ETHER), ..payment(1) })).unwrap();
    chain.fund(wallet.address(), U256::from(2 * ETHER));
    chain.mine();
    assert_eq!((chain.nonce(wallet.address()), chain.waiting()), (1, 0));
    assert_eq!(chain.balance(PAYEE), U256::from(ETHER));
}

#[test]
fn deploying_leaves_code_or_says_why_not() {
    use alloy_primitives::hex;
    let (chain, wallet) = funded();
    // Returns the ten bytes behind it: PUSH1 42, MSTORE at 0, RETURN 32 bytes.
    let creation = hex!("600a600c600039600a6000f3602a60005260206000f3");
    let address = chain.deploy(wallet.address(), Bytes::from(creation)).unwrap();
    let code = ask(&chain, "eth_getCode", &json!([address, "latest"])).unwrap();
    assert_eq!(code, "0x602a60005260206000f3");
    assert_eq!(chain.nonce(wallet.address()), 1);
    assert!(matches!(
        chain.deploy(wallet.address(), Bytes::from(hex!("60006000fd"))),
        Err(super::super::DeployError::NoContract { .. })
    ));
}
