//! One run of a command: the world and the global options.

use std::cell::Cell;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use strongroom_policy::Genesis;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{SshSignature, Timestamp};
use strongroom_screen::{Failure, Output, Progress};

use crate::exit;
use crate::failure;
use crate::home::{Home, HomeError};
use crate::ssh::{self, Candidate, KeyChoice};
use crate::world::World;

/// What a command is given: the world and the options that every command has.
pub struct Desk<'w> {
    /// What it touches.
    pub world: &'w mut World,
    /// Where the home is, or is to be.
    pub home: PathBuf,
    /// How the result is printed.
    pub output: Output,
    /// Whether only trouble is printed.
    pub quiet: bool,
    /// Whether standard output carries a file, so that words must go elsewhere.
    stdout_taken: bool,
    /// Whether the house whose home or founding text was opened is one to practise in.
    training: Cell<bool>,
}

impl<'w> Desk<'w> {
    /// A run with these options.
    pub fn new(world: &'w mut World, home: PathBuf, output: Output, quiet: bool) -> Self {
        Self { world, home, output, quiet, stdout_taken: false, training: Cell::new(false) }
    }

    /// Opens the home. What is opened is this command's own; the journal is opened when it is first needed.
    ///
    /// # Errors
    /// A failure if there is no home, or something in it is not what it should be.
    pub fn open(&self) -> Result<Home, Failure> {
        let home = Home::open(&self.home).map_err(Failure::from)?;
        self.stamp(&home.genesis);
        Ok(home)
    }

    /// Remembers whether a house is one to practise in.
    pub fn stamp(&self, genesis: &Genesis) {
        self.training.set(genesis.training);
    }

    /// Whether what was worked on belongs to a house to practise in.
    pub const fn is_training(&self) -> bool {
        self.training.get()
    }

    /// Opens the home, for commands that can do without one: `None` if there is none.
    ///
    /// # Errors
    /// A failure if there is a home, and something in it is not what it should be.
    pub fn open_if_any(&self) -> Result<Option<Home>, Failure> {
        match Home::open(&self.home) {
            Ok(home) => {
                self.stamp(&home.genesis);
                Ok(Some(home))
            }
            Err(HomeError::None(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Has the chosen key sign, if it is one of those that may, and verifies what it made.
    ///
    /// # Errors
    /// A failure if no candidate's key is at hand, nobody signs, or the signature does not hold.
    pub fn sign(
        &self,
        choice: &KeyChoice,
        candidates: &[Candidate],
        namespace: Namespace,
        message: &[u8],
    ) -> Result<(Candidate, SshSignature), Failure> {
        Ok(ssh::sign(self.world.signers.as_ref(), choice, candidates, namespace, message)?)
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Reads a whole file of at most `limit` bytes; `-` is standard input.
    ///
    /// # Errors
    /// A failure if it cannot be read or is larger.
    pub fn read_file(&mut self, path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
        if path != Path::new("-") {
            return strongroom_transport::read_limited(path, limit).map_err(failure::file);
        }
        let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        (&mut self.world.stdin).take(bound).read_to_end(&mut bytes).map_err(|error| {
            Failure::new(exit::NOT_READY, "stdin", format!("standard input cannot be read: {error}"))
        })?;
        if bytes.len() > limit {
            let path = PathBuf::from("standard input");
            return Err(failure::file(strongroom_transport::FileError::TooLarge { path, limit }));
        }
        Ok(bytes)
    }

    /// Reads a file of text.
    ///
    /// # Errors
    /// A failure if it cannot be read, is larger, or is not UTF-8.
    pub fn read_text(&mut self, path: &Path, limit: usize) -> Result<String, Failure> {
        String::from_utf8(self.read_file(path, limit)?).map_err(|_| {
            Failure::new(exit::DAMAGED, "not-text", format!("{} is not UTF-8 text", path.display()))
        })
    }

    /// Writes a new file whole; `-` is standard output, and what there is to say then goes to standard error.
    ///
    /// # Errors
    /// A failure if the file exists or cannot be written, or if both a file and a JSON document would share standard output.
    pub fn write_file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        if path != Path::new("-") {
            return strongroom_transport::write_new(path, bytes).map_err(failure::file);
        }
        if self.output == Output::Json {
            return Err(Failure::new(
                exit::USAGE,
                "stdout-twice",
                "-o - and --output json both want standard output",
            )
            .hint("write to a file, or leave out --output json"));
        }
        self.stdout_taken = true;
        self.world.stdout.write_all(bytes).and_then(|()| self.world.stdout.flush()).map_err(|error| {
            Failure::new(exit::FAILED, "stdout", format!("standard output cannot be written: {error}"))
        })
    }

    /// Whether standard output carries a file.
    pub const fn stdout_taken(&self) -> bool {
        self.stdout_taken
    }

    /// A progress bar over `total` steps of `what`, where somebody watches.
    pub fn progress(&self, what: &str, total: usize) -> Progress {
        Progress::new(what, total, self.quiet || !self.world.progress)
    }

    /// Progress of something whose end nobody can foresee.
    pub fn waiting(&self, what: &str) -> Progress {
        Progress::waiting(what, self.quiet || !self.world.progress)
    }
}
