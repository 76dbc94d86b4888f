//! Intents, facts and descriptors that are refused when a transaction is built.
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

use bitcoin::Transaction;
use bitcoin::consensus::encode;
use common::{
    KINDS, MAIN, REGTEST, SIGNET, STRANGER, account, account_of, build, coin, decode, facts, funding, intent,
    key_text, master, masters, pay, payments,
};
use strongroom_bitcoin_codec::{
    BitcoinCodec, NETWORKS, address_at, canonical_descriptor, native_asset, without_witness,
};
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{
    Account, Action, Amount, BitcoinChange, BitcoinFacts, BitcoinOutput, BuildError, ChainId, Codec,
    Descriptor, EvmFacts, EvmFees, Facts, Intent, Keychain,
};

fn treasury() -> Account {
    account("wpkh(@)")
}

#[track_caller]
fn refused(intent: &Intent, facts: &BitcoinFacts, words: &str) -> BuildError {
    let refusal = build(&treasury(), intent, facts).unwrap_err();
    assert!(refusal.to_string().contains(words), "{refusal}, where it should say {words}");
    refusal
}

#[track_caller]
fn refused_facts(words: &str, change: impl FnOnce(&mut BitcoinFacts)) {
    let mut facts = facts(&treasury());
    change(&mut facts);
    let refusal = refused(&payments(&treasury()), &facts, words);
    assert!(matches!(refusal, BuildError::Facts(_)), "{refusal:?}");
}

#[track_caller]
fn refused_actions(words: &str, actions: Vec<Action>) -> BuildError {
    let mut facts = facts(&treasury());
    facts.outputs = (0u32..).take(actions.len()).map(|action| BitcoinOutput::Payment { action }).collect();
    facts.change = None;
    refused(&intent(&treasury(), actions), &facts, words)
}

#[test]
fn facts_that_do_not_carry_out_the_intent() {
    refused_facts("no output pays action 1", |facts| facts.outputs.truncate(2));
    refused_facts("output 3 pays action 0 a second time", |facts| {
        facts.outputs[2] = BitcoinOutput::Payment { action: 0 };
    });
    refused_facts("output 3 is of action 2, which pays nobody", |facts| {
        facts.outputs[2] = BitcoinOutput::Payment { action: 2 };
    });
    refused_facts("output 3 is of action 4294967295", |facts| {
        facts.outputs[2] = BitcoinOutput::Payment { action: u32::MAX };
    });
    refused_facts("output 2 is change, and no change is stated", |facts| facts.change = None);
    refused_facts("the change has no place among the outputs", |facts| {
        facts.outputs.retain(|output| *output != BitcoinOutput::Change);
    });
    refused_facts("output 4 is a second change output", |facts| facts.outputs.push(BitcoinOutput::Change));
    refused_facts("there are not so many satoshi", |facts| {
        facts.change = Some(BitcoinChange { index: 6, amount: Amount::MAX });
    });
    refused_facts("is dust", |facts| facts.change.as_mut().unwrap().amount = Amount::from(293u64));
    refused_facts("its outputs take 170001 satoshi, and its inputs hold only 170000", |facts| {
        facts.change.as_mut().unwrap().amount = Amount::from(70_001u64);
    });
    refused_facts("it spends nothing", |facts| facts.inputs.clear());
    refused_facts("version 3 of transactions", |facts| facts.version = 3);
    refused_facts("is a time", |facts| facts.locktime = 1_700_000_000);
    refused_facts("input 2 has another sequence", |facts| facts.inputs[1].sequence = 0xffff_fffe);
    let evm = EvmFacts { nonce: 0, gas_limit: 21_000, fees: EvmFees::Legacy { gas_price: Amount::ZERO } };
    let refusal = BitcoinCodec.build(&treasury(), &payments(&treasury()), &Facts::Evm(evm)).unwrap_err();
    assert!(refusal.to_string().contains("another family"), "{refusal}");
}

