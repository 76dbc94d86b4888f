//! Judging one item: account, intent, destination, fees.

use std::collections::BTreeSet;

use strongroom_protocol::{
    Account, Action, Address, Amount, AssetId, ChainId, Claim, Effects, Grant, Intent, Move, Name, Payment,
    Slots,
};

use super::case::Case;
use super::history::{ClaimPrint, Conflict};
use super::reference::mixed_word;
use super::rule::{Refusal, Rule};
use super::spending::{show, within};
use crate::basis_points::BasisPoints;
use crate::policy::Policy;

/// An item that somebody decoded: the intent it names and what each version of it does.
#[derive(Clone, Copy, Debug)]
pub struct ReadItem<'a> {
    /// The intent's place in the plan, from 0.
    pub number: u32,
    /// The intent.
    pub intent: &'a Intent,
    /// The account it names, whose record has the id the policy pins.
    pub account: &'a Account,
    /// What each version does, cheapest first. Never empty.
    pub versions: &'a [&'a Effects],
    /// What its owner will see of it on the device that holds the key; nothing is known of that at a desk.
    pub sight: Option<Sight<'a>>,
}

/// What an owner will see of an item on the device that signs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight<'a> {
    /// Payee, amount and asset; or there is no device, and nobody believes a screen.
    Clear,
    /// Not all of that.
    Blind {
        /// The kind of device.
        device: &'a Name,
        /// What is missing, in words.
        why: &'a str,
    },
}

/// What an intent must come to, read from the intent alone.
fn wanted(intent: &Intent, account: &Account, native: &AssetId) -> (Vec<Move>, Vec<Grant>) {
    let mut moves = Vec::new();
    let mut grants = Vec::new();
    let own = &account.address;
    for action in &intent.actions {
        match action {
            Action::Pay { asset, to, amount } => {
                moves.push(Move { from: own.clone(), to: to.clone(), asset: asset.clone(), amount: *amount });
            }
            Action::Revoke { asset, spender } => grants.push(Grant {
                owner: own.clone(),
                spender: spender.clone(),
                asset: asset.clone(),
                amount: Amount::ZERO,
            }),
            Action::Void { .. } => moves.push(Move {
                from: own.clone(),
                to: own.clone(),
                asset: native.clone(),
                amount: Amount::ZERO,
            }),
            // An action this judge does not know is wanted by nobody: no effects can equal it.
            _ => return (Vec::new(), Vec::new()),
        }
    }
    (moves, grants)
}

/// Why effects are not the intent's, in words; `None` if they are.
fn difference(intent: &Intent, account: &Account, effects: &Effects) -> Option<String> {
    let (moves, grants) = wanted(intent, account, &effects.fee_asset);
    if moves.is_empty() && grants.is_empty() {
        return Some("the intent asks for something this program does not know".to_owned());
    }
    for (place, (wanted, found)) in (1usize..).zip(moves.iter().zip(&effects.moves)) {
        let what = if wanted.to != found.to {
            format!("pays {} where the intent says {}", found.to, wanted.to)
        } else if wanted.asset != found.asset {
            format!("moves {} where the intent says {}", found.asset, wanted.asset)
        } else if wanted.amount != found.amount {
            format!("moves {} base units where the intent says {}", found.amount, wanted.amount)
        } else if wanted.from != found.from {
            format!("takes from {} where the intent says {}", found.from, wanted.from)
        } else {
            continue;
        };
        return Some(format!("movement {place} of the bytes {what}"));
    }
    if moves.len() != effects.moves.len() || grants != effects.grants {
        return Some("the bytes do more, or less, than the intent says".to_owned());
    }
    let voided: Vec<_> = intent
        .actions
        .iter()
        .filter_map(|action| if let Action::Void { slot } = action { Some(slot) } else { None })
        .collect();
    match &effects.slots {
        Slots::Exclusive(slots) if voided.iter().all(|slot| slots.contains(slot)) => None,
        _ if voided.is_empty() => None,
        _ => Some("the bytes do not spend the slot that the intent voids".to_owned()),
    }
}

