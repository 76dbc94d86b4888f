//! Signed transactions, and what became of them.

use rusqlite::{Connection, Row, params};
use strongroom_protocol::{RequestId, Slot, Timestamp};

use super::rows::{parse, parse_number, to_integer};

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTransaction {
    /// The chain's id of it.
    pub hash: String,
    /// The request it carries out.
    pub request: RequestId,
    /// Which intent of its plan, from 0.
    pub intent: u32,
    /// Which version of the item, from 0, cheapest first.
    pub rung: u32,
    /// The slot it takes.
    pub slot: Slot,
    /// Its bytes, ready to be sent.
    pub raw: Vec<u8>,
    /// What became of it.
    pub state: TransactionState,
    /// When it was first handed to nodes.
    pub first_sent_at: Option<Timestamp>,
    /// The block it is in.
    pub block: Option<u64>,
    /// What people should hear of it.
    pub note: Option<String>,
}

/// What became of a signed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionState {
    /// Signed, not sent.
    Signed,
    /// Handed to nodes; nobody can say yet.
    Submitted,
    /// In a block that may still be replaced.
    Confirmed,
    /// Landed for good and did what it was to do.
    Final,
    /// Landed for good and did not do it.
    Failed,
    /// Another version, or something else, took its slot for good.
    Replaced,
}

impl TransactionState {
    /// The word, as stored and as shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Submitted => "submitted",
            Self::Confirmed => "confirmed",
            Self::Final => "final",
            Self::Failed => "failed",
            Self::Replaced => "replaced",
        }
    }

    /// Whether nothing can change it any more.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Final | Self::Failed | Self::Replaced)
    }
}

/// A word that is no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a transaction")]
pub struct TransactionStateError(String);

impl std::str::FromStr for TransactionState {
    type Err = TransactionStateError;

    fn from_str(word: &str) -> Result<Self, TransactionStateError> {
        [Self::Signed, Self::Submitted, Self::Confirmed, Self::Final, Self::Failed, Self::Replaced]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| TransactionStateError(word.to_owned()))
    }
}

const COLUMNS: &str = "hash, request, intent, rung, slot, raw, state, first_sent_at, block, note";

fn read(row: &Row<'_>) -> rusqlite::Result<StoredTransaction> {
    let sent: Option<String> = row.get(7)?;
    let block: Option<i64> = row.get(8)?;
    Ok(StoredTransaction {
        hash: row.get(0)?,
        request: parse(row, 1)?,
        intent: parse_number(row, 2)?,
        rung: parse_number(row, 3)?,
        slot: parse(row, 4)?,
        raw: row.get(5)?,
        state: parse(row, 6)?,
        first_sent_at: sent.map(|_| parse(row, 7)).transpose()?,
        block: block.map(|_| parse_number(row, 8)).transpose()?,
        note: row.get(9)?,
    })
}

/// Remembers a signed transaction. One that is remembered already stays as it is.
///
/// # Errors
/// An error of the database.
pub fn insert(connection: &Connection, transaction: &StoredTransaction) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO transactions (hash, request, intent, rung, slot, raw, state, first_sent_at, block, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (hash) DO NOTHING",
        params![
            transaction.hash,
            transaction.request.to_string(),
            i64::from(transaction.intent),
            i64::from(transaction.rung),
            transaction.slot.as_str(),
            transaction.raw,
            transaction.state.as_str(),
            transaction.first_sent_at.map(|at| at.to_string()),
            transaction.block.map(to_integer).transpose()?,
            transaction.note,
        ],
    )?;
    Ok(())
}

/// The signed transactions of a request, in its order, cheapest version first.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of_request(connection: &Connection, request: &RequestId) -> rusqlite::Result<Vec<StoredTransaction>> {
    let sql = format!("SELECT {COLUMNS} FROM transactions WHERE request = ?1 ORDER BY intent, rung");
    connection.prepare(&sql)?.query_map([request.to_string()], read)?.collect()
}

/// Everything that was ever signed for a slot.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn of_slot(connection: &Connection, slot: &Slot) -> rusqlite::Result<Vec<StoredTransaction>> {
    let sql = format!("SELECT {COLUMNS} FROM transactions WHERE slot = ?1 ORDER BY request, intent, rung");
    connection.prepare(&sql)?.query_map([slot.as_str()], read)?.collect()
}

/// Notes that a transaction is being handed to nodes.
///
/// # Errors
/// An error of the database.
pub fn submitted(connection: &Connection, hash: &str, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE transactions SET first_sent_at = coalesce(first_sent_at, ?2),
         state = CASE state WHEN 'signed' THEN 'submitted' ELSE state END WHERE hash = ?1",
        params![hash, at.to_string()],
    )?;
    Ok(())
}

/// Notes what became of a transaction.
///
/// # Errors
/// An error of the database.
pub fn set_state(
    connection: &Connection,
    hash: &str,
    state: TransactionState,
    block: Option<u64>,
    note: Option<&str>,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE transactions SET state = ?2, block = ?3, note = ?4 WHERE hash = ?1",
        params![hash, state.as_str(), block.map(to_integer).transpose()?, note],
    )?;
    Ok(())
}
