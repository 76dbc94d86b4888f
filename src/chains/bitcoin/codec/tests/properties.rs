//! Whatever intent and facts: building, reading and rebuilding agree; whatever bytes: nothing is shown but what bitcoin's
//! own parser and plain sums find in them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "a test"
)]

mod common;

use bitcoin::Psbt;
use common::{KINDS, Numbers, account, build, coin, decode, funding, intent, pay, sign};
use miniscript::{Descriptor as Parsed, DescriptorPublicKey};
use strongroom_bitcoin_codec::{native_asset, parse_slot, read_foreign, transaction_id};
use strongroom_protocol::{
    Account, Action, Address, Amount, BitcoinChange, BitcoinFacts, BitcoinOutput, Facts, Intent, Keychain,
    Move, Slots, Tx, Unsigned,
};

/// A transaction with everything that was wanted of it.
struct Case {
    account: Account,
    intent: Intent,
    facts: BitcoinFacts,
    fee: u64,
    unsigned: Vec<u8>,
}

/// An address of one of the four kinds that strangers have, on regtest.
fn stranger(numbers: &mut Numbers) -> Address {
    use bitcoin::hashes::Hash;
    let script = match numbers.below(4) {
        0 => bitcoin::ScriptBuf::new_p2pkh(&bitcoin::PubkeyHash::from_byte_array(numbers.bytes())),
        1 => bitcoin::ScriptBuf::new_p2sh(&bitcoin::ScriptHash::from_byte_array(numbers.bytes())),
        2 => bitcoin::ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_byte_array(numbers.bytes())),
        _ => bitcoin::ScriptBuf::new_p2wsh(&bitcoin::WScriptHash::from_byte_array(numbers.bytes())),
    };
    bitcoin::Address::from_script(&script, bitcoin::Network::Regtest).unwrap().to_string().parse().unwrap()
}

