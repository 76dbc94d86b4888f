//! Journals to attack, and processes to attack them in.
#![allow(dead_code, unreachable_pub, clippy::disallowed_types, reason = "each test file uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use strongroom_journal::{Entry as _, Journal, JournalError, Line, Opened, VaultEntry};
use strongroom_protocol::{Head, HouseId, JournalHash, Timestamp, canonical};
use tempfile::TempDir;

/// Names the journal to a child process.
pub const JOURNAL: &str = "JOURNAL_OF_THE_TEST";

pub fn house() -> HouseId {
    HouseId::of(b"the house")
}

pub fn at(sequence: u64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000).plus(sequence)
}

/// An entry that says which line it was meant for.
pub fn entry(sequence: u64) -> VaultEntry {
    if sequence.is_multiple_of(3) {
        VaultEntry::Frozen {
            by: "alice".parse().unwrap(),
            reason: format!("drill {sequence}").parse().unwrap(),
        }
    } else {
        VaultEntry::PolicyInstalled {
            policy: strongroom_protocol::PolicyId::of(&sequence.to_be_bytes()),
            epoch: sequence,
        }
    }
}

pub fn start() -> Head {
    Head { sequence: 0, hash: JournalHash::from_bytes(*house().as_bytes()) }
}

pub fn open(path: &Path) -> Result<Opened<VaultEntry>, JournalError> {
    Journal::open(path, house(), |_, _| {})
}

/// Opens a journal and returns every line it showed, with its hash.
pub fn read(path: &Path) -> (Opened<VaultEntry>, Vec<(Line<VaultEntry>, JournalHash)>) {
    let mut lines = Vec::new();
    let opened = Journal::open(path, house(), |line, hash| lines.push((line.clone(), hash))).unwrap();
    (opened, lines)
}

pub fn mark_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".mark");
    name.into()
}

/// A journal in a folder of its own, closed, with the head after each of its lines (the first is of none).
pub struct Written {
    pub folder: TempDir,
    pub path: PathBuf,
    pub heads: Vec<Head>,
}

impl Written {
    /// Bytes of the file up to the end of line `sequence`.
    pub fn end_of(&self, sequence: usize) -> usize {
        let file = fs::read(&self.path).unwrap();
        (0..sequence).fold(0, |at, _| {
            at + 4 + usize::try_from(u32::from_be_bytes(file[at..at + 4].try_into().unwrap())).unwrap()
        })
    }
}

/// A folder in memory where there is one: a damaged file is the same on any disk, and thousands are opened here.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// Writes a journal of `count` lines.
pub fn written(count: u64) -> Written {
    written_in(folder(), count)
}

/// Writes a journal of `count` lines in a folder.
pub fn written_in(folder: TempDir, count: u64) -> Written {
    let path = folder.path().join("vault.journal");
    let mut journal = Journal::create(&path, house()).unwrap();
    let mut heads = vec![journal.head()];
    heads.extend((1..=count).map(|sequence| journal.append(at(sequence), entry(sequence)).unwrap()));
    Written { folder, path, heads }
}

/// The frames of a journal of `count` lines and its head, put together without the journal's own code.
pub fn frames(count: u64) -> (Vec<u8>, Head) {
    let mut file = Vec::new();
    let mut head = start();
    for sequence in 1..=count {
        let line = Line { sequence, previous: head.hash, at: at(sequence), entry: entry(sequence) };
        let bytes = canonical::encode(&line);
        file.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
        file.extend_from_slice(&bytes);
        head = Head { sequence, hash: JournalHash::of(&bytes) };
    }
    assert_eq!(canonical::schema(&file[4..]), Some(VaultEntry::LINE_SCHEMA));
    (file, head)
}

pub fn set_mark(path: &Path, head: Head) {
    fs::write(mark_of(path), format!("{} {}\n", head.sequence, head.hash)).unwrap();
}

/// A command that runs one ignored test of this very file as a process of its own, with a journal to work on.
pub fn child(exe: &Path, test: &str, journal: &Path) -> Command {
    let mut command = Command::new(exe);
    command.args(arguments(test)).env(JOURNAL, journal);
    command
}

/// What makes a test program run one ignored test and let it print.
pub fn arguments(test: &str) -> [&str; 5] {
    [test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]
}

/// The journal that the parent named, or `None` where nobody is the parent.
pub fn journal_of_the_parent() -> Option<PathBuf> {
    std::env::var_os(JOURNAL).map(PathBuf::from)
}

/// Appends until something refuses, telling of each line once it is acknowledged; then tries once more.
pub fn append_and_tell(journal: &mut Journal<VaultEntry>, limit: u64) {
    for _ in 0..limit {
        let sequence = journal.head().sequence + 1;
        match journal.append(at(sequence), entry(sequence)) {
            Ok(head) => println!("acknowledged {} {} .", head.sequence, head.hash),
            Err(error) => {
                println!("refused {error} .");
                let again = journal.append(at(sequence), entry(sequence));
                println!("again {} .", again.expect_err("a journal went on after a failed write"));
                return;
            }
        }
    }
}

/// The heads that a child told of, of those lines it finished printing.
pub fn acknowledged(output: &str) -> Vec<Head> {
    let told = output.lines().filter_map(|line| {
        let mut words = line.split(' ').skip_while(|word| *word != "acknowledged").skip(1);
        let head = Head { sequence: words.next()?.parse().ok()?, hash: words.next()?.parse().ok()? };
        (words.next() == Some(".")).then_some(head)
    });
    told.collect()
}

/// Opens a journal and checks that every head of `told` is in it, and that each line is what was to be written.
pub fn must_hold(path: &Path, told: &[Head]) -> Opened<VaultEntry> {
    let (opened, lines) = read(path);
    for head in told {
        let index = usize::try_from(head.sequence).unwrap() - 1;
        let (_, hash) = lines.get(index).unwrap_or_else(|| panic!("line {} is gone", head.sequence));
        assert_eq!(*hash, head.hash, "line {} is another one", head.sequence);
    }
    for (sequence, (line, _)) in (1..).zip(&lines) {
        assert_eq!((line.sequence, line.at, &line.entry), (sequence, at(sequence), &entry(sequence)));
    }
    opened
}
