//! A slot with everything that was ever signed for it, across requests.

use std::collections::BTreeMap;

use strongroom_network::standing::TransactionIdError;
use strongroom_network::{Track, Version};
use strongroom_protocol::{ChainId, Move, Request, RequestId, Slot};
use strongroom_screen::Failure;

use crate::home::Home;
use crate::reading::item::{ReadItem, Reader};
use crate::store::requests;
use crate::store::transactions::{self, StoredTransaction};
use crate::{chains, exit, requested};

/// One signed transaction, with what it is to move by its own bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedVersion {
    /// What is stored of it.
    pub stored: StoredTransaction,
    /// What it is to move.
    pub moves: Vec<Move>,
}

/// A slot and its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotVersions {
    /// The slot.
    pub slot: Slot,
    /// Its chain.
    pub chain: ChainId,
    /// Everything signed for it that was taken in here.
    pub versions: Vec<SignedVersion>,
}

impl SlotVersions {
    /// Whether some version was ever handed to nodes.
    pub fn was_sent(&self) -> bool {
        self.versions.iter().any(|version| version.stored.first_sent_at.is_some())
    }

    /// Whether its fate is written down as final.
    pub fn is_settled(&self) -> bool {
        !self.versions.is_empty() && self.versions.iter().all(|version| version.stored.state.is_settled())
    }

    /// What a feed follows it by.
    ///
    /// # Errors
    /// [`TransactionIdError`] if a stored hash is none.
    pub fn track(&self) -> Result<Track, TransactionIdError> {
        let versions = self
            .versions
            .iter()
            .map(|version| Ok(Version { id: version.stored.hash.parse()?, moves: version.moves.clone() }));
        Ok(Track {
            slot: self.slot.clone(),
            versions: versions.collect::<Result<_, TransactionIdError>>()?,
            accepted: self.was_sent(),
        })
    }
}

/// Gathers slots with their versions. Each request is read once, however many of its versions are asked for.
pub struct Gatherer<'a> {
    home: &'a Home,
    moves: BTreeMap<RequestId, BTreeMap<(u32, u32), Vec<Move>>>,
}

impl<'a> Gatherer<'a> {
    /// A gatherer over a home's store.
    pub const fn new(home: &'a Home) -> Self {
        Self { home, moves: BTreeMap::new() }
    }

    /// A slot with everything signed for it.
    ///
    /// # Errors
    /// A failure if the store is damaged.
    pub fn gather(&mut self, slot: &Slot) -> Result<SlotVersions, Failure> {
        let store = &self.home.store;
        let stored = transactions::of_slot(store.connection(), slot).map_err(|error| store.error(error))?;
        let chain = chains::chain_of(slot)
            .ok_or_else(|| damaged(&format!("{slot} is a slot of no chain that is spoken here")))?;
        let versions = stored.into_iter().map(|stored| {
            let moves = self.moves_of(&stored)?;
            Ok(SignedVersion { stored, moves })
        });
        Ok(SlotVersions { slot: slot.clone(), chain, versions: versions.collect::<Result<_, Failure>>()? })
    }

    fn moves_of(&mut self, stored: &StoredTransaction) -> Result<Vec<Move>, Failure> {
        if !self.moves.contains_key(&stored.request) {
            let store = &self.home.store;
            let request = requests::find(store.connection(), &stored.request)
                .map_err(|error| store.error(error))?
                .ok_or_else(|| damaged(&format!("request {} is missing", stored.request)))?;
            let moves = moves_of_request(&requested::decode(&request)?);
            self.moves.insert(stored.request, moves);
        }
        let found =
            self.moves.get(&stored.request).and_then(|moves| moves.get(&(stored.intent, stored.rung)));
        found
            .cloned()
            .ok_or_else(|| damaged(&format!("transaction {} is of no item of its request", stored.hash)))
    }
}

/// What each version of each intent moves, by the bytes of the request.
fn moves_of_request(request: &Request) -> BTreeMap<(u32, u32), Vec<Move>> {
    let reader = Reader::new(request);
    let items = reader.items().filter(ReadItem::is_read);
    let moves = items.flat_map(|item| {
        let versions: Vec<_> =
            (0u32..).zip(item.versions.iter().map(|tx| tx.effects().moves.clone())).collect();
        versions.into_iter().map(move |(rung, moves)| ((item.number, rung), moves))
    });
    moves.collect()
}

fn damaged(why: &str) -> Failure {
    Failure::new(exit::DAMAGED, "store-damaged", format!("the store is damaged: {why}"))
}
