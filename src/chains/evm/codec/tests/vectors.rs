//! Transactions that others made: from standards, from chains, from other programs. Each names its source.
#![allow(
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "a test"
)]

mod common;

use alloy_consensus::{SignableTransaction as _, TxEnvelope};
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::{Signature as Split, hex};
use common::{account, account_of, build, decode, key, pay, sign};
use k256::ecdsa::SigningKey;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, Secp256k1};
use strongroom_evm_codec::{read_foreign, transaction_hash};
use strongroom_protocol::{Account, Action, Amount, DecodeError, Signature, Slots, Unsigned};

/// A transaction found in the wild.
struct Found {
    chain: &'static str,
    /// As a node has it.
    raw: Vec<u8>,
    /// Its hash, where the source gives it.
    hash: Option<&'static str>,
    /// As the source has it, in whatever case.
    sender: &'static str,
    nonce: u64,
    /// What it does.
    pays: Action,
}

/// Takes the signature off with alloy's decoder.
fn split(raw: &[u8]) -> (Vec<u8>, Split) {
    match TxEnvelope::decode_2718(&mut &*raw).unwrap() {
        TxEnvelope::Legacy(signed) => (signed.tx().encoded_for_signing(), *signed.signature()),
        TxEnvelope::Eip1559(signed) => (signed.tx().encoded_for_signing(), *signed.signature()),
        TxEnvelope::Eip2930(signed) => (signed.tx().encoded_for_signing(), *signed.signature()),
        TxEnvelope::Eip4844(signed) => (signed.tx().encoded_for_signing(), *signed.signature()),
        other @ TxEnvelope::Eip7702(_) => panic!("{other:?}"),
    }
}

/// The key that made a signature of an unsigned transaction, compressed.
fn recover(unsigned: &[u8], signature: &Split) -> Vec<u8> {
    let id = RecoveryId::from_i32(i32::from(signature.v())).unwrap();
    let signature = RecoverableSignature::from_compact(&signature.as_bytes()[..64], id).unwrap();
    let message = Message::from_digest(alloy_primitives::keccak256(unsigned).0);
    Secp256k1::verification_only().recover_ecdsa(&message, &signature).unwrap().serialize().to_vec()
}

/// Unsigned bytes and the account that signed them.
fn opened(chain: &str, raw: &[u8]) -> (Account, Vec<u8>, Split) {
    let (unsigned, signature) = split(raw);
    (account_of(chain, recover(&unsigned, &signature)), unsigned, signature)
}

/// The canonical form of an address that a source has in lower case.
fn checksummed(lower: &str) -> String {
    lower.parse::<alloy_primitives::Address>().unwrap().to_checksum(None)
}

fn wei(text: &str) -> Amount {
    text.parse().unwrap()
}

const ETH: &str = "eip155:1/slip44:60";

