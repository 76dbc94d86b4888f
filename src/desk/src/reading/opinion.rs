//! What every rule says of a request at this desk. It is advice: the vault judges again, by its own journal.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_policy::judge::{
    Approval, Bench, Case, History, HouseState, Judged, ReadItem as JudgedItem, Refusal, Rule, present,
};
use strongroom_policy::{Book, Policy};
use strongroom_protocol::{
    Claim, Facts, Head, Interval, Name, PlanId, Request, StationId, Timestamp, canonical,
};
use strongroom_screen::Failure;

use super::item::{ItemError, ReadItem, Reader};
use super::memory::{HouseMemory, StationMemory, StationView};
use crate::exit;
use crate::home::Home;
use crate::planning::{advice, precedent};
use crate::store::approved::{self, Approved};

/// What every rule says, at each vault that the request is for.
pub struct Opinion {
    /// Each vault with what it is expected to say.
    pub stations: Vec<(StationId, Judged)>,
}

impl Opinion {
    /// What the rules refuse, each refusal once.
    pub fn refusals(&self) -> Vec<&Refusal> {
        let mut refusals: Vec<&Refusal> = Vec::new();
        for refusal in self.stations.iter().flat_map(|(_, judged)| judged.verdict.refusals()) {
            if !refusals.contains(&refusal) {
                refusals.push(refusal);
            }
        }
        refusals.sort_by_key(|refusal| refusal.rule);
        refusals
    }

    /// What the rules refuse, but for the number of approvals, which one person's approval is part of.
    pub fn refusals_but_quorum(&self) -> Vec<&Refusal> {
        self.refusals().into_iter().filter(|refusal| refusal.rule != Rule::Quorum).collect()
    }

    /// How many must approve: the most that any vault asks for.
    pub fn needed(&self) -> u32 {
        self.stations.iter().map(|(_, judged)| judged.needed).max().unwrap_or_default()
    }

    /// Who approved, as every vault counts them.
    pub fn approvers(&self) -> Vec<Name> {
        self.stations.first().map(|(_, judged)| judged.approvers.clone()).unwrap_or_default()
    }
}

/// A refusal as a command ends with it.
pub fn refused(refusal: &Refusal) -> Failure {
    Failure::new(refusal.exit().code(), refusal.rule.name(), refusal.to_string())
}

/// The vaults that a request is for: the stations of its items' accounts, as the policy has them where it does.
pub fn stations(request: &Request, policy: &Policy) -> BTreeSet<StationId> {
    let accounts = request.items.iter().filter_map(|item| {
        let index = usize::try_from(item.intent).ok()?;
        Some(request.plan.value().intents.get(index)?.account)
    });
    let named: BTreeSet<_> = accounts.collect();
    let pinned = named.iter().filter_map(|id| policy.account(id)).map(|account| account.station);
    let stations: BTreeSet<_> = pinned.collect();
    if stations.is_empty() {
        // Nothing of it is pinned. Every other rule is still asked.
        return request.accounts.iter().map(|account| account.station).take(1).collect();
    }
    stations
}

/// The heads that a statement names: what this desk knows of the vaults, and otherwise what the request says. In a house of
/// several vaults all of them are named: what any of them signed counts at each.
///
/// # Errors
/// A failure if the store is damaged.
pub fn heads(home: &Home, request: &Request, policy: &Policy) -> Result<BTreeMap<StationId, Head>, Failure> {
    let mut heads = BTreeMap::new();
    let several = policy.stations().count() > 1;
    let all = policy.stations().map(|station| station.id).filter(|_| several);
    let named: BTreeSet<_> = stations(request, policy).into_iter().chain(all).collect();
    for station in named.into_iter().filter(|station| policy.station(station).is_some()) {
        let known = StationMemory::of(home, &station)?;
        let told = request.vault_heads.get(&station).filter(|told| known.allows(told)).copied();
        // The newer of the two, unless they contradict each other: the vault knows both or is not the same vault.
        let head = match (known.head, told) {
            (Some(known), Some(told)) if told.sequence > known.sequence => Some(told),
            (known, told) => known.or(told),
        };
        heads.extend(head.map(|head| (station, head)));
    }
    Ok(heads)
}

