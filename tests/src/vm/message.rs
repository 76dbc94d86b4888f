//! What crosses the port: one request, one answer, each a JSON object in a line of its own.

use serde::{Deserialize, Serialize};

/// What the host asks of the guest. A process has the name that the host gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Starts a program of the guest's.
    Start {
        /// The process's name.
        process: String,
        /// The program's path.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// What it reads on its standard input.
        input: String,
    },
    /// Waits until a process has printed these words on either of its outputs.
    Expect {
        /// The process.
        process: String,
        /// The words.
        words: String,
        /// How long to wait, in milliseconds.
        within_ms: u64,
    },
    /// Waits until a process has ended, and forgets it.
    Wait {
        /// The process.
        process: String,
        /// How long to wait, in milliseconds.
        within_ms: u64,
    },
    /// Ends a process at once (SIGKILL) and forgets it.
    Kill {
        /// The process.
        process: String,
    },
    /// Makes a folder for its owner alone, with those above it, unless it is there.
    Folder {
        /// Its path.
        path: String,
    },
    /// Writes a file for its owner alone, with the folders above it; one that is there is replaced.
    Write {
        /// Its path.
        path: String,
        /// Its bytes, in hex.
        bytes: String,
    },
    /// Reads a file.
    Read {
        /// Its path.
        path: String,
    },
}

/// What the guest answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The guest is up: the first line, which nobody asked for.
    Up {
        /// The kernel's release.
        kernel: String,
    },
    /// It is done.
    Done,
    /// The process has ended.
    Ended(Exit),
    /// The file's bytes, in hex.
    Bytes(String),
    /// It cannot be done, and why.
    Failed(String),
}

/// What became of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
    /// How long it ran, in milliseconds.
    pub ms: u64,
}
