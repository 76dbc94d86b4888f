//! Reserved slots held against the chain: what was spent behind our back is noticed before anything new is built.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_network::{Standing, Track};
use strongroom_protocol::{ChainId, Slot};
use strongroom_screen::Failure;

use super::slots;
use crate::desk::Desk;
use crate::failure;
use crate::home::Home;
use crate::store::{reservations, transactions};

/// Looks at every reserved slot of these chains for which nothing signed is known here, and settles those that the
/// chain says are spent for good. Slots with signed transactions are followed by `send` and `status`.
///
/// Gives what people should hear of: each slot that something else took.
///
/// # Errors
/// A failure if the nodes do not agree, or the store cannot be read or written.
pub fn look(desk: &Desk<'_>, home: &Home, chains: &BTreeSet<ChainId>) -> Result<Vec<String>, Failure> {
    let connection = home.store.connection();
    let broken = |error| home.store.error(error);
    let mut unsigned: BTreeMap<ChainId, BTreeSet<Slot>> = BTreeMap::new();
    for reservation in reservations::open(connection).map_err(broken)? {
        let Some((chain, _)) = slots::place(&reservation.slot) else { continue };
        let ours = chains.contains(&chain);
        if ours && transactions::of_slot(connection, &reservation.slot).map_err(broken)?.is_empty() {
            unsigned.entry(chain).or_default().insert(reservation.slot);
        }
    }
    let mut warnings = Vec::new();
    for (chain, slots) in unsigned {
        let tracks: Vec<_> =
            slots.into_iter().map(|slot| Track { slot, versions: Vec::new(), accepted: false }).collect();
        let mut feed = home.feed(desk.world.transports.as_ref(), &chain)?;
        let followed = feed.follow(&tracks).map_err(|error| failure::feed(&error))?;
        for (track, standing) in tracks.iter().zip(followed.standings) {
            if let Ok(Standing::Replaced { settled }) = standing {
                if settled {
                    reservations::settle(connection, &track.slot).map_err(broken)?;
                }
                warnings.push(format!(
                    "slot {} is spent by something that no reply imported here explains: import the vault's reply, or find out who signed it",
                    track.slot
                ));
            }
        }
    }
    Ok(warnings)
}
