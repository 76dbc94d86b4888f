//! PSBTs that try to do something else than they should: each refused in words.
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

use std::collections::BTreeMap;

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use bitcoin::hashes::Hash;
use bitcoin::psbt::raw;
use bitcoin::secp256k1::PublicKey;
use bitcoin::{Amount as Coins, Psbt, ScriptBuf, Sequence, TxOut, Witness};
use common::{
    KINDS, REGTEST, STRANGER, account, account_of, build, coin, decode, facts, honest, key_text, master,
    masters, payments, secp, sign,
};
use strongroom_bitcoin_codec::address::script_of;
use strongroom_protocol::{Account, Amount, BitcoinFacts, DecodeError, Keychain};

fn psbt(account: &Account) -> Psbt {
    Psbt::deserialize(&honest(account).0).unwrap()
}

/// What an honest PSBT of a kind becomes is refused with these words.
#[track_caller]
fn refused(template: &str, words: &str, change: impl FnOnce(&mut Psbt)) {
    let account = account(template);
    let mut psbt = psbt(&account);
    change(&mut psbt);
    refused_bytes(&account, &psbt.serialize(), words);
}

#[track_caller]
fn refused_bytes(account: &Account, bytes: &[u8], words: &str) {
    let refusal = decode(account, bytes).err().unwrap_or_else(|| panic!("taken, where it is {words}"));
    assert!(refusal.to_string().contains(words), "{refusal}, where it should say {words}");
}

/// The same for every kind of account.
#[track_caller]
fn refused_everywhere(words: &str, change: impl Fn(&mut Psbt)) {
    for (template, _) in KINDS {
        refused(template, words, &change);
    }
}

fn stranger() -> ScriptBuf {
    script_of(&REGTEST.parse().unwrap(), &STRANGER.parse().unwrap()).unwrap()
}

fn key(byte: u8) -> bitcoin::key::PublicKey {
    let secp = secp();
    bitcoin::PublicKey::new(master(byte, REGTEST).private_key.public_key(secp))
}

fn unknown() -> BTreeMap<raw::Key, Vec<u8>> {
    BTreeMap::from([(raw::Key { type_value: 0x77, key: vec![1] }, vec![2])])
}

fn proprietary() -> BTreeMap<raw::ProprietaryKey, Vec<u8>> {
    BTreeMap::from([(raw::ProprietaryKey { prefix: b"x".to_vec(), subtype: 1, key: vec![] }, vec![2])])
}

#[test]
fn what_the_attacks_start_from_is_taken() {
    for (template, _) in KINDS {
        let account = account(template);
        assert!(decode(&account, &psbt(&account).serialize()).is_ok(), "{template}");
    }
}

#[test]
fn fields_that_are_foreign_unknown_or_of_another_stage() {
    refused_everywhere("extended public keys", |psbt| {
        let secp = secp();
        let xpub = Xpub::from_priv(secp, &master(1, REGTEST));
        psbt.xpub.insert(xpub, (xpub.fingerprint(), DerivationPath::default()));
    });
    refused_everywhere("a proprietary field", |psbt| psbt.proprietary = proprietary());
    refused_everywhere("input 2 carries a proprietary field", |psbt| {
        psbt.inputs[1].proprietary = proprietary();
    });
    refused_everywhere("output 1 carries a proprietary", |psbt| psbt.outputs[0].proprietary = proprietary());
    refused_everywhere("a field that is not known", |psbt| psbt.unknown = unknown());
    refused_everywhere("input 3 carries a field that is not known", |psbt| {
        psbt.inputs[2].unknown = unknown();
    });
    refused_everywhere("output 2 carries a field that is not known", |psbt| {
        psbt.outputs[1].unknown = unknown();
    });
    refused_everywhere("input 1 carries a finished script", |psbt| {
        psbt.inputs[0].final_script_sig = Some(ScriptBuf::new());
    });
    refused_everywhere("input 1 carries a finished script", |psbt| {
        psbt.inputs[0].final_script_witness = Some(Witness::from_slice(&[[1; 4]]));
    });
    refused_everywhere("preimages", |psbt| {
        psbt.inputs[0].sha256_preimages =
            BTreeMap::from([(bitcoin::hashes::sha256::Hash::hash(b"x"), b"x".to_vec())]);
    });
    refused_everywhere("preimages", |psbt| {
        psbt.inputs[0].hash160_preimages =
            BTreeMap::from([(bitcoin::hashes::hash160::Hash::hash(b"x"), b"x".to_vec())]);
    });
    refused_everywhere("Taproot scripts", |psbt| {
        psbt.inputs[0].tap_merkle_root = Some(bitcoin::TapNodeHash::all_zeros());
    });
    refused_everywhere("a tree of scripts", |psbt| {
        let builder = bitcoin::taproot::TaprootBuilder::new().add_leaf(0, ScriptBuf::new()).unwrap();
        psbt.outputs[1].tap_tree = Some(builder.try_into().unwrap());
    });
}

