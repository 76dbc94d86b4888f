//! What this desk took in of a vault's journal, for that vault or for another one.

use std::collections::BTreeMap;

use strongroom_journal::VaultExport;
use strongroom_policy::Policy;
use strongroom_protocol::{Head, Reply, Request, Sealed, StationId, canonical};
use strongroom_screen::Failure;

use crate::exit;
use crate::home::Home;
use crate::reading::memory::HouseMemory;
use crate::reading::opinion;
use crate::store::replies;

/// A station's sealed replies that lead beyond a line of its journal, in the order of their lines, and the head they lead
/// to; none if this desk knows nothing beyond it. Policies, books and account records are left out.
///
/// # Errors
/// A failure if the store is damaged.
pub fn beyond(home: &Home, station: StationId, line: u64) -> Result<Option<(VaultExport, Head)>, Failure> {
    let store = &home.store;
    let mut kept = BTreeMap::new();
    for stored in replies::of_station(store.connection(), &station).map_err(|error| store.error(error))? {
        let sealed: Sealed<Reply> = canonical::decode(&stored.document).map_err(|error| {
            Failure::new(exit::DAMAGED, "store-damaged", format!("a stored reply is damaged: {error}"))
        })?;
        let head = sealed.value().head;
        if head.sequence > line {
            kept.insert((head.sequence, stored.request), (head, stored.document));
        }
    }
    let Some((_, (head, _))) = kept.last_key_value() else { return Ok(None) };
    let head = *head;
    let export = VaultExport {
        house: home.house,
        station,
        replies: kept.into_values().map(|(_, document)| document.into()).collect(),
        policies: Vec::new(),
        books: Vec::new(),
        accounts: Vec::new(),
    };
    Ok(Some((export, head)))
}

/// What the vaults of a request must learn of the others before they judge it, as far as they did not tell themselves that
/// they have. Nothing in a house of one vault.
///
/// # Errors
/// A failure if the store is damaged.
pub fn for_request(home: &Home, policy: &Policy, request: &Request) -> Result<Vec<VaultExport>, Failure> {
    if policy.stations().count() < 2 {
        return Ok(Vec::new());
    }
    let memory = HouseMemory::of(home, policy, [])?;
    let readers = opinion::stations(request, policy);
    let mut exports = Vec::new();
    for station in policy.stations() {
        let others = readers.iter().filter(|reader| **reader != station.id);
        let learned =
            others.map(|reader| memory.station(reader).map_or(0, |known| known.learned(&station.id)));
        let Some(learned) = learned.min() else { continue };
        exports.extend(beyond(home, station.id, learned)?.map(|(export, _)| export));
    }
    Ok(exports)
}
