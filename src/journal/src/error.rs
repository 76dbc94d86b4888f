//! Why a journal cannot be used.

use std::io;
use std::path::PathBuf;

use strongroom_protocol::Head;

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
    /// The mark is lost, altered or of another journal.
    #[error(
        "{path}, which names the last line acknowledged, {why}. Nothing is signed until the admins' quorum names a head to go on from"
    )]
    Mark {
        /// The mark's file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Something else wrote to the file, or took it away, while it was open.
    #[error(
        "{0} was changed, moved or removed by something else while it was open: nothing was written; find out what did it, then open the journal anew"
    )]
    Changed(PathBuf),
    /// An earlier write failed.
    #[error("{0}: an earlier write failed, and the file may end with part of a line: open the journal anew")]
    Failed(PathBuf),
    /// A journal stands where a new one should be made.
    #[error("{0} exists already: a journal is never overwritten")]
    Exists(PathBuf),
    /// An entry has no encoding.
    #[error("the entry for line {0} cannot be encoded: nothing was written")]
    Encoding(u64),
    /// An entry would not fit a line.
    #[error("an entry of {0} bytes is larger than a line may be")]
    TooLarge(usize),
}
