//! Vaults' replies that were verified and taken in.

use rusqlite::{Connection, Row, params};
use strongroom_protocol::{RequestId, StationId, Timestamp};

use super::rows::parse;

/// A reply as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReply {
    /// The request it answers.
    pub request: RequestId,
    /// The station that answered.
    pub station: StationId,
    /// The exact bytes of the sealed reply.
    pub document: Vec<u8>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredReply> {
    Ok(StoredReply { request: parse(row, 0)?, station: parse(row, 1)?, document: row.get(2)? })
}

/// Remembers a reply; a later one of the same station to the same request takes its place.
///
/// # Errors
/// An error of the database.
pub fn insert(connection: &Connection, reply: &StoredReply, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO replies (request, station, document, imported_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (request, station) DO UPDATE SET document = excluded.document, imported_at = excluded.imported_at",
        params![reply.request.to_string(), reply.station.to_string(), reply.document, at.to_string()],
    )?;
    Ok(())
}

/// Every reply to a request.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of_request(connection: &Connection, request: &RequestId) -> rusqlite::Result<Vec<StoredReply>> {
    let sql = "SELECT request, station, document FROM replies WHERE request = ?1 ORDER BY station";
    connection.prepare(sql)?.query_map([request.to_string()], read)?.collect()
}

/// Every reply of a station, in the order they were taken in.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of_station(connection: &Connection, station: &StationId) -> rusqlite::Result<Vec<StoredReply>> {
    let sql =
        "SELECT request, station, document FROM replies WHERE station = ?1 ORDER BY imported_at, request";
    connection.prepare(sql)?.query_map([station.to_string()], read)?.collect()
}
