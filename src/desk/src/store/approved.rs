//! Plans that somebody approved at this station: until an approval ends, some vault may sign by it.

use rusqlite::{Connection, Row, params};
use strongroom_protocol::{PlanId, Timestamp};

use super::rows::parse;

/// A plan that was approved here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The plan.
    pub plan: PlanId,
    /// The exact bytes of the request that was read.
    pub document: Vec<u8>,
    /// When the newest approval of it was signed.
    pub at: Timestamp,
    /// When the last approval of it ends.
    pub valid_until: Timestamp,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Approved> {
    Ok(Approved {
        plan: parse(row, 0)?,
        document: row.get(1)?,
        at: parse(row, 2)?,
        valid_until: parse(row, 3)?,
    })
}

/// Remembers an approval. The newest request of a plan takes the place of an earlier one; an approval never ends earlier
/// for that. Instants are texts whose order is that of time.
///
/// # Errors
/// An error of the database.
pub fn insert(connection: &Connection, approved: &Approved) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO approved (plan, document, approved_at, valid_until) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (plan) DO UPDATE SET document = excluded.document, approved_at = excluded.approved_at,
         valid_until = max(valid_until, excluded.valid_until)",
        params![
            approved.plan.to_string(),
            approved.document,
            approved.at.to_string(),
            approved.valid_until.to_string()
        ],
    )?;
    Ok(())
}

/// The approved plans whose approvals have not all ended, oldest first.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn living(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Approved>> {
    let sql = "SELECT plan, document, approved_at, valid_until FROM approved WHERE valid_until >= ?1
               ORDER BY approved_at, plan";
    connection.prepare(sql)?.query_map([now.to_string()], read)?.collect()
}
