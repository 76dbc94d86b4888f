//! The vault's journal together with what follows from it: history, installed documents, freezes.

use std::convert::Infallible;
use std::path::Path;

use sha2::{Digest, Sha256};
use strongroom_journal::{FindPlace, Journal, JournalError, Place, VaultEntry};
use strongroom_policy::Policy;
use strongroom_policy::judge::{History, HouseState, JournalView, Learned, Refusal, rejections};
use strongroom_protocol::{
    AccountId, BookId, Head, HouseId, JournalHash, Name, PlanId, PolicyId, RequestId, SignedText, StationId,
    Text, Timestamp,
};

use crate::memory::Memory;
use crate::recovering::Recovering;

/// Why the vault's journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChronicleError {
    /// The file is in the way.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal belongs to another house or does not begin as journals do.
    #[error("the journal does not begin with this house's opening: it is another vault's")]
    Foreign,
    /// The home is recovering, and this is nothing that may be written down then.
    #[error("recovering: {0}")]
    Recovering(String),
    /// The home is not recovering.
    #[error("this home is not recovering")]
    NotRecovering,
    /// Something was supposed that is not written down.
    #[error("this journal was read for a review alone: open it anew to write to it")]
    Supposing,
}

/// A freeze that no thaw has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The journal line that says so: a thaw names it.
    pub line: JournalHash,
    /// Who said so.
    pub by: Name,
    /// Why.
    pub reason: Text,
    /// Since when.
    pub at: Timestamp,
}

/// What follows from the journal besides payments.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The station that wrote it.
    pub station: Option<StationId>,
    /// The policy in force.
    pub policy: Option<(PolicyId, u64)>,
    /// The book in force.
    pub book: Option<(BookId, u64)>,
    /// Accounts enrolled here.
    pub accounts: Vec<AccountId>,
    /// The freezes that were not thawed, oldest first. While there is one, the house is frozen.
    pub frozen: Vec<Freeze>,
    /// When the newest line was written.
    pub newest: Option<Timestamp>,
}

/// The vault's journal, and what it says.
///
/// While the home is [recovering](crate::Recovering) nothing is added to the journal itself: what was lost must still fit
/// behind its head. What happens meanwhile is written beside it, counts, and comes into the journal with the recovery.
#[derive(Debug)]
pub struct Chronicle {
    pub(crate) journal: Journal<VaultEntry>,
    pub(crate) memory: Memory,
    pub(crate) recovering: Recovering,
    /// Whether the memory holds what the journal does not.
    pub(crate) supposing: bool,
}

impl Chronicle {
    /// Begins a vault's journal, and writes into its first line where it lives.
    ///
    /// # Errors
    /// [`ChronicleError`] if one is there or the disk refuses.
    pub fn create(
        path: &Path,
        house: HouseId,
        station: StationId,
        find: &FindPlace<'_>,
        at: Timestamp,
    ) -> Result<Self, ChronicleError> {
        let mut journal = Journal::create(path, house)?;
        let place = find_at(path, find)?;
        let opened = journal.append_line(at, VaultEntry::Opened { house, station, place: Some(place) })?;
        let mut memory = Memory::default();
        memory.take(&opened, journal.head().hash);
        Ok(Self { journal, memory, recovering: Recovering::none(path, house, place), supposing: false })
    }

    /// Opens a vault's journal and reads it whole. A torn tail is cut off and journaled. If the journal is not where it
    /// says that it lives, if its mark is no help, or if it was recovering before, then it is recovering.
    ///
    /// # Errors
    /// [`ChronicleError`] if it is in use, damaged or another vault's.
    pub fn open(
        path: &Path,
        house: HouseId,
        find: &FindPlace<'_>,
        clock: Timestamp,
    ) -> Result<Self, ChronicleError> {
        let mut memory = Memory::default();
        let (journal, torn, mark) = match Journal::open(path, house, |line, hash| memory.take(line, hash)) {
            Err(JournalError::Mark { path: mark, why }) => {
                memory = Memory::default();
                let journal = Journal::open_unmarked(path, house, |line, hash| memory.take(line, hash))?;
                (
                    journal,
                    0,
                    Some(format!("{}, which names the last line acknowledged, {why}", mark.display())),
                )
            }
            opened => opened.map(|opened| (opened.journal, opened.torn, None))?,
        };
        if memory.opened != Some(house) {
            return Err(ChronicleError::Foreign);
        }
        let place = find_at(path, find)?;
        let recovering = Recovering::look(path, house, place, mark, &mut memory)?;
        let mut chronicle = Self { journal, memory, recovering, supposing: false };
        if torn > 0 {
            chronicle.append(clock, VaultEntry::TornTail { bytes: torn })?;
        }
        Ok(chronicle)
    }