#[test]
fn coins_that_are_no_coins_of_ours() {
    refused_facts("before input 1: they are no transaction", |facts| facts.inputs[0].previous.clear());
    refused_facts("before input 2: they are no transaction", |facts| facts.inputs[1].previous.truncate(100));
    refused_facts("before input 2: they are no transaction", |facts| facts.inputs[1].previous.push(0));
    refused_facts("that transaction has no such output", |facts| facts.inputs[0].vout = 3);
    refused_facts("input 1 spends a coin that is not the account's", |facts| facts.inputs[0].vout = 2);
    refused_facts("its script is not the one at 1/0", |facts| facts.inputs[0].keychain = Keychain::Change);
    refused_facts("its script is not the one at 0/1", |facts| facts.inputs[0].index = 1);
    refused_facts("no script at index 2147483648", |facts| facts.inputs[0].index = 0x8000_0000);
    // A transaction that claims a coin nobody locked to us, under our own account's name.
    refused_facts("input 3 spends a coin that is not", |facts| {
        facts.inputs[2] = coin(&account("tr(@)"), Keychain::Receive, 7, 20_000, 3);
    });
}

#[test]
fn previous_transactions_carry_no_witnesses() {
    let account = treasury();
    let mut facts = facts(&account);
    let mut previous: Transaction = encode::deserialize(&facts.inputs[0].previous).unwrap();
    previous.input[0].witness = bitcoin::Witness::from_slice(&[[7; 64]]);
    let whole = encode::serialize(&previous);
    let stripped = std::mem::replace(&mut facts.inputs[0].previous, whole.clone());
    refused(&payments(&account), &facts, "leave its witnesses out");
    assert_eq!(without_witness(&whole).unwrap(), stripped);
    // No inputs: such bytes mean two things.
    let mut none = funding(bitcoin::ScriptBuf::new(), 1, 1);
    none.input.clear();
    assert!(without_witness(&encode::serialize(&none)).is_err());
}

#[test]
fn intents_that_this_chain_cannot_carry_out() {
    let chain = treasury().chain;
    let asset = native_asset(&chain).unwrap();
    let void = |slot: String| Action::Void { slot: slot.parse().unwrap() };
    let other = "aa".repeat(32);
    refused_actions(
        "it only pays and voids",
        vec![Action::Revoke { asset: asset.clone(), spender: STRANGER.parse().unwrap() }],
    );
    refused_actions("does nothing", Vec::new());
    refused_actions("stands alone", vec![pay(&chain, STRANGER, 1_000), void(format!("{chain}:{other}/0"))]);
    refused_actions("they do not spend it", vec![void(format!("{chain}:{other}/0"))]);
    refused_actions("is not of bip122", vec![void(format!("{MAIN}:{other}/0"))]);
    refused_actions("eip155:1 is not a supported chain", vec![void(format!("eip155:1:{other}/7"))]);
    refused_actions("is not a slot", vec![void(format!("{chain}:{other}/07"))]);
    for other in ["eip155:1/slip44:60", "bip122:000000000019d6689c085ae165831e93/slip44:0"] {
        let asset = other.parse().unwrap();
        let action = Action::Pay { asset, to: STRANGER.parse().unwrap(), amount: Amount::from(1_000u64) };
        refused_actions("is not its coin", vec![action]);
    }
    refused_actions(
        "there are not",
        vec![Action::Pay { asset, to: STRANGER.parse().unwrap(), amount: Amount::MAX }],
    );
    refused_actions("is dust", vec![pay(&chain, STRANGER, 0)]);
}

#[test]
fn payees_that_nobody_may_pay() {
    let account = treasury();
    let chain = &account.chain;
    let descriptor = account.descriptor.clone().unwrap();
    let at = |keychain, index| address_at(chain, &descriptor, keychain, index).unwrap().to_string();
    // Our own: the first address, a coin's and the change's.
    for own in [at(Keychain::Receive, 0), at(Keychain::Receive, 7), at(Keychain::Change, 6)] {
        let mut facts = facts(&account);
        facts.outputs = vec![BitcoinOutput::Payment { action: 0 }, BitcoinOutput::Change];
        let refusal =
            refused(&intent(&account, vec![pay(chain, &own, 1_000)]), &facts, "the paying account itself");
        assert!(matches!(refusal, BuildError::Payee { .. }), "{refusal:?}");
    }
    for (other, words) in [
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "another network"),
        ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "another network"),
        (&STRANGER.to_uppercase(), "not in checksummed form"),
        ("alice", "is wrong"),
        ("2MsFDzHRUAMpjHxKyoEHU3aMCMsVtMqs1PV", "nobody has a key"),
    ] {
        refused_actions(words, vec![pay(chain, other, 1_000)]);
    }
    let check = |text: &str| BitcoinCodec.check_address(chain, &text.parse().unwrap());
    assert!(check(STRANGER).is_ok());
    assert!(matches!(
        check("BCRT1Q6RHPNG9EVDSFNN833A4F4VEJ0ASU6DK5SRLD6X"),
        Err(AddressError::NotCanonical { .. })
    ));
}

