//! Why the store cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use strongroom_screen::Failure;

use crate::exit;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process is writing.
    #[error("{0} is in use by another process: wait for it to finish")]
    Busy(PathBuf),
    /// The disk refused SQLite.
    #[error("{path}: {source}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// SQLite refused.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// No database, or one with bad pages.
    #[error(
        "{path} is damaged: {source}. Restore it from its copies; the journal beside it says what was sent"
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A newer program's tables.
    #[error("{0} was written by a newer version of this program: use that one")]
    Newer(PathBuf),
    /// The tables cannot be brought up to date.
    #[error("{path}: its tables cannot be brought up to date: {why}")]
    Migration {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// A value that is not what it should be.
    #[error("{path}: {place} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Table and row.
        place: String,
        /// What is wrong with it.
        why: String,
    },
}

impl StoreError {
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(path),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::NotADatabase { path, source },
            Some(
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied,
            ) => Self::Disk { path, source },
            _ => Self::Sqlite { path, source },
        }
    }

    /// What to do about an error whose message does not say so itself.
    fn remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::Io { source, .. } => strongroom_transport::remedy(source),
            Self::Disk { source, .. } => match source.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => "make room on that disk, then run the same command again",
                Some(ErrorCode::SystemIoFailure) => {
                    "make room on that disk if it is full; otherwise it may be failing: copy what is on it to another one. \
                     Then run the same command again"
                }
                _ => "make the store and its folder writable, then run the same command again",
            },
            _ => return None,
        })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (exit, code) = match &error {
            StoreError::Io { .. } | StoreError::Disk { .. } | StoreError::Busy(_) => {
                (exit::NOT_READY, "store")
            }
            StoreError::Newer(_) => (exit::NOT_READY, "store-newer"),
            StoreError::NotADatabase { .. } | StoreError::Damaged { .. } => (exit::DAMAGED, "store-damaged"),
            _ => (exit::FAILED, "store"),
        };
        let mut failure = Self::new(exit, code, error.to_string());
        failure.hint = error.remedy().map(str::to_owned);
        failure
    }
}
