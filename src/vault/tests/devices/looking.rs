//! `device list`, `device show`, `device check` and `address show`.

use strongroom_virtual::{App, Decision, Ledger, Script, VirtualBus};

use crate::support::house::{House, found};
use crate::support::ledgers::{LEDGER_ADDRESS, Practice, bench, ledger, stranger, yes};
use crate::support::{Bench, STATION_PASS};

/// An address as people compare it.
fn grouped(address: &str) -> String {
    let groups: Vec<_> =
        address.as_bytes()[2..].chunks(4).map(|group| String::from_utf8(group.to_vec()).unwrap()).collect();
    format!("0x {}", groups.join(" "))
}

fn bitcoin() -> App {
    App::Other { name: "Bitcoin".to_owned(), version: "2.4.6".to_owned(), class: 0xe1 }
}

#[test]
fn what_is_plugged_in_is_listed_without_a_home() {
    let bus = VirtualBus::new();
    bench(&bus).run(&["device", "list"]).ok().says("No device is plugged in.");
    bus.add(ledger(yes()));
    let locked = bus.add(ledger(yes()));
    bus.device(locked, Ledger::lock);
    let other = bus.add(ledger(yes()));
    bus.describe(other, |found| found.vendor = 0x03eb);
    let key = bus.add(ledger(yes()));
    bus.describe(key, |found| found.usage_page = 0xf1d0);
    let bench = bench(&bus);
    let text = bench.run(&["device", "list"]).ok().text();
    let lines: Vec<_> = text.lines().skip(2).collect();
    assert_eq!(lines.len(), 3, "{text}");
    for word in ["ledger", "Ledger Nano S Plus", "Ethereum 1.22.0", "virtual:0"] {
        assert!(lines[1].contains(word), "{text}");
    }
    assert!(lines[2].contains("unlock it with its PIN") && lines[2].contains("virtual:1"), "{text}");
    let document = bench.run(&["--output", "json", "device", "list"]).ok().json();
    let devices = document["data"]["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 2, "another vendor's device and a security key are none of ours");
    assert_eq!(devices[0]["identity"]["app"], "Ethereum");
    assert_eq!(devices[0]["identity"]["blind_allowed"], false);
    assert_eq!(devices[0]["error"], serde_json::Value::Null);
    assert_eq!(devices[1]["identity"], serde_json::Value::Null);
    assert!(devices[1]["error"].as_str().unwrap().contains("locked"));
    assert!(!bench.home().exists());
}

#[test]
fn one_device_is_shown_and_several_must_be_named() {
    let bus = VirtualBus::new();
    let bench = bench(&bus);
    bench.run(&["device", "show"]).refused(8, "no device is plugged in");
    bench.run(&["device", "show", "ledger"]).refused(8, "no ledger is plugged in");
    let first = bus.add(ledger(yes()));
    let data = bench.run(&["--output", "json", "device", "show"]).ok().json()["data"].clone();
    let shown = (&data["kind"], &data["model"], &data["app"], &data["version"], &data["path"]);
    assert_eq!(
        format!("{shown:?}"),
        r#"(String("ledger"), String("Ledger Nano S Plus"), String("Ethereum"), String("1.22.0"), String("virtual:0"))"#
    );
    bench.run(&["device", "show"]).ok().says("refuses to sign what it cannot show");
    bus.device(first, |device| device.allow_blind_signing(true));
    bench.run(&["device", "show"]).ok().says("switch \"blind signing\" off");
    bus.device(first, |device| device.open(bitcoin()));
    bench.run(&["device", "show"]).ok().says("Bitcoin 2.4.6");
    let second = bus.add(stranger(yes()));
    bench.run(&["device", "show"]).refused(2, "2 devices are plugged in: name one");
    // Both have the serial number that all of them have.
    bench.run(&["device", "show", "ledger:0001"]).refused(2, "2 devices are plugged in");
    bench.run(&["device", "show", "ledger:virtual:1"]).ok().says("Ethereum 1.22.0");
    bus.describe(second, |found| found.serial = Some("0002".to_owned()));
    bench.run(&["device", "show", "ledger:0002"]).ok().says("virtual:1");
    bench.run(&["device", "show", "ledger:0003"]).refused(8, "no ledger:0003 is plugged in");
    bus.device(second, Ledger::lock);
    bench.run(&["device", "show", "ledger:virtual:1"]).refused(8, "unlock it with its PIN");
    for unknown in ["trezor", "ledger:", "", "virtual"] {
        bench.run(&["device", "show", unknown]).refused(2, "names no device");
    }
}

#[test]
fn a_check_says_whose_keys_it_has() {
    let practice = Practice::new();
    let bench = &practice.house.bench;
    let text = bench.run(&["device", "check"]).ok().text();
    assert!(text.contains("2 of 2 accounts that a ledger holds"), "{text}");
    assert!(text.contains(&grouped(LEDGER_ADDRESS)) && text.contains("has its key"), "{text}");
    assert!(practice.seen().is_empty(), "the owner was bothered");
    practice.device(|device| device.open(bitcoin()));
    let document = bench.run(&["--output", "json", "device", "check"]).ok().json();
    assert_eq!(document["data"]["accounts"][0]["has_key"], false);
    let error = document["data"]["accounts"][1]["error"].as_str().unwrap();
    assert!(error.contains("\"Bitcoin\" open where \"Ethereum\" is needed"), "{error}");
    practice.device(Ledger::lock);
    bench.run(&["device", "check"]).refused(8, "locked");
    practice.plug([stranger(yes())]);
    let text = bench.run(&["device", "check", "ledger"]).ok().text();
    assert!(text.contains("0 of 2") && text.contains("another seed"), "{text}");
}

#[test]
fn an_address_is_shown_on_the_device_that_has_its_key() {
    let practice = Practice::new();
    let bench = &practice.house.bench;
    let other = practice.bus.add(stranger(yes()));
    let run = bench.run(&["address", "show", "Cold 1"]).ok();
    assert!(run.text().contains(&grouped(LEDGER_ADDRESS)), "{}", run.text());
    assert!(run.text().contains("its owner found the same address on the device"), "{}", run.text());
    let seen = practice.seen().join("").replace(" / ", "");
    assert!(seen.contains(LEDGER_ADDRESS), "{seen}");
    assert_eq!(practice.bus.device(other, Ledger::screens_seen).unwrap(), [""; 0]);
    let id = practice.house.accounts[1].id().to_string();
    let document = bench.run(&["--output", "json", "address", "show", &id]).ok();
    assert!(document.err.contains(&practice.house.accounts[1].address.grouped()), "{}", document.err);
    assert_eq!(document.json()["data"]["shown_on"], "Ledger Nano S Plus");
    assert_eq!(document.json()["data"]["address"], practice.house.accounts[1].address.as_str());
}

#[test]
fn an_address_that_nobody_compared_is_not_called_shown() {
    let practice = Practice::new();
    let bench = &practice.house.bench;
    let show = |more: &[&str]| bench.run(&[&["address", "show", "Cold 1"], more].concat());
    practice.hand_to(Script::always(Decision::Reject));
    let run = show(&[]).refused(4, "refused on the device");
    assert!(!run.text().contains("its owner found the same"), "{}", run.text());
    practice.hand_to(yes());
    practice.device(Ledger::lock);
    show(&[]).refused(8, "locked");
    practice.device(Ledger::unlock);
    practice.device(|device| device.open(App::Dashboard));
    show(&[]).refused(8, "\"BOLOS\" open where \"Ethereum\" is needed");
    practice.plug([stranger(yes())]);
    show(&[]).refused(8, "no device with the key of Cold 1 is plugged in");
    show(&["--device", "ledger:virtual:7"]).refused(8, "no device with the key of Cold 1");
    bench.run(&["address", "show", "Cold 9"]).refused(2, "0 accounts of this vault are called \"Cold 9\"");
}

#[test]
fn an_address_of_a_software_key_is_said_to_be_on_this_screen_alone() {
    let house = House::new();
    let text = house.bench.run(&["address", "show", "Cold 1"]).ok().text();
    assert!(text.contains("no device holds this key"), "{text}");
}

#[test]
fn two_accounts_of_one_name_are_told_apart_by_id() {
    let bus = VirtualBus::with(ledger(yes()));
    let bench: Bench = bench(&bus);
    found(&bench);
    for index in ["0", "1"] {
        let args =
            ["enroll", "--device", "ledger", "--chain", "eip155:1", "--label", "Same", "--index", index];
        let out = format!("@{index}.account");
        bench.run_secrets(&[&args[..], &["-o", &out]].concat(), &[STATION_PASS]).ok();
    }
    bench.run(&["address", "show", "Same"]).refused(2, "2 accounts of this vault are called \"Same\"");
}
