//! From intent and facts to a transaction that Bitcoin Core takes, for every kind of account.
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
    KINDS, OTHER_STRANGER, STRANGER, account, account_of, build, decode, facts, honest, intent, judge,
    masters, payments, sign, spent,
};
use strongroom_bitcoin_codec::share::CombineError;
use strongroom_bitcoin_codec::{Share, combine, read_foreign};
use strongroom_protocol::codec::Scheme;
use strongroom_protocol::{
    Account, Action, Amount, BadSignature, Effects, Facts, Move, RawTx, Signature, Slots,
};

fn expected(account: &Account) -> Effects {
    let native = strongroom_bitcoin_codec::native_asset(&account.chain).unwrap();
    let moved = |to: &str, satoshi: u64| Move {
        from: account.address.clone(),
        to: to.parse().unwrap(),
        asset: native.clone(),
        amount: Amount::from(satoshi),
    };
    let facts = facts(account);
    let slots = facts.inputs.iter().map(|input| {
        let txid = strongroom_bitcoin_codec::transaction_id(&input.previous).unwrap();
        format!("{}:{txid}/1", account.chain).parse().unwrap()
    });
    Effects {
        moves: vec![moved(STRANGER, 60_000), moved(OTHER_STRANGER, 40_000)],
        grants: Vec::new(),
        fee_cap: Amount::from(1000u64),
        fee_asset: native.clone(),
        slots: Slots::Exclusive(slots.collect()),
    }
}

/// The whole transaction, and the shares it is made of.
fn signed(template: &str) -> (Account, RawTx, Vec<Share>) {
    let (at, masters) = (KINDS.iter().find(|kind| kind.0 == template).unwrap().1, masters(template));
    let unsigned = honest(&account(template));
    let mut shares = Vec::new();
    for (own, master) in masters.iter().enumerate() {
        let account = account_of(common::REGTEST, template, at, &masters, own);
        // Each station builds the very same bytes from its own record.
        assert_eq!(honest(&account), unsigned);
        let tx = decode(&account, &unsigned.0).unwrap();
        let signatures = sign(master, &account, tx.as_ref());
        tx.verify(&signatures).unwrap();
        shares.push(Share { key: account.key.public_key.clone(), signatures });
    }
    let account = account(template);
    let raw = combine(&account, &unsigned, &shares).unwrap();
    (account, raw, shares)
}

#[test]
fn core_takes_what_is_assembled_for_every_kind_of_account() {
    for (template, _) in KINDS {
        let (account, raw, shares) = signed(template);
        let spent = spent(&facts(&account));
        judge(&raw.0, &spent).unwrap_or_else(|error| panic!("{template}: {error:?}"));
        let tx: Transaction = encode::deserialize(&raw.0).unwrap();
        assert_eq!((tx.version.0, tx.lock_time.to_consensus_u32()), (2, 840_000));
        assert_eq!(tx.output.len(), 3);
        let unsigned = honest(&account);
        let tx = decode(&account, &unsigned.0).unwrap();
        if shares.len() == 1 {
            assert_eq!(tx.assemble(&shares[0].signatures).unwrap(), raw, "{template}");
            continue;
        }
        // Any two of three, in either order, and each pair's transaction is one that Core takes.
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let pair = [shares[one].clone(), shares[other].clone()];
            let turned = [shares[other].clone(), shares[one].clone()];
            let raw = combine(&account, &unsigned, &pair).unwrap();
            assert_eq!(combine(&account, &unsigned, &turned).unwrap(), raw, "{template}");
            judge(&raw.0, &spent).unwrap_or_else(|error| panic!("{template}: {error:?}"));
        }
        assert_eq!(
            tx.assemble(&shares[0].signatures),
            Err(BadSignature::TooFewCosigners { needed: 2, found: 1 }),
            "{template}"
        );
    }
}

