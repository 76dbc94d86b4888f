//! A thaw: the admins' word that one freeze is over.
//!
//! ```toml
//! schema = "strongroom.thaw.v1"
//! house = "9f86d0…"
//! freeze = "77de68…"
//! ```
//!
//! The admins sign it in namespace `strongroom-thaw`. It names the journal line that began the freeze, and so it can be
//! used once, at one station: the next freeze is another line.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde::Deserialize;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{HouseId, JournalHash, Name, SignedText};

use crate::genesis::Genesis;
use crate::quorum::QuorumError;

/// The schema of a thaw.
const SCHEMA: &str = "strongroom.thaw.v1";

/// Which freeze is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thaw {
    /// The house.
    pub house: HouseId,
    /// The hash of the journal line that began the freeze.
    pub freeze: JournalHash,
}

/// Why a text does not end a freeze of this house.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThawError {
    /// Not the document it should be.
    #[error("the thaw is malformed: {0}")]
    Malformed(String),
    /// Another document.
    #[error("the text says schema = {0:?}, but {SCHEMA:?} is wanted here")]
    Schema(String),
    /// It says more than a thaw, or says it in another form.
    #[error("the thaw is not in the one form it has: have the admins sign the text as the program writes it")]
    NotCanonical,
    /// A thaw of another house.
    #[error("the thaw is of house {found}, but this is house {expected}")]
    House {
        /// The house it names.
        found: HouseId,
        /// This house.
        expected: HouseId,
    },
    /// The admins have not signed it, or somebody else has.
    #[error("the thaw is not the admins' word: {0}")]
    Quorum(#[from] QuorumError),
    /// Of a freeze that is not open here.
    #[error("the thaw ends freeze {found}, but the house is frozen by {}: a thaw ends one freeze, once", list(.open))]
    OtherFreeze {
        /// The freeze that it names.
        found: JournalHash,
        /// The freezes that are open here.
        open: Vec<JournalHash>,
    },
}

fn list(freezes: &[JournalHash]) -> String {
    freezes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThawFile {
    schema: String,
    house: String,
    freeze: String,
}

fn malformed(error: impl Display) -> ThawError {
    ThawError::Malformed(error.to_string().trim_end().replace('\n', " "))
}

impl Thaw {
    /// The text that the admins sign. There is one writing for one thaw.
    pub fn text(&self) -> String {
        format!("schema = \"{SCHEMA}\"\nhouse = \"{}\"\nfreeze = \"{}\"\n", self.house, self.freeze)
    }

    /// Reads a thaw of this house. Whether anybody signed it is not asked.
    ///
    /// # Errors
    /// [`ThawError`], naming the first thing that is wrong.
    pub fn read(text: &str, expected: HouseId) -> Result<Self, ThawError> {
        let file: ThawFile = toml::from_str(text).map_err(malformed)?;
        if file.schema != SCHEMA {
            return Err(ThawError::Schema(file.schema.chars().take(80).collect()));
        }
        let thaw = Self {
            house: file.house.parse().map_err(malformed)?,
            freeze: file.freeze.parse().map_err(malformed)?,
        };
        if thaw.house != expected {
            return Err(ThawError::House { found: thaw.house, expected });
        }
        // No comment can say something else than the lines do.
        if thaw.text() == text { Ok(thaw) } else { Err(ThawError::NotCanonical) }
    }

    /// Reads a thaw that a quorum of this house's admins signed, and says who did. Whether its freeze is open anywhere is
    /// not asked.
    ///
    /// # Errors
    /// [`ThawError`], naming the first thing that is wrong.
    pub fn open<'g>(
        signed: &SignedText,
        house: HouseId,
        genesis: &'g Genesis,
    ) -> Result<(Self, BTreeSet<&'g Name>), ThawError> {
        let thaw = Self::read(signed.text(), house)?;
        let signers = genesis.quorum(signed, Namespace::Thaw)?;
        Ok((thaw, signers))
    }

    /// The freeze that it ends, which must be one of those open here.
    ///
    /// # Errors
    /// [`ThawError::OtherFreeze`] if it is none of them: ended already, or another station's.
    pub fn ends(&self, open: impl IntoIterator<Item = JournalHash>) -> Result<JournalHash, ThawError> {
        let open: Vec<_> = open.into_iter().collect();
        if open.contains(&self.freeze) {
            return Ok(self.freeze);
        }
        Err(ThawError::OtherFreeze { found: self.freeze, open })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thaw() -> Thaw {
        Thaw { house: HouseId::of(b"house"), freeze: JournalHash::of(b"line") }
    }

    fn read(text: &str) -> Result<Thaw, ThawError> {
        Thaw::read(text, thaw().house)
    }

    #[test]
    fn a_thaw_reads_as_it_is_written() {
        assert_eq!(read(&thaw().text()), Ok(thaw()));
    }

    #[test]
    fn it_ends_its_own_freeze_among_several_and_no_other() {
        let [one, two] = [b"one", b"two"].map(|line| JournalHash::of(line));
        assert_eq!(thaw().ends([one, thaw().freeze, two]), Ok(thaw().freeze));
        let refused = thaw().ends([one, two]).unwrap_err();
        assert_eq!(refused, ThawError::OtherFreeze { found: thaw().freeze, open: vec![one, two] });
        assert!(refused.to_string().contains(&format!("frozen by {one} and {two}")), "{refused}");
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        let text = thaw().text();
        assert!(matches!(read(""), Err(ThawError::Malformed(_))));
        assert!(matches!(read(&format!("{text}x = 1\n")), Err(ThawError::Malformed(_))));
        assert!(matches!(read(&text.replace("freeze = \"", "freeze = \"0")), Err(ThawError::Malformed(_))));
        assert_eq!(
            read(&text.replace("thaw.v1", "thaw.v2")),
            Err(ThawError::Schema("strongroom.thaw.v2".into()))
        );
        assert_eq!(read(&format!("{text}# the freeze of last week\n")), Err(ThawError::NotCanonical));
        let other = Thaw::read(&text, HouseId::of(b"another"));
        assert!(matches!(other, Err(ThawError::House { .. })));
    }
}
