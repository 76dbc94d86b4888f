//! What the recordings do not show: lock, apps, owners who do not decide, the traps that were observed beside them, and
//! devices that lie.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use alloy_primitives::{hex, keccak256};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use strongroom_ledger::{Channel, Command, DevicePath, frames};
use strongroom_virtual::{App, Decision, Fault, Ledger, Script, Setup, TrainingSeed};
use strongroom_wire::Report;

/// The vendor's descriptor of USDC on chain 1 (tests/transcripts/ledger/ethereum-2.jsonl).
const USDC: &str = "0455534443a0b86991c6218b36c1d19d4a2e9eb0ce3606eb4800000006000000013045022100b2e358726e4e6a6752cf344017c0e9\
                    d45b9a904120758d45f61b2804f9ad5299022015161ef28d8c4481bd9432c13562def9cce688bcfec896ef244c9a213f106cdd";
const CONTRACT: &str = "a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const PAYEE: &str = "5a321744667052affa8386ed49e00ef223cbffc3";

fn device() -> Ledger {
    with(Script::always(Decision::Approve), false)
}

fn with(owner: Script, blind_signing: bool) -> Ledger {
    let seed = TrainingSeed::emulator().unwrap();
    Ledger::new(Setup { blind_signing, ..Setup::new(seed) }, Box::new(owner))
}

fn path() -> Vec<u8> {
    "m/44'/60'/0'/0/0".parse::<DevicePath>().unwrap().encode()
}

fn command(instruction: u8, p1: u8, p2: u8, data: Vec<u8>) -> Vec<u8> {
    Command::new(0xe0, instruction, p1, p2, data).unwrap().encode()
}

/// RLP of a byte string below 56 bytes, or of a longer one.
fn item(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [byte] if *byte < 0x80 => vec![*byte],
        _ => [length(0x80, bytes.len()), bytes.to_vec()].concat(),
    }
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let content = items.concat();
    [length(0xc0, content.len()), content].concat()
}

