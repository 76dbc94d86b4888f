//! Totals of a plan: what leaves by asset and class, and what it may cost.

use std::collections::BTreeMap;

use strongroom_protocol::{AccountId, Action, Amount, AssetId, ChainId, Name, Plan, Total};

use crate::book::Book;
use crate::policy::{OWN_CLASS, Policy, REVOKE_CLASS};

/// Why a plan cannot be added up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TotalsError {
    /// An account that the policy does not pin.
    #[error("intent {intent}: account {account} is not in the policy: have the admins pin it first")]
    Account {
        /// The intent, from 1.
        intent: usize,
        /// The account.
        account: AccountId,
    },
    /// An asset that is not in the registry.
    #[error("intent {intent}: asset {asset} is not in the policy's registry: have the admins pin it first")]
    Asset {
        /// The intent, from 1.
        intent: usize,
        /// The asset.
        asset: AssetId,
    },
    /// An asset of another chain than the account's.
    #[error("intent {intent}: asset {asset} is not on {chain}, where the account is")]
    OtherChain {
        /// The intent, from 1.
        intent: usize,
        /// The asset.
        asset: AssetId,
        /// The account's chain.
        chain: ChainId,
    },
    /// A destination that is neither in the book nor our own.
    #[error(
        "intent {intent}: {destination} is neither in the address book nor an account of ours: have the admins list it first"
    )]
    Unlisted {
        /// The intent, from 1.
        intent: usize,
        /// The address with its chain.
        destination: String,
    },
    /// An action that this version cannot count.
    #[error("intent {intent}: this kind of action has no place in totals")]
    Action {
        /// The intent, from 1.
        intent: usize,
    },
    /// More than 2²⁵⁶ − 1 base units, or more than 2³² − 1 payments.
    #[error("intent {intent}: the total of {asset} is larger than any amount a chain can carry")]
    Overflow {
        /// The intent at which it became so, from 1.
        intent: usize,
        /// The asset.
        asset: AssetId,
    },
}

/// What a plan moves by asset and class, and the most that fees can cost by native asset: both in the order of a
/// statement.
pub type Totals = (Vec<Total>, Vec<(AssetId, Amount)>);

/// Adds up a plan by the classes of policy and book.
///
/// Payments to our own pinned accounts are class `own`, and so is a void, with nothing, under the native asset. Taking
/// back an allowance is class `revoke`, with nothing, under its asset.
///
/// # Errors
/// [`TotalsError`], naming the first intent that cannot be counted.
pub fn totals(plan: &Plan, policy: &Policy, book: &Book) -> Result<Totals, TotalsError> {
    let mut moved: BTreeMap<(AssetId, Name), (u32, Amount)> = BTreeMap::new();
    let mut fees: BTreeMap<AssetId, Amount> = BTreeMap::new();
    for (number, intent) in (1usize..).zip(&plan.intents) {
        let unpinned = || TotalsError::Account { intent: number, account: intent.account };
        let account = policy.account(&intent.account).ok_or_else(unpinned)?;
        let native = &policy.native(&account.chain).ok_or_else(unpinned)?.id;
        let overflow = |asset: &AssetId| TotalsError::Overflow { intent: number, asset: asset.clone() };
        let fee = fees.entry(native.clone()).or_default();
        *fee = fee.checked_add(intent.max_fee).ok_or_else(|| overflow(native))?;
        for action in &intent.actions {
            let (asset, class, amount) = count(action, native, &account.chain, policy, book)
                .map_err(|problem| problem.at(number, &account.chain))?;
            let total = moved.entry((asset.clone(), class)).or_default();
            let sum = total.0.checked_add(1).zip(total.1.checked_add(amount));
            *total = sum.ok_or_else(|| overflow(asset))?;
        }
    }
    let totals =
        moved.into_iter().map(|((asset, class), (count, amount))| Total { asset, class, count, amount });
    Ok((totals.collect(), fees.into_iter().collect()))
}

/// What is wrong with one action.
enum Problem<'a> {
    Asset(&'a AssetId),
    OtherChain(&'a AssetId),
    Unlisted(String),
    Unknown,
}

impl Problem<'_> {
    fn at(self, intent: usize, chain: &ChainId) -> TotalsError {
        match self {
            Self::Asset(asset) => TotalsError::Asset { intent, asset: asset.clone() },
            Self::OtherChain(asset) => {
                TotalsError::OtherChain { intent, asset: asset.clone(), chain: chain.clone() }
            }
            Self::Unlisted(destination) => TotalsError::Unlisted { intent, destination },
            Self::Unknown => TotalsError::Action { intent },
        }
    }
}