fn found() -> Vec<Found> {
    vec![
        Found {
            // EIP-155, "Example".
            chain: "eip155:1",
            raw: hex!("f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83").to_vec(),
            hash: None,
            sender: "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F",
            nonce: 9,
            pays: pay(ETH, "0x3535353535353535353535353535353535353535", wei("1000000000000000000")),
        },
        Found {
            // Ethereum, transaction 0x26acb4b7…; also in etherjar's TransactionDecoderSpec.
            chain: "eip155:1",
            raw: hex!("02f87401038509524eafc38509524eafc382520894e993226e3ebd2852c9ee9efab6a0e3260be0cb0688359768e80ed7c9ee80c001a06f1aafac255225b837f5dcfdfd7e2180c53acf23d44edf67cebb3cf62b872dcfa001eb68b217fd9c007ab3b51996b5d2d05f0c335e674700c39617ed155fdde6df").to_vec(),
            hash: Some("0x26acb4b776574c2610c82d0a846d54a993a16f0cf5018a32c7860e0e60dd8255"),
            sender: "0xfac40888ed4b06e7b832e0a6460d7fa2065d1a28",
            nonce: 3,
            pays: pay(ETH, &checksummed("0xe993226e3ebd2852c9ee9efab6a0e3260be0cb06"), Amount::from(0x3597_68e8_0ed7_c9eeu64)),
        },
        Found {
            // Polygon, transaction 0x6fe439fa…, v = 0x135; also in etherjar's TransactionDecoderSpec.
            chain: "eip155:137",
            raw: hex!("f86c01844190ab0082947094cf281b9d76894627e54234604ef26d35f33860c887482a88e5d2489080820135a0813bbf0d2e686a6c82ce5726d8ec11ba1df0d5b401bf271d7a08ada9cad008dda0759ce1bbc912667e56dbf2ccd35ca06843265393430daa7437c447dfe3ad7dc1").to_vec(),
            hash: Some("0x6fe439fa7b6f3b4883aa48f85018405e3ae61de3ad72aec614db69bebbd522b5"),
            sender: "0x7a3972dce76a4089898e12e0606eba38766f3106",
            nonce: 1,
            pays: pay("eip155:137/slip44:966", &checksummed("0xcf281b9d76894627e54234604ef26d35f33860c8"), Amount::from(0x48_2a88_e5d2_4890u64)),
        },
        Found {
            // Foundry's `cast mktx`, key 2 of its development node: Tether to 0x3535….
            chain: "eip155:1",
            raw: hex!("02f8b1010384773594008506fc23ac00830186a094dac17f958d2ee523a2206206994597c13d831ec780b844a9059cbb0000000000000000000000003535353535353535353535353535353535353535000000000000000000000000000000000000000000000000000000000000007bc001a09447355cd9ff0d657650488a911ddf786d5f6dc150742ca35fc0836d57295a26a048bcb8a45c63ecb032dc451cb9e059f9deeea7a627c2b3fda1ada8d006dad2b2").to_vec(),
            hash: None,
            sender: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            nonce: 3,
            pays: pay("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7", "0x3535353535353535353535353535353535353535", Amount::from(123u64)),
        },
        Found {
            // Foundry's `cast mktx`, key 1 of its development node.
            chain: "eip155:1",
            raw: hex!("02f8730109843b9aca008504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080c001a010e3aef7fe1dd0f1d82bbc33c6b431d975e0f4471160babf09a2a84cc90e7eb9a02d3b6bf9bd554d38298e970a7293232f9e61fb08cbba79ad04e370189a5b1763").to_vec(),
            hash: Some("0x2e2910606d62f2fe7b730fb475c724fd2a1d8888207545a4e39ff54a41364da1"),
            sender: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
            nonce: 9,
            pays: pay(ETH, "0x3535353535353535353535353535353535353535", wei("1000000000000000000")),
        },
    ]
}

#[test]
fn transactions_from_elsewhere_are_read_rebuilt_and_assembled_to_the_byte() {
    for Found { chain, raw, hash, sender, nonce, pays } in found() {
        let (account, unsigned, signature) = opened(chain, &raw);
        let sender = checksummed(sender);
        assert_eq!(account.address.as_str(), sender);

        let tx = decode(&account, &unsigned).unwrap();
        let Action::Pay { asset, to, amount } = &pays else { unreachable!() };
        let [moved] = tx.effects().moves.as_slice() else { panic!("{:?}", tx.effects()) };
        assert_eq!((&moved.from, &moved.to), (&account.address, to));
        assert_eq!((&moved.asset, moved.amount), (asset, *amount));
        assert!(tx.effects().grants.is_empty());
        let slot = format!("{chain}:{sender}/{nonce}").parse().unwrap();
        assert_eq!(tx.effects().slots, Slots::Exclusive(vec![slot]));

        let facts = read_foreign(&account, &Unsigned(unsigned.clone())).unwrap();
        assert_eq!(build(&account, pays, &facts).unwrap().0, unsigned);

        let assembled = tx.assemble(&[Signature(signature.as_bytes()[..64].to_vec())]).unwrap();
        assert_eq!(hex::encode(&assembled.0), hex::encode(&raw));
        if let Some(hash) = hash {
            assert_eq!(transaction_hash(&assembled).to_string(), hash);
        }
    }
}

#[test]
fn the_example_of_eip_155_gives_the_digest_and_signature_it_prints() {
    let account = account("eip155:1", &key(0x46));
    let unsigned =
        hex!("ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080");
    let tx = decode(&account, &unsigned).unwrap();
    assert_eq!(
        tx.tasks()[0].digest,
        hex!("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53")
    );
    assert_eq!(tx.effects().fee_cap, wei("420000000000000"));
    let raw = tx.assemble(&[sign(&key(0x46), tx.as_ref())]).unwrap();
    assert_eq!(raw.0, found()[0].raw);
}

