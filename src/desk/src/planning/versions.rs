//! Facts and bytes for the intents of a plan.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_network::{Feed, Findings, Want};
use strongroom_policy::policy::Policy;
use strongroom_protocol::{Account, AccountId, Amount, ChainId, Facts, Intent, Item, Plan, Rung, Slot};
use strongroom_screen::Failure;

use super::slots;
use super::trouble::Trouble;
use crate::desk::Desk;
use crate::home::Home;
use crate::store::reservations;
use crate::{chains, exit};

/// One item to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The intent's place in the plan, from 0.
    pub intent: u32,
    /// The slot it must take; `None` for the next free one.
    pub slot: Option<Slot>,
    /// Versions of that slot whose fees it must beat.
    pub beats: Vec<Facts>,
    /// A cap below the plan's.
    pub max_fee: Option<Amount>,
    /// How many versions are wanted.
    pub rungs: usize,
}

impl Task {
    /// The next free slot for an intent.
    pub const fn new(intent: u32, rungs: usize) -> Self {
        Self { intent, slot: None, beats: Vec::new(), max_fee: None, rungs }
    }
}

/// What was built.
#[derive(Debug, Default)]
pub struct Versions {
    /// The items, in the order of the tasks.
    pub items: Vec<Item>,
    /// What stands in the way of others: each with its intent.
    pub troubles: Vec<(u32, Trouble)>,
    /// What people should hear of.
    pub notices: Vec<String>,
    /// The block that each chain was read at.
    pub blocks: BTreeMap<ChainId, u64>,
}

/// One task with all that it needs to be asked about.
struct Job<'a> {
    task: &'a Task,
    intent: &'a Intent,
    account: &'a Account,
}

/// Asks the nodes of every chain, and builds the bytes of every task.
///
/// # Errors
/// A failure if a chain says nothing to go by. What stands in the way of one item alone is in its place.
pub fn build(
    desk: &Desk<'_>,
    home: &Home,
    plan: &Plan,
    accounts: &BTreeMap<AccountId, Account>,
    tasks: &[Task],
) -> Result<Versions, Failure> {
    let policy = home.policy()?;
    let mut by_chain: BTreeMap<&ChainId, Vec<Job<'_>>> = BTreeMap::new();
    for task in tasks {
        let (intent, account) = find(plan, accounts, task.intent)?;
        by_chain.entry(&account.chain).or_default().push(Job { task, intent, account });
    }
    let progress = desk.progress("asking nodes", by_chain.len());
    let mut versions = Versions::default();
    for (done, (chain, jobs)) in by_chain.into_iter().enumerate() {
        progress.at(done);
        let taken = taken(home, &jobs)?;
        let mut feed = home.feed(desk.world.transports.as_ref(), chain)?;
        let found = ask(feed.as_mut(), policy, chain, &jobs, &taken)?;
        versions.blocks.insert(chain.clone(), found.as_of.block);
        versions.notices.extend(found.notices.iter().map(ToString::to_string));
        for (job, ladder) in jobs.iter().zip(found.ladders) {
            match ladder {
                Ok(ladder) => versions.items.push(item(job, ladder)?),
                Err(error) => {
                    versions.troubles.push((job.task.intent, Trouble::obstacle(None, &error, policy)));
                }
            }
        }
    }
    versions.items.sort_by_key(|item| item.intent);
    Ok(versions)
}

fn find<'a>(
    plan: &'a Plan,
    accounts: &'a BTreeMap<AccountId, Account>,
    number: u32,
) -> Result<(&'a Intent, &'a Account), Failure> {
    let intent = usize::try_from(number).ok().and_then(|place| plan.intents.get(place));
    intent.and_then(|intent| Some((intent, accounts.get(&intent.account)?))).ok_or_else(|| {
        let line = u64::from(number).saturating_add(1);
        Failure::new(
            exit::DISAGREE,
            "shape",
            format!("the plan has no line {line}, or no record of its account"),
        )
    })
}

