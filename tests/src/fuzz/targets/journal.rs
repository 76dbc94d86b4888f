//! Journals: their lines, as replies carry them, and the file as a crash or a thief leaves it.

use std::cell::RefCell;
use std::fs;

use strongroom_journal::{Entry, Journal, Line, VaultEntry, verify_lines};
use strongroom_protocol::{BookId, Head, HouseId, JournalHash, PolicyId, Timestamp, canonical};

use super::documents::document;

pub(super) fn vault_line(bytes: &[u8]) -> bool {
    line::<VaultEntry>(bytes)
}

pub(super) fn desk_line(bytes: &[u8]) -> bool {
    line::<strongroom_journal::DeskEntry>(bytes)
}

/// A line follows the one line that it names, and no other.
fn line<E: Entry>(bytes: &[u8]) -> bool {
    let Some(line) = document::<Line<E>>(bytes) else { return false };
    let head = Head { sequence: line.sequence, hash: JournalHash::of(bytes) };
    let verify = |since, head| verify_lines::<E>(since, [bytes], head);
    let Some(before) = line.sequence.checked_sub(1) else {
        let since = Head { sequence: u64::MAX, hash: line.previous };
        assert!(verify(since, head).is_err(), "line 0 follows the last number there is");
        return true;
    };
    let since = Head { sequence: before, hash: line.previous };
    assert_eq!(verify(since, head).expect("it follows the line it names"), [line]);
    let other = JournalHash::of(b"another line");
    assert!(verify(Head { hash: other, ..since }, head).is_err());
    assert!(verify(Head { sequence: before.wrapping_add(1), ..since }, head).is_err());
    assert!(verify(since, Head { hash: other, ..head }).is_err());
    true
}

/// A folder in memory, where syncing costs nothing; elsewhere if there is none.
fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

thread_local! {
    static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(in_memory());
}

/// The house of journals in the corpus.
fn house() -> HouseId {
    HouseId::of(b"a house with a journal")
}

/// The two lines that are acknowledged when a crash comes, or a thief: every journal in the corpus begins with them, and
/// its mark names the second.
pub fn acknowledged() -> [Line<VaultEntry>; 2] {
    let at = Timestamp::from_unix(1_800_000_000);
    let entry = VaultEntry::BookInstalled { book: BookId::of(b"book"), epoch: 1 };
    let start = JournalHash::from_bytes(*house().as_bytes());
    let first = Line { sequence: 1, previous: start, at, entry };
    let entry = VaultEntry::PolicyInstalled { policy: PolicyId::of(b"policy"), epoch: 1 };
    let second = Line { sequence: 2, previous: JournalHash::of(&canonical::encode(&first)), at, entry };
    [first, second]
}

/// A journal's file whose mark names its second line. Whatever was done to the file, either it is refused, or the two
/// acknowledged lines are in it, unchanged; and what was opened once opens again, with the same lines and nothing torn.
pub(super) fn file(bytes: &[u8]) -> bool {
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("journal");
        fs::write(&path, bytes).unwrap();
        let [_, second] = acknowledged();
        let mark = Head { sequence: second.sequence, hash: JournalHash::of(&canonical::encode(&second)) };
        fs::write(folder.path().join("journal.mark"), format!("{} {}\n", mark.sequence, mark.hash)).unwrap();
        let open = || {
            let mut hashes = Vec::new();
            let opened = Journal::<VaultEntry>::open(&path, house(), |_, hash| hashes.push(hash));
            opened.map(|opened| (opened.journal.head(), opened.torn, hashes))
        };
        let Ok((head, torn, hashes)) = open() else { return false };
        assert!(
            head.sequence >= mark.sequence && hashes.get(1) == Some(&mark.hash),
            "an acknowledged line is gone"
        );
        assert!(head.sequence <= mark.sequence + 1, "more than one line was never acknowledged");
        assert_eq!(hashes.last(), Some(&head.hash));
        let left = fs::read(&path).unwrap();
        assert_eq!(u64::try_from(bytes.len() - left.len()).unwrap(), torn, "what was cut off was counted");
        assert!(bytes.starts_with(&left), "opening changed a line");
        let again = open().expect("what was opened once opens again");
        assert_eq!(again, (head, 0, hashes));
        true
    })
}
