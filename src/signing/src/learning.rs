//! What this vault learns of the other vaults of its house: references, days and tiers are the house's, and what another
//! station signed counts here once this one has seen its seal.

use std::collections::BTreeMap;

use strongroom_journal::{LearnedClaims, LearningError, NewLine, VaultEntry, VaultExport};
use strongroom_policy::Policy;
use strongroom_policy::judge::Learned;
use strongroom_protocol::{AccountId, Claim, Head, HouseId, JournalHash, Name, PlanId, StationId, Timestamp};

use crate::chronicle::{Chronicle, ChronicleError};
use crate::memory::Memory;

/// A line that tells of so many claims is not made longer: the next begins another. What one line of the other vault
/// claims stays together.
const CLAIMS_A_LINE: usize = 10_000;
/// The same for lines of the other vault, whatever is in them.
const LINES_A_LINE: usize = 100_000;

/// What is known of another vault's journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct OtherVault {
    /// Hash of each of its lines, in order.
    hashes: Vec<JournalHash>,
    /// The line that it sealed twice.
    forked: Option<u64>,
}

impl OtherVault {
    fn head(&self, house: HouseId) -> Head {
        match self.hashes.last() {
            Some(hash) => {
                Head { sequence: u64::try_from(self.hashes.len()).unwrap_or(u64::MAX), hash: *hash }
            }
            None => Head::start(house),
        }
    }
}

/// What an export teaches that was not known: checked, and not yet written down.
#[derive(Clone, Debug)]
pub struct Lesson {
    station: StationId,
    name: Name,
    entries: Vec<VaultEntry>,
    head: Head,
    lines: usize,
    payments: usize,
}

/// Why nothing can be learned from an export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LessonError {
    /// The policy does not know the station.
    #[error("the policy in force pins no station {0}: nobody knows whose word that is")]
    Unpinned(StationId),
    /// The export does not hold what that station said.
    #[error("station {station}: {source}")]
    Export {
        /// The station, as the policy calls it.
        station: Name,
        /// What is wrong.
        source: Box<LearningError>,
    },
}

impl LessonError {
    /// What is wrong with the export itself, if that is it.
    pub fn learning(&self) -> Option<&LearningError> {
        match self {
            Self::Unpinned(_) => None,
            Self::Export { source, .. } => Some(source),
        }
    }
}

impl Lesson {
    /// The station it is about.
    pub const fn station(&self) -> StationId {
        self.station
    }

    /// What the policy calls that station.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Where that station's journal stands then.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// How many of its lines are new.
    pub const fn lines(&self) -> usize {
        self.lines
    }

    /// How many claims they make for that station's accounts.
    pub const fn claims(&self) -> usize {
        self.payments
    }
}

impl Memory {
    /// A line of this journal that tells of another vault.
    pub(crate) fn take_other(&mut self, entry: &VaultEntry) {
        match entry {
            VaultEntry::Learned { station, lines, claimed, rejected, .. } => {
                for part in claimed {
                    for claim in &part.claims {
                        self.history.record(part.at, claim);
                        self.history.record_deed(&part.plan, claim);
                    }
                }
                for (plan, by) in rejected {
                    self.rejected.entry(*plan).or_insert_with(|| by.clone());
                }
                self.others.entry(*station).or_default().hashes.extend(lines);
            }
            VaultEntry::Forked { station, line, .. } => {
                let other = self.others.entry(*station).or_default();
                other.forked = other.forked.or(Some(*line));
            }
            _ => {}
        }
    }

    /// How far another vault's journal was learned.
    pub(crate) fn learned(&self, station: &StationId, head: &Head) -> Learned {
        let other = self.others.get(station);
        if let Some(line) = other.and_then(|other| other.forked) {
            return Learned::Forked(line);
        }
        let hashes = other.map_or(&[][..], |other| other.hashes.as_slice());
        let known = match head.sequence.checked_sub(1) {
            None => self.opened.map(|house| Head::start(house).hash),
            Some(place) => usize::try_from(place).ok().and_then(|place| hashes.get(place)).copied(),
        };
        match known {
            Some(hash) if hash == head.hash => Learned::Known,
            Some(_) => Learned::Contradicted,
            None => Learned::Behind(u64::try_from(hashes.len()).unwrap_or(u64::MAX)),
        }
    }
}

