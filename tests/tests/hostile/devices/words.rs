//! Words of devices that would steer a terminal: the app's name and version, the serial number, the product's name, the path.

use strongroom_virtual::{App, Ledger, Setup, TrainingSeed, VirtualBus};

use crate::support::Run;
use crate::support::ledgers::{Practice, bench, yes};

/// What steers: an escape that wipes the screen, one of the upper half, a newline with a line of our own making, marks of
/// direction, a character that shows nothing, a tag, and a quote that would end a string.
const WORDS: [&str; 8] = [
    "\u{1b}[2J\u{1b}[H",
    "\u{9b}2J",
    "Ethereum\nReply     signed",
    "\u{202e}muerehtE",
    "a\u{2066}b\u{2069}",
    "Eth\u{200b}ereum",
    "Eth\u{e0041}ereum",
    "\",\"ok\":true,\"x\":\"\u{7f}",
];

/// Nothing of it steers the screen.
#[track_caller]
fn steers_nothing(run: &Run) {
    let said = run.logged() + &run.terminal;
    assert!(!said.contains(super::steers), "{said:?}");
    assert!(
        !said.lines().any(|line| line.starts_with("Reply     signed")),
        "a line of the device's making: {said}"
    );
}

const LOOKS: [&[&str]; 6] = [
    &["device", "list"],
    &["device", "show"],
    &["device", "check"],
    &["device", "show", "ledger"],
    &["address", "show", "Cold 1"],
    &["enroll", "--device", "ledger", "--chain", "eip155:1", "--label", "New", "-o", "-"],
];

#[test]
fn what_the_bus_says_of_a_device_is_escaped() {
    let practice = Practice::new();
    for (nonce, words) in (10..).zip(WORDS) {
        practice.bus.describe(practice.socket, |found| {
            found.serial = Some(words.to_owned());
            found.name = Some(words.to_owned());
            found.path = format!("virtual:{words}");
        });
        for look in &LOOKS[..5] {
            steers_nothing(&practice.house.bench.run(look).ok());
            let run = practice.house.bench.run(&[&["--output", "json"], *look].concat()).ok();
            steers_nothing(&run);
            run.json();
        }
        let document = practice.house.bench.run(&["--output", "json", "device", "list"]).ok().json();
        assert_eq!(document["data"]["devices"][0]["serial"], words, "scripts get it as it is");
        let run = practice.sign(&practice.payment(nonce), &format!("@{nonce}.reply")).ok();
        steers_nothing(&run);
        // Named on the command line, as somebody may have copied it.
        steers_nothing(&practice.house.bench.run(&["device", "show", &format!("ledger:{words}x")]));
        steers_nothing(&practice.house.bench.run(&[
            "--output",
            "json",
            "device",
            "show",
            &format!("{words}:x"),
        ]));
    }
}

/// A device with an app of this name and version open.
fn calling_itself(name: &str, version: &str) -> Ledger {
    let app = App::Other { name: name.to_owned(), version: version.to_owned(), class: 0xe1 };
    let seed = TrainingSeed::emulator().unwrap();
    Ledger::new(Setup { app, ..Setup::new(seed) }, Box::new(yes()))
}

#[test]
fn what_an_app_calls_itself_is_a_short_printable_text_or_nothing() {
    let practice = Practice::new();
    let long = "x".repeat(33);
    for words in WORDS.iter().copied().chain([long.as_str()]) {
        let quotes = words.chars().all(|c| matches!(c, ' '..='~'));
        for (name, version) in [(words, "1.0"), ("Bitcoin", words)] {
            let [socket] = practice.plug([calling_itself(name, version)]);
            for look in LOOKS {
                for output in ["human", "json"] {
                    let run = practice.house.bench.run_secrets(
                        &[&["--output", output], look].concat(),
                        &[crate::support::STATION_PASS],
                    );
                    steers_nothing(&run);
                    if look != LOOKS[0] && !quotes {
                        assert_eq!(run.exit, 5, "{name:?} {version:?} {look:?}: {run:?}");
                        assert!(run.logged().contains("short printable text"), "{}", run.logged());
                    }
                }
            }
            let run = practice.sign(&practice.payment(10), "@hostile.reply");
            steers_nothing(&run);
            assert!([5, 8].contains(&run.exit), "{run:?}");
            assert_eq!(practice.standing(), (0, 0));
            practice.bus.unplug(socket);
        }
    }
}

#[test]
fn a_printable_name_is_quoted_where_it_stands_in_a_sentence() {
    let bus = VirtualBus::with(calling_itself("x\", all is well, \"", "1"));
    let run = bench(&bus).run(&["device", "show"]).ok();
    assert!(run.text().contains(r#"x\", all is well, \" 1"#), "{}", run.text());
    let practice = Practice::new();
    practice.plug([calling_itself("x\", all is well, \"", "1")]);
    let run = practice.sign(&practice.payment(7), "@hostile.reply");
    run.refused(8, r#"the device has "x\", all is well, \"" open where "Ethereum" is needed"#);
}