fn case(numbers: &mut Numbers, account: &Account) -> Case {
    let mut facts = BitcoinFacts {
        version: 1 + u32::try_from(numbers.below(2)).unwrap(),
        locktime: u32::try_from(numbers.below(500_000_000)).unwrap(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        change: None,
    };
    let sequence = [0xffff_fffd, 0xffff_fffe][usize::try_from(numbers.below(2)).unwrap()];
    let mut total = 0;
    let mut highest = 0;
    for number in 0..=u8::try_from(numbers.below(3)).unwrap() {
        let keychain = if numbers.below(2) == 0 { Keychain::Receive } else { Keychain::Change };
        let shift = numbers.below(31);
        let index = u32::try_from(numbers.below(1 << 31) >> shift).unwrap();
        let satoshi = 10_000 + numbers.below(1 << 40);
        let mut input = coin(account, keychain, index, satoshi, number);
        input.sequence = sequence;
        facts.inputs.push(input);
        total += satoshi;
        highest = highest.max(index);
    }
    // Three out of four are payments, the fourth gives one coin back.
    let payments = if numbers.below(4) == 0 { 0 } else { 1 + numbers.below(3) };
    let mut left = total;
    let mut actions = Vec::new();
    for action in 0..u32::try_from(payments).unwrap() {
        let satoshi = 600 + numbers.below(left / 8);
        left -= satoshi;
        actions.push(pay(&account.chain, stranger(numbers).as_str(), satoshi));
        facts.outputs.push(BitcoinOutput::Payment { action });
    }
    if payments == 0 || numbers.below(2) == 0 {
        let satoshi = 600 + numbers.below(left / 2);
        left -= satoshi;
        let limit = highest.saturating_add(1_000).min(1_000_000);
        let index = u32::try_from(numbers.below(u64::from(limit) + 1)).unwrap();
        facts.change = Some(BitcoinChange { index, amount: Amount::from(satoshi) });
        let place = usize::try_from(numbers.below(payments + 1)).unwrap();
        facts.outputs.insert(place, BitcoinOutput::Change);
    }
    if payments == 0 {
        let txid = transaction_id(&facts.inputs[0].previous).unwrap();
        actions = vec![Action::Void { slot: format!("{}:{txid}/1", account.chain).parse().unwrap() }];
    }
    let intent = intent(account, actions);
    let unsigned = build(account, &intent, &facts).unwrap().0;
    Case { account: account.clone(), intent, facts, fee: left, unsigned }
}

fn accounts() -> Vec<Account> {
    KINDS.iter().map(|(template, _)| account(template)).collect()
}

#[test]
fn what_is_built_does_what_was_wanted_and_nothing_else() {
    let mut numbers = Numbers(1);
    for account in accounts() {
        let native = native_asset(&account.chain).unwrap();
        for round in 0..60 {
            let case = case(&mut numbers, &account);
            let tx = decode(&account, &case.unsigned).unwrap_or_else(|error| panic!("{round}: {error}"));
            let wanted: Vec<_> = case
                .intent
                .actions
                .iter()
                .map(|action| {
                    let (to, amount) = match action {
                        Action::Pay { to, amount, .. } => (to.clone(), *amount),
                        _ => (account.address.clone(), Amount::ZERO),
                    };
                    Move { from: account.address.clone(), to, asset: native.clone(), amount }
                })
                .collect();
            assert_eq!(tx.effects().moves, wanted);
            assert_eq!(tx.effects().fee_cap, Amount::from(case.fee));
            let Slots::Exclusive(slots) = &tx.effects().slots else { panic!() };
            assert_eq!(slots.len(), case.facts.inputs.len());
            assert_eq!(tx.tasks().len(), case.facts.inputs.len());
            for (input, (slot, task)) in case.facts.inputs.iter().zip(slots.iter().zip(tx.tasks())) {
                let of = parse_slot(slot).unwrap();
                assert_eq!((of.chain, of.outpoint.vout), (account.chain.clone(), input.vout));
                assert_eq!(of.outpoint.txid, transaction_id(&input.previous).unwrap());
                assert_eq!(task.derivation, [input.keychain.step(), input.index]);
            }
            let read = read_foreign(&account, &Unsigned(case.unsigned.clone())).unwrap();
            assert_eq!(read, Facts::Bitcoin(case.facts.clone()));
        }
    }
}

/// What bitcoin's own parser and plain sums find in a PSBT that was taken.
fn check(account: &Account, bytes: &[u8], tx: &dyn Tx) {
    let psbt = Psbt::deserialize(bytes).unwrap();
    let parsed: Parsed<DescriptorPublicKey> = account.descriptor.as_ref().unwrap().as_str().parse().unwrap();
    let branches = parsed.into_single_descriptors().unwrap();
    let script = |keychain: usize, index: u32| {
        branches[keychain]
            .at_derivation_index(index)
            .unwrap()
            .derived_descriptor(common::secp())
            .unwrap()
            .script_pubkey()
    };
    let mut held = 0u64;
    let mut slots = Vec::new();
    for ((input, map), task) in psbt.unsigned_tx.input.iter().zip(&psbt.inputs).zip(tx.tasks()) {
        let previous = map.non_witness_utxo.as_ref().unwrap();
        assert_eq!(previous.compute_txid(), input.previous_output.txid);
        let output = &previous.output[usize::try_from(input.previous_output.vout).unwrap()];
        let [branch, index] = task.derivation.as_slice() else { panic!() };
        assert_eq!(output.script_pubkey, script(usize::try_from(*branch).unwrap(), *index), "a foreign coin");
        held += output.value.to_sat();
        slots
            .push(format!("{}:{}/{}", account.chain, input.previous_output.txid, input.previous_output.vout));
    }
    let mut paid = 0u64;
    let mut moves = Vec::new();
    for (output, map) in psbt.unsigned_tx.output.iter().zip(&psbt.outputs) {
        paid += output.value.to_sat();
        let places = map.bip32_derivation.values().map(|(_, path)| path);
        let place = places.chain(map.tap_key_origins.values().map(|(_, (_, path))| path)).next();
        if let Some(path) = place {
            let steps = path.to_u32_vec();
            let [.., 1, index] = steps.as_slice() else { panic!("change on another branch") };
            assert_eq!(output.script_pubkey, script(1, *index), "change to somebody else");
        } else {
            let to = bitcoin::Address::from_script(&output.script_pubkey, bitcoin::Network::Regtest).unwrap();
            moves.push((to.to_string(), Amount::from(output.value.to_sat())));
        }
    }
    if moves.is_empty() {
        moves.push((account.address.to_string(), Amount::ZERO));
    }
    let effects = tx.effects();
    assert_eq!(effects.fee_cap, Amount::from(held.checked_sub(paid).unwrap()));
    let found: Vec<_> = effects.moves.iter().map(|moved| (moved.to.to_string(), moved.amount)).collect();
    assert_eq!(found, moves);
    assert!(
        effects.moves.iter().all(|moved| moved.from == account.address && moved.asset == effects.fee_asset)
    );
    let Slots::Exclusive(known) = &effects.slots else { panic!() };
    let known: Vec<_> = known.iter().map(ToString::to_string).collect();
    assert_eq!(known, slots);
    assert!(effects.grants.is_empty());
}

/// Bits flipped in every byte: what is still taken is another transaction, and shown as such.
#[test]
fn every_bit_counts() {
    let mut numbers = Numbers(2);
    let mut taken = 0u32;
    for account in accounts() {
        let Case { intent, facts, unsigned, .. } = case(&mut numbers, &account);
        let before = decode(&account, &unsigned).unwrap();
        // Of every byte one bit, each time another: all of them would take minutes.
        for bit in (0..unsigned.len() * 8).step_by(7) {
            let mut flipped = unsigned.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Ok(tx) = decode(&account, &flipped) else { continue };
            taken += 1;
            check(&account, &flipped, tx.as_ref());
            assert_ne!(tx.tasks(), before.tasks(), "bit {bit}: the same signatures fit");
            assert_ne!(build(&account, &intent, &facts).unwrap().0, flipped);
            let read = read_foreign(&account, &Unsigned(flipped.clone())).unwrap();
            let same = *tx.effects() == *before.effects();
            assert!(!same || Facts::Bitcoin(facts.clone()) != read, "bit {bit}: nothing changed");
        }
    }
    assert!(taken > 100, "the flipped bytes must not all fail for the same dull reason: {taken}");
}

/// Bytes in disorder: none may bring the decoder down, and what it takes it must show as it is.
#[test]
fn noise_is_refused_or_shown_as_it_is() {
    let mut numbers = Numbers(3);
    let accounts = accounts();
    let mut taken = 0u32;
    for round in 0..900 {
        let account = &accounts[round % accounts.len()];
        let mut unsigned = case(&mut numbers, account).unsigned;
        for _ in 0..=numbers.below(3) {
            let place = usize::try_from(numbers.below(u64::try_from(unsigned.len()).unwrap())).unwrap();
            match numbers.below(5) {
                0 => unsigned[place] = numbers.bytes::<1>()[0],
                1 => unsigned.insert(place, numbers.bytes::<1>()[0]),
                2 => drop(unsigned.splice(place..=place, [])),
                // Lengths that lie.
                3 => unsigned[place] = [0xfd, 0xfe, 0xff, 0x00][usize::try_from(numbers.below(4)).unwrap()],
                // A piece is there twice.
                _ => {
                    let piece: Vec<u8> = unsigned.iter().skip(place).take(40).copied().collect();
                    drop(unsigned.splice(place..place, piece));
                }
            }
        }
        if let Ok(tx) = decode(account, &unsigned) {
            taken += 1;
            check(account, &unsigned, tx.as_ref());
        }
    }
    assert!(taken > 10, "{taken}");
}

/// Whole fields moved about: maps of other transactions and of other places.
#[test]
fn maps_in_disorder_are_refused_or_shown_as_they_are() {
    let mut numbers = Numbers(4);
    let accounts = accounts();
    let mut taken = 0u32;
    for round in 0..600 {
        let account = &accounts[round % accounts.len()];
        let (one, two) = (case(&mut numbers, account), case(&mut numbers, account));
        let (mut psbt, other) =
            (Psbt::deserialize(&one.unsigned).unwrap(), Psbt::deserialize(&two.unsigned).unwrap());
        let pick = |numbers: &mut Numbers, length: usize| {
            usize::try_from(numbers.below(u64::try_from(length).unwrap())).unwrap()
        };
        let (input, output) = (pick(&mut numbers, psbt.inputs.len()), pick(&mut numbers, psbt.outputs.len()));
        let (from, to) = (pick(&mut numbers, other.inputs.len()), pick(&mut numbers, other.outputs.len()));
        match numbers.below(8) {
            0 => psbt.inputs[input] = other.inputs[from].clone(),
            1 => psbt.outputs[output] = other.outputs[to].clone(),
            2 => psbt.unsigned_tx.input[input] = other.unsigned_tx.input[from].clone(),
            3 => psbt.unsigned_tx.output[output] = other.unsigned_tx.output[to].clone(),
            4 => {
                psbt.unsigned_tx.output[output] = other.unsigned_tx.output[to].clone();
                psbt.outputs[output] = other.outputs[to].clone();
            }
            5 => {
                psbt.unsigned_tx.input[input] = other.unsigned_tx.input[from].clone();
                psbt.inputs[input] = other.inputs[from].clone();
            }
            6 => {
                psbt.unsigned_tx.output.push(other.unsigned_tx.output[to].clone());
                psbt.outputs.push(other.outputs[to].clone());
            }
            _ => {
                psbt.unsigned_tx.output.swap(0, output);
            }
        }
        let bytes = psbt.serialize();
        if let Ok(tx) = decode(account, &bytes) {
            taken += 1;
            check(account, &bytes, tx.as_ref());
        }
    }
    assert!(taken > 50, "{taken}");
}

/// Five hundred coins and five hundred payees in one transaction: read, signed and taken.
#[test]
fn five_hundred_inputs_and_outputs() {
    let template = "wpkh(@)";
    let account = account(template);
    let script = strongroom_bitcoin_codec::address::script_of(&account.chain, &account.address).unwrap();
    let inputs = (0u32..500).map(|number| {
        let mut previous = funding(script.clone(), 20_000, 1);
        previous.lock_time = bitcoin::absolute::LockTime::from_consensus(number);
        strongroom_protocol::BitcoinInput {
            previous: bitcoin::consensus::encode::serialize(&previous),
            ..coin(&account, Keychain::Receive, 0, 20_000, 1)
        }
    });
    let mut numbers = Numbers(5);
    let actions: Vec<_> =
        (0..500).map(|_| pay(&account.chain, stranger(&mut numbers).as_str(), 19_000)).collect();
    let facts = BitcoinFacts {
        version: 2,
        locktime: 0,
        inputs: inputs.collect(),
        outputs: (0..500).map(|action| BitcoinOutput::Payment { action }).collect(),
        change: None,
    };
    let unsigned = build(&account, &intent(&account, actions), &facts).unwrap();
    let tx = decode(&account, &unsigned.0).unwrap();
    assert_eq!((tx.effects().moves.len(), tx.effects().fee_cap), (500, Amount::from(500_000u64)));
    let signatures = sign(&common::masters(template)[0], &account, tx.as_ref());
    let raw = tx.assemble(&signatures).unwrap();
    common::judge(&raw.0, &common::spent(&facts)).unwrap();
}
