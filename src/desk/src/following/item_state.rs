//! How an item of a request stands, as far as it is written down here.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use strongroom_protocol::{Request, RequestId, Slot};
use strongroom_screen::Failure;

use super::fate::{ALARM, REJECTED};
use super::slot_versions::{Gatherer, SignedVersion, SlotVersions};
use crate::home::Home;
use crate::store::transactions::{self, TransactionState};

/// How an item of a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemState {
    /// Its intent's line in the plan, from 1.
    pub line: u64,
    /// Its slot; `None` as long as it is not signed.
    pub slot: Option<Slot>,
    /// How it stands.
    pub kind: ItemKind,
    /// The transaction that this rests on: the one that landed, or the dearest that was sent.
    pub transaction: Option<String>,
    /// The block that one is in.
    pub block: Option<u64>,
    /// What people should hear of it.
    pub note: Option<String>,
}

/// How an item stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemKind {
    /// No vault has signed it, as far as anything was taken in here.
    Unsigned,
    /// Signed, and never sent.
    Signed,
    /// Handed to nodes; nobody can say yet.
    Submitted,
    /// Every node that was asked refused it when it was sent. It may still land.
    Rejected,
    /// In a block that may still be replaced.
    Confirmed,
    /// Landed for good and did what it was to do, in this or in an equal version.
    Final,
    /// Landed for good and did not do it.
    Failed,
    /// Another request of ours took its slot for good, and did something else.
    Displaced {
        /// Which.
        by: RequestId,
    },
    /// Something took its slot that nobody here knows.
    Alarm,
}

impl ItemKind {
    /// The word, as shown and as scripts have it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Signed => "signed",
            Self::Submitted => "submitted",
            Self::Rejected => "rejected",
            Self::Confirmed => "confirmed",
            Self::Final => "final",
            Self::Failed => "failed",
            Self::Displaced { .. } => "replaced",
            Self::Alarm => "alarm",
        }
    }

    /// Whether it came to nothing, or to what nobody wanted.
    pub const fn is_bad(&self) -> bool {
        matches!(self, Self::Failed | Self::Displaced { .. } | Self::Alarm)
    }
}

impl ItemState {
    /// The item for scripts.
    pub fn value(&self) -> Value {
        let by = match &self.kind {
            ItemKind::Displaced { by } => Some(by.to_string()),
            _ => None,
        };
        json!({
            "line": self.line,
            "state": self.kind.as_str(),
            "slot": self.slot.as_ref().map(Slot::as_str),
            "transaction": self.transaction,
            "block": self.block,
            "note": self.note,
            "replaced_by": by,
        })
    }
}

/// How every item of a request stands.
///
/// # Errors
/// A failure if the store is damaged.
pub fn of_request(home: &Home, id: &RequestId, request: &Request) -> Result<Vec<ItemState>, Failure> {
    let store = &home.store;
    let own = transactions::of_request(store.connection(), id).map_err(|error| store.error(error))?;
    let slots: BTreeMap<u32, Slot> = own.into_iter().map(|signed| (signed.intent, signed.slot)).collect();
    let mut gatherer = Gatherer::new(home);
    let mut states = Vec::with_capacity(request.items.len());
    for item in &request.items {
        let line = u64::from(item.intent).saturating_add(1);
        states.push(match slots.get(&item.intent) {
            None => ItemState {
                line,
                slot: None,
                kind: ItemKind::Unsigned,
                transaction: None,
                block: None,
                note: None,
            },
            Some(slot) => state(line, item.intent, id, &gatherer.gather(slot)?),
        });
    }
    Ok(states)
}

fn state(line: u64, intent: u32, id: &RequestId, slot: &SlotVersions) -> ItemState {
    let is_own = |version: &&SignedVersion| version.stored.request == *id && version.stored.intent == intent;
    let own: Vec<_> = slot.versions.iter().filter(is_own).collect();
    let in_state =
        |wanted: TransactionState| slot.versions.iter().find(|version| version.stored.state == wanted);
    let sent = own.iter().rev().find(|version| version.stored.first_sent_at.is_some()).copied();
    let alarm = slot.versions.iter().find(|version| version.stored.note.as_deref() == Some(ALARM));
    let (kind, version) = if let Some(landed) = in_state(TransactionState::Final) {
        let same = own.iter().any(|version| version.moves == landed.moves);
        let by = landed.stored.request;
        (if same { ItemKind::Final } else { ItemKind::Displaced { by } }, Some(landed))
    } else if let Some(failed) = in_state(TransactionState::Failed) {
        (ItemKind::Failed, Some(failed))
    } else if let Some(alarmed) = alarm {
        (ItemKind::Alarm, Some(alarmed))
    } else if slot.is_settled() {
        (ItemKind::Alarm, own.last().copied())
    } else if let Some(included) = in_state(TransactionState::Confirmed) {
        (ItemKind::Confirmed, Some(included))
    } else if let Some(sent) = sent {
        let rejected = sent.stored.note.as_deref().is_some_and(|note| note.starts_with(REJECTED));
        (if rejected { ItemKind::Rejected } else { ItemKind::Submitted }, Some(sent))
    } else {
        (ItemKind::Signed, own.first().copied())
    };
    let stored = version.map(|version| &version.stored);
    ItemState {
        line,
        slot: Some(slot.slot.clone()),
        transaction: stored.map(|stored| stored.hash.clone()),
        block: stored.and_then(|stored| stored.block),
        note: note(
            &kind,
            stored.and_then(|stored| stored.note.clone()),
            stored.map(|stored| stored.request),
            id,
        ),
        kind,
    }
}

fn note(kind: &ItemKind, stored: Option<String>, by: Option<RequestId>, own: &RequestId) -> Option<String> {
    match (kind, by) {
        (ItemKind::Displaced { by }, _) => {
            Some(format!("its slot was taken by request {by}, which does something else: this was not done"))
        }
        (ItemKind::Final, Some(by)) if by != *own => Some(format!("in a version of request {by}")),
        _ => stored,
    }
}