fn length(offset: u8, length: usize) -> Vec<u8> {
    if length < 56 {
        return vec![offset + u8::try_from(length).unwrap()];
    }
    let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    [vec![offset + 55 + u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn number(number: u64) -> Vec<u8> {
    item(&number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>())
}

/// An EIP-1559 transaction, unsigned.
fn typed(chain: u64, to: &str, value: u64, data: &[u8]) -> Vec<u8> {
    let fields = [
        number(chain),
        number(7),
        number(2_000_000_000),
        number(30_000_000_000),
        number(100_000),
        item(&hex::decode(to).unwrap()),
        number(value),
        item(data),
        list(&[]),
    ];
    [vec![2], list(&fields)].concat()
}

/// A legacy transaction, unsigned (EIP-155).
fn legacy(chain: u64) -> Vec<u8> {
    list(&[
        number(7),
        number(20_000_000_000),
        number(100_000),
        item(&hex::decode(PAYEE).unwrap()),
        number(1_000_000),
        item(&[]),
        number(chain),
        item(&[]),
        item(&[]),
    ])
}

fn call(selector: &str, amount: &str, more: &str) -> Vec<u8> {
    hex::decode(format!("{selector}{PAYEE:0>64}{amount:0>64}{more}")).unwrap()
}

/// Sends a transaction in chunks of so many bytes; the last answer.
fn signed_in(device: &mut Ledger, transaction: &[u8], chunk: usize) -> Option<Vec<u8>> {
    let data = [path(), transaction.to_vec()].concat();
    let mut answer = None;
    for (index, chunk) in data.chunks(chunk).enumerate() {
        answer = device.exchange(&command(4, if index == 0 { 0 } else { 0x80 }, 0, chunk.to_vec()));
        if answer.as_deref() != Some(&[0x90, 0]) {
            return answer;
        }
    }
    answer
}

fn signed(device: &mut Ledger, transaction: &[u8]) -> Vec<u8> {
    signed_in(device, transaction, 255).expect("the owner decided")
}

fn account(device: &mut Ledger) -> [u8; 65] {
    let answer = device.exchange(&command(2, 0, 0, path())).unwrap();
    answer[1..66].try_into().unwrap()
}

/// Who signed, if the parity is as given.
fn recovered(transaction: &[u8], signature: &[u8], odd: bool) -> Option<[u8; 65]> {
    let signature = Signature::from_slice(signature).ok()?;
    let hash = keccak256(transaction);
    let id = RecoveryId::new(odd, false);
    let key = VerifyingKey::recover_from_prehash(hash.as_slice(), &signature, id).ok()?;
    key.to_encoded_point(false).as_bytes().try_into().ok()
}

#[test]
fn every_chain_id_signs_for_the_account_with_the_one_byte_of_v_that_fits() {
    let mut device = device();
    let account = account(&mut device);
    for chain in [1, 56, 109, 110, 137, 8453, 42161, 4_294_967_295, 7_777_777_777, u64::MAX] {
        let transaction = typed(chain, PAYEE, 1_000_000, &[]);
        let answer = signed(&mut device, &transaction);
        assert_eq!(answer.len(), 67, "{chain}");
        assert_eq!(recovered(&transaction, &answer[1..65], answer[0] == 1), Some(account), "{chain}");

        let transaction = legacy(chain);
        let answer = signed(&mut device, &transaction);
        let bytes: Vec<u8> = chain.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).take(4).collect();
        let first = bytes.iter().fold(0_u64, |first, byte| (first << 8) | u64::from(*byte));
        let odd = [false, true].map(|odd| recovered(&transaction, &answer[1..65], odd) == Some(account));
        let v = (2 * first + 35 + u64::from(odd[1])).to_le_bytes()[0];
        assert_ne!(odd[0], odd[1], "{chain}");
        assert_eq!(answer[0], v, "{chain}");
    }
}

#[test]
fn a_locked_device_says_nothing_else_and_loses_the_review() {
    let mut device = with(Script::new([Decision::Leave], Decision::Approve), false);
    assert_eq!(signed_in(&mut device, &typed(1, PAYEE, 1, &[]), 255), None);
    device.lock();
    assert!(device.review().is_none());
    for bytes in [&[0xb0, 1, 0, 0, 0][..], &[0xe0, 6, 0, 0, 0], &[1]] {
        assert_eq!(device.exchange(bytes).unwrap(), [0x55, 0x15]);
    }
    device.unlock();
    assert_eq!(device.answer_again(), None);
    assert_eq!(device.exchange(&[0xe0, 6, 0, 0, 0]).unwrap(), [2, 1, 22, 0, 0x90, 0]);
}

#[test]
fn another_app_says_so_by_class_or_by_instruction() {
    let mut device = device();
    let other = |name: &str, class| App::Other { name: name.to_owned(), version: "1.0.0".to_owned(), class };
    for (app, name, status) in [
        (App::Dashboard, "BOLOS", [0x6d, 0]),
        (other("Bitcoin", 0xe1), "Bitcoin", [0x6e, 0]),
        (other("Tron", 0xe0), "Tron", [0x6d, 0]),
    ] {
        device.open(app);
        let answer = device.exchange(&[0xb0, 1, 0, 0, 0]).unwrap();
        assert_eq!(answer[2..2 + name.len()], *name.as_bytes());
        assert_eq!(device.exchange(&[0xe0, 6, 0, 0, 0]).unwrap(), status, "{name}");
    }
    device.open(App::Ethereum);
    assert!(device.exchange(&[0xe0, 6, 0, 0, 0]).unwrap().ends_with(&[0x90, 0]));
}

#[test]
fn a_command_during_a_review_is_answered_and_the_review_is_lost() {
    let mut device = with(Script::new([Decision::Leave], Decision::Approve), false);
    assert_eq!(signed_in(&mut device, &typed(1, PAYEE, 1, &[]), 255), None);
    assert!(device.review().is_some());
    assert!(device.exchange(&[0xb0, 1, 0, 0, 0]).unwrap().ends_with(&[0x90, 0]));
    assert_eq!(device.answer_again(), None, "the owner approved, and nobody is told");
}

#[test]
fn a_review_that_is_left_alone_can_still_be_decided() {
    for (then, status) in [(Decision::Approve, [0x90, 0]), (Decision::Reject, [0x69, 0x85])] {
        let mut device = with(Script::new([Decision::Leave, Decision::Leave], then), false);
        assert_eq!(signed_in(&mut device, &typed(1, PAYEE, 1, &[]), 255), None);
        assert_eq!(device.answer_again(), None);
        assert!(device.answer_again().unwrap().ends_with(&status));
        assert_eq!(device.answer_again(), None, "it is decided once");
    }
}

#[test]
fn a_descriptor_of_chain_1_is_taken_for_chain_137() {
    let mut device = device();
    assert_eq!(device.exchange(&command(0x0a, 0, 0, hex::decode(USDC).unwrap())).unwrap(), [0, 0x90, 0]);
    let transfer = typed(137, CONTRACT, 0, &call("a9059cbb", "12d687", ""));
    assert_eq!(signed(&mut device, &transfer).len(), 67);
    let seen = device.screens_seen();
    assert!(seen.contains(&"Send / 1.234567 USDC => right".to_owned()), "{seen:?}");
    assert!(seen.contains(&"Network / Polygon => right".to_owned()), "{seen:?}");
}

#[test]
fn an_undescribed_token_is_shown_with_the_last_ones_name_until_the_app_is_reopened() {
    let unknown = typed(1, &"11".repeat(20), 0, &call("a9059cbb", "ff", ""));
    let amounts = |device: &mut Ledger| {
        signed(device, &unknown);
        device.screens_seen().into_iter().filter(|screen| screen.starts_with("Send")).collect::<Vec<_>>()
    };
    let mut device = with(Script::always(Decision::Approve), true);
    assert!(amounts(&mut device).is_empty(), "nothing was described yet");
    device.exchange(&command(0x0a, 0, 0, hex::decode(USDC).unwrap())).unwrap();
    signed(&mut device, &typed(1, CONTRACT, 0, &call("a9059cbb", "12d687", "")));
    device.screens_seen();
    assert_eq!(amounts(&mut device), ["Send / 0.000255 USDC => right"], "the trap");
    device.open(App::Ethereum);
    assert!(amounts(&mut device).is_empty());
}

#[test]
fn a_description_serves_once() {
    let mut device = device();
    let transfer = typed(1, CONTRACT, 0, &call("a9059cbb", "12d687", ""));
    device.exchange(&command(0x0a, 0, 0, hex::decode(USDC).unwrap())).unwrap();
    assert_eq!(signed(&mut device, &transfer).len(), 67);
    assert_eq!(signed(&mut device, &transfer), [0x6a, 0x80]);
    assert_eq!(device.screens_seen().pop().unwrap(), "Blind signing must be  / enabled in settings");
}

#[test]
fn token_calls_read_the_same_in_every_split_but_through_the_selector() {
    let transfer = typed(1, CONTRACT, 0, &call("a9059cbb", "12d687", ""));
    let selector = path().len() + transfer.windows(4).position(|bytes| bytes == hex!("a9059cbb")).unwrap();
    let mut screens = Vec::new();
    for chunk in 22..path().len() + transfer.len() {
        let mut device = device();
        device.exchange(&command(0x0a, 0, 0, hex::decode(USDC).unwrap())).unwrap();
        // The app wants the whole selector in the chunk that ends the data's length.
        let cut = (0..4).any(|into| (selector + into).is_multiple_of(chunk));
        let answer = signed_in(&mut device, &transfer, chunk).unwrap();
        if cut {
            assert_eq!(answer, [0x6a, 0x80], "{chunk}");
        } else {
            assert_eq!(answer.len(), 67, "{chunk}");
            screens.push(device.screens_seen());
        }
    }
    assert!(screens.len() > 50);
    assert!(screens.iter().all(|seen| *seen == screens[0]));
}

#[test]
fn approvals_and_odd_calls_are_shown_or_refused() {
    let mut device = device();
    let mut call_of = |value: u64, data: Vec<u8>| {
        device.exchange(&command(0x0a, 0, 0, hex::decode(USDC).unwrap())).unwrap();
        let answer = signed(&mut device, &typed(1, CONTRACT, value, &data));
        (answer, device.screens_seen())
    };
    let (answer, seen) = call_of(0, call("095ea7b3", &"f".repeat(64), ""));
    assert_eq!(answer.len(), 67);
    assert_eq!(seen[0], "Review transaction to  / approve ERC20 token => right");
    assert_eq!(seen[2], "Approve / Unlimited USDC => right");
    assert!(seen[3].starts_with("Approve to / 0x5A32"));
    let (_, seen) = call_of(0, call("a9059cbb", "1", &hex::encode(format!("{:\0<32}", "order 7"))));
    assert!(seen.contains(&"Extra Data / order 7 => right".to_owned()), "{seen:?}");
    let (answer, _) = call_of(1, call("a9059cbb", "1", ""));
    assert_eq!(answer, [0x6a, 0x80], "coins sent to a token");
    let (answer, _) = call_of(0, call("a9059cbb", "1", &"22".repeat(96)));
    assert_eq!(answer, [0x6a, 0x80], "more words than it has room for");
}

#[test]
fn messages_with_bytes_are_shown_in_hex_and_typed_data_needs_blind_signing() {
    let mut device = device();
    let message = [path(), vec![0, 0, 0, 2, 0xff, 0x0a]].concat();
    assert_eq!(device.exchange(&command(8, 0, 0, message)).unwrap().len(), 67);
    assert_eq!(device.screens_seen()[1], "Message / 0xff0a => right");
    let typed_data = [path(), vec![7; 64]].concat();
    assert_eq!(device.exchange(&command(0x0c, 0, 0, typed_data.clone())).unwrap(), [0x6a, 0x80]);
    device.allow_blind_signing(true);
    assert_eq!(device.exchange(&command(0x0c, 0, 0, typed_data)).unwrap().len(), 67);
}

/// An honest answer and a dishonest one to the same transaction, without status words.
fn betrayed(fault: Fault) -> (Vec<u8>, Vec<u8>, [u8; 65]) {
    let mut device = device();
    let account = account(&mut device);
    let honest = signed(&mut device, &typed(1, PAYEE, 1_000_000, &[]));
    device.corrupt(Some(fault));
    let answer = signed(&mut device, &typed(1, PAYEE, 1_000_000, &[]));
    assert!(answer.ends_with(&[0x90, 0]));
    let stripped = |answer: Vec<u8>| answer[..answer.len() - 2].to_vec();
    (stripped(honest), stripped(answer), account)
}

#[test]
fn signatures_are_forged_as_announced() {
    let transaction = typed(1, PAYEE, 1_000_000, &[]);
    let (_, answer, account) = betrayed(Fault::AnotherKey);
    let signer = recovered(&transaction, &answer[1..], answer[0] == 1).unwrap();
    assert_ne!(signer, account, "a good signature, of somebody else");

    let (honest, answer, account) = betrayed(Fault::HighS);
    assert_eq!(answer[1..33], honest[1..33]);
    assert_ne!(answer[0], honest[0]);
    let low = Signature::from_slice(&answer[1..]).unwrap().normalize_s().expect("its s is in the upper half");
    assert_eq!(low.to_bytes().as_slice(), &honest[1..]);
    assert_eq!(recovered(&transaction, &honest[1..], honest[0] == 1), Some(account));

    let (honest, answer, account) = betrayed(Fault::WrongParity);
    assert_eq!(answer[1..], honest[1..]);
    assert_ne!(recovered(&transaction, &answer[1..], answer[0] == 1), Some(account));

    assert_eq!(betrayed(Fault::AllZero).1, [0; 65]);
    assert_eq!(betrayed(Fault::NoSignature).1, [0; 0]);
    let (honest, answer, _) = betrayed(Fault::ShortReply);
    assert_eq!(answer, honest[..64]);
    let (honest, answer, _) = betrayed(Fault::LongReply);
    assert_eq!((&answer[..65], answer.len()), (&honest[..], 66));
    let (honest, answer, _) = betrayed(Fault::ReplyOfAnotherApp);
    assert_eq!((&answer[..64], answer[64]), (&honest[1..], honest[0]));
}

#[test]
fn cables_are_betrayed_as_announced() {
    let asked: Vec<Report> = frames(Channel::HOST, &command(2, 0, 0, path())).unwrap();
    let honest = device().report(&asked[0]);
    assert_eq!(honest.len(), 2);
    let answered = |fault| {
        let mut device = device();
        device.corrupt(Some(fault));
        device.report(&asked[0])
    };
    assert_eq!(answered(Fault::Silence), []);
    assert_eq!(answered(Fault::WrongChannel)[0].0[..2], [1, 2]);
    assert_eq!(answered(Fault::SequenceGap), honest[..1]);
    let endless = answered(Fault::EndlessReply);
    assert_eq!((endless[0].0[5..7].to_vec(), endless.len()), (vec![0xff, 0xff], 1111));
    let noise = answered(Fault::Garbage);
    assert_eq!(noise, answered(Fault::Garbage), "the same noise at each run");
    assert_ne!(noise[0], noise[1]);
    assert!(noise.iter().all(|report| report.0[..3] != honest[0].0[..3]));
}
