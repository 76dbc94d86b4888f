//! The vault's journal together with what follows from it: history, installed documents, freezes.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;

use sha2::{Digest, Sha256};
use strongroom_journal::{Journal, JournalError, Line, VaultEntry};
use strongroom_policy::Policy;
use strongroom_policy::judge::{History, HouseState, JournalView, Refusal, rejections};
use strongroom_protocol::{
    AccountId, BookId, Head, HouseId, JournalHash, Name, PlanId, PolicyId, RequestId, SignedText, StationId,
    Text, Timestamp,
};

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
#[derive(Debug)]
pub struct Chronicle {
    journal: Journal<VaultEntry>,
    memory: Memory,
}

#[derive(Debug, Default)]
struct Memory {
    history: History,
    standing: Standing,
    /// Hash of each line, in order.
    hashes: Vec<JournalHash>,
    /// For each request with claims: what was claimed last, as a digest of the entry.
    claimed: HashMap<RequestId, JournalHash>,
    /// Plans that somebody rejected, with who did so first.
    rejected: HashMap<PlanId, Name>,
    opened: Option<HouseId>,
}

impl Memory {
    fn take(&mut self, line: &Line<VaultEntry>, hash: JournalHash) {
        self.hashes.push(hash);
        let newest = self.standing.newest.map_or(line.at, |newest| newest.max(line.at));
        self.standing.newest = Some(newest);
        match &line.entry {
            VaultEntry::Opened { house, station } => {
                self.opened = self.opened.or(Some(*house));
                self.standing.station = self.standing.station.or(Some(*station));
            }
            VaultEntry::PolicyInstalled { policy, epoch } => self.standing.policy = Some((*policy, *epoch)),
            VaultEntry::BookInstalled { book, epoch } => self.standing.book = Some((*book, *epoch)),
            VaultEntry::Enrolled { account } => self.standing.accounts.push(*account),
            VaultEntry::Claimed { request, plan, claims, .. } => {
                self.claimed.insert(*request, digest(&line.entry));
                for claim in claims {
                    self.history.record(line.at, claim);
                    self.history.record_deed(plan, claim);
                }
            }
            VaultEntry::Frozen { by, reason } => self.standing.frozen.push(Freeze {
                line: hash,
                by: by.clone(),
                reason: reason.clone(),
                at: line.at,
            }),
            VaultEntry::Thawed { freeze } => self.standing.frozen.retain(|open| open.line != *freeze),
            VaultEntry::Rejected { plan, by } => {
                self.rejected.entry(*plan).or_insert_with(|| by.clone());
            }
            _ => {}
        }
    }
}

impl Chronicle {
    /// Begins a vault's journal.
    ///
    /// # Errors
    /// [`ChronicleError`] if one is there or the disk refuses.
    pub fn create(
        path: &Path,
        house: HouseId,
        station: StationId,
        at: Timestamp,
    ) -> Result<Self, ChronicleError> {
        let journal = Journal::create(path, house)?;
        let mut chronicle = Self { journal, memory: Memory::default() };
        chronicle.append(at, VaultEntry::Opened { house, station })?;
        Ok(chronicle)
    }

    /// Opens a vault's journal and reads it whole. A torn tail is cut off and journaled.
    ///
    /// # Errors
    /// [`ChronicleError`] if it is in use, damaged or another vault's.
    pub fn open(path: &Path, house: HouseId, clock: Timestamp) -> Result<Self, ChronicleError> {
        let mut memory = Memory::default();
        let opened = Journal::open(path, house, |line, hash| memory.take(line, hash))?;
        if memory.opened != Some(house) {
            return Err(ChronicleError::Foreign);
        }
        let mut chronicle = Self { journal: opened.journal, memory };
        if opened.torn > 0 {
            chronicle.append(clock, VaultEntry::TornTail { bytes: opened.torn })?;
        }
        Ok(chronicle)
    }

    /// Writes a line down. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`ChronicleError`] if the disk refuses; the journal must then be opened anew.
    pub fn append(&mut self, at: Timestamp, entry: VaultEntry) -> Result<Head, ChronicleError> {
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

    fn has_claims(&self) -> bool {
        !self.memory.claimed.is_empty()
    }

    fn rejected(&self, plan: &PlanId) -> Option<Name> {
        self.memory.rejected.get(plan).cloned()
    }
}

/// Stands for an entry: the hash of its encoding, which is never held whole. Hashing cannot fail.
fn digest(entry: &VaultEntry) -> JournalHash {
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
fn plain(words: &str) -> Option<Text> {
    let one_line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    (1..=strongroom_protocol::text::TEXT_LIMIT)
        .rev()
        .find_map(|length| one_line.chars().take(length).collect::<String>().trim().parse().ok())
}
