//! What a journal keeps: lines in order, each naming the one before, in one form on disk.
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
use std::os::unix::fs::PermissionsExt;

use common::{at, entry, frames, house, mark_of, open, read, set_mark, start, written};
use minicbor::encode::Write;
use minicbor::{Decode, Encode, Encoder};
use strongroom_journal::{Entry, Journal, JournalError, VaultEntry, verify_lines};
use strongroom_protocol::{Head, HouseId, JournalHash};

#[test]
fn lines_come_back_in_order_and_each_names_the_one_before() {
    let journal = written(7);
    assert_eq!(journal.heads[0], start(), "an empty journal stands at its house");
    let (opened, lines) = read(&journal.path);
    assert_eq!(opened.torn, 0);
    assert_eq!(opened.journal.head(), journal.heads[7]);
    assert_eq!(lines.len(), 7);
    for (index, (line, hash)) in lines.iter().enumerate() {
        let sequence = u64::try_from(index).unwrap() + 1;
        assert_eq!(line.sequence, sequence);
        assert_eq!(line.previous, journal.heads[index].hash);
        assert_eq!((line.at, &line.entry), (at(sequence), &entry(sequence)));
        assert_eq!(Head { sequence, hash: *hash }, journal.heads[index + 1]);
    }
}

#[test]
fn a_reopened_journal_goes_on_where_it_stood() {
    let journal = written(2);
    for round in 3..=5 {
        let mut opened = open(&journal.path).unwrap();
        assert_eq!(opened.journal.head().sequence, round - 1);
        opened.journal.append(at(round), entry(round)).unwrap();
    }
    let (opened, lines) = read(&journal.path);
    assert_eq!((opened.journal.head().sequence, lines.len()), (5, 5));
}

#[test]
fn the_file_is_frames_of_canonical_lines_and_nothing_else() {
    let journal = written(5);
    let (expected, head) = frames(5);
    assert_eq!(fs::read(&journal.path).unwrap(), expected);
    assert_eq!(journal.heads[5], head);
    assert_eq!(fs::read_to_string(mark_of(&journal.path)).unwrap(), format!("5 {}\n", head.hash));
    let names = fs::read_dir(journal.folder.path()).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(names.count(), 2, "a temporary file stayed behind");
}

#[test]
fn ten_thousand_lines_open() {
    let journal = written(0);
    let (file, head) = frames(10_000);
    fs::write(&journal.path, file).unwrap();
    set_mark(&journal.path, head);
    let (mut opened, lines) = read(&journal.path);
    assert_eq!((opened.journal.head(), lines.len(), opened.torn), (head, 10_000, 0));
    let next = opened.journal.append(at(10_001), entry(10_001)).unwrap();
    assert_eq!(next.sequence, 10_001);
    assert_eq!(opened.journal.lines_after(9_999).unwrap().len(), 2);
}

#[test]
fn only_the_owner_can_read_either_file() {
    let journal = written(2);
    open(&journal.path).unwrap().journal.append(at(3), entry(3)).unwrap();
    for file in [journal.path.clone(), mark_of(&journal.path)] {
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, 0o600, "{file:?} has mode {mode:o}");
    }
}

#[test]
fn nothing_is_created_over_a_journal_or_over_what_is_left_of_one() {
    let journal = written(2);
    let bytes = fs::read(&journal.path).unwrap();
    let mark = fs::read(mark_of(&journal.path)).unwrap();
    let create = || Journal::<VaultEntry>::create(&journal.path, house());
    assert!(matches!(create(), Err(JournalError::Exists(path)) if path == journal.path));
    assert_eq!(fs::read(&journal.path).unwrap(), bytes);
    assert_eq!(fs::read(mark_of(&journal.path)).unwrap(), mark);

    fs::remove_file(mark_of(&journal.path)).unwrap();
    assert!(matches!(create(), Err(JournalError::Exists(path)) if path == journal.path), "the mark is gone");

    fs::write(mark_of(&journal.path), &mark).unwrap();
    fs::write(&journal.path, b"").unwrap();
    assert!(
        matches!(create(), Err(JournalError::Exists(path)) if path == journal.path),
        "the lines are gone"
    );

    fs::remove_file(&journal.path).unwrap();
    assert!(
        matches!(create(), Err(JournalError::Exists(path)) if path == mark_of(&journal.path)),
        "the file is gone"
    );
    assert!(!journal.path.exists(), "a refused creation left a file");
    assert_eq!(fs::read(mark_of(&journal.path)).unwrap(), mark);
}

#[test]
fn a_creation_that_a_crash_cut_short_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.journal");
    fs::write(&path, b"").unwrap();
    let mut journal = Journal::create(&path, house()).unwrap();
    journal.append(at(1), entry(1)).unwrap();
    drop(journal);
    assert_eq!(open(&path).unwrap().journal.head().sequence, 1);
}

#[test]
fn any_name_of_a_journal_is_safe_from_its_own_mark() {
    for name in ["journal", "journal.mark", "journal.new", "journal.mark.new", "journal.v1.mark"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut journal = Journal::create(&path, house()).unwrap();
        journal.append(at(1), entry(1)).unwrap();
        drop(journal);
        assert_eq!(open(&path).unwrap().journal.head().sequence, 1, "{name}");
    }
}