/// Under which asset and class one action counts, and for how much.
fn count<'a>(
    action: &'a Action,
    native: &'a AssetId,
    chain: &ChainId,
    policy: &Policy,
    book: &Book,
) -> Result<(&'a AssetId, Name, Amount), Problem<'a>> {
    let class = |text: &str| text.parse::<Name>().map_err(|_| Problem::Unknown);
    let (asset, found, amount) = match action {
        Action::Pay { asset, to, amount } if policy.own_account_at(chain, to).is_some() => {
            (asset, class(OWN_CLASS)?, *amount)
        }
        Action::Pay { asset, to, amount } => {
            let entry = book.find(chain, to).ok_or_else(|| Problem::Unlisted(to.on(chain)))?;
            (asset, entry.class.clone(), *amount)
        }
        Action::Revoke { asset, .. } => (asset, class(REVOKE_CLASS)?, Amount::ZERO),
        Action::Void { .. } => (native, class(OWN_CLASS)?, Amount::ZERO),
        _ => return Err(Problem::Unknown),
    };
    if !asset.is_on(chain) {
        return Err(Problem::OtherChain(asset));
    }
    if policy.asset(asset).is_none() {
        return Err(Problem::Asset(asset));
    }
    Ok((asset, found, amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{self as support, book, intent, pay, plan, policy};

    const EXCHANGE: &str = "0x3333333333333333333333333333333333333333";
    const OWN: &str = "0x2222222222222222222222222222222222222222";
    const ETH: &str = "eip155:1/slip44:60";
    const USDT: &str = "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7";
    const POL: &str = "eip155:137/slip44:966";

    fn total(intents: Vec<strongroom_protocol::Intent>) -> Result<Totals, TotalsError> {
        totals(&plan(intents), &policy(), &book())
    }

    fn line(asset: &str, class: &str, count: u32, amount: u64) -> Total {
        Total {
            asset: asset.parse().unwrap(),
            class: class.parse().unwrap(),
            count,
            amount: Amount::from(amount),
        }
    }

    #[test]
    fn payments_add_up_by_asset_and_class_in_canonical_order() {
        let (moved, fees) = total(vec![
            intent(support::polygon(), 7, vec![pay(POL, EXCHANGE, 5)]),
            intent(support::cold(), 10, vec![pay(ETH, EXCHANGE, 100), pay(ETH, EXCHANGE, 20)]),
            intent(support::cold(), 20, vec![pay(USDT, EXCHANGE, 3)]),
            intent(support::cold(), 30, vec![pay(ETH, "0x4444444444444444444444444444444444444444", 4)]),
            intent(support::cold(), 40, vec![pay(ETH, OWN, 9)]),
        ])
        .unwrap();
        assert_eq!(
            moved,
            [
                line(USDT, "exchange", 1, 3),
                line(ETH, "custodian", 1, 4),
                line(ETH, "exchange", 2, 120),
                line(ETH, "own", 1, 9),
                line(POL, "exchange", 1, 5),
            ]
        );
        assert_eq!(
            fees,
            [(ETH.parse().unwrap(), Amount::from(100u64)), (POL.parse().unwrap(), Amount::from(7u64))]
        );
        assert!(moved.is_sorted());
    }

    #[test]
    fn voids_and_revocations_move_nothing_but_are_counted() {
        let void = Action::Void { slot: "eip155:1:0x11/7".parse().unwrap() };
        let revoke = Action::Revoke { asset: USDT.parse().unwrap(), spender: EXCHANGE.parse().unwrap() };
        let (moved, _) = total(vec![
            intent(support::cold(), 1, vec![void]),
            intent(support::cold(), 1, vec![revoke]),
            intent(support::cold(), 1, vec![pay(ETH, OWN, 9)]),
        ])
        .unwrap();
        assert_eq!(moved, [line(USDT, "revoke", 1, 0), line(ETH, "own", 2, 9)]);
    }

    #[test]
    fn strangers_are_named() {
        let stranger = "0x9999999999999999999999999999999999999999";
        let known = intent(support::cold(), 1, vec![pay(ETH, EXCHANGE, 1)]);
        let error = total(vec![known, intent(support::cold(), 1, vec![pay(ETH, stranger, 1)])]).unwrap_err();
        assert_eq!(error, TotalsError::Unlisted { intent: 2, destination: format!("eip155:1:{stranger}") });
        // An own account of one chain is a stranger on another.
        let error = total(vec![intent(support::polygon(), 1, vec![pay(POL, OWN, 1)])]).unwrap_err();
        assert_eq!(error, TotalsError::Unlisted { intent: 1, destination: format!("eip155:137:{OWN}") });
    }

    #[test]
    fn what_the_policy_does_not_pin_is_not_added_up() {
        let unpinned = AccountId::of(b"stranger");
        assert_eq!(
            total(vec![intent(unpinned, 1, vec![pay(ETH, EXCHANGE, 1)])]),
            Err(TotalsError::Account { intent: 1, account: unpinned })
        );
        let fake = "eip155:1/erc20:0x5555555555555555555555555555555555555555";
        assert!(matches!(
            total(vec![intent(support::cold(), 1, vec![pay(fake, EXCHANGE, 1)])]),
            Err(TotalsError::Asset { intent: 1, .. })
        ));
        assert!(matches!(
            total(vec![intent(support::cold(), 1, vec![pay(POL, EXCHANGE, 1)])]),
            Err(TotalsError::OtherChain { intent: 1, .. })
        ));
    }

    #[test]
    fn sums_do_not_wrap() {
        let most = |asset: &str| Action::Pay {
            asset: asset.parse().unwrap(),
            to: EXCHANGE.parse().unwrap(),
            amount: Amount::MAX,
        };
        let error = total(vec![
            intent(support::cold(), 1, vec![most(ETH)]),
            intent(support::cold(), 1, vec![pay(ETH, EXCHANGE, 1)]),
        ]);
        assert_eq!(error, Err(TotalsError::Overflow { intent: 2, asset: ETH.parse().unwrap() }));
        let mut dear = intent(support::cold(), 1, vec![pay(USDT, EXCHANGE, 1)]);
        dear.max_fee = Amount::MAX;
        let error = total(vec![dear.clone(), dear]);
        assert_eq!(error, Err(TotalsError::Overflow { intent: 2, asset: ETH.parse().unwrap() }));
    }
}