#[test]
fn signatures_that_are_there_already() {
    let template = "wpkh(@)";
    let account = account(template);
    let tx = decode(&account, &honest(&account).0).unwrap();
    let signature = sign(&masters(template)[0], &account, tx.as_ref()).remove(0);
    refused(template, "signatures already", |psbt| {
        let signature = bitcoin::secp256k1::ecdsa::Signature::from_compact(&signature.0).unwrap();
        psbt.inputs[0].partial_sigs.insert(key(1), bitcoin::ecdsa::Signature::sighash_all(signature));
    });
    refused("tr(@)", "signatures already", |psbt| {
        let signature = bitcoin::secp256k1::schnorr::Signature::from_slice(&signature.0).unwrap();
        let sighash_type = bitcoin::TapSighashType::Default;
        psbt.inputs[0].tap_key_sig = Some(bitcoin::taproot::Signature { signature, sighash_type });
    });
}

#[test]
fn another_kind_of_signature_than_the_default() {
    for kind in [0x01, 0x02, 0x03, 0x81, 0x82, 0x83, 0x00, 0x41] {
        refused_everywhere("input 2 carries a kind of signature of its own", |psbt| {
            psbt.inputs[1].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(kind));
        });
    }
}

#[test]
fn amounts_and_previous_transactions_that_are_lies() {
    refused_everywhere("input 1 lacks its whole previous transaction", |psbt| {
        psbt.inputs[0].non_witness_utxo = None;
    });
    refused_everywhere("input 2: the previous transaction is", |psbt| {
        psbt.inputs[1].non_witness_utxo.as_mut().unwrap().output[1].value = Coins::from_sat(50_001);
    });
    refused_everywhere("input 1: the previous transaction is", |psbt| {
        psbt.inputs[0].non_witness_utxo = psbt.inputs[2].non_witness_utxo.clone();
    });
    refused_everywhere("has no such output", |psbt| psbt.unsigned_tx.input[0].previous_output.vout = 3);
    // The witnesses of the previous transaction are not in its id, and so anybody's to choose.
    refused_everywhere("witnesses in its previous transaction", |psbt| {
        psbt.inputs[0].non_witness_utxo.as_mut().unwrap().input[0].witness = Witness::from_slice(&[[1; 9]]);
    });
    for template in ["sh(wpkh(@))", "wpkh(@)", "tr(@)", "wsh(sortedmulti(2,@))", "sh(wsh(sortedmulti(2,@)))"]
    {
        refused(template, "input 1 carries another amount or script", |psbt| {
            psbt.inputs[0].witness_utxo.as_mut().unwrap().value = Coins::from_sat(1);
        });
        refused(template, "input 3 carries another amount or script", |psbt| {
            psbt.inputs[2].witness_utxo.as_mut().unwrap().script_pubkey = stranger();
        });
        refused(template, "input 1 carries another amount or script", |psbt| {
            psbt.inputs[0].witness_utxo = None;
        });
    }
    refused("pkh(@)", "input 1 carries another amount or script", |psbt| {
        let previous = psbt.inputs[0].non_witness_utxo.clone().unwrap();
        psbt.inputs[0].witness_utxo = Some(previous.output[1].clone());
    });
}

#[test]
fn coins_that_are_not_ours_or_there_twice() {
    refused_everywhere("input 1 is not said to be of the account's own key", |psbt| {
        psbt.inputs[0].bip32_derivation.clear();
        psbt.inputs[0].tap_key_origins.clear();
    });
    // The somebody else's output beside ours in the same previous transaction.
    refused_everywhere("input 1 spends a coin that is not the account's", |psbt| {
        psbt.unsigned_tx.input[0].previous_output.vout = 0;
    });
    for (template, _) in KINDS {
        let account = account(template);
        let mut twice = facts(&account);
        twice.inputs[2] = twice.inputs[0].clone();
        let refusal = build(&account, &payments(&account), &twice).unwrap_err();
        assert!(refusal.to_string().contains("input 3 spends the same coin"), "{refusal}");
    }
    refused_everywhere("input 2 spends the same coin as another", |psbt| {
        psbt.unsigned_tx.input[1] = psbt.unsigned_tx.input[0].clone();
        psbt.inputs[1] = psbt.inputs[0].clone();
    });
    refused_everywhere("it spends nothing", |psbt| {
        psbt.unsigned_tx.input.clear();
        psbt.inputs.clear();
    });
}