#[test]
fn lines_after_a_number_are_the_exact_bytes() {
    let journal = written(6);
    let file = fs::read(&journal.path).unwrap();
    let mut opened = open(&journal.path).unwrap();
    for since in 0..=8u64 {
        let lines = opened.journal.lines_after(since).unwrap();
        assert_eq!(lines.len(), usize::try_from(6u64.saturating_sub(since)).unwrap());
        for (index, line) in lines.iter().enumerate() {
            let sequence = usize::try_from(since).unwrap() + index;
            assert_eq!(*line, file[journal.end_of(sequence) + 4..journal.end_of(sequence + 1)]);
        }
    }
    opened.journal.append(at(7), entry(7)).unwrap();
    assert_eq!(opened.journal.lines_after(6).unwrap().len(), 1, "reading moved where the next line goes");
    drop(opened);
    assert_eq!(open(&journal.path).unwrap().journal.head().sequence, 7);
}

/// Lines 3 to 6 of a journal of 6, between the heads they lead from and to.
fn reply() -> (Head, Vec<Vec<u8>>, Head) {
    let journal = written(6);
    let lines = open(&journal.path).unwrap().journal.lines_after(2).unwrap();
    (journal.heads[2], lines, journal.heads[6])
}

fn verify(since: Head, lines: &[Vec<u8>], head: Head) -> Result<usize, JournalError> {
    verify_lines::<VaultEntry>(since, lines.iter().map(Vec::as_slice), head).map(|lines| lines.len())
}

#[test]
fn a_replys_lines_lead_from_head_to_head() {
    let (since, lines, head) = reply();
    let read = verify_lines::<VaultEntry>(since, lines.iter().map(Vec::as_slice), head).unwrap();
    assert_eq!(read.iter().map(|line| line.sequence).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert_eq!(read[0].entry, entry(3));
    assert_eq!(verify(head, &[], head).unwrap(), 0, "nothing new is nothing wrong");
}

#[test]
fn a_replys_lines_that_do_not_lead_there_are_refused() {
    let (since, lines, head) = reply();
    let refused = |since, lines: &[Vec<u8>], head, what: &str| {
        assert!(matches!(verify(since, lines, head), Err(JournalError::Damaged { .. })), "{what} passed");
    };
    for missing in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(missing);
        refused(since, &fewer, head, "a missing line");
        let mut twice = lines.clone();
        twice.insert(missing, lines[missing].clone());
        refused(since, &twice, head, "a line given twice");
        for other in missing + 1..lines.len() {
            let mut disorder = lines.clone();
            disorder.swap(missing, other);
            refused(since, &disorder, head, "disorder");
        }
    }
    for (number, line) in lines.iter().enumerate() {
        for bit in 0..line.len() * 8 {
            let mut altered = lines.clone();
            altered[number][bit / 8] ^= 1 << (bit % 8);
            refused(since, &altered, head, "an altered line");
        }
        let mut longer = lines.clone();
        longer[number].push(0);
        refused(since, &longer, head, "a byte after a line");
    }
    let other = JournalHash::of(b"another line");
    refused(Head { hash: other, ..since }, &lines, head, "another head before");
    refused(Head { sequence: 3, ..since }, &lines, head, "another number before");
    refused(Head { sequence: u64::MAX, ..since }, &lines, head, "the last number before");
    refused(since, &lines, Head { hash: other, ..head }, "another head after");
    refused(since, &lines, Head { sequence: 7, ..head }, "another number after");
    refused(since, &[], head, "no lines");
    refused(since, &lines, since, "a head that did not move");
}

/// An entry that cannot be written.
#[derive(Clone, Debug, PartialEq, Decode)]
struct Mute(#[n(0)] u64);

impl<C> Encode<C> for Mute {
    fn encode<W: Write>(
        &self,
        _: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        Err(minicbor::encode::Error::message("nothing to say"))
    }
}

impl Entry for Mute {
    const LINE_SCHEMA: &'static str = "test.mute.v1";
}

/// An entry of any size.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Long(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>);

impl Entry for Long {
    const LINE_SCHEMA: &'static str = "test.long.v1";
}

#[test]
fn what_is_no_line_is_not_written_and_breaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mute");
    let mut journal = Journal::<Mute>::create(&path, house()).unwrap();
    assert!(matches!(journal.append(at(1), Mute(1)), Err(JournalError::Encoding(1))));
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    assert_eq!(journal.head(), start());

    let path = folder.path().join("long");
    let mut journal = Journal::<Long>::create(&path, house()).unwrap();
    let refusal = journal.append(at(1), Long(vec![0; strongroom_protocol::bundle::BUNDLE_LIMIT]));
    assert!(matches!(refusal, Err(JournalError::TooLarge(_))));
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    let head = journal.append(at(1), Long(vec![7; 100_000])).unwrap();
    drop(journal);
    assert_eq!(Journal::<Long>::open(&path, house(), |_, _| {}).unwrap().journal.head(), head);
}

#[test]
fn lines_of_another_kind_of_journal_are_refused() {
    let journal = written(1);
    let refusal = Journal::<Long>::open(&journal.path, house(), |_, _| panic!("a line was shown"));
    assert!(matches!(refusal, Err(JournalError::Damaged { sequence: 1, .. })));
}

#[test]
fn another_houses_journal_is_refused_and_left_as_it_is() {
    for count in [0, 1, 3] {
        let journal = written(count);
        let bytes = fs::read(&journal.path).unwrap();
        let refusal = Journal::<VaultEntry>::open(&journal.path, HouseId::of(b"another"), |_, _| {
            panic!("a line was shown")
        });
        assert!(
            matches!(refusal, Err(JournalError::Mark { .. } | JournalError::Damaged { sequence: 1, .. })),
            "{refusal:?}"
        );
        assert_eq!(fs::read(&journal.path).unwrap(), bytes);
    }
}
