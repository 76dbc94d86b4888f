//! Nodes that are asked about a chain.

use rusqlite::params;
use strongroom_protocol::{ChainId, Name};

use super::{Store, StoreError};
use crate::http::Endpoint;

/// A node under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNode {
    /// The chain it is asked about.
    pub chain: ChainId,
    /// What people call it; unique on its chain.
    pub name: Name,
    /// Where it is.
    pub endpoint: Endpoint,
}

impl Store {
    /// The nodes of a chain, by name; all chains' if there is none.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn nodes(&self, chain: Option<&ChainId>) -> Result<Vec<StoredNode>, StoreError> {
        let sql = "SELECT chain, name, url, ca, insecure_http FROM nodes WHERE ?1 IS NULL OR chain = ?1 ORDER BY chain, name";
        let mut query = self.connection().prepare_cached(sql).map_err(|error| self.error(error))?;
        let rows = query.query_map(params![chain.map(ChainId::as_str)], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Option<String>>(3)?,
                row.get::<_, bool>(4)?,
            ))
        });
        let mut nodes = Vec::new();
        for row in rows.map_err(|error| self.error(error))? {
            let (chain, name, url, ca, insecure) = row.map_err(|error| self.error(error))?;
            let place = format!("node {name} of {chain}");
            let endpoint = Endpoint::new(&url, ca, insecure).map_err(|error| self.damaged(&place, error))?;
            let chain = chain.parse().map_err(|error| self.damaged(&place, error))?;
            let name = name.parse().map_err(|error| self.damaged(&place, error))?;
            nodes.push(StoredNode { chain, name, endpoint });
        }
        Ok(nodes)
    }

    /// Adds a node. `false` if the chain has one of that name.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn add_node(&self, node: &StoredNode) -> Result<bool, StoreError> {
        let sql =
            "INSERT OR IGNORE INTO nodes (chain, name, url, ca, insecure_http) VALUES (?1, ?2, ?3, ?4, ?5)";
        let end = &node.endpoint;
        let values =
            params![node.chain.as_str(), node.name.as_str(), end.url(), end.ca(), end.insecure_http()];
        Ok(self.connection().execute(sql, values).map_err(|error| self.error(error))? > 0)
    }

    /// Removes a node. `false` if there is none of that name.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn remove_node(&self, chain: &ChainId, name: &Name) -> Result<bool, StoreError> {
        let sql = "DELETE FROM nodes WHERE chain = ?1 AND name = ?2";
        let removed = self.connection().execute(sql, params![chain.as_str(), name.as_str()]);
        Ok(removed.map_err(|error| self.error(error))? > 0)
    }
}
