//! What was claimed before: slots, references and spending, as the journal tells it.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use strongroom_protocol::{Amount, AssetId, Claim, Payment, PlanId, Slot, Text, Timestamp};

use super::reference::folded;

/// A digest that stands for a slot, a payment or a set of payments.
type Fingerprint = [u8; 32];

/// Everything a vault ever claimed. Until finality is in evidence, every claim counts as possibly landed.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Numbers in `uses`, by the digest of the slot's name: names are long and the journal has them.
    slots: HashMap<Fingerprint, u32>,
    uses: Vec<SlotUse>,
    /// For each reference paid to a destination in an asset, and for each intent that pays nothing: the slots of each
    /// version that does it.
    references: HashMap<Fingerprint, Versions>,
    spending: Vec<Spend>,
}

/// The slots of each version of a payment.
#[derive(Clone, Debug)]
enum Versions {
    /// One version with one slot, as most payments have.
    One(u32),
    /// Any others.
    Many(Vec<Box<[u32]>>),
}

impl Versions {
    fn of(numbers: &[u32]) -> Self {
        match numbers {
            [only] => Self::One(*only),
            _ => Self::Many(vec![numbers.into()]),
        }
    }

    fn add(&mut self, numbers: &[u32]) {
        match self {
            Self::One(only) if *numbers == [*only] => {}
            Self::One(only) => *self = Self::Many(vec![[*only].into(), numbers.into()]),
            // A version without slots excludes nothing, not even itself.
            Self::Many(versions) => {
                if numbers.is_empty() || !versions.iter().any(|version| **version == *numbers) {
                    versions.push(numbers.into());
                }
            }
        }
    }

    /// Whether a version with these slots shares one with each of them.
    fn all_share(&self, numbers: &[u32]) -> bool {
        match self {
            Self::One(only) => numbers.contains(only),
            Self::Many(versions) => {
                versions.iter().all(|version| version.iter().any(|slot| numbers.contains(slot)))
            }
        }
    }
}

/// What a slot carries.
#[derive(Clone, Debug, Default)]
struct SlotUse {
    /// The one set of payments to strangers, if there is one.
    strangers: Option<Fingerprint>,
    /// Whether that very set was counted against limits.
    strangers_counted: bool,
    /// Other sets of payments already counted against limits.
    counted: Vec<Fingerprint>,
    /// The largest fee already counted against limits, in base units.
    fee: Amount,
}

impl SlotUse {
    fn has_counted(&self, payments: &Fingerprint) -> bool {
        (self.strangers_counted && self.strangers.as_ref() == Some(payments))
            || self.counted.contains(payments)
    }

    fn count(&mut self, payments: Fingerprint) {
        if self.strangers == Some(payments) {
            self.strangers_counted = true;
        } else if !self.counted.contains(&payments) {
            self.counted.push(payments);
        }
    }
}

/// What a claim is looked up by, worked out once.
#[derive(Clone, Debug)]
pub(super) struct ClaimPrint {
    slots: Vec<Fingerprint>,
    /// Its payments to strangers.
    strangers: Option<Fingerprint>,
    /// All of its payments.
    payments: Option<Fingerprint>,
    /// For each payment, that it is paid under the claim's reference.
    references: Vec<Fingerprint>,
}

impl ClaimPrint {
    pub(super) fn of(claim: &Claim) -> Self {
        let payments = digest(&claim.payments);
        let strangers = if claim.payments.iter().any(|payment| payment.own) {
            digest(claim.payments.iter().filter(|payment| !payment.own))
        } else {
            payments
        };
        let folded = if claim.payments.is_empty() { String::new() } else { folded(claim.reference.as_str()) };
        Self {
            slots: claim.slots.iter().map(|slot| Sha256::digest(slot.as_str()).into()).collect(),
            strangers,
            payments,
            references: claim.payments.iter().map(|payment| reference(&folded, payment)).collect(),
        }
    }
}

/// What was spent at one instant of one asset.
#[derive(Clone, Debug)]
struct Spend {
    at: Timestamp,
    asset: AssetId,
    amount: Amount,
    fee: bool,
}

/// Why a claim cannot stand beside the earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// The slot already carries another set of payments.
    SlotPays(Slot),
    /// The reference was paid in a version that this one does not exclude.
    ReferencePaid(Text),
    /// The intent, which pays nothing, was carried out in a version that this one does not exclude.
    DeedDone,
}

