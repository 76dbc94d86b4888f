//! Devices and cables that lie, stop or talk too much. Nothing that they say becomes a signature.

use alloy_primitives::{U256, hex};
use strongroom_signing::{Device, SignerError};

use super::recordings::{PATH, Signing, account, greeting, signing};
use super::replay::{Cable, Said};
use crate::apdu::Answer;
use crate::error::LedgerError;
use crate::evm::parity::SignatureError;
use crate::status::Status;

/// A payment of 0.1 ETH: one command of two reports, one answer of two.
pub(super) fn payment() -> Signing {
    signing("EIP-1559 chain 1")
}

pub(super) fn ask(signing: &Signing, steps: Vec<(Vec<u8>, Said)>) -> Result<[u8; 64], LedgerError> {
    let cable = Cable::of(steps);
    let signed = cable.device().signature(&account(signing.chain_id()), &signing.unsigned, &signing.digest());
    assert!(cable.is_over() || cable.0.lock().unwrap().reports_left == Some(0), "something was not asked");
    signed
}

/// What becomes of an answer in place of the signature.
pub(super) fn answered(said: Said) -> Result<[u8; 64], LedgerError> {
    let signing = payment();
    let mut steps = greeting(false);
    steps.push((signing.last().bytes("cmd"), said));
    ask(&signing, steps)
}

pub(super) fn untrusted(error: LedgerError) -> String {
    match SignerError::from(error) {
        SignerError::Untrusted(words) => words,
        other => panic!("{other}"),
    }
}

pub(super) fn status(word: u16) -> Said {
    Said::Answer(word.to_be_bytes().to_vec())
}

/// The recorded signature's data: v, r, s.
pub(super) fn recorded() -> Vec<u8> {
    Answer::decode(&payment().last().bytes("rsp")).unwrap().data
}

pub(super) fn done(data: &[u8]) -> Said {
    Said::Answer([data, &[0x90, 0]].concat())
}

#[test]
fn the_honest_answer_is_taken() {
    assert_eq!(answered(done(&recorded())).unwrap()[..], recorded()[1..]);
}

#[test]
fn signatures_by_other_keys_or_over_other_bytes_are_refused() {
    // The same key over another transaction, which is another key over this one.
    let other = Answer::decode(&signing("EIP-1559 chain 137").last().bytes("rsp")).unwrap().data;
    assert_eq!(answered(done(&other)), Err(SignatureError::OtherKey.into()));
    let mut bent = recorded();
    bent[40] ^= 1;
    let refused = answered(done(&bent)).unwrap_err();
    assert_eq!(refused, SignatureError::OtherKey.into());
    assert!(untrusted(refused).contains("account's key"));
}

#[test]
fn high_s_zero_and_numbers_beyond_the_order_are_refused() {
    let order = U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    let data = recorded();
    let s = U256::from_be_slice(&data[33..]);
    let high = (order - s).to_be_bytes::<32>();
    for v in [0, 1] {
        let turned = [&[v], &data[1..33], &high].concat();
        assert_eq!(answered(done(&turned)), Err(SignatureError::HighS.into()));
    }
    let order = order.to_be_bytes::<32>();
    for (r, s) in [
        (&[0; 32][..], &[0; 32][..]),
        (&[0; 32], &data[33..]),
        (&data[1..33], &[0; 32]),
        (&order, &data[33..]),
        (&data[1..33], &order),
        (&[0xff; 32], &[0xff; 32]),
    ] {
        assert_eq!(answered(done(&[&[0], r, s].concat())), Err(SignatureError::Range.into()));
    }
}

#[test]
fn parity_bytes_that_contradict_the_signature_are_refused() {
    for v in [1, 2, 27, 28, 0x25, 0xff] {
        let mut data = recorded();
        data[0] = v;
        assert_eq!(answered(done(&data)), Err(SignatureError::Parity { expected: 0, found: v }.into()));
    }
    // Beyond 2³² the byte that EIP-155 asks for is another one than the app's: 2·7777777777 + 35 + 1 ends in 06.
    let legacy = signing("legacy EIP-155 chain 7777777777");
    let mut data = Answer::decode(&legacy.last().bytes("rsp")).unwrap().data;
    assert_eq!(data[0], 0x14);
    data[0] = 0x06;
    let mut steps = greeting(false);
    steps.push((legacy.last().bytes("cmd"), done(&data)));
    assert_eq!(ask(&legacy, steps), Err(SignatureError::Parity { expected: 0x14, found: 0x06 }.into()));
}

