//! What this desk wrote before: what the judge compares with, and which fees were offered for a slot.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_policy::judge::{History, HouseState, Rule};
use strongroom_protocol::{Account, AccountId, Facts, Intent, Item, Plan, PlanId, Request, RequestId, Slot};
use strongroom_screen::Failure;

use super::{advice, slots};
use crate::home::Home;
use crate::requested;
use crate::store::requests::{self, RequestState, StoredRequest};
use crate::store::reservations;
use crate::store::transactions::{self, StoredTransaction};

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
/// Requests are read one after the other: a desk of many years is never held in memory.
///
/// # Errors
/// A failure if no policy or book is installed, or the store cannot be read.
pub fn history(home: &Home, leave_out: &BTreeSet<Slot>) -> Result<History, Failure> {
    let living = requests::living(home.store.connection()).map_err(|error| home.store.error(error))?;
    let mut history = History::default();
    for id in living {
        let Some((stored, request)) = load(home, &id)? else { continue };
        let accounts = accounts_of(&request);
        let counts =
            |item: &Item| slot_of(&request, &accounts, item).is_none_or(|slot| !leave_out.contains(&slot));
        let items: Vec<_> = request.items.iter().filter(|item| counts(item)).cloned().collect();
        let at = stored.created_at;
        let judged = advice::judge(home, &request.plan, &items, &accounts, &history, HouseState::Normal, at)?;
        let plan = PlanId::of(request.plan.bytes());
        for claim in &judged.claims {
            history.record(at, claim);
            history.record_deed(&plan, claim);
        }
    }
    Ok(history)
}

/// Says of a refusal for its reference which unsigned request has that already: a run that was interrupted before its file
/// was written leaves one behind, and the same command finds the reference taken by itself.
///
/// # Errors
/// A failure if the store cannot be read.
pub fn naming_the_holder(home: &Home, plan: &Plan, mut failure: Failure) -> Result<Failure, Failure> {
    if failure.code != Rule::Reference.name() || failure.hint.is_some() {
        return Ok(failure);
    }
    let connection = home.store.connection();
    let wanted = |intent: &Intent| plan.intents.iter().any(|other| other.reference == intent.reference);
    for id in requests::living(connection).map_err(|error| home.store.error(error))? {
        let Some((stored, request)) = load(home, &id)? else { continue };
        if stored.state == RequestState::Open && request.plan.value().intents.iter().any(wanted) {
            let digits: String = id.to_string().chars().take(12).collect();
            failure.hint = Some(format!(
                "request {digits}, prepared {}, has it: carry on with its file, or if that was never written or is lost, give it \
                 up with `strongroom request abandon {digits}` and run the same command again",
                stored.created_at
            ));
            break;
        }
    }
    Ok(failure)
}

fn load(home: &Home, id: &RequestId) -> Result<Option<(StoredRequest, Request)>, Failure> {
    let found = requests::find(home.store.connection(), id).map_err(|error| home.store.error(error))?;
    found.map(|stored| requested::decode(&stored).map(|request| (stored, request))).transpose()
}

/// Every version that was written for some slots and is still held for them, whether signed or not.
///
/// # Errors
/// A failure if the store cannot be read.
pub fn versions_for(home: &Home, wanted: &BTreeSet<Slot>) -> Result<BTreeMap<Slot, Vec<Facts>>, Failure> {
    let mut holders = BTreeSet::new();
    for slot in wanted {
        let held = reservations::of_slot(home.store.connection(), slot);
        holders.extend(held.map_err(|error| home.store.error(error))?.into_iter().map(|held| held.request));
    }
    let mut found: BTreeMap<Slot, Vec<Facts>> = BTreeMap::new();
    for id in holders {
        let Some((_, request)) = load(home, &id)? else { continue };
        let accounts = accounts_of(&request);
        for item in &request.items {
            let Some(slot) = slot_of(&request, &accounts, item).filter(|slot| wanted.contains(slot)) else {
                continue;
            };
            found.entry(slot).or_default().extend(item.rungs.iter().map(|rung| rung.facts.clone()));
        }
    }
    Ok(found)
}

/// Every version that was signed for some slots.
///
/// # Errors
/// A failure if the store cannot be read.
pub fn signed_for(home: &Home, wanted: &BTreeSet<Slot>) -> Result<BTreeMap<Slot, Vec<Facts>>, Failure> {
    let mut signed: BTreeMap<RequestId, Vec<StoredTransaction>> = BTreeMap::new();
    for slot in wanted {
        let of_slot = transactions::of_slot(home.store.connection(), slot);
        for transaction in of_slot.map_err(|error| home.store.error(error))? {
            signed.entry(transaction.request).or_default().push(transaction);
        }
    }
    let mut found: BTreeMap<Slot, Vec<Facts>> = BTreeMap::new();
    for (id, transactions) in signed {
        let Some((_, request)) = load(home, &id)? else { continue };
        for transaction in transactions {
            // Items stand in the plan's order.
            let place = request.items.binary_search_by_key(&transaction.intent, |item| item.intent).ok();
            let item = place.and_then(|place| request.items.get(place));
            let rung = item.and_then(|item| item.rungs.get(usize::try_from(transaction.rung).ok()?));
            if let Some(rung) = rung {
                found.entry(transaction.slot).or_default().push(rung.facts.clone());
            }
        }
    }
    Ok(found)
}
