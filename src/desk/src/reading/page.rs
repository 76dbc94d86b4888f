//! Everything there is to show of a request: totals first, then its items as their bytes say them.

use std::collections::BTreeMap;

use strongroom_policy::roster::Duty;
use strongroom_protocol::{
    Address, Amount, AssetId, Claim, ComparisonCode, Facts, HouseId, Item, Name, PlanId, PolicyId, Request,
    RequestId, Timestamp,
};

use super::directory::{Directory, Label};
use super::item::{ReadItem, Reader};

/// Up to so many items are all shown to people.
const ALL_SHOWN: usize = 20;
/// Beyond that, so many of the first and of the last.
const ENDS: usize = 5;

/// A page about a request.
pub struct Page {
    pub(super) request: RequestId,
    pub(super) plan: PlanId,
    pub(super) house: HouseId,
    pub(super) policy: PolicyId,
    /// Whether names and decimals come from the plan's own policy.
    pub(super) standing: PolicyStanding,
    pub(super) prepared_by: Name,
    pub(super) prepared_at: Timestamp,
    pub(super) preparer: Preparer,
    /// Items of the request, and intents of the plan.
    pub(super) counts: (usize, usize),
    pub(super) totals: Vec<TotalRow>,
    /// The most that fees can cost, by native asset; `None` beyond 2²⁵⁶ − 1.
    pub(super) fees: Vec<(AssetId, Option<Amount>)>,
    pub(super) rows: Vec<Row>,
    /// Items with something wrong, as people count them, each with what.
    pub(super) wrong: Vec<(u64, String)>,
    pub(super) code: ComparisonCode,
    /// In a house of several vaults: each with the line of its journal that the request names, which approvers vouch for.
    pub(super) vaults: Vec<(Name, Option<u64>)>,
}

/// What a page's names rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyStanding {
    /// No policy of the plan's house is at hand.
    None,
    /// The policy in force here, under which the plan was made.
    InForce,
    /// A policy is in force here, but the plan was made under another.
    Other,
}

/// What is known of the preparer's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preparer {
    /// A key signed it, but no policy here says whose that is.
    Claimed {
        /// The key's fingerprint.
        key: String,
    },
    /// A preparer of the policy signed it.
    Verified,
    /// It is not signed by who it says, or not at all.
    Wrong(String),
}

/// What leaves of one asset to one class of payees, by the bytes.
pub(super) struct TotalRow {
    pub(super) asset: AssetId,
    /// By policy and book; `None` where neither says.
    pub(super) class: Option<String>,
    pub(super) count: usize,
    /// `None` beyond 2²⁵⁶ − 1.
    pub(super) amount: Option<Amount>,
}

/// One item.
pub(super) struct Row {
    /// Its place in the request, from 0.
    pub(super) place: usize,
    /// Its intent's line in the plan, from 1.
    pub(super) number: u64,
    pub(super) account: Party,
    pub(super) chain: String,
    pub(super) deeds: Vec<Deed>,
    /// The most it can cost; `None` if it cannot be read.
    pub(super) fee: Option<(AssetId, Amount)>,
    pub(super) slots: Vec<String>,
    pub(super) nonce: Option<u64>,
    pub(super) versions: usize,
    pub(super) not_after: Timestamp,
    pub(super) reference: String,
    pub(super) reason: Option<String>,
    pub(super) errors: Vec<String>,
}

/// Somebody at an address.
pub(super) struct Party {
    pub(super) label: Option<Label>,
    /// `None` for an account whose record is missing.
    pub(super) address: Option<Address>,
}

/// One thing that a transaction does.
pub(super) enum Deed {
    Pay { asset: AssetId, amount: Amount, to: Party },
    Grant { asset: AssetId, amount: Amount, spender: Party },
    SpendSlot,
}

#[derive(Default)]
struct Sums {
    moved: BTreeMap<(AssetId, Option<String>), (usize, Option<Amount>)>,
    fees: BTreeMap<AssetId, Option<Amount>>,
}

impl Sums {
    fn add(&mut self, row: &Row) {
        for deed in &row.deeds {
            let Deed::Pay { asset, amount, to } = deed else { continue };
            let class = to.label.as_ref().and_then(|label| label.class.clone());
            let sum = self.moved.entry((asset.clone(), class)).or_insert((0, Some(Amount::ZERO)));
            *sum = (sum.0.saturating_add(1), sum.1.and_then(|sum| sum.checked_add(*amount)));
        }
        if let Some((asset, fee)) = &row.fee {
            let sum = self.fees.entry(asset.clone()).or_insert(Some(Amount::ZERO));
            *sum = sum.and_then(|sum| sum.checked_add(*fee));
        }
    }
}