#[test]
fn a_key_alone_has_no_address() {
    let chain = REGTEST.parse().unwrap();
    let refusal = BitcoinCodec.address_of(&chain, &[2; 33]).unwrap_err();
    assert!(refusal.to_string().contains("enrol a descriptor"), "{refusal}");
    let refusal = BitcoinCodec.address_of(&"bip122:0".parse().unwrap(), &[2; 33]).unwrap_err();
    assert!(matches!(refusal, AddressError::Chain(_)));
    assert_eq!(BitcoinCodec.namespace(), "bip122");
    assert!(BitcoinCodec.native_asset(&chain).unwrap().is_native());
}

/// Each chain has addresses of its own where prefixes differ, and bytes never pass for another chain's: the account does.
#[test]
fn chains_are_apart() {
    for network in NETWORKS {
        let keys = [master(1, if network.testnet { REGTEST } else { MAIN })];
        let account = account_of(network.chain, "wpkh(@)", "m/84'/1'/0'", &keys, 0);
        let hrp = match network.name {
            "Bitcoin" => "bc1q",
            "Bitcoin regtest" => "bcrt1q",
            _ => "tb1q",
        };
        assert!(account.address.as_str().starts_with(hrp), "{}", network.name);
        let slots = |account: &Account| {
            let facts = facts(account);
            let void = format!("{}:{}/1", account.chain, {
                strongroom_bitcoin_codec::transaction_id(&facts.inputs[0].previous).unwrap()
            });
            let intent = intent(account, vec![Action::Void { slot: void.parse().unwrap() }]);
            let facts = BitcoinFacts { outputs: vec![BitcoinOutput::Change], ..facts };
            let unsigned = build(account, &intent, &facts).unwrap();
            decode(account, &unsigned.0).unwrap().effects().slots.clone()
        };
        let strongroom_protocol::Slots::Exclusive(slots) = slots(&account) else { unreachable!() };
        assert!(slots.iter().all(|slot| slot.as_str().starts_with(&format!("{}:", network.chain))));
    }
}

#[track_caller]
fn refused_descriptor(chain: &str, text: &str, words: &str) {
    let refusal = canonical_descriptor(&chain.parse().unwrap(), text).unwrap_err();
    assert!(refusal.to_string().contains(words), "{text}: {refusal}");
}

