//! What this desk knows of a vault's journal: the lines that came with its replies.

use std::collections::BTreeMap;

use strongroom_journal::{Line, VaultEntry};
use strongroom_policy::judge::{History, JournalView};
use strongroom_protocol::{Head, JournalHash, Name, PlanId, Reply, Sealed, StationId, canonical};
use strongroom_screen::Failure;

use crate::exit;
use crate::home::Home;
use crate::store::{heads, replies};

/// One vault as this desk knows it. An approver's station that takes in no replies knows nothing.
#[derive(Debug, Default)]
pub struct StationMemory {
    hashes: BTreeMap<u64, JournalHash>,
    /// Its last head known here.
    pub head: Option<Head>,
    /// What it claimed, as far as it told.
    pub history: History,
    rejected: BTreeMap<PlanId, Name>,
}

impl JournalView for StationMemory {
    /// What is not known here is not denied: only another line in the place of a known one is.
    fn contains(&self, head: &Head) -> bool {
        self.hashes.get(&head.sequence).is_none_or(|known| *known == head.hash)
    }

    fn has_claims(&self) -> bool {
        self.head.is_some()
    }

    fn rejected(&self, plan: &PlanId) -> Option<Name> {
        self.rejected.get(plan).cloned()
    }
}

impl StationMemory {
    /// What the replies taken in here tell of a station.
    ///
    /// # Errors
    /// A failure if the store is damaged.
    pub fn of(home: &Home, station: &StationId) -> Result<Self, Failure> {
        let store = &home.store;
        let damaged = |why: &dyn std::fmt::Display| {
            Failure::new(exit::DAMAGED, "store-damaged", format!("a reply in the store is damaged: {why}"))
        };
        let head = heads::of(store.connection(), station).map_err(|error| store.error(error))?;
        let mut lines = BTreeMap::new();
        let mut hashes = BTreeMap::new();
        for stored in replies::of_station(store.connection(), station).map_err(|error| store.error(error))? {
            let sealed: Sealed<Reply> =
                canonical::decode(&stored.document).map_err(|error| damaged(&error))?;
            for bytes in &sealed.value().lines {
                let line: Line<VaultEntry> = canonical::decode(bytes).map_err(|error| damaged(&error))?;
                hashes.insert(line.sequence, JournalHash::of(bytes));
                lines.insert(line.sequence, line);
            }
        }
        hashes.extend(head.map(|head| (head.sequence, head.hash)));
        let mut memory = Self { hashes, head, ..Self::default() };
        for line in lines.values() {
            memory.take(line);
        }
        Ok(memory)
    }

    /// The newest head known here, if a journal that goes on from `head` alone would not contain it.
    pub fn differs(&self, head: &Head) -> Option<Head> {
        let known = self.head?;
        // A later head may well contain what is known: that only its own journal can say.
        let contained = head.sequence > known.sequence || known == *head;
        (!contained).then_some(known)
    }

    /// Remembers of a line what the vault's own memory keeps of it.
    fn take(&mut self, line: &Line<VaultEntry>) {
        match &line.entry {
            VaultEntry::Claimed { plan, claims, .. } => {
                for claim in claims {
                    self.history.record(line.at, claim);
                    self.history.record_deed(plan, claim);
                }
            }
            VaultEntry::Rejected { plan, by } => {
                self.rejected.entry(*plan).or_insert_with(|| by.clone());
            }
            // What the vault wrote beside its journal while it was recovering makes no claims.
            entry @ VaultEntry::Recovered { .. } => {
                let lines =
                    entry.aside().filter_map(|bytes| canonical::decode::<Line<VaultEntry>>(bytes).ok());
                for line in lines {
                    if let VaultEntry::Rejected { plan, by } = line.entry {
                        self.rejected.entry(plan).or_insert(by);
                    }
                }
            }
            _ => {}
        }
    }
}
