//! The desk's journal, and what follows from it.

use std::path::Path;

use strongroom_journal::{DeskEntry, Journal, Line};
use strongroom_protocol::{Head, HouseId, JournalHash, Name, Text, Timestamp};

use super::HomeError;

/// An open journal of a desk.
#[derive(Debug)]
pub struct Log {
    journal: Journal<DeskEntry>,
    memory: Memory,
}

/// That the house is frozen on this desk.
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

#[derive(Debug, Default)]
struct Memory {
    opened: Option<HouseId>,
    /// The freezes that no thaw has ended, oldest first.
    freezes: Vec<Freeze>,
}

impl Memory {
    fn take(&mut self, at: Timestamp, entry: &DeskEntry, hash: JournalHash) {
        match entry {
            DeskEntry::Opened { house } => self.opened = self.opened.or(Some(*house)),
            DeskEntry::Frozen { by, reason } => {
                self.freezes.push(Freeze { line: hash, by: by.clone(), reason: reason.clone(), at });
            }
            DeskEntry::Thawed { freeze } => self.freezes.retain(|open| open.line != *freeze),
            _ => {}
        }
    }
}

impl Log {
    /// Begins a desk's journal.
    ///
    /// # Errors
    /// [`HomeError`] if one is there or the disk refuses.
    pub fn create(path: &Path, house: HouseId) -> Result<Self, HomeError> {
        Ok(Self { journal: Journal::create(path, house)?, memory: Memory::default() })
    }

    /// Opens a desk's journal and reads it whole. A torn tail is cut off and journaled.
    ///
    /// # Errors
    /// [`HomeError`] if it is in use, damaged or another house's.
    pub fn open(path: &Path, house: HouseId, now: Timestamp) -> Result<Self, HomeError> {
        Self::read(path, house, now, |_, _| {})
    }

    /// Opens a desk's journal and shows each line to `each` in order, with the hash it has.
    ///
    /// # Errors
    /// As [`Self::open`]; what was learned from the lines is worth nothing then.
    pub fn read(
        path: &Path,
        house: HouseId,
        now: Timestamp,
        mut each: impl FnMut(&Line<DeskEntry>, JournalHash),
    ) -> Result<Self, HomeError> {
        let mut memory = Memory::default();
        let opened = Journal::open(path, house, |line: &Line<DeskEntry>, hash| {
            memory.take(line.at, &line.entry, hash);
            each(line, hash);
        })?;
        if memory.opened != Some(house) {
            return Err(HomeError::ForeignJournal(path.to_owned()));
        }
        let mut log = Self { journal: opened.journal, memory };
        if opened.torn > 0 {
            log.append(now, DeskEntry::TornTail { bytes: opened.torn })?;
        }
        Ok(log)
    }

    /// Writes a line down. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`HomeError`] if the disk refuses; the journal must then be opened anew.
    pub fn append(&mut self, at: Timestamp, entry: DeskEntry) -> Result<Head, HomeError> {
        let kept = entry.clone();
        let head = self.journal.append(at, entry)?;
        self.memory.take(at, &kept, head.hash);
        Ok(head)
    }

    /// Where the journal stands.
    pub const fn head(&self) -> Head {
        self.journal.head()
    }

    /// The oldest freeze in force, if the house is frozen on this desk.
    pub fn freeze(&self) -> Option<&Freeze> {
        self.memory.freezes.first()
    }

    /// Every freeze that no thaw has ended, oldest first.
    pub fn freezes(&self) -> &[Freeze] {
        &self.memory.freezes
    }
}
