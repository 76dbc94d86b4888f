//! A house around a vault that is driven in process: people with known keys, a scripted operator, a clock that is set.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod house;
pub mod ledgers;
pub mod operator;

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use strongroom_journal::{Journal, Place, VaultEntry};
use strongroom_keys::{Entropy, EntropyError, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_vault::doctor::Machine;
use strongroom_vault::{KnownAnswers, World};
use strongroom_wire::{Bus, EmptyBus};
use tempfile::TempDir;

use operator::Operator;

/// When everything in these tests begins.
pub const START: &str = "2026-06-01T12:00:00Z";
/// The passphrase of the station key.
pub const STATION_PASS: &str = "the station's own passphrase";
/// The passphrase of every other key.
pub const KEY_PASS: &str = "the treasury's own passphrase";
/// Words that everybody knows; the first Ethereum key is 0x9858….
pub const WORDS: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
/// The address of that key.
pub const ADDRESS: &str = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94";

/// Sound but predictable bytes, for tests alone: SHA-256 of a counter.
struct Predictable {
    seed: u64,
    counter: u64,
}

impl Entropy for Predictable {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in out.chunks_mut(32) {
            let digest = Sha256::new()
                .chain_update(self.seed.to_le_bytes())
                .chain_update(self.counter.to_le_bytes())
                .finalize();
            chunk.copy_from_slice(&digest[..chunk.len()]);
            self.counter += 1;
        }
        Ok(())
    }
}

/// A folder with a vault's home, and the present.
pub struct Bench {
    pub folder: TempDir,
    pub clock: Cell<Timestamp>,
    pub answers: KnownAnswers,
    /// The machine on which the vault runs.
    pub machine: Cell<Option<u64>>,
    /// What every file's place looks like, if they cannot be told apart.
    pub fixed: Cell<Option<Place>>,
    /// Which machine of `tests/machines` it looks like.
    pub state: Cell<&'static str>,
    /// Whether the vault is a program to practise with.
    pub training: Cell<bool>,
    /// Where devices are plugged in: nothing is, as a rule.
    pub bus: RefCell<Box<dyn Bus>>,
    runs: Cell<u64>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Run {
    pub exit: u8,
    pub out: Vec<u8>,
    pub err: String,
    /// What was shown on the terminal to be written down.
    pub shown: Vec<String>,
    /// What was asked and told on the terminal.
    pub terminal: String,
}

impl Run {
    pub fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap()
    }

    /// Everything that a log could have caught: no secret may be in it.
    pub fn logged(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.out), self.err)
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.exit, 0, "{self:?}\n{}", self.err);
        self
    }

    /// Said this on the way.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.logged().contains(words), "no {words:?} in:\n{}", self.logged());
        self
    }

    /// Ended like this, and said so in these words.
    #[track_caller]
    pub fn refused(self, exit: u8, words: &str) -> Self {
        assert_eq!(self.exit, exit, "{}\n{}", String::from_utf8_lossy(&self.out), self.err);
        self.says(words)
    }
}

impl Bench {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Cell::new(START.parse().unwrap()),
            answers: KnownAnswers::default(),
            machine: Cell::new(Some(1)),
            fixed: Cell::new(None),
            state: Cell::new("cold"),
            training: Cell::new(false),
            bus: RefCell::new(Box::new(EmptyBus)),
            runs: Cell::new(0),
        }
    }

    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub fn later(&self, seconds: u64) {
        self.clock.set(self.clock.get().plus(seconds));
    }

    /// Runs a command without anybody at the terminal and with nothing on standard input.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "", &mut Operator::absent())
    }

    /// Runs a command with secrets on standard input.
    pub fn run_secrets(&self, args: &[&str], secrets: &[&str]) -> Run {
        let args = [args, &["--passphrase-stdin"]].concat();
        let lines: String = secrets.iter().map(|secret| format!("{secret}\n")).collect();
        self.run_with(&args, &lines, &mut Operator::absent())
    }

    /// Runs a command with somebody at the terminal.
    pub fn run_operated(&self, args: &[&str], mut operator: Operator) -> Run {
        self.run_with(args, "", &mut operator)
    }

    /// Runs a command. In `args`, `@NAME` is a file of the bench's folder.
    pub fn run_with(&self, args: &[&str], stdin: impl AsRef<[u8]>, operator: &mut Operator) -> Run {
        let mut line: Vec<OsString> = vec!["strongroom-vault".into(), "--home".into(), self.home().into()];
        line.extend(args.iter().map(|arg| match arg.strip_prefix('@') {
            Some(name) => self.path(name).into(),
            None => OsString::from(arg),
        }));
        self.runs.set(self.runs.get() + 1);
        let now = self.clock.get();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut bus = self.bus.borrow_mut();
        let mut world = World {
            stdin: &mut stdin.as_ref(),
            stdout: &mut out,
            stderr: &mut err,
            bus: &mut **bus,
            training: self.training.get(),
            place: &|path| {
                if let Some(place) = self.fixed.get() {
                    return Ok(place);
                }
                let found = strongroom_vault::find_place(path)?;
                Ok(Place { machine: self.machine.get(), ..found })
            },
            machine: Machine::at(machines().join(self.state.get())),
            terminal: operator,
            clock: &|| now,
            entropy: &mut Predictable { seed: self.runs.get(), counter: 0 },
            default_home: None,
            work_factor: WorkFactor::FLOOR,
            known_answers: self.answers.clone(),
            watched: false,
            warnings: Vec::new(),
        };
        let exit = strongroom_vault::run(line, &mut world);
        Run {
            exit,
            out,
            err: String::from_utf8(err).unwrap(),
            shown: operator.shown.clone(),
            terminal: operator.heard.clone(),
        }
    }

    /// Copies a folder as a backup program does: names, contents, modes, times.
    pub fn copy(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }

    /// Puts a copy of another folder in the place of one.
    pub fn restore(&self, backup: &str, to: &str) {
        std::fs::remove_dir_all(self.path(to)).unwrap();
        self.copy(backup, to);
    }

    /// From here on no file's place differs from that of the home's journal.
    pub fn blind(&self) {
        let found = strongroom_vault::find_place(&self.path("home/journal")).unwrap();
        self.fixed.set(Some(Place { machine: self.machine.get(), ..found }));
    }

    /// From here on every file's place is the one that the home's journal recorded.
    pub fn blind_to_recorded(&self) {
        let mut recorded = None;
        Journal::open(&self.path("home/journal"), house::house_of(self.training.get()), |line, _| {
            if let VaultEntry::Opened { place, .. } = &line.entry {
                recorded = *place;
            }
        })
        .unwrap();
        self.fixed.set(recorded);
    }

    /// The journal's events, in order.
    pub fn events(&self) -> Vec<String> {
        let document = self.run(&["journal", "show", "--json"]).ok().json();
        let lines = document["data"]["lines"].as_array().unwrap();
        lines.iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
    }

    /// Every file below a folder, with its content.
    pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(Self::files(&path));
            } else {
                found.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
        found.sort();
        found
    }
}

/// Where the machines are, also for a package that borrows this bench.
fn machines() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["tests/machines", "../src/vault/tests/machines"].map(|place| package.join(place));
    places.into_iter().find(|place| place.exists()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            let found = std::fs::metadata(entry.path()).unwrap();
            let times = std::fs::FileTimes::new()
                .set_modified(found.modified().unwrap())
                .set_accessed(found.accessed().unwrap());
            std::fs::File::options().write(true).open(&target).unwrap().set_times(times).unwrap();
        }
    }
}
