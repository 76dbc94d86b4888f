//! Cables: pulled at each report, torn, chatty, and carrying more than was asked for.

use std::time::Duration;

use strongroom_virtual::VirtualBus;
use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

use super::betrayal::{honest, nothing_leaves};
use crate::support::ledgers::{Meddled, Practice, USDC, reports};

#[test]
fn pulled_at_each_report_of_a_signing_nothing_is_lost_and_nothing_leaves() {
    let practice = Practice::new();
    let mut nonce = 10;
    for after in 0.. {
        // A payment, and a token that is described first.
        let intents = vec![
            practice.house.pay(
                crate::support::house::EXCHANGE,
                1_000_000_000_000_000_000,
                &format!("A-{after}"),
            ),
            practice.token(USDC, 1_000_000, &format!("B-{after}")),
        ];
        let asked = practice.asked(intents, nonce);
        nonce += 2;
        practice.bus.unplug_after(practice.socket, after);
        let run = practice.sign(&asked, "@hostile.reply");
        if run.exit == 0 {
            assert!(after > 16, "only {after} reports crossed");
            break;
        }
        assert!(run.err.contains("plug it in again and repeat the command"), "after {after}: {}", run.err);
        nothing_leaves(&practice, &asked, run, &[8], &["the device was unplugged"]);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn pulled_again_and_again_one_request_still_comes_to_its_end() {
    let practice = Practice::new();
    let asked = practice.payments(10, 4);
    for after in 8.. {
        practice.bus.unplug_after(practice.socket, after);
        let run = practice.sign(&asked, "@four.reply");
        honest(&practice);
        if run.exit == 0 {
            break;
        }
        run.refused(8, "unplugged");
        assert_eq!(practice.standing().1, 0);
        assert!(after < 40, "it comes to no end");
    }
    assert_eq!(practice.raw(&asked, &practice.house.reply("four.reply")).len(), 4);
    assert_eq!(practice.standing(), (1, 1));
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn an_answer_that_comes_twice_answers_nothing_else() {
    let practice = Practice::new();
    // The doubled reports of the last answer are nobody's; before that the next question gets a stale answer.
    for (nonce, instruction) in [(10, 0x01), (11, 0x06), (12, 0x02)] {
        let asked = practice.payment(nonce);
        let before = practice.standing();
        let twice = move |command: &[u8], answer: Vec<u8>| {
            let once = reports(&answer);
            if command[1] == instruction { [once.clone(), once].concat() } else { once }
        };
        practice.house.bench.bus.replace(Box::new(Meddled::new(&practice.bus, twice)));
        let run = practice.sign(&asked, "@hostile.reply");
        assert!(practice.standing().0 <= before.0 + 1);
        nothing_leaves(&practice, &asked, run, &[5], &["gave something else"]);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn every_bit_of_a_reports_header_is_looked_at() {
    let practice = Practice::new();
    let mut nonce = 10;
    for bit in 0..7 * 8 {
        let asked = practice.payment(nonce);
        nonce += 1;
        let flip = move |command: &[u8], answer: Vec<u8>| {
            let mut all = reports(&answer);
            if command.starts_with(&[0xe0, 4]) {
                all[0].0[bit / 8] ^= 1 << (bit % 8);
            }
            all
        };
        practice.house.bench.bus.replace(Box::new(Meddled::new(&practice.bus, flip)));
        let run = practice.sign(&asked, "@hostile.reply");
        let words = [
            "the device's answer is refused",
            "gave something else",
            "said nothing",
            "did not sign",
            "failed",
        ];
        nothing_leaves(&practice, &asked, run, &[1, 5, 8], &words);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

/// What a device does that is none.
#[derive(Clone, Copy)]
enum Nature {
    /// It talks without end, asked or not.
    Chatty,
    /// Its reports are short.
    Torn,
    /// The system lists it and does not let it be opened.
    Forbidden,
    /// It is gone between list and opening.
    Gone,
    /// It takes nothing.
    Deaf,
    /// It gives a first report of 258 bytes and then the same one for ever.
    Stuck,
}

#[derive(Clone)]
struct Odd(Nature, Found);

impl Bus for Odd {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        Ok(vec![self.1.clone()])
    }

    fn open(&mut self, found: &Found) -> Result<Box<dyn Wire>, WireError> {
        match self.0 {
            Nature::Forbidden => {
                Err(WireError::Forbidden { path: found.path.clone(), why: "Permission denied".to_owned() })
            }
            Nature::Gone => Err(WireError::Unplugged),
            _ => Ok(Box::new(OddWire { nature: self.0, asked: false })),
        }
    }
}

struct OddWire {
    nature: Nature,
    asked: bool,
}

impl Wire for OddWire {
    fn send(&mut self, _: &Report) -> Result<(), WireError> {
        if matches!(self.nature, Nature::Deaf) {
            return Err(WireError::Failed("a pipe broke".to_owned()));
        }
        self.asked = true;
        Ok(())
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        let silent = match patience {
            Patience::AtMost(time) => WireError::Silent(time),
            Patience::Forever => WireError::Silent(Duration::MAX),
        };
        match self.nature {
            Nature::Chatty => Ok(Report([7; 64])),
            _ if !self.asked => Err(silent),
            Nature::Torn => Err(WireError::Torn { bytes: 63 }),
            Nature::Stuck => Ok(reports(&[1; 258])[0]),
            _ => Err(silent),
        }
    }
}

#[test]
fn devices_that_are_none_are_told_and_nothing_is_claimed() {
    let practice = Practice::new();
    let found = VirtualBus::list(&mut practice.bus.clone()).unwrap().remove(0);
    for (nonce, (nature, exits, words)) in (10..).zip([
        (Nature::Chatty, [8], "goes on sending what nobody asked for"),
        (Nature::Torn, [8], "a report of 63 bytes instead of 64"),
        (Nature::Forbidden, [8], "may not be opened (Permission denied)"),
        (Nature::Gone, [8], "the device was unplugged"),
        (Nature::Deaf, [8], "a pipe broke"),
        (Nature::Stuck, [5], "report 0 where report 1 was due"),
    ]) {
        let asked = practice.payment(nonce);
        let before = practice.standing();
        practice.house.bench.bus.replace(Box::new(Odd(nature, found.clone())));
        let listed = practice.house.bench.run(&["device", "list"]).ok();
        assert!(listed.text().contains(words), "{}", listed.text());
        let run = practice.sign(&asked, "@hostile.reply");
        assert_eq!(practice.standing(), before, "{words}");
        assert!(!run.err.contains("none is plugged in"), "{}", run.err);
        nothing_leaves(&practice, &asked, run, &exits, &[words]);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

/// A bus that cannot be read.
struct Broken;

impl Bus for Broken {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        Err(WireError::Failed("the kernel says no".to_owned()))
    }

    fn open(&mut self, _: &Found) -> Result<Box<dyn Wire>, WireError> {
        Err(WireError::Unplugged)
    }
}

#[test]
fn a_bus_that_cannot_be_read_is_not_an_empty_one() {
    let practice = Practice::new();
    let asked = practice.payment(10);
    practice.house.bench.bus.replace(Box::new(Broken));
    practice
        .house
        .bench
        .run(&["device", "list"])
        .refused(8, "cannot be listed: the connection to the device failed");
    let run = practice.sign(&asked, "@hostile.reply");
    assert_eq!(practice.standing().0, 0);
    nothing_leaves(&practice, &asked, run, &[8], &["the kernel says no"]);
    practice.house.bench.run(&["journal", "verify"]).ok();
}
