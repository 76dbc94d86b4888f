//! The most that an item may cost, where nobody said: the tightest of the policy's caps.

use strongroom_policy::policy::Policy;
use strongroom_protocol::{Amount, AssetId};

/// Hundredths of a percent in the whole.
const WHOLE: u64 = 10_000;

/// The tightest cap for paying `amount` of an asset, in base units of its chain's native asset: the chain's, the
/// asset's and, where the native asset itself is paid, the relative one. `None` if the policy does not know the asset.
pub fn for_amount(policy: &Policy, asset: &AssetId, amount: Amount) -> Option<Amount> {
    let absolute = policy.max_fee(asset)?;
    let rules = policy.chain(&asset.chain())?;
    if rules.native != *asset {
        return Some(absolute);
    }
    Some(absolute.min(part(amount, u64::from(rules.max_fee_percent.points()), WHOLE)))
}

/// The tightest cap for paying everything that an account holds of its chain's native asset, the fee taken from it. A
/// relative cap of `p` on what is left leaves at most `held · p / (1 + p)` for the fee.
pub fn for_all(policy: &Policy, native: &AssetId, held: Amount) -> Option<Amount> {
    let absolute = policy.max_fee(native)?;
    let points = u64::from(policy.chain(&native.chain())?.max_fee_percent.points());
    Some(absolute.min(part(held, points, WHOLE.saturating_add(points))))
}

/// `amount · share / whole`, rounded down; everything where that cannot be reckoned with, so that another cap decides.
fn part(amount: Amount, share: u64, whole: u64) -> Amount {
    let product = amount.checked_mul(share).map(Amount::base_units);
    let quotient = product.and_then(|product| product.checked_div(Amount::from(whole).base_units()));
    quotient.map_or(Amount::MAX, Amount::from_base_units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everything_leaves_is_within_the_relative_cap() {
        for held in [0u64, 1, 39, 40, 41, 10_000, 1_234_567_890] {
            for points in [0u64, 1, 250, 10_000] {
                let held = Amount::from(held);
                let fee = part(held, points, WHOLE.checked_add(points).unwrap());
                let paid = held.checked_sub(fee).unwrap();
                let bound = paid.checked_mul(points).unwrap();
                assert!(fee.checked_mul(WHOLE).unwrap() <= bound, "{held} at {points}: {fee}");
            }
        }
    }

    #[test]
    fn a_share_is_rounded_down() {
        assert_eq!(part(Amount::from(39u64), 250, WHOLE), Amount::ZERO);
        assert_eq!(part(Amount::from(40u64), 250, WHOLE), Amount::from(1u64));
        assert_eq!(part(Amount::MAX, 250, WHOLE), Amount::MAX, "another cap decides");
    }
}