#[test]
fn core_refuses_one_flipped_bit_of_any_signature_amount_or_payee() {
    for (template, _) in KINDS {
        let (account, raw, shares) = signed(template);
        let spent = spent(&facts(&account));
        let refused = |change: &dyn Fn(&mut Transaction)| {
            let mut tx: Transaction = encode::deserialize(&raw.0).unwrap();
            change(&mut tx);
            judge(&encode::serialize(&tx), &spent).is_err()
        };
        for input in 0..3 {
            assert!(refused(&|tx| {
                // Byte 40 of a signature is of s, in each of the forms.
                if tx.input[input].witness.is_empty() {
                    let mut script = tx.input[input].script_sig.to_bytes();
                    script[41] ^= 1;
                    tx.input[input].script_sig = script.into();
                } else {
                    let mut stack = tx.input[input].witness.to_vec();
                    let signature = stack.iter().position(|item| item.len() > 60).unwrap();
                    stack[signature][40] ^= 1;
                    tx.input[input].witness = bitcoin::Witness::from_slice(&stack);
                }
            }));
        }
        assert!(refused(&|tx| tx.output[0].value += bitcoin::Amount::from_sat(1)), "{template}");
        assert!(refused(&|tx| tx.output.swap(0, 2)), "{template}");
        assert!(refused(&|tx| tx.lock_time = bitcoin::absolute::LockTime::ZERO), "{template}");
        if account.address.as_str().starts_with("bcrt1") {
            let mut lied = spent.clone();
            lied[1].value += bitcoin::Amount::from_sat(1);
            assert!(judge(&raw.0, &lied).is_err(), "{template}: an amount that segwit signs for");
        }
        // And we refuse it before anybody is asked.
        let tx = decode(&account, &honest(&account).0).unwrap();
        for bit in [0, 7, 255, 256, 300, 511] {
            let mut altered = shares[0].signatures.clone();
            altered[1].0[bit / 8] ^= 1 << (bit % 8);
            let refusal = tx.verify(&altered).unwrap_err();
            assert!(
                matches!(&refusal, BadSignature::Task { task: 2, .. }),
                "{template}, bit {bit}: {refusal}"
            );
            assert_eq!(tx.assemble(&altered), Err(refusal));
        }
    }
}

#[test]
fn what_is_built_is_read_as_what_was_wanted() {
    for (template, _) in KINDS {
        let account = account(template);
        let unsigned = honest(&account);
        let tx = decode(&account, &unsigned.0).unwrap_or_else(|error| panic!("{template}: {error}"));
        assert_eq!(*tx.effects(), expected(&account), "{template}");
        assert_eq!(read_foreign(&account, &unsigned).unwrap(), Facts::Bitcoin(facts(&account)));
        let scheme =
            if template.starts_with("tr") { Scheme::SchnorrSecp256k1 } else { Scheme::EcdsaSecp256k1 };
        let places: Vec<_> =
            tx.tasks().iter().map(|task| (task.scheme, task.derivation.as_slice())).collect();
        assert_eq!(places, [(scheme, &[0, 0][..]), (scheme, &[1, 5]), (scheme, &[0, 7])]);
    }
}

#[test]
fn a_void_gives_a_coin_back_to_the_account_and_moves_nothing() {
    let account = account("wpkh(@)");
    let Slots::Exclusive(slots) = expected(&account).slots else { unreachable!() };
    let mut alone = facts(&account);
    alone.outputs = vec![strongroom_protocol::BitcoinOutput::Change];
    let void = intent(&account, vec![Action::Void { slot: slots[1].clone() }]);
    let unsigned = build(&account, &void, &alone).unwrap();
    let tx = decode(&account, &unsigned.0).unwrap();
    let [moved] = tx.effects().moves.as_slice() else { panic!("{:?}", tx.effects()) };
    assert_eq!((&moved.from, &moved.to, moved.amount), (&account.address, &account.address, Amount::ZERO));
    assert_eq!(tx.effects().fee_cap, Amount::from(101_000u64));
    assert_eq!(tx.effects().slots, Slots::Exclusive(slots));
    let signatures = sign(&masters("wpkh(@)")[0], &account, tx.as_ref());
    judge(&tx.assemble(&signatures).unwrap().0, &spent(&alone)).unwrap();
}

