//! Damage: what was acknowledged is never lost in silence, what never was is cut off and told of.
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

use common::{Written, at, entry, mark_of, open, read, set_mark, start, written};
use strongroom_journal::JournalError;
use strongroom_protocol::{Head, JournalHash};

/// Puts bytes in place of the journal, opens it, and checks that a refusal changed neither file.
fn reopen(journal: &Written, bytes: &[u8]) -> Result<(Head, u64), JournalError> {
    fs::write(&journal.path, bytes).unwrap();
    let mark = fs::read(mark_of(&journal.path)).unwrap();
    let opened = open(&journal.path);
    if opened.is_err() {
        assert_eq!(fs::read(&journal.path).unwrap(), bytes, "the evidence was altered");
        assert_eq!(fs::read(mark_of(&journal.path)).unwrap(), mark, "the evidence was altered");
    }
    opened.map(|opened| (opened.journal.head(), opened.torn))
}

#[test]
fn an_unfinished_line_is_cut_off_at_any_byte_and_told_of() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    let acknowledged = journal.end_of(3);
    for end in acknowledged..whole.len() {
        set_mark(&journal.path, journal.heads[3]);
        let torn = u64::try_from(end - acknowledged).unwrap();
        assert_eq!(reopen(&journal, &whole[..end]).unwrap(), (journal.heads[3], torn), "cut at {end}");
        assert_eq!(fs::read(&journal.path).unwrap(), whole[..acknowledged], "cut at {end}");
    }
    let mut opened = open(&journal.path).unwrap();
    assert_eq!(opened.torn, 0, "the same tail was told of twice");
    assert_eq!(opened.journal.append(at(4), entry(4)).unwrap(), journal.heads[4]);
}

#[test]
fn an_acknowledged_line_that_is_cut_is_missing() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    for end in 0..whole.len() {
        let refusal = reopen(&journal, &whole[..end]);
        assert!(
            matches!(refusal, Err(JournalError::Missing { expected, .. }) if expected == journal.heads[4]),
            "cut at {end}: {refusal:?}"
        );
    }
}

#[test]
fn every_flipped_bit_of_an_acknowledged_line_is_noticed() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let refusal = reopen(&journal, &damaged);
        assert!(
            matches!(refusal, Err(JournalError::Damaged { .. } | JournalError::Missing { .. })),
            "bit {bit}: {refusal:?}"
        );
    }
    reopen(&journal, &whole).expect("the journal itself is good");
}

#[test]
fn every_flipped_bit_of_the_mark_is_noticed() {
    for count in [0, 1, 4, 12] {
        let journal = written(count);
        let whole = fs::read(&journal.path).unwrap();
        let mark = fs::read(mark_of(&journal.path)).unwrap();
        for bit in 0..mark.len() * 8 {
            let mut damaged = mark.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(mark_of(&journal.path), &damaged).unwrap();
            let refusal = reopen(&journal, &whole);
            assert!(
                matches!(
                    refusal,
                    Err(JournalError::Damaged { .. }
                        | JournalError::Missing { .. }
                        | JournalError::Mark { .. })
                ),
                "bit {bit} of {}: {refusal:?}",
                String::from_utf8_lossy(&damaged)
            );
        }
        for end in 0..mark.len() {
            fs::write(mark_of(&journal.path), &mark[..end]).unwrap();
            assert!(matches!(reopen(&journal, &whole), Err(JournalError::Mark { .. })), "cut at {end}");
        }
    }
}

#[test]
fn a_mark_has_one_writing() {
    let journal = written(2);
    let whole = fs::read(&journal.path).unwrap();
    let hash = journal.heads[2].hash;
    for other in [
        format!("+2 {hash}\n"),
        format!("02 {hash}\n"),
        format!("2  {hash}\n"),
        format!("2 {hash}"),
        format!("2 {hash}\n\n"),
        format!("2 {hash} \n"),
        format!("2 {hash}\r\n"),
        format!("2 {}\n", hash.to_string().to_uppercase()),
        String::new(),
    ] {
        fs::write(mark_of(&journal.path), &other).unwrap();
        assert!(matches!(reopen(&journal, &whole), Err(JournalError::Mark { .. })), "{other:?} passed");
    }
}

#[test]
fn a_journal_without_its_mark_is_refused() {
    let journal = written(3);
    fs::remove_file(mark_of(&journal.path)).unwrap();
    let bytes = fs::read(&journal.path).unwrap();
    let refusal = open(&journal.path);
    assert!(matches!(&refusal, Err(JournalError::Mark { path, .. }) if *path == mark_of(&journal.path)));
    assert!(refusal.unwrap_err().to_string().contains("is lost"));
    assert!(!mark_of(&journal.path).exists(), "the mark was made up");
    assert_eq!(fs::read(&journal.path).unwrap(), bytes);
}

#[test]
fn a_mark_ahead_says_that_lines_are_missing() {
    let journal = written(3);
    let longer = Head { sequence: 4, hash: JournalHash::of(b"a line that is gone") };
    set_mark(&journal.path, longer);
    let whole = fs::read(&journal.path).unwrap();
    assert!(matches!(
        reopen(&journal, &whole),
        Err(JournalError::Missing { found, expected, .. }) if found == journal.heads[3] && expected == longer
    ));
}