/// The same path, and so the same fingerprint, but another place than the script's.
fn at(path: &DerivationPath, index: u32) -> DerivationPath {
    let mut steps: Vec<ChildNumber> = path.into_iter().copied().collect();
    *steps.last_mut().unwrap() = ChildNumber::from_normal_idx(index).unwrap();
    steps.into()
}

#[test]
fn coins_said_to_lie_elsewhere_than_they_do() {
    for (template, _) in KINDS {
        refused(template, "its script is not the one at 0/1", |psbt| {
            let map = &mut psbt.inputs[0];
            map.bip32_derivation.values_mut().for_each(|(_, path)| *path = at(path, 1));
            map.tap_key_origins.values_mut().for_each(|(_, (_, path))| *path = at(path, 1));
        });
        refused(template, "is not said to be of the account's own key", |psbt| {
            let map = &mut psbt.inputs[0];
            let foreign = Fingerprint::from([9; 4]);
            map.bip32_derivation.values_mut().for_each(|(fingerprint, _)| *fingerprint = foreign);
            map.tap_key_origins.values_mut().for_each(|(_, (fingerprint, _))| *fingerprint = foreign);
        });
    }
}

#[test]
fn scripts_and_keys_that_contradict_the_account() {
    for template in ["sh(wpkh(@))", "sh(wsh(sortedmulti(2,@)))"] {
        refused(template, "input 1 carries another redeem script", |psbt| {
            psbt.inputs[0].redeem_script = None;
        });
        refused(template, "output 2 carries another redeem script", |psbt| {
            psbt.outputs[1].redeem_script = Some(stranger());
        });
    }
    for template in ["wsh(sortedmulti(2,@))", "sh(wsh(sortedmulti(2,@)))"] {
        refused(template, "input 1 carries another witness script", |psbt| {
            let mut script = psbt.inputs[0].witness_script.clone().unwrap().into_bytes();
            script[0] = 0x51;
            psbt.inputs[0].witness_script = Some(script.into());
        });
        refused(template, "output 2 carries another witness script", |psbt| {
            psbt.outputs[1].witness_script = None;
        });
        // A cosigner's key is swapped for another's, its origin kept.
        refused(template, "input 2 carries other keys", |psbt| {
            let map = &mut psbt.inputs[1].bip32_derivation;
            let foreign =
                Fingerprint::from(<[u8; 4]>::try_from(&account(template).key.fingerprint[..]).unwrap());
            let swapped = *map.iter().find(|(_, (fingerprint, _))| *fingerprint != foreign).unwrap().0;
            let origin = map.remove(&swapped).unwrap();
            map.insert(key(9).inner, origin);
        });
    }
    refused("wpkh(@)", "output 2 carries other keys", |psbt| {
        let origin = psbt.outputs[1].bip32_derivation.values().next().unwrap().clone();
        psbt.outputs[1].bip32_derivation.insert(key(9).inner, origin);
    });
    refused("wpkh(@)", "input 1 carries another redeem script", |psbt| {
        psbt.inputs[0].redeem_script = Some(stranger());
    });
    refused("tr(@)", "input 1 carries another internal key", |psbt| {
        psbt.inputs[0].tap_internal_key = Some(key(9).inner.x_only_public_key().0);
    });
    refused("tr(@)", "output 2 carries another internal key", |psbt| psbt.outputs[1].tap_internal_key = None);
    refused("tr(@)", "input 1 carries other keys", |psbt| {
        let origin = psbt.inputs[0].tap_key_origins.values().next().unwrap().1.clone();
        psbt.inputs[0].bip32_derivation = BTreeMap::from([(key(9).inner, origin)]);
    });
}

/// Change as an attacker would write it: our fingerprint and path, and a script of another's.
fn change_to(psbt: &mut Psbt, script: ScriptBuf) {
    psbt.unsigned_tx.output[1].script_pubkey = script;
}

