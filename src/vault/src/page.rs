//! What a review shows: totals first, then fees, lines, approvals, and the verdict of every rule.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_policy::policy::OWN_CLASS;
use strongroom_policy::{Book, Policy};
use strongroom_protocol::{
    Account, AccountId, Address, Amount, AssetId, Claim, Effects, Facts, Item, Name, PlanId, RequestId,
    Timestamp, Warmth,
};
use strongroom_signing::{Gate, Preview, ReadLine, Refusal, Review};

/// Up to so many lines are all shown.
const ALL_SHOWN: usize = 20;
/// Beyond that, so many of the first and of the last.
const ENDS: usize = 5;
/// So many refused lines are shown besides.
const REFUSED_SHOWN: usize = 20;
/// The class of payees that are in no list.
const UNLISTED: &str = "unlisted";

/// A page about a request.
pub(crate) struct Page {
    pub(crate) request: RequestId,
    pub(crate) plan: PlanId,
    pub(crate) prepared_by: Name,
    pub(crate) prepared_at: Timestamp,
    pub(crate) policy: (String, u64),
    pub(crate) book: (String, u64),
    /// Items of the request, and intents of the plan.
    pub(crate) counts: (usize, usize),
    /// Items whose bytes could not be read.
    pub(crate) unread: usize,
    pub(crate) totals: Vec<TotalRow>,
    /// The most that fees can cost, by native asset.
    pub(crate) fees: Vec<(AssetId, Amount)>,
    pub(crate) lines: Vec<LineRow>,
    pub(crate) approvers: Vec<Name>,
    pub(crate) needed: u32,
    pub(crate) rules: Vec<RuleRow>,
    pub(crate) refusals: Vec<Refusal>,
    /// What the machine was found to be, and what makes it warm.
    pub(crate) machine: Warmth,
    pub(crate) warm: Vec<String>,
    /// Other stations of the policy, and up to which line their journals were learned.
    pub(crate) others: Vec<(Name, u64)>,
    /// Whether somebody wants to see everything.
    pub(crate) all: bool,
    pub(crate) code: String,
}

/// What leaves of one asset to one class of payees, by the bytes.
pub(crate) struct TotalRow {
    pub(crate) asset: AssetId,
    pub(crate) class: String,
    pub(crate) count: usize,
    /// `None` beyond 2²⁵⁶ − 1.
    pub(crate) amount: Option<Amount>,
}

/// One item, as its bytes say it.
pub(crate) struct LineRow {
    /// As people count, from 1.
    pub(crate) number: u64,
    pub(crate) account: Party,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) fee_asset: AssetId,
    pub(crate) fee_cap: Amount,
    pub(crate) slots: Vec<String>,
    /// Facts that the chain fixes, in words: a nonce.
    pub(crate) facts: String,
    pub(crate) versions: usize,
    pub(crate) ours: bool,
    pub(crate) not_after: Timestamp,
    pub(crate) reference: String,
    pub(crate) reason: Option<String>,
    /// What the device that holds the key will show; none if no device does.
    pub(crate) preview: Option<Preview>,
}

/// Somebody at an address.
pub(crate) struct Party {
    /// By policy or book; `None` for a stranger.
    pub(crate) label: Option<String>,
    pub(crate) address: Address,
}

/// One thing that a transaction does.
pub(crate) enum Deed {
    Pay { asset: AssetId, amount: Amount, to: Party, class: String, own: bool },
    Grant { asset: AssetId, amount: Amount, spender: Party },
    SpendSlot,
}

/// What became of one rule.
pub(crate) struct RuleRow {
    pub(crate) name: &'static str,
    pub(crate) checked: usize,
    pub(crate) refused: usize,
}

/// By what a page names things.
#[derive(Clone, Copy)]
pub(crate) struct Directory<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) book: &'a Book,
}

impl Directory<'_> {
    fn party(&self, account: &Account, address: &Address) -> (Party, String, bool) {
        let chain = &account.chain;
        let (label, class, own) = match self.policy.own_account_at(chain, address) {
            Some(pinned) => (Some(pinned.label.to_string()), OWN_CLASS.to_owned(), true),
            None => match self.book.find(chain, address) {
                Some(entry) => (Some(entry.label.to_string()), entry.class.to_string(), false),
                None => (None, UNLISTED.to_owned(), false),
            },
        };
        (Party { label, address: address.clone() }, class, own)
    }

    fn deeds(&self, account: &Account, effects: &Effects) -> Vec<Deed> {
        let moves = effects.moves.iter().map(|movement| {
            if movement.amount.is_zero() && movement.to == account.address {
                return Deed::SpendSlot;
            }
            let (to, class, own) = self.party(account, &movement.to);
            Deed::Pay { asset: movement.asset.clone(), amount: movement.amount, to, class, own }
        });
        let grants = effects.grants.iter().map(|grant| Deed::Grant {
            asset: grant.asset.clone(),
            amount: grant.amount,
            spender: self.party(account, &grant.spender).0,
        });
        moves.chain(grants).collect()
    }

    fn line(&self, line: ReadLine<'_>, item: Option<&Item>) -> LineRow {
        let pinned = self.policy.account(&line.intent.account);
        LineRow {
            number: u64::from(line.number).saturating_add(1),
            account: Party {
                label: pinned.map(|pinned| pinned.label.to_string()),
                address: line.account.address.clone(),
            },
            deeds: self.deeds(line.account, &line.effects),
            preview: line.preview,
            fee_asset: line.effects.fee_asset.clone(),
            fee_cap: line.effects.fee_cap,
            slots: Claim::slots_of(&line.effects).0.iter().map(ToString::to_string).collect(),
            facts: item.map(facts).unwrap_or_default(),
            versions: line.versions,
            ours: line.ours,
            not_after: line.intent.not_after,
            reference: line.intent.reference.to_string(),
            reason: line.intent.reason.as_ref().map(ToString::to_string),
        }
    }
}