#[test]
fn descriptors_that_are_not_taken() {
    let at = "m/84'/1'/0'";
    let key = |byte: u8| key_text(&master(byte, REGTEST), at);
    let (one, two) = (key(1), key(2));
    let other_kinds = "are not taken";
    for (text, words) in [
        (format!("wsh(multi(2,{one},{two}))"), other_kinds),
        (format!("sh(sortedmulti(2,{one},{two}))"), other_kinds),
        (format!("wsh(pk({one}))"), other_kinds),
        (format!("wsh(and_v(v:pk({one}),older(144)))"), other_kinds),
        (format!("pk({one})"), other_kinds),
        (format!("tr({one},pk({two}))"), other_kinds),
        (format!("wsh(sortedmulti(1,{one}))"), "2 to 20"),
        (format!("wsh(sortedmulti(3,{one},{two}))"), ""),
        (format!("wsh(sortedmulti(0,{one},{two}))"), ""),
        (format!("wsh(sortedmulti(1,{one},{one}))"), ""),
        (format!("wpkh({})", one.split(']').nth(1).unwrap()), "has no origin"),
        (format!("wpkh({})", one.replace("/<0;1>/*", "/0/*")), "does not end in /<0;1>/*"),
        (format!("wpkh({})", one.replace("/<0;1>/*", "/<0;2>/*")), "does not end in /<0;1>/*"),
        (format!("wpkh({})", one.replace("/<0;1>/*", "/<1;0>/*")), "does not end in /<0;1>/*"),
        (format!("wpkh({})", one.replace("/<0;1>/*", "/<0;1;2>/*")), "does not end in /<0;1>/*"),
        (format!("wpkh({})", one.replace("/<0;1>/*", "/3/<0;1>/*")), "does not end in /<0;1>/*"),
        (format!("wpkh({})", one.replace("/<0;1>/*", "/<0;1>")), "does not end in /<0;1>/*"),
        (format!("wpkh({})", one.replace("/<0;1>/*", "/<0;1>/*'")), ""),
        (format!("wpkh({})", one.replace("84'/1'/0'", "84'/1'")), "another depth or number"),
        (format!("wpkh({})", one.replace("84'/1'/0'", "84'/1'/1'")), "another depth or number"),
        (format!("wpkh({})", one.replace("84'/1'/0'", "84'/1'/0")), "another depth or number"),
        (
            "wpkh([d34db33f/84'/1'/0']02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)"
                .to_owned(),
            "no extended public key",
        ),
        ("raw(deadbeef)".to_owned(), ""),
        (String::new(), ""),
    ] {
        refused_descriptor(REGTEST, &text, words);
    }
    // The same key under another fingerprint is still the same key.
    let renamed = format!("[00000000{}", one.split_at(9).1);
    refused_descriptor(REGTEST, &format!("wsh(sortedmulti(1,{one},{renamed}))"), "its key 2 is there twice");
    refused_descriptor(
        MAIN,
        &format!("wpkh({one})"),
        "its key 1 is of a test network, and the chain of the main",
    );
    let main = key_text(&master(1, MAIN), at);
    refused_descriptor(
        SIGNET,
        &format!("wpkh({main})"),
        "its key 1 is of the main network, and the chain of a test",
    );
    refused_descriptor("bip122:0", &format!("wpkh({one})"), "not a supported chain");
    // A private key is not even read.
    let secret = one
        .replace(one.split(']').nth(1).unwrap().split('/').next().unwrap(), &master(1, REGTEST).to_string());
    refused_descriptor(REGTEST, &format!("wpkh({secret})"), "");
}

/// The checksum that miniscript writes is the one that the protocol's type checks.
#[test]
fn one_descriptor_has_one_writing() {
    let chain: ChainId = REGTEST.parse().unwrap();
    for (template, at) in KINDS {
        let keys: Vec<_> = masters(template).iter().map(|master| key_text(master, at)).collect();
        let text = template.replace('@', &keys.join(","));
        let canonical = canonical_descriptor(&chain, &text).unwrap();
        assert_eq!(canonical_descriptor(&chain, canonical.as_str()).unwrap(), canonical);
        let marked = text.replace('\'', "h");
        assert_eq!(canonical_descriptor(&chain, &marked).unwrap(), canonical);
        // With h it has a checksum of its own, and is another text of the same account.
        let parsed: miniscript::Descriptor<miniscript::DescriptorPublicKey> = marked.parse().unwrap();
        assert_eq!(parsed.to_string(), canonical.as_str());
        let other: Descriptor = with_checksum(&marked).parse().unwrap();
        let refusal = address_at(&chain, &other, Keychain::Receive, 0).unwrap_err();
        assert!(refusal.to_string().contains("written in another way than"), "{refusal}");
    }
}

/// A descriptor's text as it is, with the checksum that belongs to it: the type tells which one it wants.
fn with_checksum(body: &str) -> String {
    let refusal = format!("{body}#qqqqqqqq").parse::<Descriptor>().unwrap_err().to_string();
    let expected = refusal.split("characters give ").nth(1).unwrap().split(':').next().unwrap().to_owned();
    format!("{body}#{expected}")
}

/// Twenty keys are the most, and their transaction is read.
#[test]
fn a_large_multisig() {
    let at = "m/48'/1'/0'/2'";
    let keys: Vec<_> = (1..=20).map(|byte| master(byte, REGTEST)).collect();
    let account = account_of(REGTEST, "wsh(sortedmulti(11,@))", at, &keys, 19);
    assert!(account.descriptor.as_ref().unwrap().as_str().len() < 4096);
    let unsigned = build(&account, &payments(&account), &facts(&account)).unwrap();
    assert_eq!(decode(&account, &unsigned.0).unwrap().tasks().len(), 3);
    let more: Vec<_> = (1..=21).map(|byte| key_text(&master(byte, REGTEST), at)).collect();
    refused_descriptor(REGTEST, &format!("wsh(sortedmulti(11,{}))", more.join(",")), "");
}