#[test]
fn change_that_is_not_ours() {
    refused_everywhere("its script is not the account's at the place it names", |psbt| {
        change_to(psbt, stranger());
    });
    for (template, at) in KINDS {
        // Another wallet of the same kind, with the keys that spend it, under our own origin.
        let thief: Vec<_> =
            (0..masters(template).len()).map(|n| master(100 + u8::try_from(n).unwrap(), REGTEST)).collect();
        let theirs = account_of(REGTEST, template, at, &thief, 0);
        let foreign = psbt(&theirs);
        refused(template, "its script is not the account's at the place it names", |psbt| {
            let ours = psbt.outputs[1].clone();
            let origins: Vec<_> = ours.bip32_derivation.values().cloned().collect();
            psbt.unsigned_tx.output[1].script_pubkey = foreign.unsigned_tx.output[1].script_pubkey.clone();
            psbt.outputs[1] = foreign.outputs[1].clone();
            let keys: Vec<PublicKey> = psbt.outputs[1].bip32_derivation.keys().copied().collect();
            psbt.outputs[1].bip32_derivation = keys.into_iter().zip(origins).collect();
            if let Some((_, (_, origin))) = ours.tap_key_origins.iter().next() {
                psbt.outputs[1].tap_key_origins.values_mut().for_each(|known| known.1 = origin.clone());
            }
        });
        refused(template, "output 2 says to be ours, but not by the account's own key", |psbt| {
            psbt.unsigned_tx.output[1].script_pubkey = foreign.unsigned_tx.output[1].script_pubkey.clone();
            psbt.outputs[1] = foreign.outputs[1].clone();
        });
    }
    // Without a word about whose it is, it is a payment to a stranger, and shown as one.
    let account = account("wpkh(@)");
    let mut bare = psbt(&account);
    bare.outputs[1] = bitcoin::psbt::Output::default();
    let tx = decode(&account, &bare.serialize()).unwrap();
    assert_eq!(tx.effects().moves.len(), 3);
    assert_eq!(tx.effects().moves[1].amount, Amount::from(69_000u64));
}

#[test]
fn change_on_the_receiving_branch() {
    for (template, _) in KINDS {
        let account = account(template);
        // The input at 0/7 tells all about that place.
        refused(template, "lies on the receiving branch", |psbt| {
            let map = psbt.inputs[2].clone();
            psbt.unsigned_tx.output[1].script_pubkey =
                map.non_witness_utxo.as_ref().unwrap().output[1].script_pubkey.clone();
            psbt.outputs[1].bip32_derivation = map.bip32_derivation;
            psbt.outputs[1].tap_key_origins = map.tap_key_origins;
        });
        // And without a word, it is the account paying itself.
        let mut psbt = psbt(&account);
        psbt.unsigned_tx.output[1].script_pubkey =
            psbt.inputs[2].non_witness_utxo.as_ref().unwrap().output[1].script_pubkey.clone();
        psbt.outputs[1] = bitcoin::psbt::Output::default();
        let refusal = decode(&account, &psbt.serialize()).err().unwrap();
        assert!(
            matches!(&refusal, DecodeError::Payee { why, .. } if why.contains("paying account itself")),
            "{refusal}"
        );
    }
}

fn with_change_at(account: &Account, index: u32, highest: u32) -> Result<Vec<u8>, String> {
    let mut facts: BitcoinFacts = facts(account);
    facts.inputs[1] = coin(account, Keychain::Change, highest, 50_000, 2);
    facts.change.as_mut().unwrap().index = index;
    build(account, &payments(account), &facts).map(|unsigned| unsigned.0).map_err(|error| error.to_string())
}

