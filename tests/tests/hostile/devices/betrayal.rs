//! Devices that betray their host: from the first question on, from the signature on, and from every report between.

use strongroom_virtual::{Fault, Ledger, Socket, VirtualBus};
use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

use crate::support::Run;
use crate::support::house::Asked;
use crate::support::ledgers::{Meddled, Practice, stranger, yes};

/// A bus on which a device turns its coat once so many reports have crossed.
struct Turncoat {
    bus: VirtualBus,
    socket: Socket,
    at: u64,
    fault: Fault,
}

impl Bus for Turncoat {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        self.bus.list()
    }

    fn open(&mut self, found: &Found) -> Result<Box<dyn Wire>, WireError> {
        let wire = self.bus.open(found)?;
        let Self { bus, socket, at, fault } = self;
        Ok(Box::new(TurncoatWire { wire, bus: bus.clone(), socket: *socket, at: *at, fault: *fault }))
    }
}

struct TurncoatWire {
    wire: Box<dyn Wire>,
    bus: VirtualBus,
    socket: Socket,
    at: u64,
    fault: Fault,
}

impl TurncoatWire {
    fn turn(&self) {
        if self.bus.reports(self.socket) >= self.at {
            self.bus.device(self.socket, |device| device.corrupt(Some(self.fault)));
        }
    }
}

impl Wire for TurncoatWire {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        self.turn();
        self.wire.send(report)
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        self.wire.receive(patience)
    }
}

/// Reports that cross while one payment is signed.
fn measured(practice: &Practice) -> u64 {
    let before = practice.bus.reports(practice.socket);
    practice.sign(&practice.payment(1), "@measured.reply").ok();
    practice.bus.reports(practice.socket) - before
}

/// Makes a device honest again, whatever was done to it.
pub(super) fn honest(practice: &Practice) {
    practice.house.bench.bus.replace(Box::new(practice.bus.clone()));
    practice.bus.unplug(practice.socket);
    practice.bus.plug_in(practice.socket);
    practice.device(|device| {
        device.corrupt(None);
        device.hand_to(Box::new(yes()));
    });
}

/// Nothing came out of a run but words; what it claimed stays, and an honest device finishes the work.
#[track_caller]
pub(super) fn nothing_leaves(practice: &Practice, asked: &Asked, run: Run, exits: &[u8], words: &[&str]) {
    let said = run.logged();
    assert!(exits.contains(&run.exit), "exit {}: {said}", run.exit);
    assert!(words.iter().any(|words| said.contains(words)), "none of {words:?} in: {said}");
    assert!(!practice.house.bench.path("hostile.reply").exists());
    assert!(!said.contains(super::steers), "{said:?}");
    let (claimed, signed) = practice.standing();
    honest(practice);
    practice.sign(asked, "@hostile.reply").ok();
    let reply = practice.house.reply("hostile.reply");
    assert_eq!(reply.items.len(), asked.request.items.len());
    assert_eq!(practice.raw(asked, &reply).len(), asked.request.items.len());
    let after = practice.standing();
    assert_eq!(after.1, signed + 1, "{said}");
    assert!(after.0 == claimed || after.0 == claimed + 1, "{said}");
    std::fs::remove_file(practice.house.bench.path("hostile.reply")).unwrap();
}

