//! Policies and books as the admins signed them.

use rusqlite::{OptionalExtension as _, params};
use strongroom_protocol::{SignedText, Timestamp};

use super::{Store, StoreError};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// House rules.
    Policy,
    /// An address book.
    Book,
}

impl DocumentKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Book => "book",
        }
    }
}

/// An installed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// The text with its signatures.
    pub text: SignedText,
    /// When it was installed here.
    pub installed_at: Timestamp,
}

impl Store {
    /// Keeps a document that was verified.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn add_document(
        &self,
        kind: DocumentKind,
        id: &str,
        epoch: u64,
        text: &SignedText,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO documents (kind, id, epoch, text, installed_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let epoch =
            i64::try_from(epoch).map_err(|error| self.damaged(format!("{} {id}", kind.as_str()), error))?;
        let values = params![kind.as_str(), id, epoch, text.to_string(), at.to_string()];
        self.connection().execute(sql, values).map_err(|error| self.error(error))?;
        Ok(())
    }

    /// Every document of a kind, in the order of their epochs.
    ///
    /// # Errors
    /// [`StoreError`] if one cannot be read.
    pub fn documents(&self, kind: DocumentKind) -> Result<Vec<StoredDocument>, StoreError> {
        let sql = "SELECT id, text, installed_at FROM documents WHERE kind = ?1 ORDER BY epoch, id";
        let mut query = self.connection().prepare(sql).map_err(|error| self.error(error))?;
        let rows = query.query_map(params![kind.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        });
        rows.map_err(|error| self.error(error))?
            .map(|row| {
                let (id, text, at) = row.map_err(|error| self.error(error))?;
                let place = || format!("{} {id}", kind.as_str());
                let text =
                    SignedText::parse(text.as_bytes()).map_err(|error| self.damaged(place(), error))?;
                let installed_at = at.parse().map_err(|error| self.damaged(place(), error))?;
                Ok(StoredDocument { text, installed_at })
            })
            .collect()
    }

    /// The document of the highest epoch: the one in force.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn newest_document(&self, kind: DocumentKind) -> Result<Option<StoredDocument>, StoreError> {
        let sql = "SELECT text, installed_at FROM documents WHERE kind = ?1 ORDER BY epoch DESC LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let found = self.connection().query_row(sql, params![kind.as_str()], row).optional();
        let Some((text, at)) = found.map_err(|error| self.error(error))? else { return Ok(None) };
        let place = || format!("the {} in force", kind.as_str());
        let text = SignedText::parse(text.as_bytes()).map_err(|error| self.damaged(place(), error))?;
        let installed_at = at.parse().map_err(|error| self.damaged(place(), error))?;
        Ok(Some(StoredDocument { text, installed_at }))
    }
}
