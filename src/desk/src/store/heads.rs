//! The last head known of each vault.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use strongroom_protocol::{Head, StationId};

use super::rows::{parse, parse_number, to_integer};

/// The heads known of all vaults: what a request tells them.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn all(connection: &Connection) -> rusqlite::Result<BTreeMap<StationId, Head>> {
    let mut statement = connection.prepare("SELECT station, sequence, hash FROM heads ORDER BY station")?;
    let rows = statement.query_map([], |row| {
        Ok((parse(row, 0)?, Head { sequence: parse_number(row, 1)?, hash: parse(row, 2)? }))
    })?;
    rows.collect()
}

/// The head known of one vault.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of(connection: &Connection, station: &StationId) -> rusqlite::Result<Option<Head>> {
    connection
        .query_row("SELECT sequence, hash FROM heads WHERE station = ?1", [station.to_string()], |row| {
            Ok(Head { sequence: parse_number(row, 0)?, hash: parse(row, 1)? })
        })
        .optional()
}

/// Records how far a vault's journal is. A head only grows: the caller has seen the lines in between.
///
/// # Errors
/// An error of the database.
pub fn advance(connection: &Connection, station: &StationId, head: &Head) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO heads (station, sequence, hash) VALUES (?1, ?2, ?3)
         ON CONFLICT (station) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
         WHERE excluded.sequence > heads.sequence",
        params![station.to_string(), to_integer(head.sequence)?, head.hash.to_string()],
    )?;
    Ok(())
}
