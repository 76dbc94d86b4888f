//! Running the programs: in this process, or as binaries.

use std::ffi::OsString;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use strongroom_desk::http::Http;
use strongroom_journal::FindPlace;
use strongroom_keys::{Passphrase, SystemEntropy, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_vault::{KnownAnswers, Terminal, TerminalError, find_place};
use strongroom_virtual::{Decision, Ledger, Narrated, Script, Setup, TrainingSeed, VirtualBus};
use strongroom_wire::{Bus, EmptyBus};

use super::apart::Apart;
use super::people::People;

/// Who plays.
#[derive(Clone)]
#[non_exhaustive]
pub enum Players {
    /// The programs' own entry points, in this process: no OpenSSH, no binaries.
    InProcess,
    /// The binaries in this folder, with `ssh-keygen` for people's signatures.
    Binaries(PathBuf),
    /// The programs' own entry points, and a software Ledger that holds the keys: a house to practise in.
    Virtual(Practice),
    /// The desk's binary in this folder, and the training vault's, with a software Ledger that holds the keys.
    Training {
        /// Where `strongroom` is.
        folder: PathBuf,
        /// The training vault.
        vault: PathBuf,
    },
    /// The desk's own entry point, and the vault over the port of an emulator that holds the keys: a house to practise in.
    Port {
        /// The vault that speaks to such a port.
        vault: PathBuf,
        /// Where it is.
        address: String,
    },
    /// The desk's own entry point, and a vault on another machine, where a hardware wallet holds the keys.
    Apart(Apart),
}

/// A software Ledger in the hands of somebody who approves everything, and whose screens are shown.
#[derive(Clone)]
pub struct Practice {
    bus: VirtualBus,
    /// What is on the device's screen goes where the vault's own page goes.
    sheet: Sheet,
}

impl Practice {
    /// A device with these words, that signs what it cannot show.
    ///
    /// # Panics
    /// If the words are no words to practise with.
    pub fn new(words: &str) -> Self {
        let sheet = Sheet::default();
        let seed = TrainingSeed::new(words, "").unwrap();
        let mut device = Ledger::new(
            Setup::new(seed),
            Box::new(Narrated::new(sheet.clone(), Script::always(Decision::Approve))),
        );
        device.allow_blind_signing(true);
        Self { bus: VirtualBus::with(device), sheet }
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Run {
    /// The exit code.
    pub exit: i32,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
    /// The command, for whoever must look for what went wrong.
    pub command: String,
}

impl Run {
    /// It must have been done.
    #[track_caller]
    #[expect(clippy::must_use_candidate, clippy::return_self_not_must_use, reason = "it is an assertion")]
    pub fn done(self) -> Self {
        assert_eq!(self.exit, 0, "{}\n{}\n{}", self.command, self.stdout, self.stderr);
        self
    }

    /// It must have ended with this code and these words on either stream.
    #[track_caller]
    #[expect(clippy::must_use_candidate, clippy::return_self_not_must_use, reason = "it is an assertion")]
    pub fn refused(self, exit: i32, words: &str) -> Self {
        assert_eq!(self.exit, exit, "{}\n{}\n{}", self.command, self.stdout, self.stderr);
        let said = format!("{}{}", self.stdout, self.stderr);
        assert!(said.contains(words), "{} did not say {words:?}:\n{said}", self.command);
        self
    }
}

/// A stream that can be read afterwards.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sheet {
    fn bytes(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// Nobody sits at this terminal: everything is said on the command line and on standard input.
struct Nobody;

fn nobody() -> TerminalError {
    TerminalError::None(io::ErrorKind::NotFound.into())
}

impl Terminal for Nobody {
    fn ask_secret(&mut self, _: &str) -> Result<Passphrase, TerminalError> {
        Err(nobody())
    }

    fn ask(&mut self, _: &str) -> Result<String, TerminalError> {
        Err(nobody())
    }

    fn tell(&mut self, _: &str) -> Result<(), TerminalError> {
        Err(nobody())
    }

    fn show_once(&mut self, _: &str) -> Result<(), TerminalError> {
        Err(nobody())
    }
}

impl Players {
    /// Whether it is a house to practise in, with a software Ledger.
    pub const fn practise(&self) -> bool {
        matches!(self, Self::Virtual(_) | Self::Training { .. } | Self::Port { .. })
    }

    /// Whether a device holds the keys.
    pub const fn on_device(&self) -> bool {
        self.practise() || matches!(self, Self::Apart(_))
    }

    pub(super) fn desk(&self, args: &[String], people: &People) -> Run {
        match self {
            Self::Binaries(folder) | Self::Training { folder, .. } => {
                binary(&folder.join("strongroom"), args, "")
            }
            Self::InProcess | Self::Virtual(_) | Self::Port { .. } | Self::Apart(_) => {
                let (out, err) = (Sheet::default(), Sheet::default());
                let mut world = strongroom_desk::World {
                    stdin: Box::new(io::empty()),
                    stdout: Box::new(out.clone()),
                    stderr: Box::new(err.clone()),
                    progress: false,
                    user_folder: None,
                    clock: Box::new(SystemTime::now),
                    transports: Box::new(Http::default()),
                    signers: people.signers(),
                };
                let exit = strongroom_desk::run(args.iter().map(OsString::from), &mut world);
                Run { exit: exit.into(), stdout: out.text(), stderr: err.text(), command: args.join(" ") }
            }
        }
    }

    /// `device` is the file that describes the software Ledger, for a training vault of its own process.
    pub(super) fn vault(&self, args: &[String], secrets: &[&str], device: &Path) -> Run {
        let typed = secrets.iter().fold(String::new(), |typed, secret| typed + secret + "\n");
        match self {
            Self::Binaries(folder) => binary(&folder.join("strongroom-vault"), args, &typed),
            Self::Training { vault, .. } => {
                let mut words = args.to_vec();
                words.insert(1, format!("virtual:{}", device.display()));
                binary(vault, &words, &typed)
            }
            Self::Port { vault, address } => {
                let mut words = args.to_vec();
                words.splice(1..1, ["--apdu".to_owned(), address.clone()]);
                binary(vault, &words, &typed)
            }
            Self::Apart(machine) => machine.vault(args, &typed),
            Self::InProcess => here(args, typed, &mut EmptyBus, &Sheet::default(), false, &find_place),
            Self::Virtual(practice) => {
                practice.sheet.bytes().clear();
                here(args, typed, &mut practice.bus.clone(), &practice.sheet, true, &find_place)
            }
        }
    }
}

/// The vault's own entry point, in this process.
pub(super) fn here(
    args: &[String],
    typed: String,
    bus: &mut dyn Bus,
    out: &Sheet,
    training: bool,
    place: &FindPlace<'_>,
) -> Run {
    let err = Sheet::default();
    let mut world = strongroom_vault::World {
        stdin: &mut Cursor::new(typed.into_bytes()),
        stdout: &mut out.clone(),
        stderr: &mut err.clone(),
        bus,
        training,
        place,
        machine: strongroom_vault::doctor::Machine::here(),
        terminal: &mut Nobody,
        clock: &|| Timestamp::from_system(SystemTime::now()),
        entropy: &mut SystemEntropy,
        default_home: None,
        work_factor: WorkFactor::FLOOR,
        known_answers: KnownAnswers::default(),
        watched: false,
        warnings: Vec::new(),
    };
    let exit = strongroom_vault::run(args.iter().map(OsString::from), &mut world);
    Run { exit: exit.into(), stdout: out.text(), stderr: err.text(), command: args.join(" ") }
}

fn binary(program: &std::path::Path, args: &[String], typed: &str) -> Run {
    let mut child = Command::new(program)
        .args(args.iter().skip(1))
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    if let Some(mut stdin) = child.stdin.take() {
        // A program that refuses early closes its input: that is its right.
        let _ = stdin.write_all(typed.as_bytes());
    }
    let output = child.wait_with_output().unwrap();
    Run {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: args.join(" "),
    }
}
