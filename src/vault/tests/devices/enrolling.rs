//! `enroll --device`: nothing is enrolled that its owner did not find on the device's own screen.

use strongroom_protocol::{DeviceBinding, KeyProvenance};
use strongroom_virtual::{App, Decision, Ledger, Owner, Script, Socket, VirtualBus};

use crate::support::house::{found, read_account};
use crate::support::ledgers::{LEDGER_ADDRESS, Meddled, bench, ledger, stranger, yes};
use crate::support::{Bench, Run, STATION_PASS};

const ENROLL: [&str; 9] =
    ["enroll", "--device", "ledger", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];

fn founded(owner: impl Owner + 'static) -> (Bench, VirtualBus, Socket) {
    let bus = VirtualBus::new();
    let socket = bus.add(ledger(owner));
    let bench = bench(&bus);
    found(&bench);
    (bench, bus, socket)
}

fn enroll(bench: &Bench, more: &[&str]) -> Run {
    bench.run_secrets(&[&ENROLL[..], more].concat(), &[STATION_PASS])
}

/// What the owner saw since the last call.
fn seen(bus: &VirtualBus, socket: Socket) -> Vec<String> {
    bus.device(socket, Ledger::screens_seen).unwrap()
}

/// Nothing came of it: no file, no record, no line.
#[track_caller]
fn nothing_came_of_it(bench: &Bench) {
    assert!(!bench.path("cold.account").exists());
    assert_eq!(std::fs::read_dir(bench.path("home/accounts")).unwrap().count(), 0);
    assert!(!bench.events().contains(&"enrolled".to_owned()));
}

#[test]
fn an_account_is_enrolled_with_its_owners_eyes_on_the_screen() {
    let (bench, bus, socket) = founded(yes());
    let run = enroll(&bench, &["--output", "json"]).ok();
    let account = &run.json()["data"]["accounts"][0];
    assert_eq!(account["address"], LEDGER_ADDRESS);
    assert_eq!(account["path"], "m/44'/60'/0'/0/0");
    assert_eq!(account["made"], "made on the device");
    assert_eq!(account["new"], true);
    assert!(run.err.contains("Compare this address with the device's screen"), "{}", run.err);
    let screens = seen(&bus, socket).join("").replace(" / ", "");
    assert!(screens.contains(LEDGER_ADDRESS), "{screens}");
    let record = read_account(&bench, "cold.account").value().clone();
    assert_eq!(record.provenance, KeyProvenance::OnDevice);
    assert!(
        matches!(&record.device, DeviceBinding::Hardware { kind, model } if kind.as_str() == "ledger" && model.as_str() == "Ledger Nano S Plus")
    );
    assert_eq!(bench.events().iter().filter(|event| *event == "enrolled").count(), 1);
    // Once more is the same record once more, and the owner looks again.
    let again = enroll(&bench, &["-o", "@again.account"]);
    again.refused(2, "cannot be used multiple times");
    std::fs::rename(bench.path("cold.account"), bench.path("first.account")).unwrap();
    enroll(&bench, &[]).ok().says("enrolled before");
    assert_eq!(bench.read("cold.account"), bench.read("first.account"));
    assert!(!seen(&bus, socket).is_empty());
    assert_eq!(bench.events().iter().filter(|event| *event == "enrolled").count(), 1);
}

#[test]
fn the_chain_is_named_on_the_screen_and_the_restored_keep_their_mark() {
    let (bench, bus, socket) = founded(yes());
    let args = ["enroll", "--device", "ledger", "--chain", "eip155:137", "--label", "P", "-o", "@p.account"];
    let run = bench.run_secrets(&[&args[..], &["--restored", "--output", "json"]].concat(), &[STATION_PASS]);
    assert_eq!(run.ok().json()["data"]["accounts"][0]["made"], "restored from words");
    assert!(seen(&bus, socket).iter().any(|screen| screen.contains("Polygon")));
    assert_eq!(read_account(&bench, "p.account").value().provenance, KeyProvenance::Restored);
}

