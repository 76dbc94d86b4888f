//! What became of a slot, in our own terms.

use strongroom_network::{Landing, Outcome, Standing};
use strongroom_protocol::{Amount, Slot};

use super::slot_versions::SlotVersions;
use crate::store::transactions::TransactionState;

/// What became of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The slot.
    pub slot: Slot,
    /// How it stands.
    pub kind: FateKind,
    /// What is to be written down of each version, by its hash.
    pub marks: Vec<Mark>,
}

/// How a slot stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FateKind {
    /// Nothing was handed to nodes, as far as anybody knows.
    Unsent,
    /// Something was, and no node knows it any more.
    Dropped,
    /// Some node has a version of it.
    Pending {
        /// Earlier slots of the account that are still free.
        behind: u64,
    },
    /// A version is in a block that may still be replaced.
    Included {
        /// Its hash.
        transaction: String,
        /// The block.
        block: u64,
        /// Blocks on top of it, itself included.
        confirmations: u64,
        /// Whether it did what it should, so far.
        success: bool,
    },
    /// A version landed for good.
    Final {
        /// Its hash.
        transaction: String,
        /// The block.
        block: u64,
        /// Whether it did what it should.
        success: bool,
        /// What it cost, in base units of the chain's native asset.
        fee: Amount,
    },
    /// Something that nobody here signed took it: an alarm.
    Unexplained {
        /// Whether that cannot be undone by the chain any more.
        settled: bool,
    },
}

/// What is to be written down of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its hash.
    pub hash: String,
    /// What became of it.
    pub state: TransactionState,
    /// The block it is in.
    pub block: Option<u64>,
    /// What people should hear of it.
    pub note: Option<String>,
}

/// What people hear when a slot was taken by what nobody here signed.
pub const ALARM: &str = "ALARM: something that is not among the signatures taken in here took this slot. Either a reply was not imported yet, or the key signed something nobody here knows of: freeze, and find out";

impl FateKind {
    /// Whether nothing can change it any more.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Final { .. } | Self::Unexplained { settled: true })
    }
}

/// What a standing comes to.
pub fn fate(slot: &SlotVersions, standing: &Standing) -> Option<Fate> {
    let (kind, marks) = match standing {
        Standing::Unknown | Standing::Dropped if slot.was_sent() => {
            let words = "no node knows it any more: `strongroom send` sends it again";
            (FateKind::Dropped, waiting(slot, Some(words)))
        }
        Standing::Unknown | Standing::Dropped => (FateKind::Unsent, waiting(slot, None)),
        Standing::Pending { behind } => {
            let words = (*behind > 0).then(|| format!("it waits for {behind} earlier slots of its account"));
            (FateKind::Pending { behind: *behind }, waiting(slot, words.as_deref()))
        }
        Standing::Included { landing, confirmations } => included(slot, landing, *confirmations),
        Standing::Final { landing } => landed(slot, landing),
        Standing::Replaced { settled } => unexplained(slot, *settled),
        // A standing that this program does not know says nothing.
        _ => return None,
    };
    Some(Fate { slot: slot.slot.clone(), kind, marks })
}

/// Nothing has landed: what was sent is under way, the rest is signed.
fn waiting(slot: &SlotVersions, note: Option<&str>) -> Vec<Mark> {
    let marks = slot.versions.iter().map(|version| {
        let stored = &version.stored;
        let sent = stored.first_sent_at.is_some();
        let state = if sent { TransactionState::Submitted } else { TransactionState::Signed };
        // What nodes said when it was sent is worth more than that they do not know it.
        let kept = stored.note.clone().filter(|note| note.starts_with(REJECTED));
        let note = kept.or_else(|| note.filter(|_| sent).map(str::to_owned));
        Mark { hash: stored.hash.clone(), state, block: None, note }
    });
    marks.collect()
}

/// How the note of a transaction begins that every node refused.
pub const REJECTED: &str = "rejected by ";

fn included(slot: &SlotVersions, landing: &Landing, confirmations: u64) -> (FateKind, Vec<Mark>) {
    let success = landing.outcome == Outcome::Done;
    let note = (!success).then(|| landing.outcome.to_string());
    let marks = waiting(slot, None).into_iter().map(|mark| {
        if mark.hash == landing.version.as_str() {
            let state = TransactionState::Confirmed;
            Mark { state, block: Some(landing.block), note: note.clone(), ..mark }
        } else {
            mark
        }
    });
    let marks = marks.collect();
    let transaction = landing.version.to_string();
    (FateKind::Included { transaction, block: landing.block, confirmations, success }, marks)
}

fn landed(slot: &SlotVersions, landing: &Landing) -> (FateKind, Vec<Mark>) {
    let success = landing.outcome == Outcome::Done;
    let hash = landing.version.as_str();
    let marks = slot.versions.iter().map(|version| {
        let own = version.stored.hash == hash;
        let (state, block, note) = match (own, success) {
            (true, true) => (TransactionState::Final, Some(landing.block), None),
            (true, false) => {
                (TransactionState::Failed, Some(landing.block), Some(landing.outcome.to_string()))
            }
            (false, _) => (TransactionState::Replaced, None, Some(format!("{hash} took its slot"))),
        };
        Mark { hash: version.stored.hash.clone(), state, block, note }
    });
    let marks = marks.collect();
    let transaction = landing.version.to_string();
    (FateKind::Final { transaction, block: landing.block, success, fee: landing.fee }, marks)
}

fn unexplained(slot: &SlotVersions, settled: bool) -> (FateKind, Vec<Mark>) {
    let marks = waiting(slot, None).into_iter().map(|mark| {
        let state = if settled { TransactionState::Replaced } else { mark.state };
        Mark { state, note: Some(ALARM.to_owned()), ..mark }
    });
    (FateKind::Unexplained { settled }, marks.collect())
}
