//! Cables that are pulled, stutter or carry what nobody asked for.

use super::hostile::{answered, payment, recorded};
use super::recordings::{PATH, account, describe, descriptor, greeting, signing};
use super::replay::{Cable, Said};
use crate::error::LedgerError;
use crate::exchange::{Exchange, ExchangeError};
use crate::framing::{Channel, FrameError, frames};
use alloy_primitives::hex;
use strongroom_signing::{Device, SignerError};
use strongroom_wire::{Patience, Report, Wire, WireError};

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