fn digest<'a>(payments: impl IntoIterator<Item = &'a Payment>) -> Option<Fingerprint> {
    let mut payments: Vec<_> = payments.into_iter().collect();
    if payments.is_empty() {
        return None;
    }
    payments.sort();
    let mut hash = Sha256::new();
    for payment in payments {
        // Lengths are implied: these characters occur in neither asset nor address.
        hash.update(payment.asset.as_str());
        hash.update(b"\n");
        hash.update(payment.to.as_str());
        hash.update(b"\n");
        hash.update(payment.amount.base_units().to_be_bytes::<32>());
    }
    Some(hash.finalize().into())
}

/// A reference, without its dress, pays once per destination and asset, whatever the account or the amount.
fn reference(folded: &str, payment: &Payment) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(payment.asset.as_str());
    hash.update(b"\n");
    hash.update(payment.to.as_str());
    hash.update(b"\n");
    hash.update(folded);
    hash.finalize().into()
}

/// An intent that pays nothing has no reference that pays once: what happens once is the intent itself.
fn deed(plan: &PlanId, claim: &Claim) -> Option<Fingerprint> {
    claim.payments.is_empty().then(|| {
        let mut hash = Sha256::new();
        // No asset is named so.
        hash.update(b"intent\n");
        hash.update(plan.as_bytes());
        hash.update(claim.intent.to_be_bytes());
        hash.finalize().into()
    })
}

impl History {
    /// Whether a claim can stand beside everything recorded.
    ///
    /// # Errors
    /// The first [`Conflict`].
    pub fn check(&self, claim: &Claim) -> Result<(), Conflict> {
        self.check_print(claim, &ClaimPrint::of(claim))
    }

    /// As [`Self::check`], with the claim's own print.
    pub(super) fn check_print(&self, claim: &Claim, print: &ClaimPrint) -> Result<(), Conflict> {
        let mut numbers = Vec::with_capacity(print.slots.len());
        for (slot, named) in print.slots.iter().zip(&claim.slots) {
            let Some(number) = self.slots.get(slot) else { continue };
            numbers.push(*number);
            let carried = self.usage(*number).and_then(|usage| usage.strangers);
            if let (Some(carried), Some(wanted)) = (carried, print.strangers)
                && carried != wanted
            {
                return Err(Conflict::SlotPays(named.clone()));
            }
        }
        if print.references.iter().all(|reference| self.excludes(reference, &numbers)) {
            Ok(())
        } else {
            Err(Conflict::ReferencePaid(claim.reference.clone()))
        }
    }

    /// Whether a claim that pays nothing can stand beside the earlier versions of its intent. People approved its cost
    /// once, not once in every slot that a desk can name. What pays is held by its reference.
    ///
    /// # Errors
    /// [`Conflict::DeedDone`].
    pub fn check_deed(&self, plan: &PlanId, claim: &Claim) -> Result<(), Conflict> {
        let Some(deed) = deed(plan, claim) else { return Ok(()) };
        let numbers = self.numbers(&ClaimPrint::of(claim));
        if self.excludes(&deed, &numbers) { Ok(()) } else { Err(Conflict::DeedDone) }
    }

    /// Whether a version with these slots excludes every earlier version; otherwise both could land.
    fn excludes(&self, what: &Fingerprint, numbers: &[u32]) -> bool {
        self.references.get(what).is_none_or(|versions| versions.all_share(numbers))
    }

    /// The numbers of a claim's slots that are known.
    fn numbers(&self, print: &ClaimPrint) -> Vec<u32> {
        print.slots.iter().filter_map(|slot| self.slots.get(slot).copied()).collect()
    }

    /// Records a claim made at `at`.
    pub fn record(&mut self, at: Timestamp, claim: &Claim) {
        let print = ClaimPrint::of(claim);
        self.record_spent(at, claim, &print);
        self.record_print(claim, &print);
    }

    /// Records what a claim spends at `at`, but not what it excludes: its slots and its reference stay free.
    pub fn record_spending(&mut self, at: Timestamp, claim: &Claim) {
        let print = ClaimPrint::of(claim);
        self.record_spent(at, claim, &print);
        self.record_slots(claim, &print, false);
    }

    fn record_spent(&mut self, at: Timestamp, claim: &Claim, print: &ClaimPrint) {
        for (asset, amount, fee) in self.adds(claim, print) {
            self.spend(at, asset, amount, fee);
        }
    }

    /// Records what a claim excludes, but not what it spends.
    pub(super) fn record_print(&mut self, claim: &Claim, print: &ClaimPrint) {
        let numbers = self.record_slots(claim, print, true);
        for reference in &print.references {
            self.record_version(*reference, &numbers);
        }
    }

