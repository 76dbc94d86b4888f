//! Account records that contradict themselves.

use strongroom_protocol::Account;

use super::common::{REGTEST, account, honest, key_text, master};
use super::refused_bytes;

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
    let elsewhere = Account { chain: super::common::SIGNET.parse().unwrap(), ..good.clone() };
    refused(&elsewhere, "another network");
    let unknown =
        Account { chain: "bip122:00000000000000000000000000000000".parse().unwrap(), ..good.clone() };
    refused(&unknown, "is not a supported chain");
    // The same keys on the main network: the keys themselves say which network they are of.
    let main = Account {
        chain: super::common::MAIN.parse().unwrap(),
        address: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".parse().unwrap(),
        ..good
    };
    refused(&main, "its key 1 is of a test network");
    assert!(!key_text(&master(1, REGTEST), "m").is_empty());
}
