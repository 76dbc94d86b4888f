//! Lines that were lost and come back, and journals whose mark is no help.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

mod common;

use std::fs;

use common::{at, entry, house, mark_of, open, read, set_mark, start, written};
use strongroom_journal::{Journal, JournalError, VaultEntry};
use strongroom_protocol::{Head, JournalHash};

fn unmarked(path: &std::path::Path) -> Result<Head, JournalError> {
    let mut last = start();
    let journal = Journal::<VaultEntry>::open_unmarked(path, house(), |line, hash| {
        last = Head { sequence: line.sequence, hash };
    })?;
    assert_eq!(journal.head(), last);
    Ok(last)
}

#[test]
fn lines_that_were_lost_come_back_byte_by_byte() {
    let (whole, old) = (written(6), written(3));
    let lines = open(&whole.path).unwrap().journal.lines_after(3).unwrap();
    let mut opened = open(&old.path).unwrap();
    let read_back = opened.journal.append_exact(&lines).unwrap();
    assert_eq!(read_back.iter().map(|line| line.sequence).collect::<Vec<_>>(), [4, 5, 6]);
    assert_eq!(opened.journal.head(), whole.heads[6]);
    drop(opened);
    assert_eq!(fs::read(&old.path).unwrap(), fs::read(&whole.path).unwrap());
    assert_eq!(fs::read(mark_of(&old.path)).unwrap(), fs::read(mark_of(&whole.path)).unwrap());
    let (mut opened, lines) = read(&old.path);
    assert_eq!(lines.len(), 6);
    opened.journal.append(at(7), entry(7)).unwrap();
}

#[test]
fn lines_that_do_not_follow_are_refused_and_nothing_is_written() {
    let (whole, old) = (written(6), written(3));
    let lines = open(&whole.path).unwrap().journal.lines_after(0).unwrap();
    let before = fs::read(&old.path).unwrap();
    let mut journal = open(&old.path).unwrap().journal;
    let mut altered = lines[3..].to_vec();
    *altered[1].last_mut().unwrap() ^= 1;
    for (bad, sequence) in [
        (lines[2..].to_vec(), 4),
        (lines[4..].to_vec(), 4),
        (vec![lines[3].clone(), lines[5].clone()], 5),
        (vec![lines[3].clone(), lines[3].clone()], 5),
        (vec![Vec::new()], 4),
        // An altered line stands, but what follows it no longer does.
        (altered, 6),
    ] {
        let refusal = journal.append_exact(&bad);
        assert!(
            matches!(refusal, Err(JournalError::Damaged { sequence: at, .. }) if at == sequence),
            "{refusal:?}"
        );
        assert_eq!(fs::read(&old.path).unwrap(), before);
    }
    assert_eq!(journal.append_exact(&[]).unwrap(), []);
    journal.append_exact(&lines[3..]).unwrap();
}

#[test]
fn a_file_that_changed_meanwhile_takes_no_lines_back() {
    let (whole, old) = (written(6), written(3));
    let lines = open(&whole.path).unwrap().journal.lines_after(3).unwrap();
    let mut journal = open(&old.path).unwrap().journal;
    fs::write(&old.path, b"something else").unwrap();
    assert!(matches!(journal.append_exact(&lines), Err(JournalError::Changed(_))));
    assert!(matches!(journal.append_exact(&lines), Err(JournalError::Failed(_))));
}

#[test]
fn a_journal_opens_without_the_help_of_its_mark() {
    let journal = written(4);
    assert_eq!(unmarked(&journal.path).unwrap(), journal.heads[4]);
    for mark in ["", "nonsense", "1 0\n"] {
        fs::write(mark_of(&journal.path), mark).unwrap();
        assert_eq!(unmarked(&journal.path).unwrap(), journal.heads[4]);
        assert_eq!(fs::read_to_string(mark_of(&journal.path)).unwrap(), mark, "the evidence was altered");
    }
    fs::remove_file(mark_of(&journal.path)).unwrap();
    assert_eq!(unmarked(&journal.path).unwrap(), journal.heads[4]);
    assert!(!mark_of(&journal.path).exists(), "a mark was made up");
    let mut opened = Journal::<VaultEntry>::open_unmarked(&journal.path, house(), |_, _| {}).unwrap();
    let head = opened.append(at(5), entry(5)).unwrap();
    drop(opened);
    assert_eq!(open(&journal.path).unwrap().journal.head(), head);
}

#[test]
fn without_a_mark_nothing_is_cut_off() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    fs::remove_file(mark_of(&journal.path)).unwrap();
    let ends: Vec<_> = (0..=4).map(|line| journal.end_of(line)).collect();
    for end in 0..whole.len() {
        fs::write(&journal.path, &whole[..end]).unwrap();
        let opened = unmarked(&journal.path);
        match ends.iter().position(|whole| *whole == end) {
            Some(line) if line > 0 => assert_eq!(opened.unwrap(), journal.heads[line]),
            _ => assert!(matches!(opened, Err(JournalError::Damaged { .. })), "cut at {end}: {opened:?}"),
        }
        assert_eq!(fs::read(&journal.path).unwrap(), &whole[..end], "the evidence was altered");
    }
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&journal.path, &damaged).unwrap();
        // The last line has nobody who would speak for it: what it says instead has another hash.
        let opened = unmarked(&journal.path);
        assert!(opened.is_err() || opened.unwrap() != journal.heads[4], "bit {bit}");
    }
}

#[test]
fn a_journal_that_is_in_use_is_not_opened_without_its_mark() {
    let journal = written(2);
    let _open = open(&journal.path).unwrap();
    assert!(matches!(unmarked(&journal.path), Err(JournalError::InUse(_))));
}

#[test]
fn a_journal_that_was_removed_leaves_its_place_free() {
    let journal = written(2);
    open(&journal.path).unwrap().journal.remove().unwrap();
    assert_eq!(fs::read_dir(journal.folder.path()).unwrap().count(), 0);
    Journal::<VaultEntry>::create(&journal.path, house()).unwrap();
    // Half a removal goes on where it stopped.
    let journal = written(2);
    let opened = open(&journal.path).unwrap();
    fs::remove_file(mark_of(&journal.path)).unwrap();
    opened.journal.remove().unwrap();
    assert_eq!(fs::read_dir(journal.folder.path()).unwrap().count(), 0);
}

#[test]
fn after_a_crash_in_the_middle_the_rest_comes_back() {
    let (whole, old) = (written(6), written(3));
    let lines = open(&whole.path).unwrap().journal.lines_after(3).unwrap();
    // Line 4 is whole and marked, line 5 whole and unmarked, line 6 torn.
    let bytes = fs::read(&whole.path).unwrap();
    fs::write(&old.path, &bytes[..bytes.len() - 3]).unwrap();
    set_mark(&old.path, whole.heads[4]);
    let mut opened = open(&old.path).unwrap();
    assert!(opened.torn > 0);
    assert_eq!(opened.journal.head(), whole.heads[5]);
    opened.journal.append_exact(&lines[2..]).unwrap();
    assert_eq!(opened.journal.head(), whole.heads[6]);
    assert_ne!(whole.heads[6].hash, JournalHash::of(b""));
}
