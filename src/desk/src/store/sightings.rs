//! When each chain was last asked where slots stand, and the block that was read at.

use rusqlite::{Connection, Row, params};
use strongroom_network::AsOf;
use strongroom_protocol::{ChainId, Timestamp};

use super::rows::{parse, parse_number, to_integer};

/// When a chain was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The chain.
    pub chain: ChainId,
    /// The newest block that its nodes agreed on.
    pub block: u64,
    /// That block's time, by its producer's clock.
    pub block_time: Timestamp,
    /// When they were asked, by this machine's clock.
    pub asked_at: Timestamp,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Sighting> {
    Ok(Sighting {
        chain: parse(row, 0)?,
        block: parse_number(row, 1)?,
        block_time: parse(row, 2)?,
        asked_at: parse(row, 3)?,
    })
}

/// Notes that a chain was asked.
///
/// # Errors
/// An error of the database.
pub fn set(connection: &Connection, chain: &ChainId, as_of: &AsOf, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO sightings (chain, block, block_time, asked_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (chain) DO UPDATE SET
         block = excluded.block, block_time = excluded.block_time, asked_at = excluded.asked_at",
        params![chain.as_str(), to_integer(as_of.block)?, as_of.time.to_string(), at.to_string()],
    )?;
    Ok(())
}

/// When each chain was last asked.
///
/// # Errors
/// An error of the database, or a row that is not what it should be.
pub fn all(connection: &Connection) -> rusqlite::Result<Vec<Sighting>> {
    let sql = "SELECT chain, block, block_time, asked_at FROM sightings ORDER BY chain";
    connection.prepare(sql)?.query_map([], read)?.collect()
}