#[test]
fn shares_that_are_none_are_refused_in_words() {
    let template = "wsh(sortedmulti(2,@))";
    let (account, _, shares) = signed(template);
    let unsigned = honest(&account);
    let refusal = |shares: &[Share]| match combine(&account, &unsigned, shares) {
        Err(CombineError::Signature(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(&[]), BadSignature::TooFewCosigners { needed: 2, found: 0 });
    let twice = [shares[0].clone(), shares[0].clone()];
    assert!(refusal(&twice).to_string().contains("there already"));
    let mallory = Share {
        key: common::key_text(&common::master(9, common::REGTEST), "m").into_bytes(),
        ..shares[1].clone()
    };
    assert!(refusal(&[shares[0].clone(), mallory]).to_string().contains("does not have"));
    // A share under another cosigner's name.
    let renamed = Share { key: shares[2].key.clone(), ..shares[1].clone() };
    assert!(matches!(refusal(&[shares[0].clone(), renamed]), BadSignature::Task { task: 1, .. }));
    // One bad signature among enough good ones is still refused, so that its sender is found out.
    let mut bad = shares.clone();
    bad[2].signatures[0] = shares[1].signatures[0].clone();
    assert!(matches!(refusal(&bad), BadSignature::Task { task: 1, .. }));
    bad[2].signatures.pop();
    assert_eq!(refusal(&bad), BadSignature::Count { expected: 3, found: 2 });
}

#[test]
fn signatures_in_other_forms_are_refused() {
    // The order of secp256k1 less s is the same signature's other s.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
        0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ];
    for template in ["pkh(@)", "tr(@)"] {
        let (account, _, shares) = signed(template);
        let tx = decode(&account, &honest(&account).0).unwrap();
        let with = |bytes: Vec<u8>| {
            let mut signatures = shares[0].signatures.clone();
            signatures[0] = Signature(bytes);
            let Err(BadSignature::Task { task: 1, why }) = tx.verify(&signatures) else {
                panic!("{template}")
            };
            *why
        };
        let good = shares[0].signatures[0].0.clone();
        // With the sighash byte that scripts want, cut, and as nothing.
        for bad in [[good.as_slice(), &[1]].concat(), good[..63].to_vec(), Vec::new()] {
            assert!(matches!(with(bad), BadSignature::Malformed(_)));
        }
        let other = shares[0].signatures[1].0.clone();
        assert_eq!(with(other), BadSignature::Wrong);
        if template == "pkh(@)" {
            let mut high = good.clone();
            let mut borrow = 0i16;
            for place in (0..32).rev() {
                let difference = i16::from(ORDER[place]) - i16::from(good[32 + place]) - borrow;
                borrow = i16::from(difference < 0);
                high[32 + place] = u8::try_from(difference.rem_euclid(256)).unwrap();
            }
            assert_eq!(with(high), BadSignature::HighS);
            assert!(matches!(with([&[0; 32], &good[32..]].concat()), BadSignature::Malformed(_)));
            assert!(matches!(with([&good[..32], &[0; 32]].concat()), BadSignature::Malformed(_)));
            assert!(matches!(with([&ORDER, &good[32..]].concat()), BadSignature::Malformed(_)));
        }
        assert_eq!(tx.verify(&shares[0].signatures[..2]), Err(BadSignature::Count { expected: 3, found: 2 }));
        assert_eq!(tx.verify(&[]), Err(BadSignature::Count { expected: 3, found: 0 }));
    }
}

/// Outputs may stand in any order; what is paid is the same.
#[test]
fn outputs_in_another_order() {
    let account = account("tr(@)");
    let mut turned = facts(&account);
    turned.outputs.reverse();
    let unsigned = build(&account, &payments(&account), &turned).unwrap();
    let tx = decode(&account, &unsigned.0).unwrap();
    let mut moves = expected(&account).moves;
    moves.reverse();
    assert_eq!(tx.effects().moves, moves);
}
