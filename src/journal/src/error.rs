//! Why a journal cannot be used.

use std::io;
use std::path::PathBuf;

use strongroom_protocol::{Head, JournalHash};

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has it open.
    #[error(
        "{0} is in use by another process: wait for it to finish, two at once could claim one slot twice"
    )]
    InUse(PathBuf),
    /// A line is not what was written.
    #[error(
        "{path}: line {sequence} is damaged: {why}. Nothing is signed until the admins' quorum names a head to go on from"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        sequence: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The file ends before a line that was acknowledged.
    #[error("{path} has {} lines, but {} were acknowledged: lines are missing. Restore the journal from its copies", found.sequence, expected.sequence)]
    Missing {
        /// The file.
        path: PathBuf,
        /// Where it ends.
        found: Head,
        /// What the mark names.
        expected: Head,
    },
    /// A chain of lines does not continue the one it should.
    #[error("line {sequence} names {found} as the line before it, but that is {expected}")]
    Broken {
        /// The line, from 1.
        sequence: u64,
        /// What it names.
        found: JournalHash,
        /// What it should name.
        expected: JournalHash,
    },
    /// A journal stands where a new one should be made.
    #[error("{0} exists already: a journal is never overwritten")]
    Exists(PathBuf),
    /// An entry would not fit a line.
    #[error("an entry of {0} bytes is larger than a line may be")]
    TooLarge(usize),
}
