//! A recovery: the admins' word that a vault's home, which was copied, restored or moved, goes on from one head.
//!
//! ```toml
//! schema = "strongroom.recovery.v1"
//! house = "9f86d0…"
//! station = "1a2b3c…"
//! episode = "77de68…"
//! line = 12
//! head = "4e0740…"
//! place = "machine 9f86d081884c7d65 inode 131 born 2026-06-01T12:00:00.000000042Z"
//! unknown = []
//! valid_until = "2026-06-08T12:00:00Z"
//! reason = "the disk broke; restored from the backup of May"
//! ```
//!
//! The admins sign it in namespace `strongroom-recovery`. It names the line with which this home began to recover, and the
//! place it was found at, and so it counts once, for one home. `unknown` are heads that approvers vouched for and that the
//! home does not contain: whoever signs says that they were never told the truth about them, or that those lines are lost.

use std::collections::BTreeSet;

use serde::Deserialize;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Head, HouseId, JournalHash, Name, SignedText, StationId, Text, Timestamp};

use crate::genesis::Genesis;
use crate::quorum::{QuorumError, listed};
use crate::toml_text::{self, Parsed, TomlError, quoted, quoted_list};

/// The schema of a recovery.
const SCHEMA: &str = "strongroom.recovery.v1";

/// Which home goes on from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The house.
    pub house: HouseId,
    /// The station.
    pub station: StationId,
    /// The line with which the home began to recover.
    pub episode: JournalHash,
    /// The head to go on from.
    pub head: Head,
    /// Where the home was found.
    pub place: Text,
    /// Heads that approvers vouched for and that the home does not contain, in order.
    pub unknown: Vec<Head>,
    /// Until when the text counts.
    pub valid_until: Timestamp,
    /// What happened, in people's words.
    pub reason: Text,
}

/// A home that a recovery is held against.
pub struct Recoverable<'a> {
    /// Its station.
    pub station: StationId,
    /// Whether it is recovering at all.
    pub recovering: bool,
    /// The line with which it began to recover, if that was written down.
    pub episode: Option<JournalHash>,
    /// Where its journal stands.
    pub head: Head,
    /// Whether its journal contains the head that is named.
    pub contains: bool,
    /// Where it is.
    pub place: &'a str,
    /// Heads that approvers vouched for and that it does not contain, in order.
    pub unknown: &'a [Head],
    /// Whether this very text was used here before.
    pub used: bool,
    /// The latest that it can be now.
    pub now: Timestamp,
}

/// Why a text does not end the recovering of a home.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// Not the document it should be.
    #[error("the recovery is malformed: {0}")]
    Toml(#[from] TomlError),
    /// It says more than a recovery, or says it in another form.
    #[error(
        "the recovery is not in the one form it has: have the admins sign the text as the program writes it"
    )]
    NotCanonical,
    /// A recovery of another house.
    #[error("the recovery is of house {found}, but this is house {expected}")]
    House {
        /// The house it names.
        found: HouseId,
        /// This house.
        expected: HouseId,
    },
    /// The admins have not signed it, or somebody else has.
    #[error("the recovery is not the admins' word: {0}")]
    Quorum(#[from] QuorumError),
    /// Of another station.
    #[error("the recovery is for station {found}, but this is {expected}")]
    Station {
        /// The station it names.
        found: StationId,
        /// This station.
        expected: StationId,
    },
    /// It was used here.
    #[error("this recovery was used here already: it counts once")]
    Used,
    /// Nothing is wrong with the home.
    #[error("this home is not recovering: there is nothing to recover from")]
    NotRecovering,
    /// Of another time that this or another home had to recover.
    #[error(
        "the recovery was drafted for another home, or for another time that this one recovered: draft one here with \
         `strongroom-vault recover draft`"
    )]
    Episode,
    /// The home is not where the admins said it is.
    #[error(
        "the recovery is for a home at \"{named}\", but this one is at \"{found}\": draft a new one here"
    )]
    Place {
        /// The place it names.
        named: Text,
        /// Where the home is.
        found: String,
    },
    /// Too late.
    #[error("the recovery ended at {valid_until}, and it may be {now}: draft a new one")]
    Expired {
        /// Until when it counted.
        valid_until: Timestamp,
        /// The latest it can be.
        now: Timestamp,
    },
    /// Its head is older than the home.
    #[error(
        "the recovery goes on from line {named}, but this home has {own} lines: what they record must not be forgotten; \
         draft a new one, which names the last"
    )]
    Older {
        /// The line it names.
        named: u64,
        /// How many the home has.
        own: u64,
    },
    /// Its head is not in the home.
    #[error(
        "the recovery goes on from line {}, {}, which this home does not contain (it has {own} lines): bring it the missing \
         ones with `strongroom-vault journal import FILE`, then draft a new recovery if this one no longer fits",
        named.sequence, named.hash
    )]
    Missing {
        /// The head it names.
        named: Head,
        /// How many lines the home has.
        own: u64,
    },
    /// What is unknown changed since.
    #[error(
        "the recovery speaks of other heads that are unknown here ({}) than there are now ({}): draft a new one",
        heads(.named), heads(.found)
    )]
    Unknown {
        /// Those it names.
        named: Vec<Head>,
        /// Those there are.
        found: Vec<Head>,
    },
}

