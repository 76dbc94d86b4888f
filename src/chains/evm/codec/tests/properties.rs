//! Whatever intent and facts: building, reading and rebuilding agree, and no bit of the bytes is without meaning.
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

use alloy_primitives::{Address as Bytes20, U256};
use common::{Numbers, account, build, decode, eip1559, key, legacy};
use strongroom_evm_codec::{NETWORKS, erc20_asset, native_asset, parse_slot, read_foreign, slot};
use strongroom_protocol::{
    Account, Action, Address, Amount, Effects, EvmFacts, Facts, Grant, Move, Slots, Unsigned,
};

/// A transaction with everything that was wanted of it.
struct Case {
    account: Account,
    action: Action,
    facts: Facts,
    expected: Effects,
    unsigned: Vec<u8>,
}

fn stranger(numbers: &mut Numbers) -> Address {
    Bytes20::from(numbers.bytes::<20>()).to_checksum(None).parse().unwrap()
}

/// A number of random length, so that short and long RLP strings are met alike; never zero.
fn amount(numbers: &mut Numbers) -> Amount {
    let shift = usize::try_from(numbers.below(256)).unwrap();
    let number = U256::from_be_bytes(numbers.bytes::<32>()) >> shift;
    Amount::from_base_units(number.max(U256::ONE))
}

fn price(numbers: &mut Numbers) -> u128 {
    let shift = numbers.below(128);
    u128::from_be_bytes(numbers.bytes::<16>()) >> shift
}

fn facts(numbers: &mut Numbers) -> Facts {
    let shift = numbers.below(64);
    let nonce = (numbers.next() >> shift).min(u64::MAX - 1);
    let gas_limit = 21_000 + numbers.below(16_777_216 - 21_000 + 1);
    if numbers.below(2) == 0 {
        return legacy(nonce, gas_limit, price(numbers));
    }
    let (one, other) = (price(numbers), price(numbers));
    eip1559(nonce, gas_limit, one.max(other), one.min(other))
}

fn case(numbers: &mut Numbers) -> Case {
    let network = NETWORKS[usize::try_from(numbers.below(4)).unwrap()];
    let account = account(network.chain, &key(u8::try_from(1 + numbers.below(200)).unwrap()));
    let facts = facts(numbers);
    let Facts::Evm(EvmFacts { nonce, gas_limit, fees }) = &facts else { unreachable!() };
    let native = native_asset(&account.chain).unwrap();
    let token = erc20_asset(&account.chain, &stranger(numbers)).unwrap();
    let spent = slot(&account.chain, &account.address, *nonce).unwrap();
    let from = account.address.clone();
    let to = stranger(numbers);
    let amount = amount(numbers);
    let (action, moves, grants) = match numbers.below(4) {
        0 => {
            let action = Action::Pay { asset: native.clone(), to: to.clone(), amount };
            (action, vec![Move { from, to, asset: native.clone(), amount }], Vec::new())
        }
        1 => {
            let action = Action::Pay { asset: token.clone(), to: to.clone(), amount };
            (action, vec![Move { from, to, asset: token, amount }], Vec::new())
        }
        2 => {
            let action = Action::Revoke { asset: token.clone(), spender: to.clone() };
            (action, Vec::new(), vec![Grant { owner: from, spender: to, asset: token, amount: Amount::ZERO }])
        }
        _ => {
            let void = Move { from: from.clone(), to: from, asset: native.clone(), amount: Amount::ZERO };
            (Action::Void { slot: spent.clone() }, vec![void], Vec::new())
        }
    };
    let fee_cap = fees.ceiling().checked_mul(*gas_limit).unwrap();
    let slots = Slots::Exclusive(vec![spent]);
    let expected = Effects { moves, grants, fee_cap, fee_asset: native, slots };
    let unsigned = build(&account, action.clone(), &facts).unwrap().0;
    Case { account, action, facts, expected, unsigned }
}

