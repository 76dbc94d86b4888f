//! Requests that were written or taken in, and where they stand.

use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use strongroom_protocol::{PlanId, RequestId, Timestamp};

use super::rows::parse;

/// Where a request stands at this desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Written; no vault has answered.
    Open,
    /// A vault's reply was taken in.
    Signed,
    /// Handed to nodes.
    Sent,
    /// Every slot of it is final.
    Final,
    /// Given up: its slots are to be voided or used by others.
    Abandoned,
}

impl RequestState {
    /// The word, as stored and as shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Final => "final",
            Self::Abandoned => "abandoned",
        }
    }
}

impl fmt::Display for RequestState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a request")]
pub struct StateError(String);

impl FromStr for RequestState {
    type Err = StateError;

    fn from_str(word: &str) -> Result<Self, StateError> {
        [Self::Open, Self::Signed, Self::Sent, Self::Final, Self::Abandoned]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| StateError(word.to_owned()))
    }
}

/// A request as the desk remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRequest {
    /// Its id.
    pub id: RequestId,
    /// Its plan.
    pub plan: PlanId,
    /// Its exact bytes.
    pub document: Vec<u8>,
    /// When it was written or taken in.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: RequestState,
}

const COLUMNS: &str = "id, plan, document, created_at, state";

fn read(row: &Row<'_>) -> rusqlite::Result<StoredRequest> {
    Ok(StoredRequest {
        id: parse(row, 0)?,
        plan: parse(row, 1)?,
        document: row.get(2)?,
        created_at: parse(row, 3)?,
        state: parse(row, 4)?,
    })
}

/// Remembers a request. One that is remembered already stays as it is.
///
/// # Errors
/// An error of the database.
pub fn insert(connection: &Connection, request: &StoredRequest) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO requests (id, plan, document, created_at, state) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO NOTHING",
        params![
            request.id.to_string(),
            request.plan.to_string(),
            request.document,
            request.created_at.to_string(),
            request.state.as_str()
        ],
    )?;
    Ok(())
}

/// One request by its id.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn find(connection: &Connection, id: &RequestId) -> rusqlite::Result<Option<StoredRequest>> {
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE id = ?1");
    connection.query_row(&sql, [id.to_string()], read).optional()
}

/// Requests whose id begins with some hexadecimal digits, so that people need not type all 64.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn beginning_with(connection: &Connection, digits: &str) -> rusqlite::Result<Vec<StoredRequest>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM requests WHERE substr(id, 1, length(?1)) = ?1 ORDER BY created_at, id"
    );
    connection.prepare(&sql)?.query_map([digits], read)?.collect()
}

/// Every request, oldest first.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn all(connection: &Connection) -> rusqlite::Result<Vec<StoredRequest>> {
    beginning_with(connection, "")
}

/// The ids of every request that was not given up, oldest first.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn living(connection: &Connection) -> rusqlite::Result<Vec<RequestId>> {
    let sql = "SELECT id FROM requests WHERE state <> 'abandoned' ORDER BY created_at, id";
    connection.prepare(sql)?.query_map([], |row| parse(row, 0))?.collect()
}

/// Every request of a plan, oldest first.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of_plan(connection: &Connection, plan: &PlanId) -> rusqlite::Result<Vec<StoredRequest>> {
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE plan = ?1 ORDER BY created_at, id");
    connection.prepare(&sql)?.query_map([plan.to_string()], read)?.collect()
}

/// Notes where a request stands now.
///
/// # Errors
/// An error of the database.
pub fn set_state(connection: &Connection, id: &RequestId, state: RequestState) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE requests SET state = ?2 WHERE id = ?1", params![id.to_string(), state.as_str()])?;
    Ok(())
}