fn heads(heads: &[Head]) -> String {
    listed(heads.iter().map(|head| format!("line {}, {}", head.sequence, head.hash)), "none")
}

/// A head as a text has it in a list: number and hash.
struct Written(Head);

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0.sequence, self.0.hash)
    }
}

impl std::str::FromStr for Written {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a head is the number of a line and its hash";
        let (sequence, hash) = text.split_once(' ').ok_or(wrong)?;
        let sequence = sequence.parse().map_err(|_| wrong)?;
        Ok(Self(Head { sequence, hash: hash.parse().map_err(|_| wrong)? }))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoveryFile {
    #[serde(rename = "schema")]
    _schema: String,
    house: Parsed<HouseId>,
    station: Parsed<StationId>,
    episode: Parsed<JournalHash>,
    line: u64,
    head: Parsed<JournalHash>,
    place: Parsed<Text>,
    unknown: Vec<Parsed<Written>>,
    valid_until: Parsed<Timestamp>,
    reason: Parsed<Text>,
}

impl Recovery {
    /// The text that the admins sign. There is one writing for one recovery.
    pub fn text(&self) -> String {
        let fields = [
            ("schema", quoted(SCHEMA)),
            ("house", quoted(self.house)),
            ("station", quoted(self.station)),
            ("episode", quoted(self.episode)),
            ("line", self.head.sequence.to_string()),
            ("head", quoted(self.head.hash)),
            ("place", quoted(&self.place)),
            ("unknown", quoted_list(self.unknown.iter().copied().map(Written))),
            ("valid_until", quoted(self.valid_until)),
            ("reason", quoted(&self.reason)),
        ];
        fields.iter().fold(String::new(), |text, (key, value)| text + key + " = " + value + "\n")
    }

    /// What stands for this very text: a home takes it once.
    pub fn id(&self) -> JournalHash {
        JournalHash::of(self.text().as_bytes())
    }

    /// Reads a recovery of this house. Whether anybody signed it is not asked.
    ///
    /// # Errors
    /// [`RecoveryError`], naming the first thing that is wrong.
    pub fn read(text: &str, expected: HouseId) -> Result<Self, RecoveryError> {
        let file: RecoveryFile = toml_text::read(text, SCHEMA)?;
        let recovery = Self {
            house: file.house.0,
            station: file.station.0,
            episode: file.episode.0,
            head: Head { sequence: file.line, hash: file.head.0 },
            place: file.place.0,
            unknown: file.unknown.into_iter().map(|head| head.0.0).collect(),
            valid_until: file.valid_until.0,
            reason: file.reason.0,
        };
        if recovery.house != expected {
            return Err(RecoveryError::House { found: recovery.house, expected });
        }
        // No comment can say something else than the lines do.
        if recovery.text() == text { Ok(recovery) } else { Err(RecoveryError::NotCanonical) }
    }

    /// Reads a recovery that a quorum of this house's admins signed, and says who did.
    ///
    /// # Errors
    /// [`RecoveryError`], naming the first thing that is wrong.
    pub fn open<'g>(
        signed: &SignedText,
        house: HouseId,
        genesis: &'g Genesis,
    ) -> Result<(Self, BTreeSet<&'g Name>), RecoveryError> {
        let recovery = Self::read(signed.text(), house)?;
        let signers = genesis.quorum(signed, Namespace::Recovery)?;
        Ok((recovery, signers))
    }

    /// Whether it lets this home go on.
    ///
    /// # Errors
    /// [`RecoveryError`], naming the first thing that does not fit.
    pub fn check(&self, home: &Recoverable<'_>) -> Result<(), RecoveryError> {
        if self.station != home.station {
            return Err(RecoveryError::Station { found: self.station, expected: home.station });
        }
        if home.used {
            return Err(RecoveryError::Used);
        }
        if !home.recovering {
            return Err(RecoveryError::NotRecovering);
        }
        if home.episode != Some(self.episode) {
            return Err(RecoveryError::Episode);
        }
        if self.place.as_str() != home.place {
            return Err(RecoveryError::Place { named: self.place.clone(), found: home.place.to_owned() });
        }
        if home.now > self.valid_until {
            return Err(RecoveryError::Expired { valid_until: self.valid_until, now: home.now });
        }
        if self.head != home.head {
            let own = home.head.sequence;
            return Err(if home.contains {
                RecoveryError::Older { named: self.head.sequence, own }
            } else {
                RecoveryError::Missing { named: self.head, own }
            });
        }
        if self.unknown != home.unknown {
            let (named, found) = (self.unknown.clone(), home.unknown.to_vec());
            return Err(RecoveryError::Unknown { named, found });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
