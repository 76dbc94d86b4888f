//! What the pool takes and refuses.

use super::super::Refusal;
use super::*;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{TxEip2930, TxEip4844Variant, TxEip7702, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::Authorization;

fn refused(chain: &Chain, raw: &[u8]) -> Refusal {
    let before = chain.waiting();
    let refusal = chain.submit(raw).unwrap_err();
    assert_eq!(chain.waiting(), before, "a refused transaction must not wait");
    refusal
}

#[test]
fn takes_legacy_2930_and_1559() {
    let (chain, wallet) = funded();
    let legacy = TxLegacy {
        chain_id: Some(1),
        nonce: 0,
        gas_price: 20 * GWEI,
        gas_limit: 21_000,
        to: TxKind::Call(PAYEE),
        value: U256::from(ETHER),
        input: Bytes::new(),
    };
    let listed = TxEip2930 {
        chain_id: 1,
        nonce: 1,
        gas_price: 20 * GWEI,
        gas_limit: 30_000,
        to: TxKind::Call(PAYEE),
        value: U256::from(ETHER),
        access_list: AccessList(vec![AccessListItem { address: PAYEE, storage_keys: vec![B256::ZERO] }]),
        input: Bytes::new(),
    };
    for raw in [signed(&wallet, legacy), signed(&wallet, listed), signed(&wallet, payment(2))] {
        chain.submit(&raw).unwrap();
    }
    chain.mine();
    assert_eq!(chain.balance(PAYEE), U256::from(3 * ETHER));
}

#[test]
fn another_chain_is_refused() {
    let (chain, wallet) = funded();
    let raw = signed(&wallet, TxEip1559 { chain_id: 137, ..payment(0) });
    assert!(matches!(refused(&chain, &raw), Refusal::WrongChain { have: 137, want: 1 }));
}

#[test]
fn a_legacy_signature_for_any_chain_is_refused() {
    let (chain, wallet) = funded();
    let raw = signed(
        &wallet,
        TxLegacy {
            chain_id: None,
            gas_price: 20 * GWEI,
            gas_limit: 21_000,
            to: TxKind::Call(PAYEE),
            ..TxLegacy::default()
        },
    );
    assert!(matches!(refused(&chain, &raw), Refusal::Unprotected));
}

#[test]
fn delegations_are_refused() {
    let (chain, wallet) = funded();
    let authorization = Authorization { chain_id: U256::from(1), address: PAYEE, nonce: 0 };
    let signature = wallet.sign_digest(authorization.signature_hash()).unwrap();
    let raw = signed(
        &wallet,
        TxEip7702 {
            chain_id: 1,
            gas_limit: 100_000,
            max_fee_per_gas: 20 * GWEI,
            max_priority_fee_per_gas: GWEI,
            to: PAYEE,
            authorization_list: vec![authorization.into_signed(signature)],
            ..TxEip7702::default()
        },
    );
    assert!(matches!(refused(&chain, &raw), Refusal::TypeNotSupported));
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    let (chain, wallet) = funded();
    let raw = signed(&wallet, payment(0));
    let longer = [raw.clone(), vec![0]].concat();
    assert!(matches!(refused(&chain, &longer), Refusal::Undecodable(_)));
    assert!(matches!(refused(&chain, &raw[..raw.len() - 1]), Refusal::Undecodable(_)));
    assert!(matches!(refused(&chain, &[]), Refusal::Undecodable(_)));
}

#[test]
fn a_used_nonce_is_refused() {
    let (chain, wallet) = funded();
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    chain.mine();
    let again = signed(&wallet, TxEip1559 { value: U256::from(1), ..payment(0) });
    let refusal = refused(&chain, &again);
    assert!(matches!(refusal, Refusal::NonceTooLow { next: 1, nonce: 0 }));
    assert_eq!(RpcError::from(refusal).code, -32000);
}

#[test]
fn the_same_bytes_are_refused_twice() {
    let (chain, wallet) = funded();
    let raw = signed(&wallet, payment(0));
    chain.submit(&raw).unwrap();
    assert!(matches!(refused(&chain, &raw), Refusal::AlreadyKnown));
}

#[test]
fn a_replacement_needs_ten_percent_in_both_fees() {
    let (chain, wallet) = funded();
    let first = chain.submit(&signed(&wallet, payment(0))).unwrap();
    let bid = |max_fee_per_gas, max_priority_fee_per_gas| {
        signed(&wallet, TxEip1559 { max_fee_per_gas, max_priority_fee_per_gas, ..payment(0) })
    };
    for (cap, tip) in [
        (22 * GWEI - 1, 11 * GWEI / 10),
        (22 * GWEI, 11 * GWEI / 10 - 1),
        (40 * GWEI, GWEI),
        (20 * GWEI, 2 * GWEI),
    ] {
        assert!(matches!(refused(&chain, &bid(cap, tip)), Refusal::ReplacementUnderpriced), "{cap} {tip}");
    }
    let second = chain.submit(&bid(22 * GWEI, 11 * GWEI / 10)).unwrap();
    assert_eq!(chain.waiting(), 1);
    let known = |hash| ask(&chain, "eth_getTransactionByHash", &serde_json::json!([hash])).unwrap();
    assert!(known(first).is_null(), "what is replaced is forgotten");
    chain.mine();
    assert!(!known(second)["blockHash"].is_null());
    assert_eq!(chain.balance(PAYEE), U256::from(ETHER), "one nonce, one payment");
}

#[test]
fn behind_a_gap_nothing_is_mined() {
    let (chain, wallet) = funded();
    chain.submit(&signed(&wallet, payment(1))).unwrap();
    chain.mine();
    assert_eq!((chain.nonce(wallet.address()), chain.waiting()), (0, 1));
    let pending = |chain: &Chain| {
        ask(chain, "eth_getTransactionCount", &serde_json::json!([wallet.address(), "pending"])).unwrap()
    };
    assert_eq!(pending(&chain), "0x0", "the gap is the next nonce");
    chain.submit(&signed(&wallet, payment(0))).unwrap();
    assert_eq!(pending(&chain), "0x2");
    chain.mine();
    assert_eq!((chain.nonce(wallet.address()), chain.waiting()), (2, 0));
}

#[test]
fn more_than_the_balance_is_refused_to_the_wei() {
    let (chain, wallet) = funded();
    let exact = U256::from(10 * ETHER - 21_000 * 20 * GWEI);
    let over = signed(&wallet, TxEip1559 { value: exact + U256::from(1), ..payment(0) });
    let refusal = refused(&chain, &over);
    assert!(matches!(refusal, Refusal::InsufficientFunds(ref short) if short.overshot == U256::from(1)));
    assert!(refusal.to_string().starts_with("insufficient funds for gas * price + value"));
    chain.submit(&signed(&wallet, TxEip1559 { value: exact, ..payment(0) })).unwrap();
}

#[test]
fn what_waits_is_counted_against_the_balance() {
    let (chain, wallet) = funded();
    let most = TxEip1559 { value: U256::from(9 * ETHER), ..payment(0) };
    chain.submit(&signed(&wallet, most.clone())).unwrap();
    assert!(matches!(refused(&chain, &signed(&wallet, payment(1))), Refusal::QueueOverdrawn(_)));
    let replacement =
        TxEip1559 { max_fee_per_gas: 22 * GWEI, max_priority_fee_per_gas: 11 * GWEI / 10, ..most };
    chain.submit(&signed(&wallet, replacement)).unwrap();
    assert_eq!(chain.waiting(), 1, "a replacement is not counted on top of what it replaces");
}

#[test]
fn a_signature_in_the_upper_half_is_refused() {
    let (chain, wallet) = funded();
    let tx = payment(0);
    let signature = wallet.sign_digest(tx.signature_hash()).unwrap();
    let order = U256::from_be_bytes(alloy_primitives::hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    let malleated = Signature::new(signature.r(), order - signature.s(), !signature.v());
    let envelope = TxEnvelope::from(tx.into_signed(malleated));
    assert_eq!(
        envelope.recover_signer_unchecked().unwrap(),
        wallet.address(),
        "the twin is valid mathematically"
    );
    assert!(matches!(refused(&chain, &envelope.encoded_2718()), Refusal::InvalidSender(_)));
}

#[test]
fn a_changed_payload_is_another_sender() {
    let (chain, wallet) = funded();
    let signature = wallet.sign_digest(payment(0).signature_hash()).unwrap();
    let changed = TxEip1559 { value: U256::from(2 * ETHER), ..payment(0) };
    let raw = TxEnvelope::from(changed.into_signed(signature)).encoded_2718();
    let refusal = refused(&chain, &raw);
    assert!(matches!(refusal, Refusal::InsufficientFunds(ref short) if short.balance.is_zero()), "{refusal}");
}

#[test]
fn gas_bounds() {
    let (chain, wallet) = funded();
    let with_gas = |gas_limit| signed(&wallet, TxEip1559 { gas_limit, max_fee_per_gas: GWEI, ..payment(0) });
    assert!(matches!(
        refused(&chain, &with_gas(20_999)),
        Refusal::IntrinsicGas { gas: 20_999, minimum: 21_000 }
    ));
    assert!(matches!(refused(&chain, &with_gas((1 << 24) + 1)), Refusal::GasCap { .. }));
    let data =
        signed(&wallet, TxEip1559 { input: Bytes::from(vec![1; 100]), gas_limit: 24_000, ..payment(0) });
    assert!(matches!(refused(&chain, &data), Refusal::FloorGas { gas: 24_000, minimum: 25_000 }));
    let small = Chain::new(ChainSpec { block_gas_limit: 50_000, ..ChainSpec::ethereum(Arc::new(|| 0)) });
    small.fund(wallet.address(), U256::from(ETHER));
    assert!(matches!(refused(&small, &with_gas(50_001)), Refusal::BlockGasLimit));
}

#[test]
fn fee_bounds() {
    let (chain, wallet) = funded();
    let inverted = signed(&wallet, TxEip1559 { max_priority_fee_per_gas: 21 * GWEI, ..payment(0) });
    assert!(matches!(refused(&chain, &inverted), Refusal::TipAboveFeeCap { .. }));
    let polygon = Chain::new(ChainSpec::polygon(Arc::new(|| 0)));
    polygon.fund(wallet.address(), U256::from(10 * ETHER));
    let tipped = |tip| {
        signed(
            &wallet,
            TxEip1559 {
                chain_id: 137,
                max_fee_per_gas: 200 * GWEI,
                max_priority_fee_per_gas: tip,
                ..payment(0)
            },
        )
    };
    assert!(matches!(refused(&polygon, &tipped(25 * GWEI - 1)), Refusal::Underpriced { .. }));
    polygon.submit(&tipped(25 * GWEI)).unwrap();
}

#[test]
fn blobs_are_refused() {
    use alloy_consensus::TxEip4844;
    let (chain, wallet) = funded();
    let tx = TxEip4844 {
        chain_id: 1,
        gas_limit: 21_000,
        max_fee_per_gas: 20 * GWEI,
        max_priority_fee_per_gas: GWEI,
        max_fee_per_blob_gas: GWEI,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..TxEip4844::default()
    };
    let signature = wallet.sign_digest(tx.signature_hash()).unwrap();
    let envelope = TxEnvelope::Eip4844(TxEip4844Variant::TxEip4844(tx).into_signed(signature));
    assert!(envelope.is_eip4844());
    assert!(matches!(refused(&chain, &envelope.encoded_2718()), Refusal::TypeNotSupported));
}