/// What a fault may end in: exit codes and words.
fn ends(fault: Fault) -> (&'static [u8], &'static [&'static str]) {
    match fault {
        Fault::AnotherKey | Fault::ReplyOfAnotherApp => {
            (&[5], &["does not verify against the account's key"])
        }
        Fault::HighS => (&[5], &["its s is in the upper half"]),
        Fault::AllZero => (&[5], &["r or s is zero"]),
        Fault::WrongParity => (&[5], &["its parity byte is"]),
        Fault::ShortReply | Fault::LongReply => (&[5], &["a signature has 65 bytes"]),
        Fault::NoSignature => (&[5], &["gave no signature"]),
        Fault::WrongChannel => (&[5], &["a report on channel 0102 instead of 0101"]),
        // A missing second report of two is waited for; any other one shows at once.
        Fault::SequenceGap => (&[5, 8], &["where report", "said nothing for 10 s"]),
        Fault::EndlessReply => (&[5], &["a message of 65535 bytes, where the longest has 258"]),
        Fault::Garbage => (&[5], &["the device's answer is refused"]),
        Fault::Silence => (&[8], &["said nothing for 10 s", "would be waited for forever"]),
        other => panic!("{other:?} is not in the table"),
    }
}

#[test]
fn no_lie_about_a_signature_leaves_the_vault() {
    let practice = Practice::new();
    let before_signing = measured(&practice) - 4;
    for (nonce, (name, fault)) in (10..).zip(Fault::ALL) {
        let asked = practice.payment(nonce);
        let at = practice.bus.reports(practice.socket) + before_signing;
        let turncoat = Turncoat { bus: practice.bus.clone(), socket: practice.socket, at, fault };
        practice.house.bench.bus.replace(Box::new(turncoat));
        let claims = practice.standing().0;
        let run = practice.sign(&asked, "@hostile.reply");
        assert_eq!(practice.standing().0, claims + 1, "{name}: the keys were right, so the slot is claimed");
        assert!(practice.pressed().is_empty(), "{name}: a lie is kept");
        let (exits, words) = ends(fault);
        nothing_leaves(&practice, &asked, run, exits, words);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn no_lie_at_any_report_leaves_the_vault() {
    let practice = Practice::new();
    let whole = measured(&practice);
    let mut nonce = 10;
    for fault in
        [Fault::WrongChannel, Fault::SequenceGap, Fault::EndlessReply, Fault::Garbage, Fault::Silence]
    {
        for after in 0..whole - 3 {
            let asked = practice.payment(nonce);
            nonce += 1;
            let at = practice.bus.reports(practice.socket) + after;
            let turncoat = Turncoat { bus: practice.bus.clone(), socket: practice.socket, at, fault };
            practice.house.bench.bus.replace(Box::new(turncoat));
            let run = practice.sign(&asked, "@hostile.reply");
            let crossed = practice.bus.reports(practice.socket) + after - at;
            assert!(crossed <= whole + 1, "{fault:?} after {after}: {crossed} reports crossed");
            let (exits, words) = ends(fault);
            nothing_leaves(&practice, &asked, run, exits, words);
        }
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_device_that_lies_from_the_start_claims_nothing_and_enrolls_nothing() {
    let practice = Practice::new();
    let bench = &practice.house.bench;
    for (nonce, fault) in (10..).zip([
        Fault::WrongChannel,
        Fault::SequenceGap,
        Fault::EndlessReply,
        Fault::Garbage,
        Fault::Silence,
    ]) {
        practice.device(|device| device.corrupt(Some(fault)));
        let asked = practice.payment(nonce);
        let before = practice.standing();
        let run = practice.sign(&asked, "@hostile.reply");
        assert_eq!(practice.standing(), before, "{fault:?}");
        for command in [
            &["device", "show"][..],
            &["device", "check"],
            &["address", "show", "Cold 1"],
            &["enroll", "--device", "ledger", "--chain", "eip155:1", "--label", "New", "-o", "@new.account"],
        ] {
            let run = bench.run_secrets(command, &[crate::support::STATION_PASS]);
            assert!([5, 8].contains(&run.exit), "{fault:?}, {command:?}: {run:?}");
            assert!(!bench.path("new.account").exists());
        }
        // A list is a list: what it cannot ask it says.
        let listed = bench.run(&["device", "list"]).ok();
        assert!(ends(fault).1.iter().any(|words| listed.text().contains(words)), "{}", listed.text());
        let (exits, words) = ends(fault);
        nothing_leaves(&practice, &asked, run, exits, words);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn the_signature_of_another_item_is_none_of_this_one() {
    // It is by the right key and honest in itself: for the first item, given for each.
    let practice = Practice::new();
    let asked = practice.payments(10, 3);
    let mut first: Option<Vec<u8>> = None;
    let replay = move |command: &[u8], answer: Vec<u8>| {
        if command.starts_with(&[0xe0, 4]) { first.get_or_insert(answer).clone() } else { answer }
    };
    practice.house.bench.bus.replace(Box::new(Meddled::answers(&practice.bus, replay)));
    let run = practice.sign(&asked, "@hostile.reply");
    assert_eq!(practice.pressed().len(), 2, "the first was honest");
    nothing_leaves(&practice, &asked, run, &[5], &["line 2: the Ledger's signature is refused"]);
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_device_that_changes_its_seed_after_it_was_asked_signs_nothing() {
    let practice = Practice::new();
    let asked = practice.payment(10);
    let mut other: Ledger = stranger(yes());
    let swapped = move |command: &[u8], answer: Vec<u8>| {
        if command.starts_with(&[0xe0, 4]) { other.exchange(command).unwrap() } else { answer }
    };
    practice.house.bench.bus.replace(Box::new(Meddled::answers(&practice.bus, swapped)));
    let run = practice.sign(&asked, "@hostile.reply");
    nothing_leaves(&practice, &asked, run, &[5], &["does not verify against the account's key"]);
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_key_that_is_no_key_claims_nothing() {
    let practice = Practice::new();
    let changes: [(&str, fn(&mut Vec<u8>)); 5] = [
        ("107 bytes", |answer| answer.truncate(answer.len() - 3)),
        ("107 bytes", |answer| answer.insert(0, 65)),
        ("no point of the curve", |answer| answer[20] ^= 1),
        ("not the key's", |answer| answer[100] ^= 1),
        ("no point of the curve", |answer| answer[1] = 2),
    ];
    for (nonce, (words, change)) in (10..).zip(changes) {
        let asked = practice.payment(nonce);
        let before = practice.standing();
        let lie = move |command: &[u8], mut answer: Vec<u8>| {
            if command.starts_with(&[0xe0, 2]) {
                let status = answer.split_off(answer.len() - 2);
                change(&mut answer);
                answer.extend(status);
            }
            answer
        };
        practice.house.bench.bus.replace(Box::new(Meddled::answers(&practice.bus, lie)));
        let run = practice.sign(&asked, "@hostile.reply");
        assert_eq!(practice.standing(), before, "{words}");
        nothing_leaves(&practice, &asked, run, &[5], &[words]);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn every_status_word_in_place_of_a_signature_gives_none() {
    let practice = Practice::new();
    let mut nonce = 10;
    let statuses = strongroom_ledger::Status::KNOWN.iter().map(|status| status.word());
    for word in statuses.filter(|word| *word != 0x9000).chain([0x6f00, 0xffff]) {
        let asked = practice.payment(nonce);
        nonce += 1;
        // The signature is there, and the status says that it is none.
        let lie = move |command: &[u8], mut answer: Vec<u8>| {
            if command.starts_with(&[0xe0, 4]) {
                let at = answer.len() - 2;
                answer[at..].copy_from_slice(&word.to_be_bytes());
            }
            answer
        };
        practice.house.bench.bus.replace(Box::new(Meddled::answers(&practice.bus, lie)));
        let run = practice.sign(&asked, "@hostile.reply");
        assert!([1, 4, 8].contains(&run.exit), "{word:04x}: {run:?}");
        let code = format!("{word:04x}");
        let (exit, words): (u8, &[&str]) = match word {
            0x6985 => (4, &["refused on the device"]),
            0x5515 => (8, &["unlock it with its PIN"]),
            _ => (1, &[&code, "signer failed"]),
        };
        nothing_leaves(&practice, &asked, run, &[exit], words);
    }
    practice.house.bench.run(&["journal", "verify"]).ok();
}