#[test]
fn a_line_whose_mark_was_not_written_yet_is_kept() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    set_mark(&journal.path, journal.heads[3]);
    assert_eq!(reopen(&journal, &whole).unwrap(), (journal.heads[4], 0));
    assert_eq!(fs::read(&journal.path).unwrap(), whole);
    assert_eq!(
        fs::read_to_string(mark_of(&journal.path)).unwrap(),
        format!("4 {}\n", journal.heads[4].hash),
        "the mark did not catch up"
    );
    let (mut opened, lines) = read(&journal.path);
    assert_eq!(lines.len(), 4);
    assert_eq!(opened.journal.append(at(5), entry(5)).unwrap().sequence, 5);
}

#[test]
fn the_first_line_is_kept_before_its_mark_too() {
    let journal = written(1);
    let whole = fs::read(&journal.path).unwrap();
    set_mark(&journal.path, start());
    assert_eq!(reopen(&journal, &whole).unwrap(), (journal.heads[1], 0));
}

#[test]
fn a_kept_line_may_be_followed_by_an_unfinished_one() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    set_mark(&journal.path, journal.heads[3]);
    let longer = [whole.as_slice(), &[0, 0, 1]].concat();
    assert_eq!(reopen(&journal, &longer).unwrap(), (journal.heads[4], 3));
    assert_eq!(fs::read(&journal.path).unwrap(), whole);
}

#[test]
fn a_mark_behind_by_two_was_set_back() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    for sequence in 0..=2 {
        set_mark(&journal.path, journal.heads[sequence]);
        assert!(matches!(reopen(&journal, &whole), Err(JournalError::Mark { .. })), "mark at {sequence}");
    }
}

#[test]
fn a_mark_behind_must_name_the_line_that_is_there() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    for sequence in 0..=3 {
        set_mark(&journal.path, Head { sequence, hash: JournalHash::of(b"another line") });
        assert!(
            matches!(reopen(&journal, &whole), Err(JournalError::Mark { .. } | JournalError::Damaged { .. })),
            "mark at {sequence}"
        );
    }
}

#[test]
fn blocks_that_a_crash_left_unwritten_are_a_torn_tail() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    for zeros in [1, 3, 4, 5, 100, 4096] {
        let longer = [whole.as_slice(), &vec![0; zeros]].concat();
        let torn = u64::try_from(zeros).unwrap();
        assert_eq!(reopen(&journal, &longer).unwrap(), (journal.heads[4], torn));
        assert_eq!(fs::read(&journal.path).unwrap(), whole);
    }
    // The length arrived on disk, some of the line did not.
    let (last, end) = (journal.end_of(3), whole.len());
    for unwritten in [last + 4..end, last + 4..last + 60, end - 60..end, last + 40..last + 41] {
        set_mark(&journal.path, journal.heads[3]);
        let mut holed = whole.clone();
        holed[unwritten.clone()].fill(0);
        let torn = u64::try_from(end - last).unwrap();
        assert_eq!(reopen(&journal, &holed).unwrap(), (journal.heads[3], torn), "hole at {unwritten:?}");
    }
}

#[test]
fn the_same_hole_in_an_acknowledged_line_is_damage() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    let ends: Vec<_> = (0..=4).map(|sequence| journal.end_of(sequence)).collect();
    for sequence in 0..4 {
        let (from, to) = (ends[sequence], ends[sequence + 1]);
        for hole in [from..to, from + 4..to, from..from + 4] {
            let mut holed = whole.clone();
            holed[hole.clone()].fill(0);
            let refusal = reopen(&journal, &holed);
            assert!(
                matches!(refusal, Err(JournalError::Damaged { .. } | JournalError::Missing { .. })),
                "hole at {hole:?}: {refusal:?}"
            );
        }
    }
}

#[test]
fn lines_moved_doubled_or_taken_out_are_damage() {
    let journal = written(4);
    let whole = fs::read(&journal.path).unwrap();
    let ends: Vec<_> = (0..=4).map(|sequence| journal.end_of(sequence)).collect();
    let line = |number: usize| &whole[ends[number - 1]..ends[number]];
    for order in [vec![2, 1, 3, 4], vec![1, 2, 4, 3], vec![1, 3, 4], vec![1, 1, 2, 3, 4], vec![1, 2, 3, 3, 4]]
    {
        let bytes: Vec<u8> = order.iter().flat_map(|number| line(*number)).copied().collect();
        let refusal = reopen(&journal, &bytes);
        assert!(matches!(refusal, Err(JournalError::Damaged { .. })), "{order:?}: {refusal:?}");
    }
}

#[test]
fn any_junk_after_the_lines_is_cut_and_told_of() {
    let journal = written(2);
    let whole = fs::read(&journal.path).unwrap();
    let last = whole[journal.end_of(1)..].to_vec();
    for junk in [vec![0xff; 9], vec![0, 0, 0, 1, 0x80], last, [0, 0, 0, 200].repeat(60)] {
        let longer = [whole.as_slice(), &junk].concat();
        let torn = u64::try_from(junk.len()).unwrap();
        assert_eq!(reopen(&journal, &longer).unwrap(), (journal.heads[2], torn));
    }
}
