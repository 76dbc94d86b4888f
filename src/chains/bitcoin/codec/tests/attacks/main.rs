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

mod accounts;
mod change;
mod coins;
#[path = "../common/mod.rs"]
mod common;
mod fields;
mod outputs;

use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::{Psbt, ScriptBuf};
use common::{KINDS, REGTEST, STRANGER, account, decode, honest, master, secp};
use strongroom_bitcoin_codec::address::script_of;
use strongroom_protocol::Account;

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

#[test]
fn what_the_attacks_start_from_is_taken() {
    for (template, _) in KINDS {
        let account = account(template);
        assert!(decode(&account, &psbt(&account).serialize()).is_ok(), "{template}");
    }
}

/// The same path, and so the same fingerprint, but another place than the script's.
fn at(path: &DerivationPath, index: u32) -> DerivationPath {
    let mut steps: Vec<ChildNumber> = path.into_iter().copied().collect();
    *steps.last_mut().unwrap() = ChildNumber::from_normal_idx(index).unwrap();
    steps.into()
}