#[test]
fn short_and_long_answers_are_refused() {
    let whole = recorded();
    assert_eq!(answered(done(&[])), Err(LedgerError::Unfinished));
    for end in 1..whole.len() {
        let refused = answered(done(&whole[..end])).unwrap_err();
        assert!(matches!(refused, LedgerError::Answer { .. }), "{end}: {refused}");
    }
    assert!(matches!(answered(done(&[&whole[..], &[0]].concat())), Err(LedgerError::Answer { .. })));
    for bytes in [&[][..], &[0x90]] {
        let refused = answered(Said::Answer(bytes.to_vec())).unwrap_err();
        assert!(untrusted(refused).contains("too short for a status word"));
    }
}

#[test]
fn an_answer_before_everything_was_sent_is_refused() {
    let long = signing("blind calldata 300B EIP-1559 multi chunk");
    let mut steps = greeting(true);
    steps.push((long.rows[0].bytes("cmd"), done(&recorded())));
    assert!(matches!(ask(&long, steps), Err(LedgerError::Answer { .. })));
}

#[test]
fn answers_of_other_apps_are_told_from_bad_ones() {
    // Tron's order, r | s | v, and Solana's 64 bytes.
    let data = recorded();
    assert_eq!(answered(done(&[&data[1..], &[0]].concat())), Err(SignatureError::OtherKey.into()));
    assert!(matches!(answered(done(&data[1..])), Err(LedgerError::Answer { .. })));

    // Another app was open all along.
    let solana = hex!("0106536f6c616e6105312e392e3001009000").to_vec();
    let cable = Cable::of([(hex!("b001000000").to_vec(), Said::Answer(solana.clone()))]);
    let refused = cable.device().key_at(&"eip155:1".parse().unwrap(), PATH).unwrap_err();
    assert!(
        matches!(&refused, SignerError::WrongApp { open, needed } if open == "Solana" && needed == "Ethereum")
    );

    // It was opened since.
    for word in [0x6d00, 0x6e00, 0x6e01] {
        let signing = payment();
        let mut steps = greeting(false);
        steps.push((signing.last().bytes("cmd"), status(word)));
        steps.push((hex!("b001000000").to_vec(), Said::Answer(solana.clone())));
        let cable = Cable::of(steps);
        let mut device = cable.device();
        let signed = device.signature(&account(1), &signing.unsigned, &signing.digest());
        let refused = device.explained(signed).unwrap_err();
        assert!(matches!(refused, SignerError::WrongApp { .. }), "{refused}");
        assert!(cable.is_over());
    }
}

#[test]
fn locked_rejected_and_unplugged_are_told_apart() {
    let refused = |word| SignerError::from(answered(status(word)).unwrap_err());
    assert!(matches!(refused(0x5515), SignerError::Locked));
    assert!(matches!(refused(0x6985), SignerError::Rejected));
    let SignerError::Failed(words) = refused(0x6f42) else { panic!("an unknown status") };
    assert!(words.contains("6f42"), "{words}");
    let gone = answered(Said::ReportsThenUnplugged(Vec::new())).unwrap_err();
    assert!(matches!(SignerError::from(gone), SignerError::Unplugged));
}

#[test]
fn every_status_but_done_gives_no_signature() {
    for known in Status::KNOWN.iter().filter(|known| **known != Status::Done) {
        // A signature with a bad status is no signature.
        let said = Answer { data: recorded(), status: *known }.encode();
        assert!(
            matches!(answered(Said::Answer(said)), Err(LedgerError::Status { status, .. }) if status == *known)
        );
    }
}

#[test]
fn an_address_that_is_not_the_keys_is_refused() {
    let row = super::transcripts::ethereum()
        .into_iter()
        .find(|row| row.op() == "GET_PUBLIC_KEY with on-screen confirm")
        .unwrap();
    let mut lie = row.bytes("rsp");
    let at = lie.len() - 3;
    lie[at] ^= 1;
    let mut steps = greeting(false);
    steps.push((row.bytes("cmd"), Said::Answer(lie)));
    let refused = Cable::of(steps).device().show_address(&"eip155:1".parse().unwrap(), PATH).unwrap_err();
    assert!(matches!(refused, SignerError::Untrusted(_)), "{refused}");
}

#[test]
fn chains_of_other_families_and_odd_numbers_are_refused() {
    let cable = Cable::of([]);
    for chain in ["solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "eip155:01", "eip155:99999999999999999999"] {
        let refused = cable.device().key_at(&chain.parse().unwrap(), PATH).unwrap_err();
        assert!(refused.to_string().contains(chain), "{refused}");
    }
    assert_eq!(cable.crossed(), (0, 0));
}