#[test]
fn deterministic_signatures_of_another_program_are_ours_too() {
    let cast =
        SigningKey::from_slice(&hex!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"))
            .unwrap();
    let raw = &found()[3].raw;
    let (unsigned, _) = split(raw);
    let tx = decode(&account("eip155:1", &cast), &unsigned).unwrap();
    assert_eq!(&tx.assemble(&[sign(&cast, tx.as_ref())]).unwrap().0, raw);
}

#[test]
fn transactions_from_elsewhere_that_do_more_are_refused() {
    for (raw, words) in [
        // Ethereum, transaction 0xe2c9ad4b…: an allowance without limit. Also in etherjar's TransactionDecoderSpec.
        (
            hex!("02f8b101819684ee6b280085134062da9b82c79d947bebd226154e865954a87650faefa8f485d3608180b844095ea7b300000000000000000000000003f7724180aa6b939894b5ca4314783b0b36b329ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc001a0d978ed98e78dd480b2aec86d1521962a8fe4009e44fb19f45b70d8005e602182a0347c933f78131995c1abd07c1d0be67d8f04c2cf99cd79510657e97ead8c1a9f").to_vec(),
            "lets 0x03f7724180AA6b939894B5Ca4314783B0b36b329 take up to 115792089237316195423570985008687907853269984665640564039457584007913129639935",
        ),
        // Ethereum, transaction 0x280cde7c…: a swap. Also in alloy's tests of its envelope.
        (
            hex!("f9015482078b8505d21dba0083022ef1947a250d5630b4cf539739df2c5dacb4c659f2488d880c46549a521b13d8b8e47ff36ab50000000000000000000000000000000000000000000066ab5a608bd00a23f2fe000000000000000000000000000000000000000000000000000000000000008000000000000000000000000048c04ed5691981c42154c6167398f95e8f38a7ff00000000000000000000000000000000000000000000000000000000632ceac70000000000000000000000000000000000000000000000000000000000000002000000000000000000000000c02aaa39b223fe8d0a0e5c4f27ead9083c756cc20000000000000000000000006c6ee5e31d828de241282b9606c8e98ea48526e225a0c9077369501641a92ef7399ff81c21639ed4fd8fc69cb793cfa1dbfab342e10aa0615facb2f1bcf3274a354cfe384a38d0cc008a11c2dd23a69111bc6930ba27a8").to_vec(),
            "selector 0x7ff36ab5",
        ),
        // Ethereum, transaction 0x19442fe5…: from before EIP-155. Also in etherjar's TransactionDecoderSpec.
        (
            hex!("f86b823ca485059b9b95f08303d090948b3b3b624c3c0397d3da8fd861512393d51dcbac8084667a2f581ca0d7ddf1368fa81f6092ec15734000f911501af11876ef908a418f015030503a64a039837b1d2ee9c8ee011f44407927b540df893884eef98f67b164c8cafb82061b").to_vec(),
            "names no chain",
        ),
        // EIP-2930 in etherjar's TransactionDecoderSpec.
        (
            hex!("01f8cb01808504a817c800830249f0943535353535353535353535353535353535353535880de0b6b3a764000080f85bf85994de0b295669a9fd93d5f28d9ec85e40f4cb697baef842a00000000000000000000000000000000000000000000000000000000000000003a0000000000000000000000000000000000000000000000000000000000000000701a038c8eb279a4b6c4b806258389e1b5906b28418e3eff9e0fc81173f54fa37a255a03acaa2b6d5e4edb561b918b4cb49cf1dbae9972ca90df7af6364598353a2c125").to_vec(),
            "access lists (EIP-2930)",
        ),
        // Foundry's `cast mktx --create`.
        (
            hex!("02f85d0101843b9aca008504a817c8008307a1208080856080604052c080a07d98c61dd159d4c0e3b821db3c7e0a0808b9cfed56473ab29024f12738e4fe77a005d289f1b42435856582685c99192eb5e860f33de15a691d09a0db6cf9dd5306").to_vec(),
            "creates a contract",
        ),
    ] {
        let (account, unsigned, _) = opened("eip155:1", &raw);
        let refused = decode(&account, &unsigned).err().unwrap();
        assert!(matches!(refused, DecodeError::NotUnderstood(_)), "{refused:?}");
        assert!(refused.to_string().contains(words), "{refused}");
        assert_eq!(read_foreign(&account, &Unsigned(unsigned)).unwrap_err(), refused);
    }
}

#[test]
fn signed_transactions_are_not_taken_for_unsigned_ones() {
    for Found { chain, raw, .. } in found() {
        let (account, _, _) = opened(chain, &raw);
        let refused = decode(&account, &raw).err().unwrap();
        assert!(
            matches!(refused, DecodeError::Malformed { .. } | DecodeError::OtherChain { .. }),
            "{refused:?}"
        );
    }
}
