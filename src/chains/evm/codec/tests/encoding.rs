//! Bytes that are no encoding of a transaction, or not the one encoding of it.
#![allow(
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

use alloy_primitives::{Address, address};
use common::{account, build, decode, eip1559, key, legacy, pay};
use strongroom_protocol::{Account, Amount, DecodeError};

const STRANGER: Address = address!("0x3535353535353535353535353535353535353535");

fn treasury() -> Account {
    account("eip155:1", &key(0x46))
}

fn refusal(unsigned: &[u8]) -> DecodeError {
    decode(&treasury(), unsigned).err().unwrap_or_else(|| panic!("taken: {unsigned:02x?}"))
}

fn malformed(unsigned: &[u8], words: &str) {
    let error = refusal(unsigned);
    assert!(matches!(error, DecodeError::Malformed { .. }), "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn bytes_to_spare_missing_or_written_otherwise() {
    let token = "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7";
    for (asset, facts) in [
        ("eip155:1/slip44:60", eip1559(7, 21_000, 30, 2)),
        (token, eip1559(7, 90_000, 30, 2)),
        ("eip155:1/slip44:60", legacy(7, 21_000, 30)),
        (token, legacy(7, 90_000, 30)),
    ] {
        let paid = pay(asset, &STRANGER.to_checksum(None), Amount::from(1u64));
        let unsigned = build(&treasury(), paid, &facts).unwrap().0;
        malformed(&[unsigned.as_slice(), &[0]].concat(), "1 byte(s) follow");
        malformed(&[unsigned.as_slice(), unsigned.as_slice()].concat(), "byte(s) follow");
        for end in 0..unsigned.len() {
            let error = refusal(&unsigned[..end]);
            assert!(matches!(error, DecodeError::Malformed { .. }), "{end}: {error:?}");
        }
    }
    malformed(&[], "there are none");
    malformed(&[0x80], "begin with 0x80");
    malformed(&[0xff; 40], "begin with 0xff");
    malformed(&[0xc0], "nine fields");
    malformed(&[0x02, 0xc0], "nine fields");
    malformed(&[0x02], "nine fields");
}

/// RLP by hand, to say what no encoder would.
fn list(fields: &[&[u8]]) -> Vec<u8> {
    let body = fields.concat();
    let length = u8::try_from(body.len()).unwrap();
    let header = if length < 56 { vec![0xc0 + length] } else { vec![0xf8, length] };
    [header, body].concat()
}

/// The fields of a payment as EIP-155 has them: nonce, price, gas, to, value, data, chain id, 0, 0.
fn fields<'a>(to: &'a [u8], overrides: &[(usize, &'a [u8])]) -> Vec<u8> {
    let mut fields: Vec<&[u8]> =
        vec![&[7], &[30], &[0x82, 0x52, 0x08], to, &[1], &[0x80], &[1], &[0x80], &[0x80]];
    for (place, field) in overrides {
        fields[*place] = field;
    }
    list(&fields)
}

#[test]
fn numbers_with_leading_zeros_and_signatures_in_the_last_fields() {
    let to = [[0x94].as_slice(), STRANGER.as_slice()].concat();
    assert!(decode(&treasury(), &fields(&to, &[])).is_ok(), "the attack's starting point");
    for (what, place, field) in [
        ("a nonce with a leading zero", 0, [0x82, 0, 7].as_slice()),
        ("a one-byte nonce with a length", 0, &[0x81, 7]),
        ("a nonce of zero as a zero byte", 0, &[0]),
        ("a value with a leading zero", 4, &[0x82, 0, 1]),
        ("a value of 33 bytes", 4, &[[0xa1].as_slice(), &[1; 33]].concat()),
        ("a nonce of 9 bytes", 0, &[0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("a price of 17 bytes", 1, &[[0x91].as_slice(), &[1; 17]].concat()),
        ("calldata as a list", 5, &[0xc0]),
        ("a payee of 19 bytes", 3, &[[0x93].as_slice(), &[0x35; 19]].concat()),
        ("a payee of 21 bytes", 3, &[[0x95].as_slice(), &[0x35; 21]].concat()),
        ("an r", 7, &[1]),
        ("an s", 8, &[1]),
        ("a zero byte for r", 7, &[0]),
        ("an empty list for s", 8, &[0xc0]),
        ("a long length where a short one does", 5, &[0xb8, 0]),
    ] {
        let error = refusal(&fields(&to, &[(place, field)]));
        assert!(matches!(error, DecodeError::Malformed { .. }), "{what}: {error:?}");
    }
    malformed(&fields(&to, &[(7, &[1]), (8, &[1])]), "carry a signature");
    // The list in a string, and a list whose length does not fit its fields.
    let mut string = fields(&to, &[]);
    string[0] -= 0x40;
    malformed(&string, "begins no transaction");
    let mut long = fields(&to, &[]);
    long[0] += 1;
    malformed(&long, "nine fields");
    let mut short = fields(&to, &[]);
    short[0] -= 1;
    malformed(&short, "nine fields");
}