/// Judges a request by every rule.
///
/// # Errors
/// A failure if no policy or book is installed, the store or journal is damaged, or the clock contradicts the
/// statements.
pub fn judge(
    home: &mut Home,
    request: &Request,
    approvals: &[Approval],
    clock: Timestamp,
) -> Result<Opinion, Failure> {
    let frozen = home.log(clock)?.freeze().is_some();
    let state = if frozen { HouseState::Frozen } else { HouseState::Normal };
    let (policy, book) = (home.policy()?, home.book()?);
    let now = present(clock, None, approvals)
        .map_err(|error| refused(&Refusal::new(Rule::Clock, error.to_string())))?;
    let mut judged = Vec::new();
    let memory = HouseMemory::of(home, policy, stations(request, policy))?;
    let approved = approved(home, request, policy, clock)?;
    for station in stations(request, policy) {
        let mut view = memory.view(station, policy);
        for (plan, claims, at) in &approved {
            view.take_approved(plan, claims, *at, policy);
        }
        let bench = bench(home, station, policy, book, &view, state, now);
        let mut case = Case::open(&bench, &request.plan, &request.vault_heads);
        Reader::new(request).items().for_each(|item| lay_before(&mut case, &item));
        judged.push((station, case.close(approvals, None)));
    }
    Ok(Opinion { stations: judged })
}

/// What other plans pay that were approved at this station, while those approvals count. No vault knows of what another
/// one may sign by them; in a house of one vault that one knows.
fn approved(
    home: &Home,
    request: &Request,
    policy: &Policy,
    clock: Timestamp,
) -> Result<Vec<(PlanId, Vec<Claim>, Timestamp)>, Failure> {
    if policy.stations().count() < 2 {
        return Ok(Vec::new());
    }
    let this = PlanId::of(request.plan.bytes());
    let living = approved::living(home.store.connection(), clock).map_err(|error| home.store.error(error))?;
    let mut found = Vec::new();
    for earlier in living.into_iter().filter(|earlier| earlier.plan != this) {
        let request: Request = canonical::decode(&earlier.document).map_err(|error| {
            Failure::new(exit::DAMAGED, "store-damaged", format!("an approved request is damaged: {error}"))
        })?;
        let accounts = precedent::accounts_of(&request);
        let (history, state) = (History::default(), HouseState::Normal);
        let judged =
            advice::judge(home, &request.plan, &request.items, &accounts, &history, state, earlier.at)?;
        found.push((earlier.plan, judged.claims, earlier.at));
    }
    Ok(found)
}

/// Remembers that somebody approved a request at this station. In a house of one vault its journal is memory enough.
///
/// # Errors
/// A failure if the store refuses.
pub fn remember(
    home: &Home,
    request: &Request,
    document: &[u8],
    at: Timestamp,
    valid_until: Timestamp,
) -> Result<(), Failure> {
    if home.policy()?.stations().count() < 2 {
        return Ok(());
    }
    let plan = PlanId::of(request.plan.bytes());
    let approved = Approved { plan, document: document.to_vec(), at, valid_until };
    Ok(approved::insert(home.store.connection(), &approved).map_err(|error| home.store.error(error))?)
}

fn bench<'a>(
    home: &Home,
    station: StationId,
    policy: &'a Policy,
    book: &'a Book,
    view: &'a StationView<'a>,
    state: HouseState,
    now: Interval,
) -> Bench<'a> {
    Bench {
        house: home.house,
        station,
        policy,
        book,
        history: &view.history,
        journal: view,
        state,
        now,
        machine: None,
    }
}

/// Lays an item before the judge as the vault does.
fn lay_before(case: &mut Case<'_>, item: &ReadItem<'_>) {
    for error in &item.errors {
        let rule = match error {
            ItemError::NoAccount(_) | ItemError::Chain(_) => Rule::Account,
            ItemError::Decode { .. } => Rule::Decode,
            ItemError::Build { .. } | ItemError::Differs { .. } => Rule::Rebuild,
        };
        case.verdict_mut().refuse(Refusal::of_item(rule, item.number, error.to_string()));
    }
    let Some(account) = item.account else { return };
    for rung in &item.item.rungs {
        if let Facts::Evm(facts) = &rung.facts {
            case.gas_price(item.number, &account.chain, facts.fees.ceiling());
        }
    }
    if item.is_read() {
        let versions: Vec<_> = item.versions.iter().map(|tx| tx.effects()).collect();
        case.item(&JudgedItem {
            number: item.number,
            intent: item.intent,
            account,
            versions: &versions,
            sight: None,
        });
    }
}