#[test]
fn change_where_no_restored_wallet_looks() {
    let account = account("wpkh(@)");
    assert!(with_change_at(&account, 1_007, 0).is_ok());
    assert!(with_change_at(&account, 1_008, 0).unwrap_err().contains("1007 is the most"));
    assert!(with_change_at(&account, 6_000, 5_000).is_ok());
    assert!(with_change_at(&account, 6_001, 5_000).unwrap_err().contains("further than a restored wallet"));
    assert!(with_change_at(&account, 1_000_000, 999_999).is_ok());
    let far = 0x7fff_ffff;
    assert!(with_change_at(&account, 1_000_001, far).unwrap_err().contains("1000000 is the most"));
    assert!(with_change_at(&account, 0x8000_0000, 5).unwrap_err().contains("no script at its index"));
    // The same in a PSBT that nobody built here: another wallet's honest PSBT is taken apart and put together again.
    for (template, _) in KINDS {
        let account = common::account(template);
        let descriptor = account.descriptor.clone().unwrap();
        let beyond =
            strongroom_bitcoin_codec::address_at(&account.chain, &descriptor, Keychain::Change, 2_000_000)
                .unwrap();
        refused(template, "further than a restored wallet would look", |psbt| {
            change_to(psbt, script_of(&account.chain, &beyond).unwrap());
            let map = &mut psbt.outputs[1];
            map.bip32_derivation.values_mut().for_each(|(_, path)| *path = at(path, 2_000_000));
            map.tap_key_origins.values_mut().for_each(|(_, (_, path))| *path = at(path, 2_000_000));
        });
    }
}

#[test]
fn two_changes() {
    refused_everywhere("output 4 is a second change output", |psbt| {
        psbt.unsigned_tx.output.push(psbt.unsigned_tx.output[1].clone());
        psbt.outputs.push(psbt.outputs[1].clone());
    });
}

#[test]
fn outputs_that_pay_nobody_or_nobody_knows_whom() {
    let chain = REGTEST.parse().unwrap();
    let pays = |words: &str, script: Vec<u8>| {
        refused_everywhere(words, |psbt| psbt.unsigned_tx.output[0].script_pubkey = script.clone().into());
    };
    pays("carries data (OP_RETURN)", vec![0x6a, 0x04, 1, 2, 3, 4]);
    pays("without an address", Vec::new());
    pays("without an address", vec![0x51]);
    // A bare key and a bare multisig have no address.
    pays("without an address", [&[0x21][..], &key(1).to_bytes(), &[0xac]].concat());
    // Witness versions 2 and 16, and Taproot with 33 bytes or two (pay-to-anchor).
    pays("unknown witness version", [&[0x52, 0x20][..], &[7; 32]].concat());
    pays("unknown witness version", vec![0x60, 0x02, 7, 7]);
    pays("unknown witness version", vec![0x51, 0x02, 0x4e, 0x73]);
    pays("unknown witness version", [&[0x51, 0x21][..], &[7; 33]].concat());
    // Version 0 of another length can never be spent.
    pays("without an address", [&[0x00, 0x15][..], &[7; 21]].concat());
    pays("no point of the curve", [&[0x51, 0x20][..], &[0; 31], &[5]].concat());
    pays("nobody has a key", [&[0x00, 0x14][..], &[0; 20]].concat());
    refused_everywhere("it has no outputs", |psbt| {
        psbt.unsigned_tx.output.clear();
        psbt.outputs.clear();
    });
    assert!(script_of(&chain, &STRANGER.parse().unwrap()).is_ok());
}

#[test]
fn amounts_that_no_node_takes() {
    refused_everywhere("output 1 of 293 satoshi is dust", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(293);
    });
    refused_everywhere("of 0 satoshi is dust", |psbt| psbt.unsigned_tx.output[1].value = Coins::ZERO);
    refused_everywhere("its inputs hold only 170000", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(61_001);
    });
    refused_everywhere("beyond all the coins there are", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(u64::MAX);
    });
    refused_everywhere("beyond all the coins there are", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(2_100_000_000_000_001);
    });
}

#[test]
fn terms_out_of_bounds() {
    for version in [0, 3, -1, i32::MAX, i32::MIN] {
        refused_everywhere("of transactions is not taken", |psbt| {
            psbt.unsigned_tx.version = bitcoin::transaction::Version(version);
        });
    }
    for locktime in [500_000_000, u32::MAX] {
        refused_everywhere("is a time, and only heights", |psbt| {
            psbt.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(locktime);
        });
    }
    for sequence in [0, 1, 0xffff_fffc, 0x0040_0001] {
        refused_everywhere("input 1 has the sequence", |psbt| {
            psbt.unsigned_tx.input[0].sequence = Sequence(sequence);
        });
    }
    refused_everywhere("input 2 has another sequence", |psbt| {
        psbt.unsigned_tx.input[1].sequence = Sequence(0xffff_fffe);
    });
    refused_everywhere("switches off the locktime 840000", |psbt| {
        psbt.unsigned_tx.input.iter_mut().for_each(|input| input.sequence = Sequence::MAX);
    });
    // What is left is taken: both versions, with and without a locktime, replaceable and not.
    let account = account("wpkh(@)");
    for (version, locktime, sequence) in
        [(1, 0, u32::MAX), (2, 0, 0xffff_fffe), (1, 499_999_999, 0xffff_fffd)]
    {
        let mut facts = facts(&account);
        (facts.version, facts.locktime) = (version, locktime);
        facts.inputs.iter_mut().for_each(|input| input.sequence = sequence);
        let unsigned = build(&account, &payments(&account), &facts).unwrap();
        assert!(decode(&account, &unsigned.0).is_ok());
    }
}

