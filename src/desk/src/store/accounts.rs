//! Account records as vaults sealed them.

use rusqlite::{OptionalExtension as _, params};
use strongroom_protocol::{Account, AccountId, Sealed, canonical};

use super::{Store, StoreError};

/// An account's record with its vault's signature. Whose signature it is, the policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAccount {
    /// The hash of the record.
    pub id: AccountId,
    /// The record.
    pub record: Sealed<Account>,
}

impl Store {
    /// Keeps a record. `false` if it is there already.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn add_account(&self, record: &Sealed<Account>) -> Result<bool, StoreError> {
        let sql =
            "INSERT OR IGNORE INTO accounts (id, record, label, chain, address) VALUES (?1, ?2, ?3, ?4, ?5)";
        let account = record.value();
        let values = params![
            account.id().to_string(),
            canonical::encode(record),
            account.label.as_str(),
            account.chain.as_str(),
            account.address.as_str()
        ];
        Ok(self.connection().execute(sql, values).map_err(|error| self.error(error))? > 0)
    }

    /// Every record, by chain and label.
    ///
    /// # Errors
    /// [`StoreError`] if one cannot be read.
    pub fn accounts(&self) -> Result<Vec<StoredAccount>, StoreError> {
        let sql = "SELECT id, record FROM accounts ORDER BY chain, label, id";
        let mut query = self.connection().prepare_cached(sql).map_err(|error| self.error(error))?;
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let rows = rows.map_err(|error| self.error(error))?;
        rows.map(|row| {
            let (id, record) = row.map_err(|error| self.error(error))?;
            self.read_account(&id, &record)
        })
        .collect()
    }

    /// One record.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn account(&self, id: &AccountId) -> Result<Option<StoredAccount>, StoreError> {
        let sql = "SELECT record FROM accounts WHERE id = ?1";
        let id = id.to_string();
        let found = self.connection().query_row(sql, params![id], |row| row.get::<_, Vec<u8>>(0)).optional();
        let found = found.map_err(|error| self.error(error))?;
        found.map(|record| self.read_account(&id, &record)).transpose()
    }

    fn read_account(&self, id: &str, record: &[u8]) -> Result<StoredAccount, StoreError> {
        let place = || format!("account {id}");
        let record: Sealed<Account> =
            canonical::decode(record).map_err(|error| self.damaged(place(), error))?;
        let found = record.value().id();
        if found.to_string() != id {
            return Err(self.damaged(place(), format!("the record is that of account {found}")));
        }
        Ok(StoredAccount { id: found, record })
    }
}
