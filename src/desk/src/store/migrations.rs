//! The store's tables, version by version. What was released is never edited: a change is a further step.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{Error, M, MigrationDefinitionError, Migrations};

use super::StoreError;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_first.sql")),
    M::up(include_str!("migrations/0002_sightings.sql")),
    M::up(include_str!("migrations/0003_approved.sql")),
];

/// Brings the tables up to date, in one transaction a step.
pub(super) fn apply(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    Migrations::from_slice(STEPS).to_latest(connection).map_err(|error| match error {
        Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
            StoreError::Newer(path.to_owned())
        }
        Error::RusqliteError { err, .. } => StoreError::sqlite(path, err),
        other => StoreError::Migration { path: path.to_owned(), why: other.to_string() },
    })
}
