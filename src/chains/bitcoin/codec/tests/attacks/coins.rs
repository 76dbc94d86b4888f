//! Coins that are not ours, and lies about those that are.

use std::collections::BTreeMap;

use bitcoin::bip32::Fingerprint;
use bitcoin::{Amount as Coins, Witness};

use super::common::{KINDS, account, build, facts, payments};
use super::{at, key, refused, refused_everywhere, stranger};

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
