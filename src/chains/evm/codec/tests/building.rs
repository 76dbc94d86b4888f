//! Intents and facts that must not become bytes.
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

use common::{account, build, decode, eip1559, facts, intent, key, legacy, pay};
use strongroom_evm_codec::{Call, EvmCodec, slot};
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Account, Action, Amount, BuildError, Codec as _, Facts, Slots};

const ETH: &str = "eip155:1/slip44:60";
const USDT: &str = "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7";
const STRANGER: &str = "0x3535353535353535353535353535353535353535";

fn treasury() -> Account {
    account("eip155:1", &key(0x46))
}

fn one() -> Amount {
    Amount::from(1u64)
}

fn refusal(action: Action, facts: &Facts) -> BuildError {
    build(&treasury(), action, facts).unwrap_err()
}

fn unsupported(action: Action, words: &str) {
    let error = refusal(action, &facts(7));
    assert!(matches!(error, BuildError::Unsupported { .. }), "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

fn revoke(asset: &str, spender: &str) -> Action {
    Action::Revoke { asset: asset.parse().unwrap(), spender: spender.parse().unwrap() }
}

fn void(slot: &str) -> Action {
    Action::Void { slot: slot.parse().unwrap() }
}

#[test]
fn one_action_and_no_other_number() {
    for count in [0, 2, 3] {
        let wanted = intent(&treasury(), vec![pay(ETH, STRANGER, one()); count]);
        let error = EvmCodec.build(&treasury(), &wanted, &facts(7)).unwrap_err();
        assert!(matches!(error, BuildError::Unsupported { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("the intent has {count}")), "{error}");
        assert_eq!(Call::of(&treasury(), &wanted), Err(error));
    }
}

#[test]
fn the_call_of_an_intent_is_what_gas_is_estimated_for() {
    let call = Call::of(&treasury(), &intent(&treasury(), vec![pay(ETH, STRANGER, one())])).unwrap();
    assert_eq!((call.to().as_str(), call.value(), call.calldata()), (STRANGER, one(), &[][..]));
    let call = Call::of(&treasury(), &intent(&treasury(), vec![pay(USDT, STRANGER, one())])).unwrap();
    assert_eq!(call.to(), "0xdAC17F958D2ee523a2206206994597C13D831ec7");
    assert!(call.value().is_zero());
    assert_eq!(call.calldata().len(), 68);
}

#[test]
fn assets_of_other_kinds_and_chains() {
    for (asset, words) in [
        ("eip155:137/slip44:966", "lives on another chain"),
        ("eip155:137/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7", "lives on another chain"),
        ("eip155:1/slip44:966", "is neither its coin, eip155:1/slip44:60, nor an ERC-20 token"),
        ("eip155:1/slip44:060", "is neither its coin"),
        ("eip155:1/erc721:0xdAC17F958D2ee523a2206206994597C13D831ec7", "nor an ERC-20 token"),
        ("eip155:1/erc20:0x0000000000000000000000000000000000000001", "is no token"),
        ("eip155:1/erc20:0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F", "which is no token contract"),
    ] {
        unsupported(pay(asset, STRANGER, one()), words);
        unsupported(revoke(asset, STRANGER), words);
    }
    let polygon = account("eip155:137", &key(0x46));
    let native = "eip155:137/erc20:0x0000000000000000000000000000000000001010";
    let error = build(&polygon, pay(native, STRANGER, one()), &facts(7)).unwrap_err();
    assert!(error.to_string().contains("is no token"), "{error}");
    unsupported(revoke(ETH, STRANGER), "knows no allowances");
}

#[test]
fn addresses_that_are_not_canonical() {
    let lower = "0xdac17f958d2ee523a2206206994597c13d831ec7";
    for action in [
        pay(ETH, lower, one()),
        pay(USDT, lower, one()),
        pay(&format!("eip155:1/erc20:{lower}"), STRANGER, one()),
        revoke(USDT, lower),
        revoke(&format!("eip155:1/erc20:{lower}"), STRANGER),
    ] {
        let error = refusal(action, &facts(7));
        assert!(matches!(error, BuildError::Address(AddressError::NotCanonical { .. })), "{error:?}");
    }
    let error = refusal(pay(ETH, "alice.eth", one()), &facts(7));
    assert!(matches!(error, BuildError::Address(AddressError::Malformed { .. })), "{error:?}");
    let error = refusal(pay("eip155:1/erc20:usdt", STRANGER, one()), &facts(7));
    assert!(matches!(error, BuildError::Address(AddressError::Malformed { .. })), "{error:?}");
}

#[test]
fn nobody_is_paid_nothing() {
    unsupported(pay(ETH, STRANGER, Amount::ZERO), "paying nothing to 0x3535");
    unsupported(pay(USDT, STRANGER, Amount::ZERO), "paying nothing to 0x3535");
    let own = treasury().address;
    unsupported(pay(ETH, own.as_str(), Amount::ZERO), "paying nothing to 0x9d8A");
}

#[test]
fn payees_that_are_nobody() {
    let own = treasury().address;
    for (to, words) in [
        ("0x0000000000000000000000000000000000000000", "zero address"),
        ("0x0000000000000000000000000000000000000004", "precompiled"),
        ("0x00000000000000000000000000000000000001fF", "precompiled"),
        ("0x000000000000000000000000000000000000dEaD", "nobody has a key"),
        ("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE", "nobody has a key"),
        (own.as_str(), "the paying account itself"),
    ] {
        for asset in [ETH, USDT] {
            let error = refusal(pay(asset, to, one()), &facts(7));
            assert!(
                matches!(&error, BuildError::Payee { to: named, .. } if named.as_str() == to),
                "{error:?}"
            );
            assert!(error.to_string().contains(words), "{error}");
        }
    }
    let error = refusal(pay(USDT, "0xdAC17F958D2ee523a2206206994597C13D831ec7", one()), &facts(7));
    assert!(matches!(&error, BuildError::Payee { why, .. } if why.contains("own contract")), "{error:?}");
    unsupported(revoke(USDT, "0x0000000000000000000000000000000000000000"), "zero address");
}

#[test]
fn voids_are_of_the_slot_they_name() {
    let treasury = treasury();
    let own = slot(&treasury.chain, &treasury.address, 7).unwrap();
    let built = build(&treasury, Action::Void { slot: own.clone() }, &facts(7)).unwrap();
    let tx = decode(&treasury, &built.0).unwrap();
    assert_eq!(tx.effects().slots, Slots::Exclusive(vec![own.clone()]));
    for nonce in [6, 8] {
        let error = refusal(Action::Void { slot: own.clone() }, &facts(nonce));
        assert!(matches!(error, BuildError::Facts(_)), "{error:?}");
        assert!(error.to_string().contains(&format!("nonce 7, but they say nonce {nonce}")), "{error}");
    }
    let other = account("eip155:1", &key(0x47));
    let address = treasury.address.as_str();
    for (slot, words) in [
        (format!("eip155:1:{}/7", other.address), "is not of eip155:1:0x9d8A"),
        (format!("eip155:137:{address}/7"), "is not of eip155:1:0x9d8A"),
        (format!("eip155:1:{address}/07"), "is not a slot"),
        (format!("eip155:1:{}/7", address.to_lowercase()), "checksummed form"),
        ("outpoint:0".to_owned(), "is not a slot"),
    ] {
        unsupported(void(&slot), words);
    }
}

#[test]
fn facts_out_of_bounds() {
    for (facts, words) in [
        (facts(u64::MAX), "nonce 18446744073709551615"),
        (eip1559(7, 20_999, 30, 2), "below the 21000"),
        (eip1559(7, 16_777_217, 30, 2), "above the 16777216"),
        (eip1559(7, 21_000, 30, 31), "exceeds the ceiling"),
        (legacy(7, 20_999, 30), "below the 21000"),
        (legacy(u64::MAX, 21_000, 30), "EIP-2681"),
    ] {
        let error = refusal(pay(ETH, STRANGER, one()), &facts);
        assert!(matches!(error, BuildError::Facts(_)), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn accounts_of_other_chains() {
    let mut elsewhere = treasury();
    elsewhere.chain = "eip155:56".parse().unwrap();
    let error = build(&elsewhere, pay("eip155:56/slip44:60", STRANGER, one()), &facts(7)).unwrap_err();
    assert_eq!(error, BuildError::Address(AddressError::Chain(elsewhere.chain.clone())));
    assert_eq!(EvmCodec.native_asset(&elsewhere.chain), Err(AddressError::Chain(elsewhere.chain.clone())));
    assert!(EvmCodec.check_address(&elsewhere.chain, &elsewhere.address).is_err());
    assert!(EvmCodec.address_of(&elsewhere.chain, &elsewhere.key.public_key).is_err());
    assert!(EvmCodec.check_address(&treasury().chain, &treasury().address).is_ok());
    assert_eq!(EvmCodec.namespace(), "eip155");
}
