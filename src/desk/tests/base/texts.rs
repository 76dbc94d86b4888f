//! A policy and account records of the house.

use std::str::FromStr;

use strongroom_desk::chains;
use strongroom_protocol::account::{DeviceBinding, KeyOrigin, KeyProvenance};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Account, Bundle, ChainId, HouseId, Sealed, StationId, Timestamp, canonical};

use crate::office::{NOON, Office, key_of, public_of, sign_with};

/// The generator of secp256k1 and its double, compressed (SEC 2 §2.4.1): public keys whose private halves are 1 and 2.
pub const KEYS: [&str; 2] = [
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
];

pub fn parse<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// An account of the house at the station, on a chain, with the key of this number.
pub fn account(office: &Office, label: &str, chain: &str, number: usize) -> Account {
    let chain: ChainId = parse(chain);
    let public_key = unhex(KEYS[number]);
    let address = chains::codec(&chain).unwrap().address_of(&chain, &public_key).unwrap();
    Account {
        house: parse::<HouseId>(&office.house()),
        chain,
        address,
        label: parse(label),
        key: KeyOrigin { fingerprint: [1, 2, 3, 4], path: "m/44'/60'/0'/0/0".to_owned(), public_key },
        device: DeviceBinding::Software { key: parse("cold") },
        provenance: KeyProvenance::OnHost,
        station: station_of("station"),
        enrolled_at: Timestamp::from_unix(NOON),
        descriptor: None,
    }
}

pub fn station_of(name: &str) -> StationId {
    public_of(name).station()
}

/// The record as a vault with this person's key would write it.
pub fn sealed(account: &Account, signer: &str) -> Vec<u8> {
    let bytes = canonical::encode(account);
    let signature = sign_with(&key_of(signer), Namespace::Account, &bytes);
    Bundle::write(&Sealed::<Account>::new(bytes, signature).unwrap())
}

/// A policy of epoch 1 that pins these accounts as spending ones.
pub fn policy(office: &Office, accounts: &[&Account]) -> String {
    let person = |name: &str, roles: &str| {
        format!("[[person]]\nname = \"{name}\"\nroles = [{roles}]\nkeys = [\"{}\"]\n\n", public_of(name))
    };
    let mut text = format!(
        "schema = \"strongroom.policy.v1\"\nhouse = \"{}\"\nepoch = 1\nnot_before = \"2026-11-20T00:00:00Z\"\nreview_by = \"2027-11-20T00:00:00Z\"\napprovals = 2\nstatement_hours = 72\n\n",
        office.house()
    );
    for (name, roles) in [
        ("alice", "\"approver\""),
        ("bob", "\"approver\""),
        ("frank", "\"approver\""),
        ("erin", "\"preparer\""),
        ("heidi", "\"preparer\""),
        ("dave", "\"operator\""),
        ("grace", "\"operator\""),
    ] {
        text.push_str(&person(name, roles));
    }
    text.push_str(&format!(
        "[[station]]\nname = \"vault-1\"\nkey = \"{}\"\noperators = [\"dave\", \"grace\"]\n\n",
        public_of("station")
    ));
    for account in accounts {
        text.push_str(&format!(
            "[[account]]\nid = \"{}\"\nlabel = \"{}\"\nchain = \"{}\"\naddress = \"{}\"\nclass = \"cold-long\"\nstation = \"vault-1\"\nspend = true\n\n",
            account.id(), account.label, account.chain, account.address
        ));
    }
    text.push_str(
        "[[chain]]\nid = \"eip155:1\"\nmax_fee = \"0.05\"\nmax_fee_percent = \"2.5\"\nmax_fee_day = \"0.5\"\n\n\
         [[asset]]\nid = \"eip155:1/slip44:60\"\nsymbol = \"ETH\"\ndecimals = 18\nmax_item = \"50\"\nmax_request = \"100\"\nmax_day = \"200\"\n\n\
         [[asset]]\nid = \"eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7\"\nsymbol = \"USDT\"\ndecimals = 6\nmax_item = \"100000\"\nmax_request = \"100000\"\nmax_day = \"250000\"\n",
    );
    text
}

/// The same policy one epoch later, following the id given.
pub fn next(text: &str, epoch: u64, previous: &str) -> String {
    let old = format!("epoch = {}\n", epoch - 1);
    assert!(text.contains(&old), "{text}");
    let body = text.replace(&old, &format!("epoch = {epoch}\nprevious = \"{previous}\"\n"));
    // Of two lines `previous` the older goes.
    let mut seen = false;
    body.lines()
        .filter(|line| !line.starts_with("previous") || !std::mem::replace(&mut seen, true))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// An office with a home, the account `Cold ETH` imported, and a policy that pins it installed.
pub fn ruled() -> (Office, Account, String) {
    let office = Office::with_home();
    let cold = account(&office, "Cold ETH", "eip155:1", 0);
    office.write("cold.account", sealed(&cold, "station"));
    office.run("account import @cold.account").done();
    let text = policy(&office, &[&cold]);
    office.write("policy-1.toml", &text);
    office.sealed("policy", "policy-1.toml", &["alice", "bob"], "policy-1.txt").done();
    office.run("policy install @policy-1.txt").done();
    (office, cold, text)
}

/// A text as its admins signed it elsewhere, by programs that lint nothing.
pub fn signed_elsewhere(namespace: Namespace, text: &str, admins: &[&str]) -> String {
    let signatures = admins.iter().map(|name| sign_with(&key_of(name), namespace, text.as_bytes())).collect();
    strongroom_protocol::SignedText::with_signatures(text.to_owned(), signatures).unwrap().to_string()
}
