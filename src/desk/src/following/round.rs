//! One look at the chains: where slots stand, and what is written down of it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use strongroom_journal::DeskEntry;
use strongroom_network::{AgreementError, AsOf};
use strongroom_protocol::{ChainId, Slot, Timestamp};
use strongroom_screen::Failure;

use super::fate::{Fate, FateKind, fate};
use super::slot_versions::{Gatherer, SlotVersions};
use crate::home::Home;
use crate::store::requests::{self, RequestState};
use crate::store::{StoreError, reservations, sightings, transactions};
use crate::world::Transports;
use crate::{exit, failure};

/// What one look at the chains brought.
#[derive(Debug, Default)]
pub struct Round {
    /// What became of each slot.
    pub fates: BTreeMap<Slot, Fate>,
    /// Slots of which nobody can say, and why.
    pub unsaid: BTreeMap<Slot, AgreementError>,
    /// The block that each chain was read at.
    pub as_of: BTreeMap<ChainId, AsOf>,
}

/// What is written in the journal for the transaction that took a slot when nobody here knows it.
const UNEXPLAINED: &str = "unexplained";

/// Asks the nodes where some slots stand, and writes it down. What is final already is not asked about again.
///
/// # Errors
/// A failure if a chain's nodes say nothing to go by, or store or journal fail. Nothing is written down then.
pub fn look(
    home: &mut Home,
    transports: &dyn Transports,
    slots: &BTreeSet<Slot>,
    now: Timestamp,
) -> Result<Round, Failure> {
    let mut gatherer = Gatherer::new(home);
    let mut by_chain: BTreeMap<ChainId, Vec<SlotVersions>> = BTreeMap::new();
    for slot in slots {
        let versions = gatherer.gather(slot)?;
        if !versions.versions.is_empty() && !versions.is_settled() {
            by_chain.entry(versions.chain.clone()).or_default().push(versions);
        }
    }
    let mut round = Round::default();
    for (chain, slots) in by_chain {
        ask(home, transports, &chain, &slots, &mut round)?;
    }
    write_down(home, &round, now)?;
    Ok(round)
}

fn ask(
    home: &Home,
    transports: &dyn Transports,
    chain: &ChainId,
    slots: &[SlotVersions],
    round: &mut Round,
) -> Result<(), Failure> {
    let tracks: Result<Vec<_>, _> = slots.iter().map(SlotVersions::track).collect();
    let tracks = tracks.map_err(|error| Failure::new(exit::DAMAGED, "store-damaged", error.to_string()))?;
    let mut feed = home.feed(transports, chain)?;
    let followed = feed.follow(&tracks).map_err(|error| failure::feed(&error))?;
    for (slot, standing) in slots.iter().zip(followed.standings) {
        match standing {
            Ok(standing) => round.fates.extend(fate(slot, &standing).map(|fate| (slot.slot.clone(), fate))),
            Err(error) => {
                round.unsaid.insert(slot.slot.clone(), error);
            }
        }
    }
    round.as_of.insert(chain.clone(), followed.as_of);
    Ok(())
}

/// Journals what is final, then brings the store up to date, all or nothing. A crash in between journals it again.
fn write_down(home: &mut Home, round: &Round, now: Timestamp) -> Result<(), Failure> {
    for fate in round.fates.values().filter(|fate| fate.kind.is_final()) {
        let (transaction, success) = match &fate.kind {
            FateKind::Final { transaction, success, .. } => (transaction.clone(), *success),
            _ => (UNEXPLAINED.to_owned(), false),
        };
        home.record(now, DeskEntry::Settled { slot: fate.slot.clone(), transaction, success })?;
    }
    let path = home.path.clone();
    let transaction = home.store.transaction()?;
    let write = || -> rusqlite::Result<()> {
        for fate in round.fates.values() {
            for mark in &fate.marks {
                transactions::set_state(
                    &transaction,
                    &mark.hash,
                    mark.state,
                    mark.block,
                    mark.note.as_deref(),
                )?;
            }
            if fate.kind.is_final() {
                reservations::settle(&transaction, &fate.slot)?;
                close_requests(&transaction, &fate.slot)?;
            }
        }
        round.as_of.iter().try_for_each(|(chain, as_of)| sightings::set(&transaction, chain, as_of, now))
    };
    write().and_then(|()| transaction.commit()).map_err(|error| StoreError::sqlite(&path, error))?;
    Ok(())
}

/// A request is final when every slot it holds is, whichever version took it.
fn close_requests(connection: &Connection, slot: &Slot) -> rusqlite::Result<()> {
    let holders = reservations::of_slot(connection, slot)?.into_iter().map(|held| held.request);
    let signers = transactions::of_slot(connection, slot)?.into_iter().map(|signed| signed.request);
    for id in holders.chain(signers).collect::<BTreeSet<_>>() {
        let held = reservations::of_request(connection, &id)?;
        let signed = transactions::of_request(connection, &id)?;
        let open = held.iter().any(|held| held.state != reservations::Hold::Settled)
            || signed.iter().any(|signed| !signed.state.is_settled());
        if !open {
            requests::set_state(connection, &id, RequestState::Final)?;
        }
    }
    Ok(())
}
