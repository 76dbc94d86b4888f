//! Devices and cables that lie, stop or talk too much. Nothing that they say becomes a signature.

use alloy_primitives::{U256, hex};
use strongroom_protocol::AssetId;
use strongroom_signing::{Described, Device, SignerError};
use strongroom_wire::{Patience, Report, Wire, WireError};

use super::recordings::{PATH, Signing, USDC, account, describe, descriptor, greeting, signing};
use super::replay::{Cable, Said};
use crate::apdu::Answer;
use crate::error::LedgerError;
use crate::evm::envelope::EnvelopeError;
use crate::evm::parity::SignatureError;
use crate::exchange::{Exchange, ExchangeError};
use crate::framing::{Channel, FrameError, frames};
use crate::status::Status;

/// A payment of 0.1 ETH: one command of two reports, one answer of two.
fn payment() -> Signing {
    signing("EIP-1559 chain 1")
}

fn ask(signing: &Signing, steps: Vec<(Vec<u8>, Said)>) -> Result<[u8; 64], LedgerError> {
    let cable = Cable::of(steps);
    let signed = cable.device().signature(&account(signing.chain_id()), &signing.unsigned, &signing.digest());
    assert!(cable.is_over() || cable.0.lock().unwrap().reports_left == Some(0), "something was not asked");
    signed
}

/// What becomes of an answer in place of the signature.
fn answered(said: Said) -> Result<[u8; 64], LedgerError> {
    let signing = payment();
    let mut steps = greeting(false);
    steps.push((signing.last().bytes("cmd"), said));
    ask(&signing, steps)
}

fn untrusted(error: LedgerError) -> String {
    match SignerError::from(error) {
        SignerError::Untrusted(words) => words,
        other => panic!("{other}"),
    }
}

fn status(word: u16) -> Said {
    Said::Answer(word.to_be_bytes().to_vec())
}

/// The recorded signature's data: v, r, s.
fn recorded() -> Vec<u8> {
    Answer::decode(&payment().last().bytes("rsp")).unwrap().data
}

