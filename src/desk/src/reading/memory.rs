//! What this desk knows of the vaults' journals: the lines that came with their replies.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use strongroom_journal::{Line, Teaching, VaultEntry};
use strongroom_policy::Policy;
use strongroom_policy::judge::{History, JournalView, Learned};
use strongroom_protocol::{
    Claim, Head, JournalHash, Name, PlanId, Reply, Sealed, StationId, Timestamp, canonical,
};
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
    /// What its lines claim and reject, in order.
    teachings: Vec<Teaching>,
    /// Up to which line it told that it had learned other vaults' journals.
    learned: BTreeMap<StationId, u64>,
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
        let mut memory = Self { head, ..Self::default() };
        let mut lines = BTreeMap::new();
        for stored in replies::of_station(store.connection(), station).map_err(|error| store.error(error))? {
            let sealed: Sealed<Reply> =
                canonical::decode(&stored.document).map_err(|error| damaged(&error))?;
            for bytes in &sealed.value().lines {
                let line: Line<VaultEntry> = canonical::decode(bytes).map_err(|error| damaged(&error))?;
                memory.hashes.insert(line.sequence, JournalHash::of(bytes));
                if let VaultEntry::Learned { station, after, lines, .. } = &line.entry {
                    let end = after.sequence.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
                    let known = memory.learned.entry(*station).or_default();
                    *known = end.max(*known);
                }
                lines.insert(line.sequence, Teaching::of(line));
            }
        }
        memory.hashes.extend(head.map(|head| (head.sequence, head.hash)));
        memory.teachings = lines.into_values().collect();
        Ok(memory)
    }

    /// Whether a head does not contradict what is known here. What is not known is not denied: only another line in the
    /// place of a known one is.
    pub fn allows(&self, head: &Head) -> bool {
        self.hashes.get(&head.sequence).is_none_or(|known| *known == head.hash)
    }

    /// Up to which line it told that it had learned another vault's journal.
    pub fn learned(&self, other: &StationId) -> u64 {
        self.learned.get(other).copied().unwrap_or_default()
    }

    /// The newest head known here, if a journal that goes on from `head` alone would not contain it.
    pub fn differs(&self, head: &Head) -> Option<Head> {
        let known = self.head?;
        // A later head may well contain what is known: that only its own journal can say.
        let contained = head.sequence > known.sequence || known == *head;
        (!contained).then_some(known)
    }
}

/// The vaults that the policy pins, as this desk knows them.
#[derive(Debug, Default)]
pub struct HouseMemory(BTreeMap<StationId, StationMemory>);

impl HouseMemory {
    /// What the replies taken in here tell of all of them, and of `more`.
    ///
    /// # Errors
    /// A failure if the store is damaged.
    pub fn of(
        home: &Home,
        policy: &Policy,
        more: impl IntoIterator<Item = StationId>,
    ) -> Result<Self, Failure> {
        let mut memory = Self::default();
        for station in policy.stations().map(|station| station.id).chain(more) {
            if let Entry::Vacant(place) = memory.0.entry(station) {
                place.insert(StationMemory::of(home, &station)?);
            }
        }
        Ok(memory)
    }

    /// What is known of one vault.
    pub fn station(&self, station: &StationId) -> Option<&StationMemory> {
        self.0.get(station)
    }

    /// What one vault will judge by, once it has learned of the others what is known here.
    pub fn view(&self, station: StationId, policy: &Policy) -> StationView<'_> {
        let mut view =
            StationView { station, house: self, history: History::default(), rejected: BTreeMap::new() };
        for (teacher, memory) in &self.0 {
            // As the vault does it: whoever claims a request claims the whole of it, and signs its own part.
            let counts = |claim: &Claim| {
                *teacher == station
                    || policy.account(&claim.account).is_none_or(|account| account.station == *teacher)
            };
            for teaching in &memory.teachings {
                view.take(teaching, counts);
            }
        }
        view
    }
}

/// One vault's memory as it is foretold here.
#[derive(Debug)]
pub struct StationView<'a> {
    station: StationId,
    house: &'a HouseMemory,
    /// What was claimed, by it and by the others, as far as they told.
    pub history: History,
    rejected: BTreeMap<PlanId, Name>,
}

impl StationView<'_> {
    /// Counts a plan that was approved here: what it spends, and what it pays at other vaults under which reference. Whether
    /// it was signed there, this vault cannot know; of its own references it knows.
    pub fn take_approved(&mut self, plan: &PlanId, claims: &[Claim], at: Timestamp, policy: &Policy) {
        for claim in claims {
            let account = policy.account(&claim.account);
            if account.is_some_and(|account| account.station == self.station) {
                self.history.record_spending(at, claim);
            } else {
                self.history.record(at, claim);
                self.history.record_deed(plan, claim);
            }
        }
    }

    fn take(&mut self, teaching: &Teaching, counts: impl Fn(&Claim) -> bool) {
        if let Some(claimed) = &teaching.claimed {
            for claim in claimed.claims.iter().filter(|claim| counts(claim)) {
                self.history.record(claimed.at, claim);
                self.history.record_deed(&claimed.plan, claim);
            }
        }
        for (plan, by) in &teaching.rejected {
            self.rejected.entry(*plan).or_insert_with(|| by.clone());
        }
    }

    fn own(&self) -> Option<&StationMemory> {
        self.house.station(&self.station)
    }
}

impl JournalView for StationView<'_> {
    fn contains(&self, head: &Head) -> bool {
        self.own().is_none_or(|memory| memory.allows(head))
    }

    fn has_claims(&self) -> bool {
        self.own().is_some_and(|memory| memory.head.is_some())
    }

    fn rejected(&self, plan: &PlanId) -> Option<Name> {
        self.rejected.get(plan).cloned()
    }

    /// What is known here the pack brings to the vault.
    fn learned(&self, station: &StationId, head: &Head) -> Learned {
        let contradicted = self.house.station(station).is_some_and(|memory| !memory.allows(head));
        if contradicted { Learned::Contradicted } else { Learned::Known }
    }
}
