//! A thaw: the admins' word that one freeze is over.

use serde::Deserialize;
use strongroom_policy::genesis::Genesis;
use strongroom_policy::quorum::QuorumError;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{HouseId, JournalHash, SignedText};
use strongroom_screen::Failure;

use crate::{exit, failure};

/// The schema of a thaw.
pub const THAW_SCHEMA: &str = "strongroom.thaw.v1";

/// Which freeze of which house ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thaw {
    /// The house.
    pub house: HouseId,
    /// The journal line that began the freeze.
    pub freeze: JournalHash,
}

/// Why a text is no thaw of this freeze.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThawError {
    /// Not the text it should be.
    #[error("the thaw is malformed: {0}. It is written by `strongroom thaw draft`, and by nobody else")]
    Malformed(String),
    /// Of another house.
    #[error("the thaw is of house {found}, but this is house {expected}")]
    House {
        /// The house it names.
        found: HouseId,
        /// This house.
        expected: HouseId,
    },
    /// Of another freeze.
    #[error(
        "the thaw ends the freeze {found}, but the house is frozen by {expected}: have that one's thaw signed"
    )]
    OtherFreeze {
        /// The freeze it names.
        found: JournalHash,
        /// The freeze in force.
        expected: JournalHash,
    },
    /// The admins have not signed it, or somebody else has.
    #[error("the thaw is not the admins' word: {0}")]
    Quorum(#[from] QuorumError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThawFile {
    schema: String,
    house: String,
    freeze: String,
}

impl Thaw {
    /// Its text, ready to be signed. There is one writing for one thaw.
    pub fn text(&self) -> String {
        format!("schema = \"{THAW_SCHEMA}\"\nhouse = \"{}\"\nfreeze = \"{}\"\n", self.house, self.freeze)
    }

    /// Reads a thaw's text. Whether anybody signed it is not asked.
    ///
    /// # Errors
    /// [`ThawError::Malformed`] if it is anything but the one writing of a thaw.
    pub fn unsigned(text: &str) -> Result<Self, ThawError> {
        let file: ThawFile =
            toml::from_str(text).map_err(|error| ThawError::Malformed(error.message().to_owned()))?;
        if file.schema != THAW_SCHEMA {
            let found: String = file.schema.chars().take(80).collect();
            return Err(ThawError::Malformed(format!("it says schema = {found:?}, not {THAW_SCHEMA:?}")));
        }
        let malformed = |error: &dyn std::fmt::Display| ThawError::Malformed(error.to_string());
        let thaw = Self {
            house: file.house.parse().map_err(|error| malformed(&error))?,
            freeze: file.freeze.parse().map_err(|error| malformed(&error))?,
        };
        if thaw.text() != text {
            return Err(ThawError::Malformed("it is written in another way".to_owned()));
        }
        Ok(thaw)
    }

    /// Reads the thaw of this freeze, signed by a quorum of this house's admins.
    ///
    /// # Errors
    /// [`ThawError`], naming the first thing that is wrong.
    pub fn open(
        signed: &SignedText,
        house: HouseId,
        genesis: &Genesis,
        freeze: JournalHash,
    ) -> Result<Self, ThawError> {
        let thaw = Self::unsigned(signed.text())?;
        if thaw.house != house {
            return Err(ThawError::House { found: thaw.house, expected: house });
        }
        genesis.quorum(signed, Namespace::Thaw)?;
        if thaw.freeze != freeze {
            return Err(ThawError::OtherFreeze { found: thaw.freeze, expected: freeze });
        }
        Ok(thaw)
    }
}

impl From<ThawError> for Failure {
    fn from(error: ThawError) -> Self {
        let (exit, code) = match &error {
            ThawError::Malformed(_) => (exit::DAMAGED, "thaw"),
            ThawError::House { .. } => (exit::DISAGREE, "house"),
            ThawError::OtherFreeze { .. } => (exit::POLICY, "freeze"),
            ThawError::Quorum(quorum) => failure::quorum(quorum),
        };
        Self::new(exit, code, error.to_string())
    }
}
