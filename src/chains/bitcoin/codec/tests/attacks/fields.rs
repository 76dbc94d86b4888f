//! Fields and bytes that have no business in an unsigned PSBT.

use std::collections::BTreeMap;

use bitcoin::bip32::{DerivationPath, Xpub};
use bitcoin::hashes::Hash;
use bitcoin::psbt::raw;
use bitcoin::{ScriptBuf, Witness};

use super::common::{REGTEST, account, decode, honest, master, masters, secp, sign};
use super::{key, refused, refused_bytes, refused_everywhere};

fn unknown() -> BTreeMap<raw::Key, Vec<u8>> {
    BTreeMap::from([(raw::Key { type_value: 0x77, key: vec![1] }, vec![2])])
}

fn proprietary() -> BTreeMap<raw::ProprietaryKey, Vec<u8>> {
    BTreeMap::from([(raw::ProprietaryKey { prefix: b"x".to_vec(), subtype: 1, key: vec![] }, vec![2])])
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
