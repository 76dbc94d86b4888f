//! Test vectors of the standards, and miniscript beside our own derivation.
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

use bitcoin::bip32::{Xpriv, Xpub};
use bitcoin::hex::FromHex;
use bitcoin::{NetworkKind, Psbt};
use common::{KINDS, MAIN, REGTEST, account, decode, path, secp};
use miniscript::{Descriptor as Parsed, DescriptorPublicKey};
use strongroom_bitcoin_codec::{address_at, canonical_descriptor};
use strongroom_protocol::{ChainId, Keychain};

/// BIP-39's first test phrase, "abandon … about", as seed: BIP-84 and BIP-86 start from it.
const SEED: &str = "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1\
                    9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4";
/// Of BIP-86: the account's extended public key.
const BIP86: &str = "xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ";

fn addresses(chain: &str, template: &str, at: &str, places: &[(Keychain, u32, &str)]) {
    let secp = secp();
    let kind = if chain == MAIN { NetworkKind::Main } else { NetworkKind::Test };
    let master = Xpriv::new_master(kind, &Vec::from_hex(SEED).unwrap()).unwrap();
    let account = Xpub::from_priv(secp, &master.derive_priv(secp, &path(at)).unwrap());
    if at == "m/86'/0'/0'" {
        assert_eq!(account.to_string(), BIP86);
    }
    let key = format!("[{}/{}]{account}/<0;1>/*", master.fingerprint(secp), &at[2..]);
    let chain: ChainId = chain.parse().unwrap();
    let descriptor = canonical_descriptor(&chain, &template.replace('@', &key)).unwrap();
    for (keychain, index, address) in places {
        assert_eq!(address_at(&chain, &descriptor, *keychain, *index).unwrap().as_str(), *address);
    }
}

#[test]
fn addresses_of_the_standards() {
    use Keychain::{Change, Receive};
    addresses(
        MAIN,
        "wpkh(@)",
        "m/84'/0'/0'",
        &[
            (Receive, 0, "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"),
            (Receive, 1, "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"),
            (Change, 0, "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el"),
        ],
    );
    addresses(
        MAIN,
        "tr(@)",
        "m/86'/0'/0'",
        &[
            (Receive, 0, "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"),
            (Receive, 1, "bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh"),
            (Change, 0, "bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7"),
        ],
    );
    // BIP-49, on testnet; and BIP-44 of the same phrase, as wallets show it.
    let testnet = "bip122:000000000933ea01ad0ee984209779ba";
    addresses(testnet, "sh(wpkh(@))", "m/49'/1'/0'", &[(Receive, 0, "2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2")]);
    addresses(MAIN, "pkh(@)", "m/44'/0'/0'", &[(Receive, 0, "1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA")]);
}

/// Scripts are derived here from the cosigners' keys, and by miniscript from the descriptor's text.
#[test]
fn miniscript_derives_the_same_addresses() {
    let secp = secp();
    for (template, _) in KINDS {
        let account = account(template);
        let text = account.descriptor.as_ref().unwrap();
        let parsed: Parsed<DescriptorPublicKey> = text.as_str().parse().unwrap();
        let branches = parsed.into_single_descriptors().unwrap();
        for (keychain, branch) in [(Keychain::Receive, &branches[0]), (Keychain::Change, &branches[1])] {
            for index in [0, 1, 19, 1_000, 0x7fff_ffff] {
                let theirs = branch.at_derivation_index(index).unwrap().derived_descriptor(secp).unwrap();
                let theirs = theirs.address(bitcoin::Network::Regtest).unwrap().to_string();
                let ours = address_at(&REGTEST.parse().unwrap(), text, keychain, index).unwrap();
                assert_eq!(ours.as_str(), theirs, "{template} at {keychain:?} {index}");
            }
        }
    }
}

/// None of BIP-174's own examples is of an account here, and none of its counterexamples is a PSBT.
#[test]
fn examples_of_bip_174() {
    let (mut valid, mut invalid) = (0, 0);
    for line in include_str!("fixtures/bip174.txt").lines().filter(|line| !line.starts_with('#')) {
        let (kind, hex) = line.split_once(' ').unwrap();
        let bytes = Vec::from_hex(hex).unwrap();
        for (template, _) in KINDS {
            let refusal = decode(&account(template), &bytes).err().unwrap().to_string();
            if kind == "invalid" {
                assert!(refusal.contains("not an unsigned transaction"), "{refusal}");
            }
        }
        if kind == "valid" {
            assert_eq!(Psbt::deserialize(&bytes).unwrap().serialize(), bytes);
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    assert_eq!((valid, invalid), (6, 5));
}