fn taken(home: &Home, jobs: &[Job<'_>]) -> Result<BTreeSet<Slot>, Failure> {
    let accounts: BTreeSet<_> = jobs.iter().map(|job| job.intent.account).collect();
    let mut taken = BTreeSet::new();
    for account in accounts {
        let held = reservations::taken(home.store.connection(), &account);
        taken.extend(held.map_err(|error| home.store.error(error))?);
    }
    Ok(taken)
}

fn ask(
    feed: &mut dyn Feed,
    policy: &Policy,
    chain: &ChainId,
    jobs: &[Job<'_>],
    taken: &BTreeSet<Slot>,
) -> Result<Findings, Failure> {
    let capped: Vec<_> = jobs.iter().map(|job| lowered(job.intent, job.task.max_fee)).collect();
    let slots: Vec<_> = jobs.iter().map(|job| job.task.slot.clone()).collect();
    let mut found = facts(feed, jobs, &capped, &slots, taken)?;
    if let Some(price) = policy.chain(chain).and_then(|rules| rules.max_gas_price) {
        again_within(feed, price, jobs, &capped, taken, &mut found)?;
    }
    Ok(found)
}

fn lowered(intent: &Intent, cap: Option<Amount>) -> Intent {
    let max_fee = cap.map_or(intent.max_fee, |cap| cap.min(intent.max_fee));
    Intent { max_fee, ..intent.clone() }
}

fn facts(
    feed: &mut dyn Feed,
    jobs: &[Job<'_>],
    intents: &[Intent],
    slots: &[Option<Slot>],
    taken: &BTreeSet<Slot>,
) -> Result<Findings, Failure> {
    let wants: Vec<_> = jobs
        .iter()
        .zip(intents)
        .zip(slots)
        .map(|((job, intent), slot)| Want {
            account: job.account,
            intent,
            slot: slot.as_ref(),
            beats: &job.task.beats,
            rungs: job.task.rungs,
        })
        .collect();
    feed.facts(&wants, taken).map_err(|error| crate::failure::feed(&error))
}

/// Keeps to the policy's cap on the price of a unit of gas: dearer versions are left out, and where none is left, facts
/// are asked for again with a fee cap that comes to that price.
fn again_within(
    feed: &mut dyn Feed,
    price: Amount,
    jobs: &[Job<'_>],
    capped: &[Intent],
    taken: &BTreeSet<Slot>,
    found: &mut Findings,
) -> Result<(), Failure> {
    let mut tight = capped.to_vec();
    let mut slots: Vec<_> = jobs.iter().map(|job| job.task.slot.clone()).collect();
    let mut again = false;
    for (place, ladder) in found.ladders.iter_mut().enumerate() {
        let (Ok(ladder), Some(job)) = (ladder, jobs.get(place)) else { continue };
        let Some(first) = ladder.first().cloned() else { continue };
        if let Some(slot) = slots.get_mut(place) {
            *slot = slots::of(job.account, &first);
        }
        ladder.retain(|facts| !matches!(facts, Facts::Evm(facts) if facts.fees.ceiling() > price));
        if let (true, Some(tight), Facts::Evm(first)) = (ladder.is_empty(), tight.get_mut(place), first) {
            let cap = price.checked_mul(first.gas_limit).unwrap_or(Amount::MAX);
            tight.max_fee = tight.max_fee.min(cap);
            again = true;
        }
    }
    if again {
        let second = facts(feed, jobs, &tight, &slots, taken)?;
        for (ladder, second) in found.ladders.iter_mut().zip(second.ladders) {
            if ladder.as_ref().is_ok_and(Vec::is_empty) {
                *ladder = second;
            }
        }
    }
    Ok(())
}

fn item(job: &Job<'_>, ladder: Vec<Facts>) -> Result<Item, Failure> {
    let refused = |why: String| Failure::new(exit::FAILED, "build", why);
    let codec = chains::codec(&job.account.chain)
        .ok_or_else(|| refused(format!("{} is not spoken here", job.account.chain)))?;
    let mut rungs = Vec::with_capacity(ladder.len());
    for facts in ladder {
        let unsigned =
            codec.build(job.account, job.intent, &facts).map_err(|error| refused(error.to_string()))?;
        rungs.push(Rung { facts, unsigned });
    }
    Ok(Item { intent: job.task.intent, rungs })
}