    /// Writes a line down. When this returns, it is on disk: in the journal, or beside it while the home is recovering.
    ///
    /// # Errors
    /// [`ChronicleError`] if the disk refuses; the journal must then be opened anew. [`ChronicleError::Recovering`] if the
    /// line would make or permit signatures and the home is recovering.
    pub fn append(&mut self, at: Timestamp, entry: VaultEntry) -> Result<Head, ChronicleError> {
        if self.supposing {
            return Err(ChronicleError::Supposing);
        }
        if self.recovering.why().is_some() {
            return self.append_aside(at, entry, None);
        }
        let line = self.journal.append_line(at, entry)?;
        let head = self.head();
        self.memory.take(&line, head.hash);
        Ok(head)
    }

    /// Journals a refusal. What cannot be a journal text is cut to what can.
    ///
    /// # Errors
    /// [`ChronicleError`] if the disk refuses.
    pub fn refuse(
        &mut self,
        at: Timestamp,
        request: Option<RequestId>,
        refusal: &Refusal,
    ) -> Result<(), ChronicleError> {
        let (Ok(rule), Some(why)) = (refusal.rule.name().parse(), plain(&refusal.to_string())) else {
            return Ok(());
        };
        self.append(at, VaultEntry::Refused { request, rule, exit: refusal.exit().code(), why })?;
        Ok(())
    }

    /// Journals every genuine rejection among these statements that is not journaled yet, so that it holds also when it is
    /// left out the next time. Statements that are not genuine are passed over: the review refuses them.
    ///
    /// # Errors
    /// [`ChronicleError`] if the disk refuses; nothing may be signed then.
    pub fn reject(
        &mut self,
        at: Timestamp,
        statements: &[SignedText],
        policy: &Policy,
        house: HouseId,
    ) -> Result<(), ChronicleError> {
        for (plan, by) in rejections(statements, policy, house) {
            if !self.memory.rejected.contains_key(&plan) {
                self.append(at, VaultEntry::Rejected { plan, by })?;
            }
        }
        Ok(())
    }

    /// Whether this very claim was the last one journaled for its request.
    pub(crate) fn stands_claimed(&self, entry: &VaultEntry) -> bool {
        matches!(entry, VaultEntry::Claimed { request, .. }
            if self.memory.claimed.get(request) == Some(&digest(entry)))
    }

    /// Where the journal stands.
    pub const fn head(&self) -> Head {
        self.journal.head()
    }

    /// What was claimed.
    pub const fn history(&self) -> &History {
        &self.memory.history
    }

    /// What follows besides.
    pub const fn standing(&self) -> &Standing {
        &self.memory.standing
    }

    /// Whether the house is frozen.
    pub const fn state(&self) -> HouseState {
        if self.memory.standing.frozen.is_empty() { HouseState::Normal } else { HouseState::Frozen }
    }

    /// The exact bytes of the lines after a head, for a reply.
    ///
    /// # Errors
    /// [`ChronicleError`] if the file cannot be read.
    pub fn lines_after(&self, since: Head) -> Result<Vec<Vec<u8>>, ChronicleError> {
        Ok(self.journal.lines_after(since.sequence)?)
    }

    /// The head of the journal when it was empty.
    pub fn start(&self, house: HouseId) -> Head {
        Head { sequence: 0, hash: JournalHash::from_bytes(*house.as_bytes()) }
    }
}

impl JournalView for Chronicle {
    fn contains(&self, head: &Head) -> bool {
        if head.sequence == 0 {
            return self.memory.opened.is_some_and(|house| house.as_bytes() == head.hash.as_bytes());
        }
        let index = head.sequence.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.memory.hashes.get(index)) == Some(&head.hash)
    }

    fn recovered(&self) -> Option<Timestamp> {
        self.memory.recovered
    }

    fn has_claims(&self) -> bool {
        !self.memory.claimed.is_empty()
    }

    fn rejected(&self, plan: &PlanId) -> Option<Name> {
        self.memory.rejected.get(plan).cloned()
    }

    fn learned(&self, station: &StationId, head: &Head) -> Learned {
        self.memory.learned(station, head)
    }

    fn recovering(&self) -> Option<String> {
        self.recovering.why()
    }
}

fn find_at(path: &Path, find: &FindPlace<'_>) -> Result<Place, ChronicleError> {
    Ok(find(path).map_err(|source| JournalError::Io { path: path.to_owned(), source })?)
}

/// Stands for an entry: the hash of its encoding, which is never held whole. Hashing cannot fail.
pub(crate) fn digest(entry: &VaultEntry) -> JournalHash {
    let mut hash = Hashed(Sha256::new());
    let _ = minicbor::encode(entry, &mut hash);
    JournalHash::from_bytes(hash.0.finalize().into())
}

/// Takes what is written to it into a hash.
struct Hashed(Sha256);

impl minicbor::encode::Write for Hashed {
    type Error = Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.update(bytes);
        Ok(())
    }
}

/// The longest printable beginning of a text that fits a journal line.
pub(crate) fn plain(words: &str) -> Option<Text> {
    let one_line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    (1..=strongroom_protocol::text::TEXT_LIMIT)
        .rev()
        .find_map(|length| one_line.chars().take(length).collect::<String>().trim().parse().ok())
}
