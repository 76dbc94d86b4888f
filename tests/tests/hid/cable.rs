//! What crosses a real cable: reports as recorded, and everything that can go wrong with it.

use serde_json::{Value, json};
use strongroom_tests::uhid::{Identity, Rubbish};
use strongroom_tests::vm::{Exit, Memory};

use crate::bench::{Bench, RECORDING};

const RECORDED: &str = "recorded:/transcripts/ledger/hid-ethereum.jsonl";

#[track_caller]
fn done(exit: &Exit, words: &str) {
    assert!(exit.code == Some(0) && exit.stdout.contains(words), "{exit:?}");
}

#[track_caller]
fn refused(exit: &Exit, code: i32, words: &str) {
    assert!(exit.code == Some(code) && exit.stderr.contains(words), "{exit:?}");
}

/// The devices that the probe sees.
fn listed(bench: &mut Bench) -> Vec<Value> {
    let exit = bench.probe(&["list"]);
    assert_eq!(exit.code, Some(0), "{exit:?}");
    exit.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
#[ignore = "needs QEMU and Debian's kernel: run cargo verify"]
fn reports_cross_a_real_kernel_as_they_were_recorded() {
    let (kernel, fs) = Bench::prepare();
    let mut bench = Bench::boot(&kernel, fs, Memory::LITTLE);
    assert_eq!(listed(&mut bench), Vec::<Value>::new());
    refused(&bench.probe(&["repeat", "1", RECORDING]), 8, "0 devices");

    let ledger = Identity::ledger("0001");
    let device = bench.plug(&ledger, &[RECORDED]);
    let found = listed(&mut bench);
    assert_eq!(found.len(), 1);
    for (field, value) in [
        ("vendor", json!("2c97")),
        ("product", json!("5011")),
        ("usage_page", json!("ffa0")),
        // Made from user space, it hangs on no USB interface.
        ("interface", Value::Null),
        ("serial", json!("0001")),
        ("name", json!("Nano S Plus")),
    ] {
        assert_eq!(found[0][field], value, "{field}");
    }
    done(&bench.probe(&["replay", RECORDING]), "commands answered as recorded");
    done(&bench.probe(&["repeat", "200", RECORDING]), "200 exchanges");
    // What crossed is what the device saw, byte for byte: the report id stays behind.
    let saw = bench.pull(device);
    let ask = format!("in  00{}", "01010500000005b001");
    assert!(saw.stderr.matches(&ask).count() > 200, "{}", saw.stderr.lines().count());
    assert_eq!(listed(&mut bench), Vec::<Value>::new(), "it is gone");
}

#[test]
#[ignore = "needs QEMU and Debian's kernel: run cargo verify"]
fn trouble_on_the_cable_is_an_error_and_never_an_answer() {
    let (kernel, fs) = Bench::prepare();
    let mut bench = Bench::boot(&kernel, fs, Memory::LITTLE);
    pulled_in_mid_frame(&mut bench);
    two_alike_and_a_stranger(&mut bench);
    rubbish(&mut bench);
}

/// Pulled out between two frames, of the command or of the answer, and plugged in again.
fn pulled_in_mid_frame(bench: &mut Bench) {
    let ledger = Identity::ledger("0001");
    // The second command's answer has two frames, the third command five.
    for pull in [["--pull-after-in", "1"], ["--pull-after-in", "4"], ["--pull-after-out", "2"]] {
        let device = bench.plug(&ledger, &[RECORDED, pull[0], pull[1]]);
        let exit = bench.probe(&["replay", RECORDING]);
        refused(&exit, 8, "the device was unplugged: plug it in again");
        let ended = bench.machine.wait(device).unwrap();
        done(&ended, "pulled out");
        refused(&bench.probe(&["repeat", "1", RECORDING]), 8, "0 devices");
    }
    let device = bench.plug(&ledger, &[RECORDED]);
    done(&bench.probe(&["replay", RECORDING]), "answered as recorded");
    bench.pull(device);
}

/// Two equal devices are told apart by their serial numbers, and one of another vendor by its ids.
fn two_alike_and_a_stranger(bench: &mut Bench) {
    let first = bench.plug(&Identity::ledger("0001"), &[RECORDED]);
    let second = bench.plug(&Identity::ledger("0002"), &[RECORDED]);
    let stranger = Identity { vendor: 0x03eb, product: 0x2403, ..Identity::ledger("0003") };
    let stranger = bench.plug(&stranger, &["rubbish:noise"]);
    refused(&bench.probe(&["repeat", "1", RECORDING]), 8, "3 devices");
    done(&bench.probe(&["repeat", "1", RECORDING, "0002"]), "1 exchanges");
    let found = listed(bench);
    let paths = found.iter().map(|found| found["path"].as_str().unwrap());
    assert_eq!(paths.collect::<std::collections::BTreeSet<_>>().len(), 3, "{found:?}");
    assert_eq!(found.iter().filter(|found| found["vendor"] == "2c97").count(), 2, "{found:?}");
    let seen = [first, second, stranger].map(|device| bench.pull(device).stderr.contains("in  "));
    assert_eq!(seen, [false, true, false], "only the chosen one was asked");
}

/// A device that answers rubbish.
fn rubbish(bench: &mut Bench) {
    for (name, kind) in Rubbish::ALL {
        let device = bench.plug(&Identity::ledger("0001"), &[&format!("rubbish:{name}")]);
        let exit = bench.probe(&["repeat", "1", RECORDING]);
        if kind == Rubbish::Short {
            // Newer kernels keep it to themselves, older ones hand it on.
            let torn = exit.stderr.contains("a report of 9 bytes instead of 64");
            refused(&exit, 8, if torn { "" } else { "the device said nothing for 5 s" });
        } else {
            // All others cross, and are compared.
            refused(&exit, 5, "instead of");
        }
        bench.pull(device);
    }
}
