//! All recorded exchanges of the Ethereum app, replayed: answers and screens equal, byte by byte and in order. Nothing
//! of them is in the device: it computes every one from the seed that the recordings name.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::VecDeque;
use std::path::Path;

use alloy_primitives::hex;
use serde_json::Value;
use strongroom_ledger::Lapse;
use strongroom_virtual::{App, Decision, Ledger, Script, Setup, TrainingSeed};
use strongroom_wire::Report;

/// The rows of a recording, without its source.
fn rows(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts/ledger");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows[0]["source"].is_string(), "{name} does not name its source");
    rows[1..].to_vec()
}

fn setup() -> Setup {
    Setup::new(TrainingSeed::emulator().unwrap())
}

fn device(setup: Setup) -> Ledger {
    Ledger::new(setup, Box::new(Script::always(Decision::Approve)))
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array().map(|texts| texts.iter().map(|text| text.as_str().unwrap()).collect())
}

/// What the owner did, as the last recorded screen says.
fn decision(screens: Option<&[&str]>) -> Decision {
    match screens.and_then(<[_]>::last) {
        Some(last) if last.starts_with("Reject") || last.starts_with("Cancel") => Decision::Reject,
        _ => Decision::Approve,
    }
}

fn replayed(name: &str, mut device: Ledger) -> (usize, usize) {
    let (mut compared, mut with_screens) = (0, 0);
    for row in rows(name) {
        let operation = row["op"].as_str().unwrap();
        let screens = texts(&row["screens"]);
        device.hand_to(Box::new(Script::always(decision(screens.as_deref()))));
        let command = hex::decode(row["cmd"].as_str().unwrap()).unwrap();
        let answer = device.exchange(&command).map(hex::encode);
        assert_eq!(answer.as_deref(), row["rsp"].as_str(), "{name}: {operation}");
        let seen = device.screens_seen();
        if let Some(screens) = screens {
            assert_eq!(seen, screens, "{name}: {operation}");
            with_screens += 1;
        }
        compared += 1;
    }
    (compared, with_screens)
}

#[test]
fn every_exchange_with_blind_signing_off() {
    assert_eq!(replayed("ethereum.jsonl", device(setup())), (27, 19));
}

#[test]
fn every_exchange_with_blind_signing_on() {
    let device = device(Setup { blind_signing: true, ..setup() });
    assert_eq!(replayed("ethereum-2.jsonl", device), (63, 17));
}

fn report(row: &Value) -> Report {
    Report(hex::decode(row["frame"].as_str().unwrap()).unwrap().try_into().unwrap())
}

/// Plays frames, and gives the notes of those that the device answered although the recording has no answer.
fn frames(rows: &[Value], mut device: Ledger) -> Vec<String> {
    let mut outgoing = VecDeque::new();
    let mut too_much = Vec::new();
    for row in rows {
        let note = row["note"].as_str().unwrap();
        match row["dir"].as_str().unwrap() {
            "host->device" => {
                assert_eq!(outgoing.pop_front(), None, "before {note}");
                outgoing.extend(device.report(&report(row)));
            }
            "device->host" => assert_eq!(outgoing.pop_front(), Some(report(row)), "{note}"),
            _ if outgoing.is_empty() => {}
            _ => {
                too_much.push(note.to_owned());
                outgoing.clear();
            }
        }
    }
    assert_eq!(outgoing.pop_front(), None, "at the end");
    too_much
}

#[test]
fn every_frame_of_a_newer_system() {
    assert_eq!(frames(&rows("hid-ethereum-gap.jsonl"), device(setup())), [""; 0]);
    assert_eq!(frames(&rows("hid-ethereum-recover.jsonl"), device(setup())), [""; 0]);
    // This recording contradicts the other two, which have an answer to the very same frames: it was missed.
    assert_eq!(frames(&rows("hid-ethereum.jsonl"), device(setup())), ["channel 0001: no answer"]);
}

#[test]
fn every_frame_of_an_older_system_that_does_not_depend_on_the_app() {
    let solana = App::Other { name: "Solana".to_owned(), version: "1.9.0".to_owned(), class: 0xe0 };
    // What its app says to a public key and a first chunk is not the Ethereum app's business.
    let own = |row: &Value| {
        let note = row["note"].as_str().unwrap();
        note.starts_with("GET_PUBLIC_KEY") || note.starts_with("large APDU")
    };
    let rows: Vec<Value> = rows("hid-solana-gap.jsonl").into_iter().filter(|row| !own(row)).collect();
    assert_eq!(rows.len(), 15);
    let device = device(Setup { app: solana, lapse: Lapse::Forgets, ..setup() });
    assert_eq!(frames(&rows, device), [""; 0]);
}
