//! What vault and desk write down.

use std::fmt;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_protocol::{
    AccountId, BookId, Claim, Head, HouseId, JournalHash, KeyProvenance, Name, PlanId, PolicyId, RequestId,
    Slot, StationId, Text, Warmth,
};

use crate::learned::LearnedClaims;
use crate::place::Place;

/// Something a journal holds.
pub trait Entry: Encode<()> + for<'b> Decode<'b, ()> + Clone + fmt::Debug + PartialEq {
    /// The schema of a line of such entries.
    const LINE_SCHEMA: &'static str;
}

/// What a vault writes down. An entry stands before the thing it records has any effect outside the vault.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum VaultEntry {
    /// The home was made.
    #[n(0)]
    Opened {
        /// For this house.
        #[n(0)]
        house: HouseId,
        /// With this station key.
        #[n(1)]
        station: StationId,
        /// Where it lives; absent in the journals of programs that did not ask.
        #[n(2)]
        place: Option<Place>,
    },
    /// A policy is in force.
    #[n(1)]
    PolicyInstalled {
        /// Which.
        #[n(0)]
        policy: PolicyId,
        /// Its epoch.
        #[n(1)]
        epoch: u64,
    },
    /// An address book is in force.
    #[n(2)]
    BookInstalled {
        /// Which.
        #[n(0)]
        book: BookId,
        /// Its epoch.
        #[n(1)]
        epoch: u64,
    },
    /// A key was made or brought in.
    #[n(3)]
    KeyAdded {
        /// The keystore's name for it.
        #[n(0)]
        key: Name,
        /// Master fingerprint (BIP-32).
        #[cbor(n(1), with = "minicbor::bytes")]
        fingerprint: [u8; 4],
        /// How it came to be.
        #[n(2)]
        provenance: KeyProvenance,
    },
    /// An account record was written.
    #[n(4)]
    Enrolled {
        /// Which.
        #[n(0)]
        account: AccountId,
    },
    /// Slots are claimed for a request: from here on its signatures count as possibly made.
    #[n(5)]
    Claimed {
        /// The request.
        #[n(0)]
        request: RequestId,
        /// Its plan.
        #[n(1)]
        plan: PlanId,
        /// The policy that judged.
        #[n(2)]
        policy: PolicyId,
        /// The book that judged.
        #[n(3)]
        book: BookId,
        /// Who operates the vault.
        #[n(4)]
        operator: Name,
        /// Who approved.
        #[n(5)]
        approvers: Vec<Name>,
        /// All that the request's signatures can do.
        #[n(6)]
        claims: Vec<Claim>,
    },
    /// All signatures of a request were made and verified.
    #[n(6)]
    Signed {
        /// The request.
        #[n(0)]
        request: RequestId,
        /// SHA-256 over all signatures, in order.
        #[n(1)]
        signatures: JournalHash,
        /// What the machine was found to be.
        #[n(2)]
        machine: Warmth,
    },
    /// A request was refused.
    #[n(7)]
    Refused {
        /// The request, where its bytes could be read.
        #[n(0)]
        request: Option<RequestId>,
        /// The rule's name.
        #[n(1)]
        rule: Name,
        /// The exit code.
        #[n(2)]
        exit: u8,
        /// Why, cut to one line.
        #[n(3)]
        why: Text,
    },
    /// Nothing but voids and returns is signed from here on.
    #[n(8)]
    Frozen {
        /// Who said so.
        #[n(0)]
        by: Name,
        /// Why.
        #[n(1)]
        reason: Text,
    },
    /// A freeze ended by quorum.
    #[n(9)]
    Thawed {
        /// The line that began the freeze.
        #[n(0)]
        freeze: JournalHash,
    },
    /// An unfinished line that was never acknowledged was cut off the end.
    #[n(10)]
    TornTail {
        /// How many bytes.
        #[n(0)]
        bytes: u64,
    },
    /// Somebody's genuine rejection of a plan was shown: the plan is never signed from here on.
    #[n(11)]
    Rejected {
        /// The plan.
        #[n(0)]
        plan: PlanId,
        /// Who rejected it.
        #[n(1)]
        by: Name,
    },
    /// From here on the home is recovering. Stands beside the journal and never in it: what the home lost must still fit
    /// behind its head.
    #[n(12)]
    Recovering {
        /// Where the journal stood.
        #[n(0)]
        head: Head,
        /// Where the home was found.
        #[n(1)]
        place: Place,
        /// Why.
        #[n(2)]
        why: Text,
    },
    /// Somebody's genuine statement names a head that the journal does not contain. Stands beside the journal.
    #[n(13)]
    Vouched {
        /// Whose.
        #[n(0)]
        by: Name,
        /// The head.
        #[n(1)]
        head: Head,
    },
    /// The admins named the head that this home goes on from: the line before this one.
    #[n(14)]
    Recovered {
        /// SHA-256 of the text they signed, which counts once.
        #[n(0)]
        recovery: JournalHash,
        /// Who signed it.
        #[n(1)]
        by: Vec<Name>,
        /// Where the home lives from here on.
        #[n(2)]
        place: Place,
        /// What was written beside the journal meanwhile: exact lines, in order. They count from here on.
        #[n(3)]
        aside: Vec<ByteVec>,
    },
    /// What another station of the house signed, by replies that it sealed: it counts here from now on.
    #[n(15)]
    Learned {
        /// Which.
        #[n(0)]
        station: StationId,
        /// Where its journal stood before these lines: what was learned before ends there.
        #[n(1)]
        after: Head,
        /// The hash of each of its lines since, in order.
        #[n(2)]
        lines: Vec<JournalHash>,
        /// What it claimed in them.
        #[n(3)]
        claimed: Vec<LearnedClaims>,
        /// Which plans were rejected in them, and by whom.
        #[n(4)]
        rejected: Vec<(PlanId, Name)>,
    },
    /// Another station of the house sealed two lines of one number: two homes of it have written.
    #[n(16)]
    Forked {
        /// Which.
        #[n(0)]
        station: StationId,
        /// The line's number.
        #[n(1)]
        line: u64,
        /// The line that was known first.
        #[n(2)]
        known: JournalHash,
        /// The other.
        #[n(3)]
        told: JournalHash,
    },
}

