//! Transactions that try to do something else than they should: each made with alloy, each refused in words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "a test"
)]

mod common;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
use alloy_sol_types::{SolCall, sol};
use common::{account, decode, key};
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Account, DecodeError, Slots};

sol! {
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;
}

const STRANGER: Address = address!("0x3535353535353535353535353535353535353535");
const TOKEN: Address = address!("0xdAC17F958D2ee523a2206206994597C13D831ec7");

fn treasury() -> Account {
    account("eip155:1", &key(0x46))
}

fn own() -> Address {
    treasury().address.as_str().parse().unwrap()
}

/// One ether to a stranger.
fn coin() -> TxEip1559 {
    TxEip1559 {
        chain_id: 1,
        nonce: 7,
        gas_limit: 100_000,
        max_fee_per_gas: 30_000_000_000,
        max_priority_fee_per_gas: 2_000_000_000,
        to: TxKind::Call(STRANGER),
        value: U256::from(10).pow(U256::from(18)),
        ..Default::default()
    }
}

/// A hundred tokens to a stranger.
fn token() -> TxEip1559 {
    call(&transferCall { to: STRANGER, amount: U256::from(100) })
}

fn call(call: &impl SolCall) -> TxEip1559 {
    TxEip1559 { to: TxKind::Call(TOKEN), value: U256::ZERO, input: call.abi_encode().into(), ..coin() }
}

fn old() -> TxLegacy {
    TxLegacy {
        chain_id: Some(1),
        nonce: 7,
        gas_price: 30_000_000_000,
        gas_limit: 100_000,
        to: TxKind::Call(STRANGER),
        value: U256::from(1),
        input: Bytes::new(),
    }
}

fn refusal(unsigned: &[u8]) -> DecodeError {
    decode(&treasury(), unsigned).err().unwrap_or_else(|| panic!("taken: {unsigned:02x?}"))
}

fn refused(tx: &impl SignableTransaction<alloy_primitives::Signature>, words: &str) -> DecodeError {
    let error = refusal(&tx.encoded_for_signing());
    assert!(error.to_string().contains(words), "{error}");
    error
}

fn not_understood(tx: &impl SignableTransaction<alloy_primitives::Signature>, words: &str) {
    let error = refused(tx, words);
    assert!(matches!(error, DecodeError::NotUnderstood(_)), "{error:?}");
}

