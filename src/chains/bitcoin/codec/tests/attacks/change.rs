//! Change that is not ours, or that nobody would find again.

use bitcoin::secp256k1::PublicKey;
use bitcoin::{Psbt, ScriptBuf};
use strongroom_bitcoin_codec::address::script_of;
use strongroom_protocol::{Account, Amount, BitcoinFacts, DecodeError, Keychain};

use super::common::{
    KINDS, REGTEST, account, account_of, build, coin, decode, facts, master, masters, payments,
};
use super::{at, psbt, refused, refused_everywhere, stranger};

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
        let account = super::common::account(template);
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
