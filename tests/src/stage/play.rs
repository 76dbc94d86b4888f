//! Running the programs: in this process, or as binaries.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Cursor, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::SystemTime;

use strongroom_desk::http::Http;
use strongroom_keys::{Passphrase, SystemEntropy, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_vault::{KnownAnswers, Terminal, TerminalError};

use super::people::People;

/// Who plays.
#[derive(Clone, Debug)]
pub enum Players {
    /// The programs' own entry points, in this process: no OpenSSH, no binaries.
    InProcess,
    /// The binaries in this folder, with `ssh-keygen` for people's signatures.
    Binaries(PathBuf),
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
#[derive(Clone, Default)]
struct Sheet(Rc<RefCell<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sheet {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
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
    pub(super) fn desk(&self, args: &[String], people: &People) -> Run {
        match self {
            Self::Binaries(folder) => binary(&folder.join("strongroom"), args, ""),
            Self::InProcess => {
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

    pub(super) fn vault(&self, args: &[String], secrets: &[&str]) -> Run {
        let typed = secrets.iter().fold(String::new(), |typed, secret| typed + secret + "\n");
        match self {
            Self::Binaries(folder) => binary(&folder.join("strongroom-vault"), args, &typed),
            Self::InProcess => {
                let (mut out, mut err) = (Sheet::default(), Sheet::default());
                let mut world = strongroom_vault::World {
                    stdin: &mut Cursor::new(typed.into_bytes()),
                    stdout: &mut out.clone(),
                    stderr: &mut err.clone(),
                    bus: &mut strongroom_wire::EmptyBus,
                    training: false,
                    place: &strongroom_vault::find_place,
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
                let _ = (out.flush(), err.flush());
                Run { exit: exit.into(), stdout: out.text(), stderr: err.text(), command: args.join(" ") }
            }
        }
    }
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
