//! Slots that requests hold.
//!
//! A slot may be held by several requests: a payment, its bumped versions and a void. It is free again for another
//! payment only when nothing was ever written for it, or when every request that holds it was abandoned unsigned.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};
use strongroom_protocol::{AccountId, RequestId, Slot, Timestamp};

use super::rows::{parse, parse_number};

/// A slot held by a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The slot.
    pub slot: Slot,
    /// Whose.
    pub account: AccountId,
    /// Held by.
    pub request: RequestId,
    /// For which intent of its plan, from 0.
    pub intent: u32,
    /// How.
    pub state: Hold,
}

/// How a slot is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// A request was written for it.
    Reserved,
    /// The request was given up and may have been signed: the slot is a gap until it is voided.
    Gap,
    /// Its fate is final.
    Settled,
}

impl Hold {
    /// The word, as stored and as shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Gap => "gap",
            Self::Settled => "settled",
        }
    }
}

impl std::str::FromStr for Hold {
    type Err = HoldError;

    fn from_str(word: &str) -> Result<Self, HoldError> {
        [Self::Reserved, Self::Gap, Self::Settled]
            .into_iter()
            .find(|hold| hold.as_str() == word)
            .ok_or_else(|| HoldError(word.to_owned()))
    }
}

/// A word that is no way to hold a slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a reservation")]
pub struct HoldError(String);

const COLUMNS: &str = "slot, account, request, intent, state";

fn read(row: &Row<'_>) -> rusqlite::Result<Reservation> {
    Ok(Reservation {
        slot: parse(row, 0)?,
        account: parse(row, 1)?,
        request: parse(row, 2)?,
        intent: parse_number(row, 3)?,
        state: parse(row, 4)?,
    })
}

/// Holds a slot for a request.
///
/// # Errors
/// An error of the database.
pub fn insert(connection: &Connection, reservation: &Reservation, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO reservations (slot, account, request, intent, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (slot, request) DO NOTHING",
        params![
            reservation.slot.as_str(),
            reservation.account.to_string(),
            reservation.request.to_string(),
            i64::from(reservation.intent),
            reservation.state.as_str(),
            at.to_string()
        ],
    )?;
    Ok(())
}

/// Every slot of an account that some request holds, settled ones included: none of them may be given out again.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn taken(connection: &Connection, account: &AccountId) -> rusqlite::Result<BTreeSet<Slot>> {
    let mut statement = connection.prepare("SELECT slot FROM reservations WHERE account = ?1")?;
    statement.query_map([account.to_string()], |row| parse(row, 0))?.collect()
}

/// Who holds a slot.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of_slot(connection: &Connection, slot: &Slot) -> rusqlite::Result<Vec<Reservation>> {
    let sql = format!("SELECT {COLUMNS} FROM reservations WHERE slot = ?1 ORDER BY created_at, request");
    connection.prepare(&sql)?.query_map([slot.as_str()], read)?.collect()
}

/// What a request holds.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of_request(connection: &Connection, request: &RequestId) -> rusqlite::Result<Vec<Reservation>> {
    let sql = format!("SELECT {COLUMNS} FROM reservations WHERE request = ?1 ORDER BY intent");
    connection.prepare(&sql)?.query_map([request.to_string()], read)?.collect()
}

/// Every slot that is not settled.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn open(connection: &Connection) -> rusqlite::Result<Vec<Reservation>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM reservations WHERE state <> 'settled' ORDER BY account, slot, created_at"
    );
    connection.prepare(&sql)?.query_map([], read)?.collect()
}

/// Lets go of a slot for which nothing can have been signed.
///
/// # Errors
/// An error of the database.
pub fn release(connection: &Connection, slot: &Slot, request: &RequestId) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM reservations WHERE slot = ?1 AND request = ?2",
        params![slot.as_str(), request.to_string()],
    )?;
    Ok(())
}

/// Notes how a request holds a slot now.
///
/// # Errors
/// An error of the database.
pub fn set_state(
    connection: &Connection,
    slot: &Slot,
    request: &RequestId,
    state: Hold,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE reservations SET state = ?3 WHERE slot = ?1 AND request = ?2",
        params![slot.as_str(), request.to_string(), state.as_str()],
    )?;
    Ok(())
}

/// Notes that a slot's fate is final, whoever held it.
///
/// # Errors
/// An error of the database.
pub fn settle(connection: &Connection, slot: &Slot) -> rusqlite::Result<()> {
    connection.execute("UPDATE reservations SET state = 'settled' WHERE slot = ?1", [slot.as_str()])?;
    Ok(())
}