#[test]
fn what_is_built_does_what_was_wanted_and_nothing_else() {
    let mut numbers = Numbers(1);
    for round in 0..1500 {
        let Case { account, action, facts, expected, unsigned } = case(&mut numbers);
        let tx = decode(&account, &unsigned).unwrap_or_else(|error| panic!("{round}: {error}"));
        assert_eq!(*tx.effects(), expected, "round {round}");
        let Facts::Evm(known) = &facts else { unreachable!() };
        assert_eq!(known.fee_cap(), Some(expected.fee_cap));
        let Slots::Exclusive(slots) = &expected.slots else { unreachable!() };
        let of = parse_slot(&slots[0]).unwrap();
        assert_eq!((&of.chain, &of.sender, of.nonce), (&account.chain, &account.address, known.nonce));
        let read = read_foreign(&account, &Unsigned(unsigned.clone())).unwrap();
        assert_eq!(read, facts, "round {round}");
        assert_eq!(build(&account, action, &read).unwrap().0, unsigned, "round {round}");
    }
}

/// A bit that changes neither what is done nor on which terms would be a bit an attacker may choose.
#[test]
fn every_bit_counts() {
    let mut numbers = Numbers(2);
    let mut taken = 0u32;
    for round in 0..40 {
        let Case { account, action, facts, expected, unsigned } = case(&mut numbers);
        for bit in 0..unsigned.len() * 8 {
            let mut flipped = unsigned.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Ok(tx) = decode(&account, &flipped) else { continue };
            taken += 1;
            let read = read_foreign(&account, &Unsigned(flipped.clone())).unwrap();
            let same = *tx.effects() == expected;
            assert!(!same || read != facts, "round {round}, bit {bit}: nothing changed");
            if same {
                // Only the terms changed, within the same cap: then they account for the change to the last bit.
                assert_eq!(build(&account, action.clone(), &read).unwrap().0, flipped);
            }
            // Whatever changed, the intent under the facts as they were does not give these bytes.
            assert_ne!(build(&account, action.clone(), &facts).unwrap().0, flipped);
        }
    }
    assert!(taken > 1000, "the flipped bytes must not all fail for the same dull reason: {taken}");
}

#[test]
fn no_end_and_no_beginning_of_a_transaction_is_one() {
    let mut numbers = Numbers(3);
    for _ in 0..60 {
        let Case { account, unsigned, .. } = case(&mut numbers);
        for cut in 1..unsigned.len() {
            assert!(decode(&account, &unsigned[..cut]).is_err());
            assert!(decode(&account, &unsigned[cut..]).is_err());
        }
        for extra in [0x00, 0x01, 0x80, 0xc0] {
            assert!(decode(&account, &[unsigned.as_slice(), &[extra]].concat()).is_err());
            assert!(decode(&account, &[&[extra], unsigned.as_slice()].concat()).is_err());
        }
    }
}

/// Bytes in disorder: none may bring the decoder down, and what it takes must be what it writes.
#[test]
fn noise_is_refused_or_canonical() {
    let mut numbers = Numbers(4);
    for round in 0..4000 {
        let Case { account, mut unsigned, .. } = case(&mut numbers);
        for _ in 0..=numbers.below(4) {
            let place = usize::try_from(numbers.below(u64::try_from(unsigned.len()).unwrap())).unwrap();
            match numbers.below(4) {
                0 => unsigned[place] = numbers.bytes::<1>()[0],
                1 => unsigned.insert(place, numbers.bytes::<1>()[0]),
                2 => drop(unsigned.remove(place)),
                // Headers lie about lengths.
                _ => {
                    let lies = [0x80, 0xb8, 0xbf, 0xc0, 0xf8, 0xff];
                    unsigned[place] = lies[usize::try_from(numbers.below(6)).unwrap()];
                }
            }
        }
        let Ok(tx) = decode(&account, &unsigned) else { continue };
        let effects = tx.effects();
        let action = match (effects.moves.as_slice(), effects.grants.as_slice()) {
            ([moved], []) if moved.amount.is_zero() => {
                let Slots::Exclusive(slots) = &effects.slots else { unreachable!() };
                Action::Void { slot: slots[0].clone() }
            }
            ([moved], []) => {
                Action::Pay { asset: moved.asset.clone(), to: moved.to.clone(), amount: moved.amount }
            }
            ([], [grant]) => Action::Revoke { asset: grant.asset.clone(), spender: grant.spender.clone() },
            other => panic!("round {round}: {other:?}"),
        };
        let read = read_foreign(&account, &Unsigned(unsigned.clone())).unwrap();
        assert_eq!(build(&account, action, &read).unwrap().0, unsigned, "round {round}");
    }
}
