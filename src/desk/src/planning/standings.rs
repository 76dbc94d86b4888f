//! Where the slots of a request stand on their chains, by everything that was ever signed for them.

use std::collections::BTreeMap;

use strongroom_network::{Standing, Track, TransactionId, Version};
use strongroom_protocol::{ChainId, Slot};
use strongroom_screen::Failure;

use super::{filing, slots};
use crate::desk::Desk;
use crate::home::Home;
use crate::store::transactions;
use crate::{exit, failure};

/// What became of a slot, as far as building goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing has taken it.
    Free,
    /// One of our own transactions has.
    Landed,
    /// Something else has.
    Foreign,
}

/// What became of every slot of a request.
///
/// # Errors
/// A failure if the nodes do not agree on any of them, or the store cannot be read.
pub fn of(
    desk: &Desk<'_>,
    home: &Home,
    request: &strongroom_protocol::Request,
) -> Result<BTreeMap<Slot, Fate>, Failure> {
    let mut tracks: BTreeMap<ChainId, Vec<Track>> = BTreeMap::new();
    for (_, _, slot) in filing::slots_of(request) {
        let Some((chain, _)) = slots::place(&slot) else { continue };
        tracks.entry(chain).or_default().push(track(home, slot)?);
    }
    let mut fates = BTreeMap::new();
    for (chain, tracks) in tracks {
        let mut feed = home.feed(desk.world.transports.as_ref(), &chain)?;
        let followed = feed.follow(&tracks).map_err(|error| failure::feed(&error))?;
        for (track, standing) in tracks.into_iter().zip(followed.standings) {
            let standing = standing.map_err(|error| failure::feed(&error.into()))?;
            let fate = match standing {
                Standing::Included { .. } | Standing::Final { .. } => Fate::Landed,
                Standing::Replaced { .. } => Fate::Foreign,
                _ => Fate::Free,
            };
            fates.insert(track.slot, fate);
        }
    }
    Ok(fates)
}

fn track(home: &Home, slot: Slot) -> Result<Track, Failure> {
    let signed =
        transactions::of_slot(home.store.connection(), &slot).map_err(|error| home.store.error(error))?;
    let accepted = signed.iter().any(|transaction| transaction.first_sent_at.is_some());
    let versions = signed.into_iter().map(|transaction| {
        let id: TransactionId = transaction.hash.parse().map_err(|error| {
            Failure::new(exit::DAMAGED, "store-damaged", format!("a stored transaction is damaged: {error}"))
        })?;
        // Whether it moved what it should is asked by `status`; here it only counts that it landed.
        Ok(Version { id, moves: Vec::new() })
    });
    Ok(Track { versions: versions.collect::<Result<_, Failure>>()?, slot, accepted })
}