impl VaultEntry {
    /// The exact lines that a recovery took in from beside the journal, in order; no other entry has any.
    pub fn aside(&self) -> impl Iterator<Item = &[u8]> {
        let aside = match self {
            Self::Recovered { aside, .. } => aside.as_slice(),
            _ => &[],
        };
        aside.iter().map(|line| line.as_slice())
    }
}

impl Entry for VaultEntry {
    const LINE_SCHEMA: &'static str = "strongroom.vault-line.v1";
}

/// What a desk writes down.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum DeskEntry {
    /// The home was made.
    #[n(0)]
    Opened {
        /// For this house.
        #[n(0)]
        house: HouseId,
    },
    /// Slots are reserved for a request that was written.
    #[n(1)]
    Reserved {
        /// The request.
        #[n(0)]
        request: RequestId,
        /// Its plan.
        #[n(1)]
        plan: PlanId,
        /// The slots.
        #[n(2)]
        slots: Vec<Slot>,
    },
    /// A request will not be carried out by this desk; its slots must be voided or used by others.
    #[n(2)]
    Abandoned {
        /// The request.
        #[n(0)]
        request: RequestId,
    },
    /// A vault's reply was verified and taken in.
    #[n(3)]
    Imported {
        /// The request answered.
        #[n(0)]
        request: RequestId,
        /// By which station.
        #[n(1)]
        station: StationId,
        /// Its head.
        #[n(2)]
        head: JournalHash,
    },
    /// A transaction is about to be handed to nodes.
    #[n(4)]
    Sent {
        /// The request.
        #[n(0)]
        request: RequestId,
        /// The intent's place in its plan, from 0.
        #[n(1)]
        intent: u32,
        /// The chain's id of the transaction.
        #[n(2)]
        transaction: String,
    },
    /// A slot's fate is final.
    #[n(5)]
    Settled {
        /// The slot.
        #[n(0)]
        slot: Slot,
        /// The chain's id of the transaction that took it.
        #[n(1)]
        transaction: String,
        /// Whether it did what it was to do.
        #[n(2)]
        success: bool,
    },
    /// A policy is used.
    #[n(6)]
    PolicyInstalled {
        /// Which.
        #[n(0)]
        policy: PolicyId,
        /// Its epoch.
        #[n(1)]
        epoch: u64,
    },
    /// An address book is used.
    #[n(7)]
    BookInstalled {
        /// Which.
        #[n(0)]
        book: BookId,
        /// Its epoch.
        #[n(1)]
        epoch: u64,
    },
    /// An unfinished line that was never acknowledged was cut off the end.
    #[n(8)]
    TornTail {
        /// How many bytes.
        #[n(0)]
        bytes: u64,
    },
    /// Nothing is sent from here on but voids and returns.
    #[n(9)]
    Frozen {
        /// Who said so.
        #[n(0)]
        by: Name,
        /// Why.
        #[n(1)]
        reason: Text,
    },
    /// A freeze ended by quorum.
    #[n(10)]
    Thawed {
        /// The line that began the freeze.
        #[n(0)]
        freeze: JournalHash,
    },
}

impl Entry for DeskEntry {
    const LINE_SCHEMA: &'static str = "strongroom.desk-line.v1";
}