impl Page {
    /// Lays out a request whose shape was checked. `document` are its exact bytes. Of a long request, only the ends and
    /// what is wrong are kept, unless `all`.
    pub fn of(request: &Request, document: &[u8], names: Directory<'_>, all: bool) -> Self {
        let plan = request.plan.value();
        let total = request.items.len();
        let (mut sums, mut rows, mut wrong) = (Sums::default(), Vec::new(), Vec::new());
        for (place, item) in Reader::new(request).items().enumerate() {
            let at_an_end = total <= ALL_SHOWN || place < ENDS || place >= total.saturating_sub(ENDS);
            let row = row(&item, names, place);
            sums.add(&row);
            if let Some(first) = row.errors.first() {
                wrong.push((row.number, first.clone()));
            }
            if all || at_an_end || !row.errors.is_empty() {
                rows.push(row);
            }
        }
        let id = PlanId::of(request.plan.bytes());
        let totals = sums.moved.into_iter();
        Self {
            request: RequestId::of(document),
            plan: id,
            house: plan.house,
            policy: plan.policy,
            standing: match names.policy {
                None => PolicyStanding::None,
                Some(policy) if policy.id() == plan.policy => PolicyStanding::InForce,
                Some(_) => PolicyStanding::Other,
            },
            prepared_by: plan.prepared_by.clone(),
            prepared_at: plan.prepared_at,
            preparer: preparer(request, names),
            counts: (total, plan.intents.len()),
            totals: totals
                .map(|((asset, class), (count, amount))| TotalRow { asset, class, count, amount })
                .collect(),
            fees: sums.fees.into_iter().collect(),
            rows,
            wrong,
            code: ComparisonCode::of(id.as_bytes()),
            vaults: vaults(request, names),
        }
    }

    /// Items whose bytes cannot be read or are not what their intent gives, each with what is wrong.
    pub fn wrong(&self) -> &[(u64, String)] {
        &self.wrong
    }

    /// What is known of the preparer's signature.
    pub const fn preparer(&self) -> &Preparer {
        &self.preparer
    }
}

fn vaults(request: &Request, names: Directory<'_>) -> Vec<(Name, Option<u64>)> {
    let Some(policy) = names.policy.filter(|policy| policy.stations().count() > 1) else { return Vec::new() };
    let told = |id| request.vault_heads.get(id).map(|head| head.sequence);
    policy.stations().map(|station| (station.name.clone(), told(&station.id))).collect()
}

fn preparer(request: &Request, names: Directory<'_>) -> Preparer {
    let sealed = &request.plan;
    let by = &sealed.value().prepared_by;
    let key = match sealed.signature().public_key() {
        Ok(key) => key,
        Err(error) => return Preparer::Wrong(error.to_string()),
    };
    if let Err(error) = sealed.verify(&key) {
        return Preparer::Wrong(error.to_string());
    }
    let Some(policy) = names.policy else { return Preparer::Claimed { key: key.fingerprint() } };
    match policy.person(by) {
        Some(person) if !person.keys.contains(&key) => {
            Preparer::Wrong(format!("{} is no key of {by} in the policy", key.fingerprint()))
        }
        Some(person) if person.is(Duty::Preparer) => Preparer::Verified,
        _ => Preparer::Wrong(format!("{by} is no preparer in the policy")),
    }
}

fn row(item: &ReadItem<'_>, names: Directory<'_>, place: usize) -> Row {
    let effects = item.costliest();
    Row {
        place,
        number: u64::from(item.number).saturating_add(1),
        account: Party {
            label: names.account(&item.intent.account, item.account),
            address: item.account.map(|account| account.address.clone()),
        },
        chain: item.account.map(|account| account.chain.to_string()).unwrap_or_default(),
        deeds: deeds(item, names),
        fee: effects.map(|effects| (effects.fee_asset.clone(), effects.fee_cap)),
        slots: effects
            .map(|effects| Claim::slots_of(effects).0.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        nonce: nonce(item.item),
        versions: item.item.rungs.len(),
        not_after: item.intent.not_after,
        reference: item.intent.reference.to_string(),
        reason: item.intent.reason.as_ref().map(ToString::to_string),
        errors: item.errors.iter().map(ToString::to_string).collect(),
    }
}

fn nonce(item: &Item) -> Option<u64> {
    match item.rungs.last().map(|rung| &rung.facts) {
        Some(Facts::Evm(facts)) => Some(facts.nonce),
        _ => None,
    }
}

fn deeds(item: &ReadItem<'_>, names: Directory<'_>) -> Vec<Deed> {
    let (Some(effects), Some(account)) = (item.costliest(), item.account) else { return Vec::new() };
    let party = |address: &Address| Party {
        label: names.payee(&account.chain, address),
        address: Some(address.clone()),
    };
    let moves = effects.moves.iter().map(|movement| {
        if movement.amount.is_zero() && movement.to == account.address {
            return Deed::SpendSlot;
        }
        Deed::Pay { asset: movement.asset.clone(), amount: movement.amount, to: party(&movement.to) }
    });
    let grants = effects.grants.iter().map(|grant| Deed::Grant {
        asset: grant.asset.clone(),
        amount: grant.amount,
        spender: party(&grant.spender),
    });
    moves.chain(grants).collect()
}
