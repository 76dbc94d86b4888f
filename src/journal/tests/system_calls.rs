//! The order of system calls, and every place where one of them can fail or be the last.
//!
//! A process that is killed keeps what it wrote, a machine that loses power keeps what it synced. Which is why the order of
//! writes and syncs is looked at here as the kernel sees it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing, and a child process tells its parent by printing"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{
    JOURNAL, acknowledged, append_and_tell, arguments, journal_of_the_parent, must_hold, open, set_mark,
    written,
};

/// The calls that change what is on disk, by every name an architecture has for them.
const CALLS: [&str; 4] =
    ["write,?writev,?pwrite64", "fsync,?fdatasync", "?rename,?renameat,?renameat2", "?ftruncate"];

#[test]
#[ignore = "a process of its own, started by the tests beside it"]
fn child_appends() {
    let Some(path) = journal_of_the_parent() else { return };
    println!();
    append_and_tell(&mut open(&path).unwrap().journal, 4);
}

/// Runs a writer of four lines under strace, with more of its options, and returns what it printed and what was traced.
fn trace(journal: &Path, options: &[&str]) -> (String, String) {
    let log = journal.with_extension("trace");
    let output = Command::new("strace")
        .args(["-f", "-y", "-s", "16", "-o"])
        .arg(&log)
        .args(options)
        .arg(std::env::current_exe().unwrap())
        .args(arguments("child_appends"))
        .env(JOURNAL, journal)
        .output()
        .expect("strace is not installed");
    (String::from_utf8(output.stdout).unwrap(), fs::read_to_string(log).unwrap_or_default())
}

/// What each traced call did, in order, in a few words; `printed` is what the parent can see.
fn steps(traced: &str) -> Vec<&'static str> {
    let step = |line: &&str| {
        let call = line.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
        let on = |file: &str| call.split('=').next().is_some_and(|before| before.contains(file));
        let named = |name: &str| call.starts_with(name);
        match () {
            () if named("write(1<") && call.contains("acknowledged") => Some("printed"),
            () if named("write") && on("vault.journal>") => Some("line written"),
            () if named("fsync") && on("vault.journal>") => Some("line synced"),
            () if named("ftruncate") && on("vault.journal>") => Some("tail cut"),
            () if named("write") && on("vault.journal.mark.new>") => Some("mark written"),
            () if named("fsync") && on("vault.journal.mark.new>") => Some("mark synced"),
            () if named("rename") && on("vault.journal.mark.new") => Some("mark renamed"),
            () if named("fsync") => Some("folder synced"),
            () => None,
        }
    };
    traced.lines().collect::<Vec<_>>().iter().filter_map(step).collect()
}

const ACKNOWLEDGING: [&str; 7] = [
    "line written",
    "line synced",
    "mark written",
    "mark synced",
    "mark renamed",
    "folder synced",
    "printed",
];

#[test]
#[ignore = "needs strace: run cargo verify"]
fn a_line_is_synced_before_the_mark_and_the_mark_before_anybody_hears_of_it() {
    let journal = written(1);
    let (told, traced) = trace(&journal.path, &["-e", &format!("trace={}", CALLS.join(","))]);
    assert_eq!(acknowledged(&told).len(), 4, "{told}");
    assert_eq!(steps(&traced), ACKNOWLEDGING.repeat(4), "{traced}");
}

#[test]
#[ignore = "needs strace: run cargo verify"]
fn a_line_found_after_the_mark_is_written_and_synced_again_before_the_mark_names_it() {
    let journal = written(2);
    set_mark(&journal.path, journal.heads[1]);
    let (_, traced) = trace(&journal.path, &["-e", &format!("trace={}", CALLS.join(","))]);
    let opening = [&["tail cut"], &ACKNOWLEDGING[..6]].concat();
    assert_eq!(steps(&traced)[..7], opening, "{traced}");
}

/// Makes each call of each kind fail in turn, by `fault`, and checks the journal after each.
fn each_call(fault: &str, check: impl Fn(&str, &str)) {
    let mut faults = 0;
    for calls in CALLS {
        for number in 1..=40 {
            let journal = written(2);
            // The open finds a tail to cut and a line to write again, so that its calls are among those that fail.
            set_mark(&journal.path, journal.heads[1]);
            let whole = fs::read(&journal.path).unwrap();
            fs::write(&journal.path, [whole.as_slice(), &[0, 0, 2]].concat()).unwrap();
            let inject = format!("inject={calls}:{fault}:when={number}");
            let (told, traced) =
                trace(&journal.path, &["-e", &format!("trace={}", CALLS.join(",")), "-e", &inject]);
            if !traced.contains("INJECTED") && !traced.contains("killed by SIGKILL") {
                break;
            }
            faults += 1;
            let lines = acknowledged(&told);
            check(&told, &format!("{inject}\n{told}\n{traced}"));
            let opened = must_hold(&journal.path, &[&journal.heads[1..2], &lines].concat());
            let head = opened.journal.head().sequence;
            let last = lines.last().map_or(2, |head| head.sequence);
            assert!((last - 1..=last + 1).contains(&head), "{inject}: {head} lines, {last} told");
        }
    }
    assert!(faults > 30, "{faults} calls failed");
}

#[test]
#[ignore = "needs strace: run cargo verify"]
fn a_process_killed_at_any_call_loses_nothing_acknowledged() {
    each_call("signal=KILL", |_, _| {});
}

#[test]
#[ignore = "needs strace: run cargo verify"]
fn a_call_that_fails_is_the_end_of_acknowledging() {
    for error in ["error=EIO", "error=ENOSPC"] {
        each_call(error, |told, what| {
            if let Some((_, after)) = told.split_once("refused ") {
                assert!(after.contains("\nagain ") && !after.contains("acknowledged"), "{what}");
            }
        });
    }
}
