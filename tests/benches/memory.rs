//! How much memory a vault needs for a request of 1,000 and of 100,000 items: the most that its process ever held.
//!
//! Each size runs in a process of its own, which is given the request's bytes and reports its own peak.
//! `cargo bench -p strongroom-tests --bench memory`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a bench"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use strongroom_protocol::{ComparisonCode, SignedText, canonical};
use strongroom_signing::Review;
use strongroom_tests::house::{EXCHANGE, TestHouse};

/// Base units of each payment.
const AMOUNT: u128 = 50_000_000_000_000_000;

fn house() -> TestHouse {
    TestHouse::new("eip155:1", |text| {
        text.replace("max_request = \"100\"", "max_request = \"1000000\"")
            .replace("max_day = \"200\"", "max_day = \"1000000\"")
            .replace("max_fee_day = \"200\"", "max_fee_day = \"1000000\"")
    })
}

fn main() {
    match std::env::var_os("STRONGROOM_MEMORY_OF") {
        Some(folder) => sign(Path::new(&folder)),
        None => [1_000, 10_000, 100_000].into_iter().for_each(measure),
    }
}

/// Writes a request of so many items and has a process of its own sign it.
fn measure(items: u64) {
    let folder = tempfile::tempdir().unwrap();
    let house = house();
    let plan = house.plan((0..items).map(|n| house.pay(EXCHANGE, AMOUNT, &format!("INV-{n}"))).collect());
    let bytes = canonical::encode(&house.request(&plan, 0));
    std::fs::write(folder.path().join("request"), &bytes).unwrap();
    for (n, person) in house.approvers.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{n}.sig")), house.approval(&plan, person).to_string())
            .unwrap();
    }
    drop((plan, bytes));
    let output = Command::new(std::env::current_exe().unwrap())
        .env("STRONGROOM_MEMORY_OF", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    print!("{items:>7} items: {}", String::from_utf8_lossy(&output.stdout));
}

/// Signs the request in a folder and says what this process needed.
fn sign(folder: &Path) {
    let house = house();
    let base = status("VmHWM:");
    let started = Instant::now();
    let approvals: Vec<_> = (0..3)
        .map(|n| SignedText::parse(&std::fs::read(folder.join(format!("{n}.sig"))).unwrap()).unwrap())
        .collect();
    let mut chronicle = house.chronicle(folder);
    let bytes = std::fs::read(folder.join("request")).unwrap();
    let length = bytes.len();
    let review = Review::open(&bytes, &approvals, &house.gate(house.start().plus(60)), &chronicle).unwrap();
    drop(bytes);
    assert!(review.verdict().passed(), "{:?}", review.verdict().first_refusal());
    let code = ComparisonCode::of(review.plan_id().as_bytes()).to_string();
    let confirmation = review.challenge().clone().meet(&code).unwrap();
    let approved = review.approve(&confirmation, &mut chronicle).unwrap();
    let signed = approved.sign(&house.codecs, &mut house.signer(), false, |_, _| {}).unwrap();
    let count = signed.count();
    let reply = canonical::encode(&signed.reply(house.id, &mut chronicle).unwrap());
    println!(
        "peak {:>4} MiB ({base} MiB before), request {} KiB, reply {} KiB, {count} signed in {:.1} s",
        status("VmHWM:"),
        length / 1024,
        reply.len() / 1024,
        started.elapsed().as_secs_f64()
    );
}

/// A line of this process's status, in MiB.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
