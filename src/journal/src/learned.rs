//! What a vault learns of another vault of its house: by that one's own sealed replies, and from nobody else.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use strongroom_protocol::{
    Claim, DocumentError, Head, HouseId, JournalHash, Name, PlanId, PublicKey, Reply, Sealed, SignatureError,
    Timestamp, canonical,
};

use crate::entry::VaultEntry;
use crate::error::JournalError;
use crate::export::VaultExport;
use crate::line::{Line, verify_lines};

/// What another vault claimed in one line of its journal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LearnedClaims {
    /// When, by that vault's journal.
    #[n(0)]
    pub at: Timestamp,
    /// For which plan.
    #[n(1)]
    pub plan: PlanId,
    /// What.
    #[n(2)]
    pub claims: Vec<Claim>,
}

/// What one line of another vault's journal teaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Teaching {
    /// What it claims.
    pub claimed: Option<LearnedClaims>,
    /// Which plans it says were rejected, and by whom.
    pub rejected: Vec<(PlanId, Name)>,
}

/// A line of another vault's journal that was not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// The journal's head with it.
    pub head: Head,
    /// What it teaches.
    pub teaching: Teaching,
}

/// Why an export teaches nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearningError {
    /// The export is another house's.
    #[error("it is of house {0}")]
    House(HouseId),
    /// A reply cannot be read.
    #[error("a reply in it cannot be read: {0}")]
    Document(#[from] DocumentError),
    /// A reply was not sealed by the station.
    #[error("a reply in it is not sealed by that station: {0}")]
    Seal(#[from] SignatureError),
    /// A reply says that it is another's.
    #[error("a reply in it is of another house or station")]
    Foreign,
    /// A reply's lines are no chain.
    #[error(transparent)]
    Lines(#[from] JournalError),
    /// Lines are missing.
    #[error(
        "{known} lines of that journal are known here, and these begin after line {begin}: bring the ones between as well"
    )]
    Gap {
        /// Up to which line the journal is known.
        known: u64,
        /// After which line the replies go on.
        begin: u64,
    },
    /// The station sealed two lines of one number.
    #[error(
        "line {line} is {told} here, and it was {known}: two homes of that station have written, somebody copied that vault"
    )]
    Fork {
        /// The line.
        line: u64,
        /// The one known first.
        known: JournalHash,
        /// The other.
        told: JournalHash,
    },
}

impl Teaching {
    /// What a line teaches. What it learned itself of others is theirs to tell.
    pub fn of(line: Line<VaultEntry>) -> Self {
        let mut teaching = Self::default();
        match line.entry {
            VaultEntry::Claimed { plan, claims, .. } => {
                teaching.claimed = Some(LearnedClaims { at: line.at, plan, claims });
            }
            VaultEntry::Rejected { plan, by } => teaching.rejected.push((plan, by)),
            entry @ VaultEntry::Recovered { .. } => {
                let lines =
                    entry.aside().filter_map(|bytes| canonical::decode::<Line<VaultEntry>>(bytes).ok());
                for line in lines {
                    if let VaultEntry::Rejected { plan, by } = line.entry {
                        teaching.rejected.push((plan, by));
                    }
                }
            }
            _ => {}
        }
        teaching
    }
}

impl VaultExport {
    /// What its replies tell of the station's journal beyond the lines that are known: `known` holds their hashes, from the
    /// first line on. Each reply must carry the seal of `key`, and the lines must follow the known ones without a gap. The
    /// replies may overlap and come in any order.
    ///
    /// # Errors
    /// [`LearningError`], for the first thing that is wrong. Nothing of the export counts then.
    pub fn new_lines(
        &self,
        house: HouseId,
        key: &PublicKey,
        known: &[JournalHash],
    ) -> Result<Vec<NewLine>, LearningError> {
        if self.house != house {
            return Err(LearningError::House(self.house));
        }
        let mut told: BTreeMap<u64, (JournalHash, Option<Teaching>)> = BTreeMap::new();
        for bytes in &self.replies {
            let sealed: Sealed<Reply> = canonical::decode(bytes)?;
            sealed.verify(key)?;
            let reply = sealed.value();
            if (reply.house, reply.station) != (house, self.station) {
                return Err(LearningError::Foreign);
            }
            let bytes = reply.lines.iter().map(|line| line.as_slice());
            let lines = verify_lines::<VaultEntry>(reply.since, bytes, reply.head)?;
            tell(&mut told, house, known, reply.since, None)?;
            for (line, bytes) in lines.into_iter().zip(&reply.lines) {
                let head = Head { sequence: line.sequence, hash: JournalHash::of(bytes) };
                tell(&mut told, house, known, head, Some(line))?;
            }
        }
        let own = u64::try_from(known.len()).unwrap_or(u64::MAX);
        let mut new: Vec<NewLine> = Vec::with_capacity(told.len());
        for (sequence, (hash, teaching)) in told {
            let have = new.last().map_or(own, |line| line.head.sequence);
            match teaching {
                Some(teaching) if have.checked_add(1) == Some(sequence) => {
                    new.push(NewLine { head: Head { sequence, hash }, teaching });
                }
                Some(_) => return Err(LearningError::Gap { known: have, begin: sequence.saturating_sub(1) }),
                None => return Err(LearningError::Gap { known: have, begin: sequence }),
            }
        }
        Ok(new)
    }
}

/// Compares one line with what is known, and keeps it if it is new. Of a head that a reply begins after, the line itself is
/// not there.
fn tell(
    told: &mut BTreeMap<u64, (JournalHash, Option<Teaching>)>,
    house: HouseId,
    known: &[JournalHash],
    head: Head,
    line: Option<Line<VaultEntry>>,
) -> Result<(), LearningError> {
    let fork = |known: JournalHash| LearningError::Fork { line: head.sequence, known, told: head.hash };
    let Some(place) = head.sequence.checked_sub(1) else {
        // Every journal of a house begins with its id.
        return if head == Head::start(house) { Ok(()) } else { Err(LearningError::Foreign) };
    };
    if let Some(known) = usize::try_from(place).ok().and_then(|place| known.get(place)) {
        return if *known == head.hash { Ok(()) } else { Err(fork(*known)) };
    }
    let entry = told.entry(head.sequence).or_insert_with(|| (head.hash, None));
    if entry.0 != head.hash {
        return Err(fork(entry.0));
    }
    if entry.1.is_none() {
        entry.1 = line.map(Teaching::of);
    }
    Ok(())
}