    /// Records that a claim was counted in its slots, and if they carry it, that too. Gives the numbers of the slots.
    fn record_slots(&mut self, claim: &Claim, print: &ClaimPrint, carries: bool) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(print.slots.len());
        for slot in &print.slots {
            let next = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
            let number = *self.slots.entry(*slot).or_insert(next);
            if number == next {
                self.uses.push(SlotUse::default());
            }
            numbers.push(number);
            let Some(usage) = usize::try_from(number).ok().and_then(|index| self.uses.get_mut(index)) else {
                continue;
            };
            if carries {
                usage.strangers = usage.strangers.or(print.strangers);
            }
            usage.fee = usage.fee.max(claim.fee_cap);
            if let Some(payments) = print.payments {
                usage.count(payments);
            }
        }
        numbers
    }

    /// Records, after [`Self::record`], which intent of which plan a claim that pays nothing carries out.
    pub fn record_deed(&mut self, plan: &PlanId, claim: &Claim) {
        if let Some(deed) = deed(plan, claim) {
            self.record_version(deed, &self.numbers(&ClaimPrint::of(claim)));
        }
    }

    fn record_version(&mut self, what: Fingerprint, numbers: &[u32]) {
        self.references
            .entry(what)
            .and_modify(|versions| versions.add(numbers))
            .or_insert_with(|| Versions::of(numbers));
    }

    /// Adds to what was spent of the asset at that instant: a claim of 100,000 payments leaves one sum, not 100,000.
    fn spend(&mut self, at: Timestamp, asset: &AssetId, amount: Amount, fee: bool) {
        let mut same = self.spending.iter_mut().rev().take_while(|spend| spend.at == at);
        let found = same.find(|spend| spend.fee == fee && spend.asset == *asset);
        // A sum beyond 2²⁵⁶ is left to whoever adds up, who knows what that means.
        match found.and_then(|spend| spend.amount.checked_add(amount).map(|sum| (spend, sum))) {
            Some((spend, sum)) => spend.amount = sum,
            None => self.spending.push(Spend { at, asset: asset.clone(), amount, fee }),
        }
    }

    /// What a claim would add to spending: amounts and fees that its slots have not counted yet, each with whether
    /// it is a fee.
    pub fn new_spending(&self, claim: &Claim) -> Vec<(AssetId, Amount, bool)> {
        let adds = self.adds(claim, &ClaimPrint::of(claim));
        adds.map(|(asset, amount, fee)| (asset.clone(), amount, fee)).collect()
    }

    /// As [`Self::new_spending`], with the claim's own print.
    pub(super) fn adds<'c>(
        &self,
        claim: &'c Claim,
        print: &ClaimPrint,
    ) -> impl Iterator<Item = (&'c AssetId, Amount, bool)> + use<'c> {
        let known =
            || print.slots.iter().filter_map(|slot| self.slots.get(slot)).filter_map(|n| self.usage(*n));
        let counted =
            known().any(|usage| print.payments.is_some_and(|payments| usage.has_counted(&payments)));
        let payments = if counted { &[] } else { claim.payments.as_slice() };
        let fee = known().map(|usage| usage.fee).max().unwrap_or_default();
        let more = claim.fee_cap.checked_sub(fee).filter(|more| !more.is_zero());
        let payments = payments.iter().map(|payment| (&payment.asset, payment.amount, false));
        payments.chain(more.map(|more| (&claim.fee_asset, more, true)))
    }

    /// What was spent of an asset since an instant, fees in it included; saturating.
    pub fn spent_since(&self, asset: &AssetId, since: Timestamp) -> Amount {
        self.sum(|spend| spend.at >= since && spend.asset == *asset)
    }

    /// What was spent on fees in an asset since an instant; saturating.
    pub fn fees_since(&self, asset: &AssetId, since: Timestamp) -> Amount {
        self.sum(|spend| spend.fee && spend.at >= since && spend.asset == *asset)
    }

    fn sum(&self, counts: impl Fn(&Spend) -> bool) -> Amount {
        // Claims are recorded in the order of time, so the newest come first from the end; clocks may differ by
        // minutes, so no early stop is taken.
        self.spending
            .iter()
            .filter(|spend| counts(spend))
            .try_fold(Amount::ZERO, |sum, spend| sum.checked_add(spend.amount))
            .unwrap_or(Amount::MAX)
    }

    fn usage(&self, number: u32) -> Option<&SlotUse> {
        usize::try_from(number).ok().and_then(|index| self.uses.get(index))
    }
}

#[cfg(test)]
mod tests;
