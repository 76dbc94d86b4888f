//! What this desk wrote before: what the judge compares with, and which fees were offered for a slot.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_policy::judge::{History, HouseState};
use strongroom_protocol::{Account, AccountId, Facts, Item, Request, Slot, Timestamp};
use strongroom_screen::Failure;

use super::{advice, slots};
use crate::home::Home;
use crate::requested;
use crate::store::requests::{self, RequestState, StoredRequest};
use crate::store::transactions;

/// A request of this desk, read.
pub struct Precedent {
    /// As it is stored.
    pub stored: StoredRequest,
    /// What it says.
    pub request: Request,
}

/// Every request of this desk, oldest first.
///
/// # Errors
/// A failure if the store cannot be read.
pub fn all(home: &Home) -> Result<Vec<Precedent>, Failure> {
    let stored = requests::all(home.store.connection()).map_err(|error| home.store.error(error))?;
    stored.into_iter().map(|stored| Ok(Precedent { request: requested::decode(&stored)?, stored })).collect()
}

/// The copies of accounts in a request, by id.
pub fn accounts_of(request: &Request) -> BTreeMap<AccountId, Account> {
    request.accounts.iter().map(|account| (account.id(), account.clone())).collect()
}

/// The account of an item.
pub fn account_of<'a>(
    request: &Request,
    accounts: &'a BTreeMap<AccountId, Account>,
    item: &Item,
) -> Option<&'a Account> {
    let intents = &request.plan.value().intents;
    let intent = usize::try_from(item.intent).ok().and_then(|place| intents.get(place))?;
    accounts.get(&intent.account)
}

/// The slot of an item: that of its first version, as all share it.
pub fn slot_of(request: &Request, accounts: &BTreeMap<AccountId, Account>, item: &Item) -> Option<Slot> {
    slots::of(account_of(request, accounts, item)?, &item.rungs.first()?.facts)
}

/// What the vaults will have on record if they sign all that was written here and not given up. `leave_out` are slots
/// that something else has taken for good: what was written for them can never land.
///
/// # Errors
/// A failure if no policy or book is installed.
pub fn history(
    home: &Home,
    precedents: &[Precedent],
    leave_out: &BTreeSet<Slot>,
) -> Result<History, Failure> {
    let mut history = History::default();
    for precedent in precedents.iter().filter(|one| one.stored.state != RequestState::Abandoned) {
        let request = &precedent.request;
        let accounts = accounts_of(request);
        let counts =
            |item: &&Item| slot_of(request, &accounts, item).is_none_or(|slot| !leave_out.contains(&slot));
        let items: Vec<_> = request.items.iter().filter(counts).cloned().collect();
        let at: Timestamp = precedent.stored.created_at;
        let judged = advice::judge(home, &request.plan, &items, &accounts, &history, HouseState::Normal, at)?;
        judged.claims.iter().for_each(|claim| history.record(at, claim));
    }
    Ok(history)
}

/// Every version that was ever written for some slots, whether signed or not.
pub fn versions_for(precedents: &[Precedent], wanted: &BTreeSet<Slot>) -> BTreeMap<Slot, Vec<Facts>> {
    let mut found: BTreeMap<Slot, Vec<Facts>> = BTreeMap::new();
    for precedent in precedents {
        let accounts = accounts_of(&precedent.request);
        for item in &precedent.request.items {
            let Some(slot) = slot_of(&precedent.request, &accounts, item) else { continue };
            if wanted.contains(&slot) {
                let facts = item.rungs.iter().map(|rung| rung.facts.clone());
                found.entry(slot).or_default().extend(facts);
            }
        }
    }
    found
}

/// Every version that was signed for a slot.
///
/// # Errors
/// A failure if the store cannot be read.
pub fn signed_for(home: &Home, precedents: &[Precedent], slot: &Slot) -> Result<Vec<Facts>, Failure> {
    let signed =
        transactions::of_slot(home.store.connection(), slot).map_err(|error| home.store.error(error))?;
    let facts = signed.iter().filter_map(|transaction| {
        let precedent = precedents.iter().find(|one| one.stored.id == transaction.request)?;
        let item = precedent.request.items.iter().find(|item| item.intent == transaction.intent)?;
        let rung = usize::try_from(transaction.rung).ok().and_then(|rung| item.rungs.get(rung))?;
        Some(rung.facts.clone())
    });
    Ok(facts.collect())
}
