//! A process that writes as fast as it can is killed at random moments, again and again, over one journal.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing, and a child process tells its parent by printing"
)]

mod common;

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use common::{
    acknowledged, append_and_tell, at, child, entry, journal_of_the_parent, must_hold, open, written_in,
};

/// How often the writer is killed over one journal: it is read whole after each kill.
const ROUNDS: u64 = 50;
/// A writer is killed some time after it told of this many lines, at most.
const LINES: u64 = 6;
/// The longest it lives after that, in microseconds: some lines' worth on an ordinary disk.
const LONGEST: u64 = 8_000;

#[test]
#[ignore = "a process of its own, started by the test beside it"]
fn child_appends() {
    let Some(path) = journal_of_the_parent() else { return };
    println!();
    append_and_tell(&mut open(&path).unwrap().journal, u64::MAX);
}

/// `SplitMix64` (Steele, Lea and Flood 2014): the same moments in each run.
fn random(round: u64) -> u64 {
    let mut z = (round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Kills a writer again and again over one journal, at moments that follow from `seed`. Gives the lines that it has then.
fn killed(rounds: u64, seed: u64) -> u64 {
    let journal = written_in(tempfile::tempdir().unwrap(), 0);
    let exe = std::env::current_exe().unwrap();
    let (mut told, mut before) = (Vec::new(), 0);
    for round in 0..rounds {
        let moment = random(seed + round);
        let mut writer = child(&exe, "child_appends", &journal.path).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let wait = moment % (LINES + 1);
        let mut output = String::new();
        for _ in 0..wait {
            let line = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("acknowledged"));
            output += &(line.expect("the writer ended by itself") + "\n");
        }
        sleep(Duration::from_micros(moment / (LINES + 1) % LONGEST));
        writer.kill().unwrap();
        lines.for_each(|line| output += &(line.unwrap() + "\n"));
        assert!(!writer.wait().unwrap().success(), "round {round} of {seed}: the writer ended by itself");
        assert!(!output.contains("refused"), "round {round} of {seed}: {output}");

        let new = acknowledged(&output);
        assert!(u64::try_from(new.len()).unwrap() >= wait);
        told.extend_from_slice(&new);
        let head = must_hold(&journal.path, &told).journal.head().sequence;
        let last = new.last().map_or(before, |head| head.sequence);
        assert!(head <= last + 1, "round {round} of {seed}: {head} lines, but {last} is the last told");
        before = head;
    }
    let mut opened = open(&journal.path).unwrap();
    opened.journal.append(at(before + 1), entry(before + 1)).unwrap();
    before + 1
}

#[test]
fn every_acknowledged_line_outlives_the_process_that_wrote_it() {
    killed(ROUNDS, 0);
}

/// The long tier's: ten thousand kills.
mod long {
    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn ten_thousand_kills_lose_no_acknowledged_line() {
        let journals = 10_000 / super::ROUNDS;
        // The moments of the default tier come first, and then others.
        let lines: u64 =
            (0..journals).map(|number| super::killed(super::ROUNDS, number * super::ROUNDS)).sum();
        println!("{} kills over {journals} journals, {lines} lines, none lost", journals * super::ROUNDS);
    }
}