#[test]
fn a_transaction_too_heavy_to_relay() {
    refused("pkh(@)", "split it", |psbt| {
        let output = TxOut { value: Coins::from_sat(294), script_pubkey: stranger() };
        psbt.unsigned_tx.output.extend(vec![output; 3_215]);
        psbt.outputs.extend(vec![bitcoin::psbt::Output::default(); 3_215]);
    });
    refused("wpkh(@)", "too large for any node", |psbt| {
        let output = TxOut { value: Coins::from_sat(294), script_pubkey: stranger() };
        psbt.unsigned_tx.output.extend(vec![output; 3_300]);
        psbt.outputs.extend(vec![bitcoin::psbt::Output::default(); 3_300]);
    });
}

#[test]
fn bytes_to_spare_missing_or_written_otherwise() {
    let account = account("wpkh(@)");
    let good = honest(&account).0;
    refused_bytes(&account, &[], "do not begin as a PSBT");
    refused_bytes(&account, b"cHNidP8BAHUCAAAAASaBcTce", "do not begin as a PSBT");
    refused_bytes(&account, &good[1..], "do not begin as a PSBT");
    refused_bytes(&account, b"psbt\xff\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff", "too large");
    for end in 7..good.len() {
        assert!(decode(&account, &good[..end]).is_err(), "cut at {end}");
    }
    for extra in [0x00, 0x01, 0xff] {
        refused_bytes(&account, &[good.as_slice(), &[extra]].concat(), "not the one encoding");
    }
    // Version 0 said aloud, where it is meant by silence.
    let length = usize::from(good[7]);
    let (head, tail) = good.split_at(8 + length);
    let aloud = [head, &[0x01, 0xfb, 0x04, 0, 0, 0, 0], tail].concat();
    refused_bytes(&account, &aloud, "not the one encoding");
    let second = [head, &[0x01, 0xfb, 0x04, 2, 0, 0, 0], tail].concat();
    refused_bytes(&account, &second, "version");
    // The transaction twice.
    let twice = [head, &head[5..], tail].concat();
    refused_bytes(&account, &twice, "uplicate");
    // A signed transaction, and one of another family.
    refused_bytes(&account, &[0x02, 0xf8, 1], "do not begin as a PSBT");
}

#[test]
fn accounts_whose_record_contradicts_itself() {
    let good = account("wsh(sortedmulti(2,@))");
    let bytes = honest(&good).0;
    let refused = |account: &Account, words: &str| refused_bytes(account, &bytes, words);
    refused(&Account { descriptor: None, ..good.clone() }, "on this chain an account is its descriptor");
    let other = account("wpkh(@)");
    refused(&Account { address: other.address.clone(), ..good.clone() }, "first receiving address is");
    refused(&Account { key: other.key.clone(), ..good.clone() }, "none of its keys is the account's own");
    let mut key = good.key.clone();
    key.fingerprint = [0; 4];
    refused(&Account { key, ..good.clone() }, "none of its keys is the account's own");
    let mut key = good.key.clone();
    key.path = "m/48'/1'/0'/1'".to_owned();
    refused(&Account { key, ..good.clone() }, "none of its keys is the account's own");
    let elsewhere = Account { chain: common::SIGNET.parse().unwrap(), ..good.clone() };
    refused(&elsewhere, "another network");
    let unknown =
        Account { chain: "bip122:00000000000000000000000000000000".parse().unwrap(), ..good.clone() };
    refused(&unknown, "is not a supported chain");
    // The same keys on the main network: the keys themselves say which network they are of.
    let main = Account {
        chain: common::MAIN.parse().unwrap(),
        address: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".parse().unwrap(),
        ..good
    };
    refused(&main, "its key 1 is of a test network");
    assert!(!key_text(&master(1, REGTEST), "m").is_empty());
}
