//! What a reader of a vault's journal remembers.

use std::collections::{BTreeMap, HashMap, HashSet};

use strongroom_journal::{Line, Place, VaultEntry};
use strongroom_policy::judge::History;
use strongroom_protocol::{HouseId, JournalHash, Name, PlanId, RequestId, StationId, Timestamp, canonical};

use crate::chronicle::{Freeze, Standing, digest};
use crate::learning::OtherVault;

#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) history: History,
    pub(crate) standing: Standing,
    /// Hash of each line, in order.
    pub(crate) hashes: Vec<JournalHash>,
    /// For each request with claims: what was claimed last, as a digest of the entry.
    pub(crate) claimed: HashMap<RequestId, JournalHash>,
    /// Plans that somebody rejected, with who did so first.
    pub(crate) rejected: HashMap<PlanId, Name>,
    pub(crate) opened: Option<HouseId>,
    /// Where the home lives, by the journal's own word.
    pub(crate) place: Option<Place>,
    /// Recoveries that were used, and the first line beside the journal that each of them took in.
    pub(crate) recoveries: HashSet<JournalHash>,
    pub(crate) episodes: HashSet<JournalHash>,
    /// What is known of other vaults of the house.
    pub(crate) others: BTreeMap<StationId, OtherVault>,
    /// When the home recovered last.
    pub(crate) recovered: Option<Timestamp>,
}

impl Memory {
    /// A line of the journal.
    pub(crate) fn take(&mut self, line: &Line<VaultEntry>, hash: JournalHash) {
        self.hashes.push(hash);
        match &line.entry {
            VaultEntry::Opened { house, station, place } => {
                self.opened = self.opened.or(Some(*house));
                self.standing.station = self.standing.station.or(Some(*station));
                self.place = self.place.or(*place);
            }
            VaultEntry::Claimed { request, plan, claims, .. } => {
                self.claimed.insert(*request, digest(&line.entry));
                for claim in claims {
                    self.history.record(line.at, claim);
                    self.history.record_deed(plan, claim);
                }
            }
            VaultEntry::Thawed { freeze } => self.standing.frozen.retain(|open| open.line != *freeze),
            entry @ VaultEntry::Learned { .. } => self.take_other(entry),
            VaultEntry::Enrolled { account } => self.standing.accounts.push(*account),
            VaultEntry::Recovered { recovery, place, .. } => {
                self.recoveries.insert(*recovery);
                self.recovered = Some(line.at);
                self.place = Some(*place);
                self.episodes.extend(line.entry.aside().next().map(JournalHash::of));
                for bytes in line.entry.aside() {
                    // The journal's hash chain vouches for them; what is no line said nothing.
                    if let Ok(line) = canonical::decode::<Line<VaultEntry>>(bytes) {
                        self.take_aside(&line, JournalHash::of(bytes));
                    }
                }
            }
            _ => {}
        }
        self.take_aside(line, hash);
    }

    /// A line that stands beside the journal, or once did. Nothing that makes signatures can stand there.
    pub(crate) fn take_aside(&mut self, line: &Line<VaultEntry>, hash: JournalHash) {
        let newest = self.standing.newest.map_or(line.at, |newest| newest.max(line.at));
        self.standing.newest = Some(newest);
        // Epochs only grow; what was installed beside the journal may be older than lines that come back to it.
        let newer = |installed: Option<u64>, epoch: u64| installed.is_none_or(|installed| epoch >= installed);
        match &line.entry {
            VaultEntry::PolicyInstalled { policy, epoch }
                if newer(self.standing.policy.map(|(_, epoch)| epoch), *epoch) =>
            {
                self.standing.policy = Some((*policy, *epoch));
            }
            VaultEntry::BookInstalled { book, epoch }
                if newer(self.standing.book.map(|(_, epoch)| epoch), *epoch) =>
            {
                self.standing.book = Some((*book, *epoch));
            }
            VaultEntry::Frozen { by, reason } => self.standing.frozen.push(Freeze {
                line: hash,
                by: by.clone(),
                reason: reason.clone(),
                at: line.at,
            }),
            VaultEntry::Rejected { plan, by } => {
                self.rejected.entry(*plan).or_insert_with(|| by.clone());
            }
            entry @ VaultEntry::Forked { .. } => self.take_other(entry),
            _ => {}
        }
    }
}