#[test]
fn what_the_owner_rejects_is_not_enrolled() {
    let (bench, bus, socket) = founded(Script::always(Decision::Reject));
    enroll(&bench, &[]).refused(4, "refused on the device");
    nothing_came_of_it(&bench);
    // Of two the first stands, which was approved.
    bus.device(socket, |device| {
        device.hand_to(Box::new(Script::new([Decision::Approve], Decision::Reject)));
    });
    enroll(&bench, &["--count", "2"]).refused(4, "refused on the device");
    assert_eq!(read_account(&bench, "cold-1.account").value().address.as_str(), LEDGER_ADDRESS);
    assert!(!bench.path("cold-2.account").exists());
    assert_eq!(bench.events().iter().filter(|event| *event == "enrolled").count(), 1);
}

#[test]
fn a_device_that_shows_another_address_than_its_keys_enrolls_nothing() {
    // The text of the address that it says it showed is not that of the key beside it.
    let (bench, bus, _) = founded(yes());
    bench.bus.replace(Box::new(Meddled::answers(&bus, |command, mut answer| {
        if command.starts_with(&[0xe0, 2, 1]) {
            let last = answer.len() - 3;
            answer[last] = if answer[last] == b'0' { b'1' } else { b'0' };
        }
        answer
    })));
    enroll(&bench, &[]).refused(5, "the address it shows is not the key's");
    nothing_came_of_it(&bench);
    // It shows another key altogether, sound in itself, than the one it gave when nobody looked.
    let mut other = stranger(yes());
    bench.bus.replace(Box::new(Meddled::answers(&bus, move |command, answer| {
        if command.starts_with(&[0xe0, 2, 1]) { other.exchange(command).unwrap() } else { answer }
    })));
    let run = enroll(&bench, &["--output", "json"]).refused(5, "do not use this device");
    assert_eq!(run.json()["errors"][0]["code"], "device-address");
    nothing_came_of_it(&bench);
    bench.bus.replace(Box::new(bus));
    enroll(&bench, &[]).ok();
}

#[test]
fn a_device_that_is_not_ready_is_told_before_anybody_types() {
    let (bench, bus, socket) = founded(yes());
    let run = |exit: u8, words: &str| {
        // Nobody is at the terminal, and there is no passphrase.
        bench.run(&ENROLL).refused(exit, words);
        nothing_came_of_it(&bench);
    };
    bus.unplug(socket);
    run(8, "no ledger is plugged in");
    bus.plug_in(socket);
    let second = bus.add(stranger(yes()));
    run(2, "2 devices are plugged in");
    bus.unplug(second);
    let run = |exit: u8, words: &str| {
        enroll(&bench, &[]).refused(exit, words);
        nothing_came_of_it(&bench);
    };
    bus.device(socket, Ledger::lock);
    run(8, "unlock it with its PIN");
    bus.device(socket, Ledger::unlock);
    bus.device(socket, |device| device.open(App::Dashboard));
    run(8, "\"BOLOS\" open where \"Ethereum\" is needed");
    bus.device(socket, |device| device.open(App::Ethereum));
    enroll(&bench, &["--path", "m/44'/0'/0'/0/0"]).refused(1, "may not use this derivation path");
    nothing_came_of_it(&bench);
    enroll(&bench, &["--key", "treasury"]).refused(2, "cannot be used with");
    bench.run(&["enroll", "--chain", "eip155:1", "--label", "L", "-o", "@x"]).refused(2, "--device");
    enroll(&bench, &[]).ok();
}

#[test]
fn pulled_out_at_any_report_nothing_is_half_enrolled() {
    let (bench, bus, socket) = founded(yes());
    for after in 0.. {
        bus.unplug_after(socket, after);
        let run = enroll(&bench, &[]);
        if run.exit == 0 {
            assert!(after > 8, "only {after} reports crossed");
            break;
        }
        run.refused(8, "unplugged");
        nothing_came_of_it(&bench);
        bus.plug_in(socket);
    }
    bench.run(&["journal", "verify"]).ok();
}