fn done(data: &[u8]) -> Said {
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
fn frames_of_others_and_gaps_are_refused_and_the_wire_is_let_go() {
    let honest = frames(Channel::HOST, &[recorded().as_slice(), &[0x90, 0]].concat()).unwrap();
    let with = |at: usize, byte: u8| {
        let mut first = honest[0];
        first.0[at] = byte;
        vec![first, honest[1]]
    };
    for (reports, refusal) in [
        (with(0, 0xab), FrameError::Channel { expected: 0x0101, found: 0xab01 }),
        (with(2, 0x02), FrameError::Tag(0x02)),
        (with(4, 0x01), FrameError::Sequence { expected: 0, found: 1 }),
        (vec![honest[0], honest[0]], FrameError::Sequence { expected: 1, found: 0 }),
        (with(5, 0xff), FrameError::TooLong { bytes: 0xff43, limit: 258 }),
    ] {
        let signing = payment();
        let mut steps = greeting(false);
        steps.push((signing.last().bytes("cmd"), Said::Reports(reports)));
        let cable = Cable::of(steps);
        let mut device = cable.device();
        let signed = device.signature(&account(1), &signing.unsigned, &signing.digest());
        assert_eq!(signed, Err(LedgerError::Exchange(refusal.into())));
        // Whatever is still under way answers nothing else any more.
        let crossed = cable.crossed();
        let again = device.signature(&account(1), &signing.unsigned, &signing.digest());
        assert_eq!(again, Err(LedgerError::Exchange(ExchangeError::Closed)));
        assert_eq!(cable.crossed(), crossed);
    }
}

#[test]
fn endless_answers_end_with_the_first_report_too_many() {
    let mut first = frames(Channel::HOST, &recorded()).unwrap()[0];
    let refused = answered(Said::Endless(first)).unwrap_err();
    assert!(matches!(refused, LedgerError::Exchange(ExchangeError::Frame(FrameError::Sequence { .. }))));
    first.0[5] = 0xff;
    let refused = answered(Said::Endless(first)).unwrap_err();
    assert!(matches!(refused, LedgerError::Exchange(ExchangeError::Frame(FrameError::TooLong { .. }))));
}

/// A device that talks before it was asked.
struct Chatter(usize);

impl Wire for Chatter {
    fn send(&mut self, _: &Report) -> Result<(), WireError> {
        Ok(())
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        assert!(matches!(patience, Patience::AtMost(limit) if limit.is_zero()), "waited for strays");
        self.0 = self.0.checked_sub(1).ok_or(WireError::Silent(std::time::Duration::ZERO))?;
        Ok(Report([7; 64]))
    }
}

#[test]
fn strays_are_passed_over_when_the_wire_is_opened_but_not_for_ever() {
    assert!(Exchange::open(Box::new(Chatter(5))).is_ok());
    assert_eq!(Exchange::open(Box::new(Chatter(usize::MAX))).err(), Some(ExchangeError::Endless));
}

#[test]
fn silence_has_an_end_unless_the_owner_is_reading() {
    let cable = Cable::of([(hex!("b001000000").to_vec(), Said::Reports(Vec::new()))]);
    let silent = cable.device().key_at(&"eip155:1".parse().unwrap(), PATH).unwrap_err();
    assert!(
        matches!(&silent, SignerError::NotReady(words) if words.contains("said nothing for 10 s")),
        "{silent}"
    );
    assert!(!cable.0.lock().unwrap().waited_for_owner);
    // In the middle of the owner's answer nobody reads any more.
    let honest = frames(Channel::HOST, &[recorded().as_slice(), &[0x90, 0]].concat()).unwrap();
    let torn = answered(Said::Reports(honest[..1].to_vec())).unwrap_err();
    assert!(torn.to_string().contains("said nothing for 10 s"), "{torn}");
}

#[test]
fn unplugging_at_any_report_is_unplugging() {
    let signing = signing("ERC-20 USDC transfer EIP-1559 after token info");
    let (command, answer) = descriptor();
    let steps = || {
        let mut steps = greeting(false);
        steps.push((command.clone(), Said::Answer(answer.clone())));
        steps.extend(signing.steps());
        steps
    };
    let whole = Cable::of(steps());
    let mut device = whole.device();
    describe(&mut device);
    device.signature(&account(1), &signing.unsigned, &signing.digest()).unwrap();
    let (sent, received) = whole.crossed();
    for left in 0..sent + received {
        let cable = Cable::of(steps());
        let mut device = cable.device();
        describe(&mut device);
        cable.0.lock().unwrap().reports_left = Some(left);
        let gone = device.signature(&account(1), &signing.unsigned, &signing.digest()).unwrap_err();
        assert!(matches!(SignerError::from(gone), SignerError::Unplugged), "after {left} reports");
        let again = device.signature(&account(1), &signing.unsigned, &signing.digest()).unwrap_err();
        assert_eq!(again, LedgerError::Exchange(ExchangeError::Closed));
    }
}

/// A cable that breaks after so many reports were sent.
struct Breaks(Cable, usize);

impl Wire for Breaks {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        self.1 = self.1.checked_sub(1).ok_or_else(|| WireError::Failed("broken".to_owned()))?;
        self.0.send(report)
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        self.0.receive(patience)
    }
}

#[test]
fn a_report_that_did_not_leave_is_sent_again_and_a_cut_off_command_is_said() {
    let signing = payment();
    let steps = || {
        let mut steps = greeting(false);
        steps.extend(signing.steps());
        steps
    };
    let cable = Cable::of(steps());
    let mut device = cable.device();
    cable.0.lock().unwrap().stutters = 1;
    device.signature(&account(1), &signing.unsigned, &signing.digest()).unwrap();

    // Two failures in a row, at the first report and at a later one.
    let cable = Cable::of(steps());
    let mut device = cable.device();
    cable.0.lock().unwrap().stutters = 2;
    let failed = device.signature(&account(1), &signing.unsigned, &signing.digest());
    assert!(matches!(failed, Err(LedgerError::Exchange(ExchangeError::Wire(WireError::Failed(_))))));

    let command = crate::apdu::Command::decode(&signing.last().bytes("cmd")).unwrap();
    let mut exchange = Exchange::open(Box::new(Breaks(Cable::of(signing.steps()), 1))).unwrap();
    let cut = exchange.call(&command, crate::exchange::Until::Answered).unwrap_err();
    assert!(matches!(cut, ExchangeError::CutOff(_)), "{cut}");
    assert!(cut.to_string().contains("unplug it"));
}