impl Chronicle {
    /// Reads what an export of another station teaches. Nothing is written down by this.
    ///
    /// # Errors
    /// [`LessonError`] if the policy does not pin the station, a reply is not sealed by it, lines are missing, or they
    /// contradict what is known: see [`Self::fork`].
    pub fn lesson(
        &self,
        export: &VaultExport,
        policy: &Policy,
        house: HouseId,
    ) -> Result<Lesson, LessonError> {
        let pinned = policy.station(&export.station).ok_or(LessonError::Unpinned(export.station))?;
        let known = self.memory.others.get(&export.station);
        let hashes = known.map_or(&[][..], |other| other.hashes.as_slice());
        let new = export.new_lines(house, &pinned.key, hashes);
        let new = new.map_err(|source| LessonError::Export {
            station: pinned.name.clone(),
            source: Box::new(source),
        })?;
        let after = known.map_or(Head::start(house), |other| other.head(house));
        let mut lesson = Lesson {
            station: export.station,
            name: pinned.name.clone(),
            entries: Vec::new(),
            head: after,
            lines: new.len(),
            payments: 0,
        };
        // A claim for an account of a third station, or of this one, is that one's to tell: whoever claims a request claims
        // the whole of it, and signs its own part.
        let own = &self.memory.standing.accounts;
        let theirs =
            |claim: &Claim| !own.contains(&claim.account) && is_of(policy, &claim.account, export.station);
        let mut part = Part::default();
        for line in new {
            part.add(line, theirs);
            if part.is_full() {
                lesson.close(std::mem::take(&mut part));
            }
        }
        if !part.lines.is_empty() {
            lesson.close(part);
        }
        Ok(lesson)
    }

    /// Writes a lesson down. From here on it counts.
    ///
    /// # Errors
    /// [`ChronicleError`] if the disk refuses, or the home is recovering. What was written by then counts.
    pub fn learn(&mut self, at: Timestamp, lesson: Lesson) -> Result<(), ChronicleError> {
        self.check_follows(&lesson)?;
        for entry in lesson.entries {
            self.append(at, entry)?;
        }
        Ok(())
    }

    /// Judges by a lesson without writing it down, for a review that changes nothing. Nothing can be written to this
    /// journal afterwards: it must be opened anew.
    ///
    /// # Errors
    /// [`ChronicleError`] if the lesson is not this journal's.
    pub fn suppose(&mut self, lesson: &Lesson) -> Result<(), ChronicleError> {
        self.check_follows(lesson)?;
        for entry in &lesson.entries {
            self.supposing = true;
            self.memory.take_other(entry);
        }
        Ok(())
    }

    /// A lesson was made for the journal as it was.
    fn check_follows(&self, lesson: &Lesson) -> Result<(), ChronicleError> {
        let Some(VaultEntry::Learned { station, after, .. }) = lesson.entries.first() else { return Ok(()) };
        let known = self.memory.others.get(station).map_or(0, |other| other.hashes.len());
        if usize::try_from(after.sequence) == Ok(known) { Ok(()) } else { Err(ChronicleError::Foreign) }
    }

    /// Writes down that another station sealed two journals, if that is what is wrong with an export and is not known yet.
    ///
    /// # Errors
    /// [`ChronicleError`] if the disk refuses.
    pub fn fork(
        &mut self,
        at: Timestamp,
        station: StationId,
        error: &LessonError,
    ) -> Result<(), ChronicleError> {
        let Some(LearningError::Fork { line, known, told }) = error.learning() else { return Ok(()) };
        if self.memory.others.get(&station).is_some_and(|other| other.forked.is_some()) {
            return Ok(());
        }
        self.append(at, VaultEntry::Forked { station, line: *line, known: *known, told: *told })?;
        Ok(())
    }

    /// Where the journals of other stations stand, as far as this vault learned of them.
    pub fn others(&self) -> BTreeMap<StationId, Head> {
        let house = self.memory.opened;
        let heads = self.memory.others.iter();
        heads.filter_map(|(station, other)| Some((*station, other.head(house?)))).collect()
    }
}

/// Whether an account is a station's, as far as the policy knows it.
fn is_of(policy: &Policy, account: &AccountId, station: StationId) -> bool {
    policy.account(account).is_none_or(|pinned| pinned.station == station)
}

/// What one line will tell.
#[derive(Default)]
struct Part {
    lines: Vec<JournalHash>,
    claimed: Vec<LearnedClaims>,
    claims: usize,
    rejected: Vec<(PlanId, Name)>,
}

impl Part {
    fn add(&mut self, line: NewLine, theirs: impl Fn(&Claim) -> bool) {
        self.lines.push(line.head.hash);
        self.rejected.extend(line.teaching.rejected);
        if let Some(mut claimed) = line.teaching.claimed {
            claimed.claims.retain(theirs);
            self.claims = self.claims.saturating_add(claimed.claims.len());
            if !claimed.claims.is_empty() {
                self.claimed.push(claimed);
            }
        }
    }

    const fn is_full(&self) -> bool {
        self.claims >= CLAIMS_A_LINE || self.lines.len() >= LINES_A_LINE
    }
}

impl Lesson {
    fn close(&mut self, part: Part) {
        let after = self.head;
        let count = u64::try_from(part.lines.len()).unwrap_or(u64::MAX);
        let hash = part.lines.last().copied().unwrap_or(after.hash);
        self.head = Head { sequence: after.sequence.saturating_add(count), hash };
        self.payments = self.payments.saturating_add(part.claims);
        let Part { lines, claimed, rejected, .. } = part;
        let station = self.station;
        self.entries.push(VaultEntry::Learned { station, after, lines, claimed, rejected });
    }
}