/// Why the versions are no ladder, in words.
fn no_ladder(versions: &[&Effects]) -> Option<String> {
    let (first, rest) = versions.split_first()?;
    if rest.is_empty() {
        return None;
    }
    if !matches!(first.slots, Slots::Exclusive(_)) {
        return Some("an item that only an expiry ends has one version".to_owned());
    }
    let same = |other: &&Effects| {
        other.moves == first.moves && other.grants == first.grants && other.slots == first.slots
    };
    if !rest.iter().all(same) {
        return Some("the versions differ in more than fees".to_owned());
    }
    let rising = versions.windows(2).all(|pair| matches!(pair, [low, high] if low.fee_cap < high.fee_cap));
    (!rising).then(|| "the versions do not rise in fee".to_owned())
}

impl Case<'_> {
    /// Judges one item, and remembers its claim for the request as a whole.
    pub fn item(&mut self, item: &ReadItem<'_>) {
        let n = Some(item.number);
        let Some((costliest, _)) = item.versions.split_last() else {
            self.verdict.refuse(Refusal::of_item(Rule::Shape, item.number, "the item has no version"));
            return;
        };
        self.account(item);
        for effects in item.versions {
            self.verdict.note(Rule::Intent, n, difference(item.intent, item.account, effects));
        }
        self.verdict.note(Rule::Ladder, n, no_ladder(item.versions));
        let expired = self.now.hi() > item.intent.not_after;
        self.verdict.note(
            Rule::NotAfter,
            n,
            expired.then(|| format!("the intent ended at {}: prepare a new plan", item.intent.not_after)),
        );
        if let Some(sight) = item.sight {
            self.verdict.note(Rule::Blind, n, self.unseen(item, costliest, sight));
        }
        let claim = self.claim(item, costliest);
        self.destinations(item, costliest);
        self.fees(item, costliest, &claim);
        let print = ClaimPrint::of(&claim);
        self.precedent(item.number, &claim, &print);
        self.verdict.note(
            Rule::State,
            n,
            (self.state.is_frozen() && !claim.strangers().is_empty()).then(|| {
                "the house is frozen: only voids and returns are signed until a quorum thaws it".to_owned()
            }),
        );
        self.remember(claim, &print);
    }

    fn account(&mut self, item: &ReadItem<'_>) {
        let id = item.intent.account;
        let account = item.account;
        let against = match self.policy.account(&id) {
            None => Some(format!("account {id} is not pinned by the policy")),
            Some(pinned) if !pinned.spend => {
                Some(format!("the policy pins {:?} as not to be spent from", pinned.label))
            }
            Some(pinned) if pinned.chain != account.chain || pinned.address != account.address => {
                Some(format!("the record of account {id} differs from what the policy pins"))
            }
            Some(pinned) if pinned.station != account.station => Some(format!(
                "the policy gives account {:?} to another station than its record",
                pinned.label
            )),
            Some(_) if account.house != self.house => Some("the account belongs to another house".to_owned()),
            Some(_) => None,
        };
        self.verdict.note(Rule::Account, Some(item.number), against);
    }

    /// Why an item must not be signed unseen, in words.
    fn unseen(&self, item: &ReadItem<'_>, effects: &Effects, sight: Sight<'_>) -> Option<String> {
        let Sight::Blind { device, why } = sight else { return None };
        let pinned = self.policy.account(&item.intent.account)?;
        let moved = effects.moves.iter().map(|moved| &moved.asset);
        let touched: BTreeSet<_> = moved.chain(effects.grants.iter().map(|grant| &grant.asset)).collect();
        if touched.is_empty() {
            // Leave is given for assets: there is none for a call that moves none.
            return Some(format!("the {device} will not show what it signs ({why}), and no asset is moved"));
        }
        let leave = pinned.blind.as_ref().filter(|leave| leave.device == *device);
        let without =
            touched.iter().filter(|asset| leave.is_none_or(|leave| !leave.assets.contains(**asset)));
        let names: Vec<_> = without
            .map(|id| self.policy.asset(id).map_or_else(|| id.to_string(), |asset| asset.symbol.to_string()))
            .collect();
        (!names.is_empty()).then(|| {
            let names = names.join(", ");
            format!(
                "the {device} will not show what it signs ({why}): give it the vendor's descriptor of {names} in the \
                 policy, or have the policy name {names} as signed unseen for account {:?} on a {device}",
                pinned.label
            )
        })
    }

    fn claim(&self, item: &ReadItem<'_>, costliest: &Effects) -> Claim {
        let (slots, until) = Claim::slots_of(costliest);
        let chain = &item.account.chain;
        let moves = costliest.moves.iter().filter(|movement| !movement.amount.is_zero());
        let mut payments: Vec<_> = moves
            .map(|movement| Payment {
                asset: movement.asset.clone(),
                to: movement.to.clone(),
                amount: movement.amount,
                own: self.policy.own_account_at(chain, &movement.to).is_some(),
            })
            .collect();
        // What a filter lets through is collected with room for four, and most claims have one.
        payments.shrink_to_fit();
        Claim {
            intent: item.number,
            account: item.intent.account,
            slots,
            until,
            payments,
            fee_cap: costliest.fee_cap,
            fee_asset: costliest.fee_asset.clone(),
            reference: item.intent.reference.clone(),
        }
    }

    fn destinations(&mut self, item: &ReadItem<'_>, effects: &Effects) {
        let n = Some(item.number);
        let assets = effects
            .moves
            .iter()
            .map(|movement| &movement.asset)
            .chain(effects.grants.iter().map(|g| &g.asset));
        for asset in assets {
            let against = match self.policy.asset(asset) {
                None => Some(format!("{asset} is not in the pinned registry")),
                Some(_) if !asset.is_on(&item.account.chain) => {
                    Some(format!("{asset} is not on {}", item.account.chain))
                }
                Some(_) => None,
            };
            self.verdict.note(Rule::Asset, n, against);
        }
        for movement in effects.moves.iter().filter(|movement| !movement.amount.is_zero()) {
            let against = self.destination(item, &movement.to, &movement.asset);
            self.verdict.note(Rule::Destination, n, against);
        }
    }

    fn destination(&self, item: &ReadItem<'_>, to: &Address, asset: &AssetId) -> Option<String> {
        let chain = &item.account.chain;
        if self.policy.own_account_at(chain, to).is_some() {
            return None;
        }
        let Some(entry) = self.book.find(chain, to) else {
            return Some(format!("{} is not in the address book", to.on(chain)));
        };
        if !entry.takes(self.policy, asset) {
            return Some(format!("{} ({:?}) does not take {asset}", to.on(chain), entry.label));
        }
        if entry.not_before.is_some_and(|begin| self.now.lo() < begin) {
            return Some(format!("{} ({:?}) is not yet in force", to.on(chain), entry.label));
        }
        if entry.not_after.is_some_and(|end| self.now.hi() > end) {
            return Some(format!("{} ({:?}) is no longer in force", to.on(chain), entry.label));
        }
        None
    }

    fn fees(&mut self, item: &ReadItem<'_>, effects: &Effects, claim: &Claim) {
        let n = Some(item.number);
        let fee = effects.fee_cap;
        let native = |amount| show(self.policy, &effects.fee_asset, amount);
        let over = |cap: Amount, whose: &str| {
            (fee > cap).then(|| format!("the fee can reach {}, over {whose} of {}", native(fee), native(cap)))
        };
        let intent = over(item.intent.max_fee, "the intent's cap");
        let chain = self.policy.chain(&item.account.chain);
        let absolute = match chain {
            None => Some(format!("{} has no fee cap in the policy", item.account.chain)),
            Some(rule) => over(rule.max_fee, "the chain's cap").or_else(|| {
                let caps =
                    claim.payments.iter().filter_map(|payment| self.policy.asset(&payment.asset)?.max_fee);
                caps.min().and_then(|cap| over(cap, "the asset's cap"))
            }),
        };
        let relative = chain.and_then(|rule| relative_fee(self.policy, rule.max_fee_percent, claim));
        let limits = item_limits(self.policy, claim);
        self.verdict.note(Rule::FeeIntent, n, intent);
        self.verdict.note(Rule::FeeAbsolute, n, absolute);
        self.verdict.note(Rule::FeeRelative, n, relative);
        self.verdict.note(Rule::ItemLimit, n, limits);
    }

    /// Judges what one unit of gas may cost, where the chain has gas and the policy a cap on its price.
    pub fn gas_price(&mut self, number: u32, chain: &ChainId, price: Amount) {
        let cap = self.policy.chain(chain).and_then(|rule| rule.max_gas_price);
        let over = cap.filter(|cap| price > *cap);
        let words = over.map(|cap| format!("a unit of gas can cost {price} wei, over the cap of {cap}"));
        self.verdict.note(Rule::FeeAbsolute, Some(number), words);
    }

    fn precedent(&mut self, number: u32, claim: &Claim, print: &ClaimPrint) {
        let conflict = self.history.check_print(claim, print);
        let conflict = conflict.and_then(|()| self.added.check_print(claim, print));
        let conflict = conflict.and_then(|()| self.history.check_deed(&self.plan_id, claim)).err();
        let slot = match &conflict {
            Some(Conflict::SlotPays(slot)) => Some(format!(
                "{slot} already carries another payment, signed before: it can only be repeated or voided"
            )),
            _ => None,
        };
        let mixed = mixed_word(claim.reference.as_str()).map(|word| {
            format!(
                "the word {word:?} of the reference mixes alphabets, so that it could pass for another: write it in one"
            )
        });
        let reference = mixed.or_else(|| match &conflict {
            Some(Conflict::ReferencePaid(text)) => Some(format!(
                "reference {:?} already pays this destination in this asset: only a replacement that shares its slot may repeat it",
                text.as_str()
            )),
            Some(Conflict::DeedDone) => Some(
                "this intent was carried out before, in a slot that this version does not share: prepare a new plan"
                    .to_owned(),
            ),
            _ => None,
        });
        self.verdict.note(Rule::Slot, Some(number), slot);
        self.verdict.note(Rule::Reference, Some(number), reference);
    }
}

/// The fee may be at most so many hundredths of a percent of what is paid in the native asset itself. A token has no
/// price here: its fee has the absolute caps alone.
fn relative_fee(policy: &Policy, cap: BasisPoints, claim: &Claim) -> Option<String> {
    let paid = claim.payments.iter().filter(|payment| payment.asset == claim.fee_asset);
    let paid = paid.map(|payment| payment.amount).try_fold(Amount::ZERO, Amount::checked_add)?;
    if paid.is_zero() {
        return None;
    }
    (!cap.allows(claim.fee_cap, paid)).then(|| {
        format!(
            "the fee can reach {}, over {cap} of the {} paid",
            show(policy, &claim.fee_asset, claim.fee_cap),
            show(policy, &claim.fee_asset, paid)
        )
    })
}

/// Each payment with its fee, where the fee is in the same asset, against the item limit.
fn item_limits(policy: &Policy, claim: &Claim) -> Option<String> {
    claim.payments.iter().find_map(|payment| {
        let fee = if payment.asset == claim.fee_asset { claim.fee_cap } else { Amount::ZERO };
        let limit = policy.asset(&payment.asset)?.limits.item;
        within(policy, &payment.asset, payment.amount.checked_add(fee), limit, "one item")
    })
}