#[test]
fn a_descriptor_of_another_token_or_name_is_never_sent() {
    let (command, _) = descriptor();
    let bytes = &command[5..];
    let cable = Cable::of([]);
    let mut device = cable.device();
    let polygon = "eip155:137/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48".parse().unwrap();
    let usdc: AssetId = USDC.parse().unwrap();
    for (asset, symbol, decimals, words) in [
        (&polygon, "USDC", 6, "not of eip155:137"),
        (&usdc, "USDT", 6, "the policy's registry says USDT"),
        (&usdc, "USDC", 18, "with 18"),
    ] {
        let refused = device.describe(&Described { asset, symbol, decimals, descriptor: bytes }).unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
    }
    let torn = Described { asset: &usdc, symbol: "USDC", decimals: 6, descriptor: &bytes[..40] };
    assert!(device.describe(&torn).is_err());
    assert_eq!(cable.crossed(), (0, 0));
}

#[test]
fn a_descriptor_goes_before_its_own_token_only_and_every_time() {
    let usdc = signing("ERC-20 USDC transfer EIP-1559 after token info");
    let coin = payment();
    let (command, answer) = descriptor();
    let mut steps = greeting(true);
    steps.extend(coin.steps());
    for _ in 0..2 {
        steps.push((command.clone(), Said::Answer(answer.clone())));
        steps.extend(usdc.steps());
    }
    steps.extend(coin.steps());
    // Refusing the last one, it asks the app to close and to forget; an app that does not know how may say so.
    steps.push((hex!("b0a7000000").to_vec(), status(0x6d00)));
    let cable = Cable::of(steps);
    let mut device = cable.device();
    describe(&mut device);
    for signing in [&coin, &usdc, &usdc, &coin] {
        device.signature(&account(1), &signing.unsigned, &signing.digest()).unwrap();
    }
    // Now the app would show USDC for whatever token comes: it is not put before it.
    let unknown = signing("ERC-20 transfer of unknown token EIP-1559");
    let refused = device.signature(&account(1), &unknown.unsigned, &unknown.digest()).unwrap_err();
    assert!(cable.is_over());
    let SignerError::Reopen(words) = refused.into() else { panic!("sent") };
    assert!(
        words.contains("USDC") && words.contains("0x1111111111111111111111111111111111111111"),
        "{words}"
    );
}

#[test]
fn a_refused_descriptor_ends_it() {
    let usdc = signing("ERC-20 USDC transfer EIP-1559 after token info");
    let (command, _) = descriptor();
    let mut steps = greeting(true);
    steps.push((command, status(0x6a80)));
    let cable = Cable::of(steps);
    let mut device = cable.device();
    describe(&mut device);
    let refused = device.signature(&account(1), &usdc.unsigned, &usdc.digest()).unwrap_err();
    assert!(refused.to_string().contains("did not take the token's descriptor"), "{refused}");
    assert!(cable.is_over());
}

#[test]
fn what_the_app_may_not_sign_unseen_is_not_sent() {
    let unknown = signing("ERC-20 transfer of unknown token EIP-1559");
    let settings = |on: bool| greeting(on).remove(1);
    let mut steps = greeting(false);
    steps.push(settings(false));
    assert_eq!(ask(&unknown, steps), Err(LedgerError::BlindOff));
    // The owner has switched it on since it was asked.
    let mut steps = greeting(false);
    steps.push(settings(true));
    steps.extend(unknown.steps());
    ask(&unknown, steps).unwrap();
}

#[test]
fn bytes_of_another_chain_or_digest_are_not_sent() {
    let signing = payment();
    let cable = Cable::of([]);
    let mut device = cable.device();
    let other = device.signature(&account(137), &signing.unsigned, &signing.digest());
    assert!(matches!(other, Err(LedgerError::Transaction(EnvelopeError::OtherChain { .. }))));
    let other = device.signature(&account(1), &signing.unsigned, &[7; 32]);
    assert_eq!(other, Err(LedgerError::Transaction(EnvelopeError::OtherDigest)));
    let before_155 =
        hex!("ea078504a817c800830186a0945a321744667052affa8386ed49e00ef223cbffc388016345785d8a000080");
    let digest = alloy_primitives::keccak256(before_155).0;
    let endless = device.signature(&account(1), &before_155, &digest);
    assert_eq!(endless, Err(LedgerError::Transaction(EnvelopeError::NoChain)));
    assert_eq!(cable.crossed(), (0, 0));
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
