//! Limits on what leaves, by asset: of the request and of the rolling day, fees counted into the native asset.

use std::collections::BTreeMap;

use strongroom_protocol::{Amount, AssetId, Claim};

use super::case::Case;
use super::history::{ClaimPrint, History};
use super::rule::Rule;
use crate::policy::Policy;

/// Seconds of the rolling day.
pub(super) const DAY: u64 = 86_400;

/// What a request adds to spending.
#[derive(Clone, Debug, Default)]
pub(super) struct Spending {
    /// By asset: everything, fees included. `None` once beyond 2²⁵⁶.
    totals: BTreeMap<AssetId, Option<Amount>>,
    /// By native asset: fees alone.
    fees: BTreeMap<AssetId, Option<Amount>>,
}

impl Spending {
    pub(super) fn add(&mut self, history: &History, claim: &Claim, print: &ClaimPrint) {
        let add = |sums: &mut BTreeMap<AssetId, Option<Amount>>, asset: &AssetId, amount: Amount| {
            // The asset's name is copied once a request, not once an item.
            if let Some(sum) = sums.get_mut(asset) {
                *sum = sum.and_then(|sum| sum.checked_add(amount));
            } else {
                sums.insert(asset.clone(), Some(amount));
            }
        };
        for (asset, amount, fee) in history.adds(claim, print) {
            add(&mut self.totals, asset, amount);
            if fee {
                add(&mut self.fees, asset, amount);
            }
        }
    }
}

/// An amount with its symbol, by the pinned registry; base units for an asset that is not in it.
pub(super) fn show(policy: &Policy, asset: &AssetId, amount: Amount) -> String {
    policy.asset(asset).map_or_else(|| format!("{amount} base units"), |entry| entry.show(amount))
}

/// Why a sum is not within a limit, in words. A sum of `None` is beyond everything.
pub(super) fn within(
    policy: &Policy,
    asset: &AssetId,
    sum: Option<Amount>,
    limit: Amount,
    whose: &str,
) -> Option<String> {
    match sum {
        Some(sum) if sum <= limit => None,
        sum => Some(format!(
            "{} of {asset} is over the limit of {} for {whose}",
            show(policy, asset, sum.unwrap_or(Amount::MAX)),
            show(policy, asset, limit)
        )),
    }
}

impl Case<'_> {
    /// Judges the request's and the day's sums, and finds how many approvals they ask for.
    pub(super) fn sums(&mut self) -> u32 {
        let since = self.now.lo().minus(DAY);
        let mut needed = self.policy.approvals();
        let spending = std::mem::take(&mut self.spending);
        for (asset, sum) in &spending.totals {
            // An asset outside the registry was refused with its item.
            let Some(rule) = self.policy.asset(asset) else { continue };
            let request = within(self.policy, asset, *sum, rule.limits.request, "one request");
            let before = self.history.spent_since(asset, since);
            let day = sum.and_then(|sum| sum.checked_add(before));
            let against = within(self.policy, asset, day, rule.limits.day, "a rolling day");
            self.verdict.note(Rule::RequestLimit, None, request);
            self.verdict.note(Rule::DayLimit, None, against);
            // The day's sum decides the tier, so that a batch cut in pieces meets the same quorum.
            let day = day.unwrap_or(Amount::MAX);
            needed = needed.max(rule.approvals(day, needed));
        }
        for (asset, sum) in &spending.fees {
            let Some(rule) = self.policy.chain(&asset.chain()) else { continue };
            let before = self.history.fees_since(asset, since);
            let day = sum.and_then(|sum| sum.checked_add(before));
            let against = within(self.policy, asset, day, rule.max_fee_day, "fees in a rolling day");
            self.verdict.note(Rule::FeeDay, None, against);
        }
        needed
    }
}