fn facts(item: &Item) -> String {
    match item.rungs.last().map(|rung| &rung.facts) {
        Some(Facts::Evm(facts)) => format!("nonce {}", facts.nonce),
        _ => String::new(),
    }
}

/// Adds up what leaves and what it may cost.
#[derive(Default)]
struct Sums {
    moved: BTreeMap<(AssetId, String), (usize, Option<Amount>)>,
    fees: BTreeMap<AssetId, Option<Amount>>,
}

impl Sums {
    fn add(&mut self, line: &LineRow) {
        for deed in &line.deeds {
            if let Deed::Pay { asset, amount, class, .. } = deed {
                let sum = self.moved.entry((asset.clone(), class.clone())).or_insert((0, Some(Amount::ZERO)));
                *sum = (sum.0.saturating_add(1), sum.1.and_then(|sum| sum.checked_add(*amount)));
            }
        }
        let fees = self.fees.entry(line.fee_asset.clone()).or_insert(Some(Amount::ZERO));
        *fees = fees.and_then(|sum| sum.checked_add(line.fee_cap));
    }
}

impl Page {
    /// Lays out a review. With `all`, every line; otherwise, of a long one, the ends and what was refused.
    pub(crate) fn of(review: &Review, gate: &Gate<'_>, all: bool) -> Self {
        let names = Directory { policy: gate.policy, book: gate.book };
        let request = review.request();
        let plan = request.plan.value();
        let items: BTreeMap<u32, &Item> = request.items.iter().map(|item| (item.intent, item)).collect();
        let refusals: Vec<Refusal> = review.verdict().refusals().cloned().collect();
        let refused: BTreeSet<u32> = refusals.iter().filter_map(|refusal| refusal.intent).collect();
        let refused: BTreeSet<u32> = refused.into_iter().take(REFUSED_SHOWN).collect();
        let total = request.items.len();
        let (mut sums, mut lines, mut read) = (Sums::default(), Vec::new(), 0usize);
        for line in review.lines(gate) {
            let number = line.number;
            let row = names.line(line, items.get(&number).copied());
            sums.add(&row);
            let at_an_end = read < ENDS || read >= total.saturating_sub(ENDS);
            if all || total <= ALL_SHOWN || at_an_end || refused.contains(&number) {
                lines.push(row);
            }
            read = read.saturating_add(1);
        }
        let (approvers, needed) = review.approvals();
        let outcomes = review.verdict().outcomes();
        Self {
            request: review.request_id(),
            plan: review.plan_id(),
            prepared_by: plan.prepared_by.clone(),
            prepared_at: plan.prepared_at,
            policy: (names.policy.id().to_string(), names.policy.epoch()),
            book: (names.book.id().to_string(), names.book.epoch()),
            counts: (total, plan.intents.len()),
            unread: total.saturating_sub(read),
            totals: totals(sums.moved),
            fees: sums.fees.into_iter().map(|(asset, sum)| (asset, sum.unwrap_or(Amount::MAX))).collect(),
            lines,
            approvers: approvers.to_vec(),
            needed,
            rules: outcomes
                .map(|(rule, outcome)| RuleRow {
                    name: rule.name(),
                    checked: outcome.checked,
                    refused: outcome.refused,
                })
                .collect(),
            refusals,
            machine: review.machine(),
            warm: Vec::new(),
            others: Vec::new(),
            all,
            code: review.challenge().shown(),
        }
    }
}

fn totals(moved: BTreeMap<(AssetId, String), (usize, Option<Amount>)>) -> Vec<TotalRow> {
    let rows =
        moved.into_iter().map(|((asset, class), (count, amount))| TotalRow { asset, class, count, amount });
    rows.collect()
}

/// The accounts of this station that a request names, each with how many of its items are theirs.
pub(crate) fn own_accounts(
    review: &Review,
    ours: impl Fn(&Account) -> bool,
) -> BTreeMap<AccountId, (Account, Vec<u32>)> {
    let request = review.request();
    let copies: BTreeMap<AccountId, &Account> =
        request.accounts.iter().map(|account| (account.id(), account)).collect();
    let intents = &request.plan.value().intents;
    let mut own: BTreeMap<AccountId, (Account, Vec<u32>)> = BTreeMap::new();
    for item in &request.items {
        let intent = usize::try_from(item.intent).ok().and_then(|index| intents.get(index));
        let Some(id) = intent.map(|intent| intent.account) else { continue };
        let Some(account) = copies.get(&id).filter(|account| ours(account)) else { continue };
        own.entry(id).or_insert_with(|| ((*account).clone(), Vec::new())).1.push(item.intent);
    }
    own
}