fn malformed(unsigned: &[u8], words: &str) {
    let error = refusal(unsigned);
    assert!(matches!(error, DecodeError::Malformed { .. }), "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn what_the_attacks_start_from_is_taken() {
    let taken = |unsigned: Vec<u8>| decode(&treasury(), &unsigned).map(|tx| tx.effects().clone());
    let effects = taken(coin().encoded_for_signing()).unwrap();
    assert_eq!(effects.moves.len(), 1);
    assert_eq!(effects.fee_cap.to_string(), "3000000000000000");
    let effects = taken(token().encoded_for_signing()).unwrap();
    assert_eq!(effects.moves[0].asset.namespace(), "erc20");
    assert_eq!(effects.moves[0].amount.to_string(), "100");
    let effects = taken(old().encoded_for_signing()).unwrap();
    assert!(matches!(effects.slots, Slots::Exclusive(slots) if slots.len() == 1));
    let revoked =
        taken(call(&approveCall { spender: STRANGER, amount: U256::ZERO }).encoded_for_signing()).unwrap();
    assert!(revoked.moves.is_empty() && revoked.grants.len() == 1);
    let void =
        taken(TxEip1559 { to: TxKind::Call(own()), value: U256::ZERO, ..coin() }.encoded_for_signing())
            .unwrap();
    assert!(void.moves[0].amount.is_zero() && void.moves[0].from == void.moves[0].to);
}

#[test]
fn creating_a_contract() {
    let code = Bytes::from_static(&[0x60, 0x80, 0x60, 0x40, 0x52]);
    not_understood(&TxEip1559 { to: TxKind::Create, input: code.clone(), ..coin() }, "creates a contract");
    not_understood(&TxEip1559 { to: TxKind::Create, value: U256::ZERO, ..coin() }, "creates a contract");
    not_understood(&TxLegacy { to: TxKind::Create, input: code, ..old() }, "creates a contract");
}

#[test]
fn calling_something_else() {
    let from = transferFromCall { from: STRANGER, to: own(), amount: U256::from(1) };
    not_understood(&call(&from), "0x23b872dd, transferFrom(address,address,uint256)");
    let permit = permitCall {
        owner: own(),
        spender: STRANGER,
        value: U256::MAX,
        deadline: U256::MAX,
        v: 27,
        r: B256::ZERO,
        s: B256::ZERO,
    };
    not_understood(&call(&permit), "0xd505accf, permit(");
    let unknown = Bytes::from([[0xde, 0xad, 0xc0, 0xde].as_slice(), &[0; 64]].concat());
    not_understood(&TxEip1559 { input: unknown, ..token() }, "selector 0xdeadc0de)");
}

#[test]
fn letting_somebody_take_tokens() {
    for amount in [U256::from(1), U256::MAX] {
        not_understood(
            &call(&approveCall { spender: STRANGER, amount }),
            "lets 0x3535353535353535353535353535353535353535 take",
        );
    }
    not_understood(&call(&approveCall { spender: Address::ZERO, amount: U256::ZERO }), "zero address");
}

#[test]
fn calldata_that_is_not_just_its_arguments() {
    let whole = token().input.to_vec();
    for surplus in [1, 32, 1000] {
        let input = [whole.as_slice(), &vec![0; surplus]].concat().into();
        not_understood(
            &TxEip1559 { input, ..token() },
            &format!("{surplus} byte(s) follow the arguments of transfer(address,uint256)"),
        );
    }
    for (length, words) in [
        (67, "ends 1 byte(s) before the arguments of transfer(address,uint256)"),
        (36, "ends 32 byte(s) before"),
        (4, "ends 64 byte(s) before"),
        (3, "calldata of 3 byte(s) is shorter than a function selector"),
        (1, "calldata of 1 byte(s) is shorter"),
    ] {
        let input = Bytes::copy_from_slice(&whole[..length]);
        not_understood(&TxEip1559 { input, ..token() }, words);
    }
    let revoke = call(&approveCall { spender: STRANGER, amount: U256::ZERO });
    let appended = [revoke.input.as_ref(), &[1]].concat().into();
    not_understood(&TxEip1559 { input: appended, ..revoke }, "1 byte(s) follow the arguments of approve");
    // A plain payment with one byte of calldata is a call.
    not_understood(
        &TxEip1559 { input: Bytes::from_static(&[0]), ..coin() },
        "shorter than a function selector",
    );
}

#[test]
fn addresses_with_something_in_their_padding() {
    for place in 4..16 {
        let mut input = token().input.to_vec();
        input[place] = 1;
        not_understood(&TxEip1559 { input: input.into(), ..token() }, "not padded with zeros");
        let revoke = call(&approveCall { spender: STRANGER, amount: U256::ZERO });
        let mut input = revoke.input.to_vec();
        input[place] = 0x80;
        not_understood(&TxEip1559 { input: input.into(), ..revoke }, "not padded with zeros");
    }
}

#[test]
fn coin_along_with_a_token_call() {
    not_understood(&TxEip1559 { value: U256::from(1), ..token() }, "1 wei of the chain's coin go along");
    let revoke = call(&approveCall { spender: STRANGER, amount: U256::ZERO });
    not_understood(&TxEip1559 { value: U256::MAX, ..revoke }, "go along with a token call");
}

#[test]
fn tokens_that_cannot_be_tokens() {
    for contract in [Address::ZERO, address!("0x0000000000000000000000000000000000001010"), own()] {
        not_understood(&TxEip1559 { to: TxKind::Call(contract), ..token() }, "is called as a token");
    }
}

#[test]
fn paying_nothing_to_a_stranger() {
    not_understood(
        &TxEip1559 { value: U256::ZERO, ..coin() },
        "pays nothing to 0x3535353535353535353535353535353535353535",
    );
    not_understood(&TxLegacy { value: U256::ZERO, ..old() }, "pays nothing to");
    not_understood(&call(&transferCall { to: STRANGER, amount: U256::ZERO }), "pays nothing to");
    not_understood(&call(&transferCall { to: own(), amount: U256::ZERO }), "pays nothing to");
}

#[test]
fn paying_graves_and_oneself() {
    let graves = [
        (Address::ZERO, "zero address"),
        (address!("0x0000000000000000000000000000000000000001"), "precompiled"),
        (address!("0x0000000000000000000000000000000000000100"), "precompiled"),
        (address!("0x00000000000000000000000000000000000001ff"), "precompiled"),
        (address!("0x000000000000000000000000000000000000dEaD"), "nobody has a key"),
        (address!("0xdEAD000000000000000042069420694206942069"), "nobody has a key"),
        (address!("0x00000000219ab540356cBB839Cbe05303d7705Fa"), "protocol itself"),
        (own(), "the paying account itself"),
    ];
    for (grave, words) in graves {
        let to = grave.to_checksum(None);
        for error in [
            refused(&TxEip1559 { to: TxKind::Call(grave), ..coin() }, words),
            refused(&TxLegacy { to: TxKind::Call(grave), ..old() }, words),
            refused(&call(&transferCall { to: grave, amount: U256::from(1) }), words),
        ] {
            assert!(
                matches!(&error, DecodeError::Payee { to: named, .. } if named.as_str() == to),
                "{error:?}"
            );
        }
    }
    let error = refused(&call(&transferCall { to: TOKEN, amount: U256::from(1) }), "token's own contract");
    assert!(matches!(error, DecodeError::Payee { .. }));
}

#[test]
fn other_types_of_transactions() {
    let list = TxEip2930 { chain_id: 1, to: TxKind::Call(STRANGER), gas_limit: 21_000, ..Default::default() };
    not_understood(&list, "type 1 transactions carry access lists (EIP-2930)");
    let blob = TxEip4844 {
        chain_id: 1,
        to: STRANGER,
        gas_limit: 21_000,
        blob_versioned_hashes: vec![B256::repeat_byte(1)],
        ..Default::default()
    };
    not_understood(&blob, "type 3 transactions carry blobs (EIP-4844)");
    let delegation = TxEip7702 { chain_id: 1, to: STRANGER, gas_limit: 21_000, ..Default::default() };
    not_understood(&delegation, "type 4 transactions hand the account over to code (EIP-7702)");
    for kind in [0x00, 0x05, 0x06, 0x19, 0x7e, 0x7f] {
        let mut unsigned = coin().encoded_for_signing();
        unsigned[0] = kind;
        let error = refusal(&unsigned);
        assert!(matches!(error, DecodeError::NotUnderstood(_)), "{error:?}");
        assert!(
            error.to_string().contains(&format!("type {kind} transactions are not understood")),
            "{error}"
        );
    }
}

#[test]
fn access_lists() {
    let item = AccessListItem { address: TOKEN, storage_keys: vec![B256::ZERO] };
    for access_list in [
        AccessList(vec![item]),
        AccessList(vec![AccessListItem { address: STRANGER, storage_keys: Vec::new() }]),
    ] {
        not_understood(&TxEip1559 { access_list, ..coin() }, "access list (EIP-2930)");
    }
}

#[test]
fn other_chains() {
    for (id, found) in [(137, "eip155:137"), (0, "eip155:0"), (u64::MAX, "eip155:18446744073709551615")] {
        for error in [
            refused(&TxEip1559 { chain_id: id, ..coin() }, found),
            refused(&TxLegacy { chain_id: Some(id), ..old() }, found),
        ] {
            assert_eq!(
                error,
                DecodeError::OtherChain { found: found.to_owned(), expected: "eip155:1".parse().unwrap() }
            );
        }
    }
    not_understood(&TxLegacy { chain_id: None, ..old() }, "names no chain");
    let mut elsewhere = treasury();
    elsewhere.chain = "eip155:56".parse().unwrap();
    let error =
        decode(&elsewhere, &TxEip1559 { chain_id: 56, ..coin() }.encoded_for_signing()).err().unwrap();
    assert_eq!(error, DecodeError::Address(AddressError::Chain(elsewhere.chain)));
}

#[test]
fn terms_that_no_node_takes() {
    for (tx, words) in [
        (TxEip1559 { nonce: u64::MAX, ..coin() }, "nonce 18446744073709551615 (EIP-2681)"),
        (TxEip1559 { gas_limit: 20_999, ..coin() }, "below the 21000"),
        (TxEip1559 { gas_limit: 16_777_217, ..coin() }, "above the 16777216"),
        (TxEip1559 { max_priority_fee_per_gas: 30_000_000_001, ..coin() }, "exceeds the ceiling"),
    ] {
        malformed(&tx.encoded_for_signing(), words);
    }
    malformed(&TxLegacy { gas_limit: u64::MAX, ..old() }.encoded_for_signing(), "above the 16777216");
}

#[test]
fn a_record_that_names_another_address_than_its_keys() {
    let mut lying = treasury();
    lying.address = account("eip155:1", &key(0x47)).address;
    let error = decode(&lying, &coin().encoded_for_signing()).err().unwrap();
    let own = treasury().address;
    assert!(matches!(error, DecodeError::Address(AddressError::Malformed { .. })), "{error:?}");
    assert!(error.to_string().contains(&format!("the account's key has the address {own}")), "{error}");

    let mut lower = treasury();
    lower.address = own.as_str().to_lowercase().parse().unwrap();
    let error = decode(&lower, &coin().encoded_for_signing()).err().unwrap();
    assert!(matches!(error, DecodeError::Address(AddressError::NotCanonical { .. })), "{error:?}");

    let mut keyless = treasury();
    keyless.key.public_key.pop();
    let error = decode(&keyless, &coin().encoded_for_signing()).err().unwrap();
    assert!(matches!(error, DecodeError::Address(AddressError::PublicKey(_))), "{error:?}");
}

/// Otherwise the same account could be enrolled again under another id.
#[test]
fn a_descriptor_in_the_record() {
    let known = coin().encoded_for_signing();
    let account = Account { descriptor: Some("raw(deadbeef)#89f8spxm".parse().unwrap()), ..treasury() };
    let refused = decode(&account, &known).err().unwrap();
    assert!(matches!(refused, DecodeError::Address(AddressError::Descriptor(_))), "{refused:?}");
    assert!(refused.to_string().contains("one address and no descriptor"), "{refused}");
}
