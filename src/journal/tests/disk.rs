//! Disks that refuse, files that somebody else touches, and a second process at the door.
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
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use common::{
    acknowledged, append_and_tell, arguments, at, child, entry, house, journal_of_the_parent, mark_of,
    must_hold, open, written,
};
use strongroom_journal::{Journal, JournalError, VaultEntry};

#[test]
#[ignore = "a process of its own, started by the tests beside it"]
fn child_holds() {
    let Some(path) = journal_of_the_parent() else { return };
    let _held = open(&path).unwrap();
    println!("\nheld .");
    std::io::stdout().flush().unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
#[ignore = "a process of its own, started by the tests beside it"]
fn child_appends() {
    let Some(path) = journal_of_the_parent() else { return };
    println!();
    append_and_tell(&mut open(&path).unwrap().journal, 100_000);
}

#[test]
#[ignore = "a process of its own, started by the tests beside it"]
fn child_creates() {
    let Some(path) = journal_of_the_parent() else { return };
    println!("\ncreating: {} .", Journal::<VaultEntry>::create(&path, house()).unwrap_err());
}

#[test]
fn a_second_process_is_refused_until_the_first_is_gone() {
    let journal = written(2);
    let exe = std::env::current_exe().unwrap();
    let mut holder = child(&exe, "child_holds", &journal.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(told.any(|line| line.unwrap() == "held ."), "the child did not open the journal");
    let refusal = open(&journal.path);
    assert!(matches!(&refusal, Err(JournalError::InUse(path)) if *path == journal.path), "{refusal:?}");
    let create = Journal::<VaultEntry>::create(&journal.path, house());
    assert!(matches!(create, Err(JournalError::InUse(_) | JournalError::Exists(_))));
    writeln!(holder.stdin.take().unwrap()).unwrap();
    assert!(holder.wait().unwrap().success());
    assert_eq!(open(&journal.path).unwrap().journal.head(), journal.heads[2]);
}

#[test]
fn a_second_handle_in_the_same_process_is_refused() {
    let journal = written(1);
    let first = open(&journal.path).unwrap();
    assert!(matches!(open(&journal.path), Err(JournalError::InUse(_))));
    drop(first);
    let fresh = journal.folder.path().join("fresh");
    let _first = Journal::<VaultEntry>::create(&fresh, house()).unwrap();
    assert!(matches!(open(&fresh), Err(JournalError::InUse(_))));
    assert!(open(&journal.path).is_ok());
}

#[test]
fn a_full_disk_acknowledges_nothing_more() {
    let journal = written(1);
    // The limit on file size stands for the full disk: part of a line is written, then the system refuses.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(arguments("child_appends"))
        .env(common::JOURNAL, &journal.path)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let lines = acknowledged(&told);
    assert!(lines.len() > 5, "{told}");
    assert!(told.contains("\nrefused ") && told.contains("File too large"), "{told}");
    assert!(told.contains("\nagain ") && told.contains("an earlier write failed"), "{told}");
    let mut opened = must_hold(&journal.path, &lines);
    assert_eq!(opened.journal.head(), *lines.last().unwrap(), "a line that was refused is there");
    assert!(opened.torn > 0, "the system wrote no part of the line that was refused");
    let next = opened.journal.head().sequence + 1;
    opened.journal.append(at(next), entry(next)).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_acknowledges_nothing() {
    let journal = written(2);
    let folder = journal.folder.path();
    let programs = tempfile::tempdir().unwrap();
    fs::set_permissions(programs.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let exe = programs.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &exe).unwrap();
    fs::set_permissions(&exe, fs::Permissions::from_mode(0o755)).unwrap();
    let mut append = child(&exe, "child_appends", &journal.path);
    let mut create = child(&exe, "child_creates", &folder.join("fresh"));
    if fs::metadata(folder).unwrap().uid() == 0 {
        // Root is not held by permissions, so the children are nobody.
        for file in [folder.to_owned(), journal.path.clone(), mark_of(&journal.path)] {
            std::os::unix::fs::chown(file, Some(65534), Some(65534)).unwrap();
        }
        append.uid(65534).gid(65534);
        create.uid(65534).gid(65534);
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let append = String::from_utf8(append.output().unwrap().stdout).unwrap();
    let create = String::from_utf8(create.output().unwrap().stdout).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(acknowledged(&append), [], "{append}");
    assert!(append.contains(".mark.new: Permission denied"), "{append}");
    assert!(append.contains("an earlier write failed"), "{append}");
    assert!(create.contains("Permission denied"), "{create}");
    assert!(!folder.join("fresh").exists());
    // The line was written before the mark was refused. It may stay, but nothing before it is gone.
    let opened = must_hold(&journal.path, &journal.heads[1..]);
    assert_eq!(opened.journal.head().sequence, 3);
}

#[test]
fn a_mark_that_cannot_be_written_acknowledges_nothing() {
    let journal = written(2);
    let mut opened = open(&journal.path).unwrap().journal;
    let obstacle = journal.folder.path().join("vault.journal.mark.new");
    fs::create_dir(&obstacle).unwrap();
    assert!(matches!(opened.append(at(3), entry(3)), Err(JournalError::Io { path, .. }) if path == obstacle));
    assert_eq!(opened.head(), journal.heads[2]);
    assert_eq!(opened.lines_after(0).unwrap().len(), 2, "a line that was not acknowledged was handed out");
    fs::remove_dir(&obstacle).unwrap();
    assert!(matches!(opened.append(at(3), entry(3)), Err(JournalError::Failed(_))));
    assert_eq!(opened.head(), journal.heads[2]);
    drop(opened);
    let opened = open(&journal.path).unwrap();
    assert_eq!((opened.journal.head().sequence, opened.torn), (3, 0));
}

#[test]
fn a_link_laid_for_the_marks_temporary_file_is_not_followed() {
    let journal = written(1);
    let victim = journal.folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, journal.folder.path().join("vault.journal.mark.new")).unwrap();
    open(&journal.path).unwrap().journal.append(at(2), entry(2)).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(!fs::symlink_metadata(mark_of(&journal.path)).unwrap().is_symlink());
    assert_eq!(open(&journal.path).unwrap().journal.head().sequence, 2);
}

#[test]
fn a_temporary_file_that_a_crash_left_is_no_obstacle() {
    let journal = written(1);
    let left = journal.folder.path().join("vault.journal.mark.new");
    fs::write(&left, "2 ").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
    open(&journal.path).unwrap().journal.append(at(2), entry(2)).unwrap();
    assert_eq!(fs::metadata(mark_of(&journal.path)).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(!left.exists());
}

#[test]
fn bytes_that_something_else_wrote_stop_the_journal() {
    let journal = written(2);
    let mut opened = open(&journal.path).unwrap().journal;
    let mut other = fs::OpenOptions::new().append(true).open(&journal.path).unwrap();
    other.write_all(&[0, 0, 0, 9, 1]).unwrap();
    assert!(matches!(opened.append(at(3), entry(3)), Err(JournalError::Changed(_))));
    assert!(matches!(opened.append(at(3), entry(3)), Err(JournalError::Failed(_))));
    drop(opened);
    let opened = open(&journal.path).unwrap();
    assert_eq!((opened.journal.head(), opened.torn), (journal.heads[2], 5));
}

#[test]
fn lines_that_something_else_cut_stop_the_journal() {
    let journal = written(3);
    let mut opened = open(&journal.path).unwrap().journal;
    let end = u64::try_from(journal.end_of(2)).unwrap();
    fs::OpenOptions::new().write(true).open(&journal.path).unwrap().set_len(end).unwrap();
    assert!(matches!(opened.lines_after(0), Err(JournalError::Changed(_))), "fewer lines were handed out");
    assert!(matches!(opened.append(at(4), entry(4)), Err(JournalError::Changed(_))));
    drop(opened);
    assert!(matches!(open(&journal.path), Err(JournalError::Missing { .. })));
}

#[test]
fn a_journal_that_was_moved_away_or_replaced_takes_no_more_lines() {
    for replaced in [false, true] {
        let journal = written(2);
        let mut opened = open(&journal.path).unwrap().journal;
        let away = journal.folder.path().join("away");
        let length = fs::metadata(&journal.path).unwrap().len();
        fs::rename(&journal.path, &away).unwrap();
        if replaced {
            fs::copy(&away, &journal.path).unwrap();
        }
        assert!(matches!(opened.append(at(3), entry(3)), Err(JournalError::Changed(_))), "{replaced}");
        assert_eq!(fs::metadata(&away).unwrap().len(), length, "a line went where nobody looks");
    }
}

#[test]
fn a_journal_may_be_reached_through_a_link() {
    let journal = written(2);
    let link = journal.folder.path().join("link");
    symlink(&journal.path, &link).unwrap();
    fs::copy(mark_of(&journal.path), mark_of(&link)).unwrap();
    let mut opened = open(&link).unwrap().journal;
    assert_eq!(opened.append(at(3), entry(3)).unwrap().sequence, 3);
}

#[test]
fn a_journal_that_is_not_there_or_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open(&folder.path().join("none")), Err(JournalError::Io { .. })));
    assert!(matches!(open(folder.path()), Err(JournalError::Io { .. })));
    let nowhere = folder.path().join("no").join("where");
    assert!(matches!(Journal::<VaultEntry>::create(&nowhere, house()), Err(JournalError::Io { .. })));
}
