//! What the desk remembers, in SQLite: one file in the home, readable by any `sqlite3`.
//!
//! Nothing in it is believed for being there: policy, book and account records are kept with their signatures and verified
//! whenever the home is opened. Ids and hashes are lower-case hexadecimal, times RFC 3339, amounts decimal strings of base
//! units.

mod accounts;
pub mod approved;
mod documents;
mod error;
pub mod heads;
mod migrations;
mod nodes;
pub mod replies;
pub mod requests;
pub mod reservations;
mod rows;
pub mod sightings;
pub mod transactions;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use accounts::StoredAccount;
pub use documents::{DocumentKind, StoredDocument};
pub use error::StoreError;
pub use nodes::StoredNode;

/// How long another process of the same desk is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// The desk's memory.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Makes an empty store.
    ///
    /// # Errors
    /// [`StoreError`] if a file is there or the disk refuses.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        // SQLite would make it readable by the group; what is in it names nodes with their keys.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
        Self::open(path)
    }

    /// Opens a store and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] if there is none, it is damaged, or a newer program wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let at = |source| StoreError::sqlite(path, source);
        let mut connection = Connection::open_with_flags(path, flags).map_err(at)?;
        connection.busy_timeout(BUSY).map_err(at)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(at)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(at)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(at)?;
        connection.pragma_update(None, "trusted_schema", false).map_err(at)?;
        migrations::apply(path, &mut connection)?;
        Ok(Self { path: path.to_owned(), connection })
    }

    /// The connection, for the modules that own its tables.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A transaction that holds the write lock from its beginning, so that what it reads is still so when it writes.
    ///
    /// # Errors
    /// [`StoreError`] if another process holds the lock for too long.
    pub(crate) fn transaction(&mut self) -> Result<Transaction<'_>, StoreError> {
        let path = &self.path;
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| StoreError::sqlite(path, source))
    }

    /// An error of SQLite as one of this store.
    pub(crate) fn error(&self, source: rusqlite::Error) -> StoreError {
        StoreError::sqlite(&self.path, source)
    }

    /// A value in the store that is not what it should be.
    #[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
    pub(crate) fn damaged(&self, place: impl Into<String>, why: impl ToString) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), place: place.into(), why: why.to_string() }
    }
}
