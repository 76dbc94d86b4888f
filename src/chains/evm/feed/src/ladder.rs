//! Fees of versions that share a nonce: each beats the one before, and none exceeds the plan's cap.

use strongroom_protocol::{Amount, EvmFees};

use crate::field::PRICE_LIMIT;
use crate::market::Market;

/// What one version offers for a unit of gas, in wei. A legacy price is both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Offer {
    /// The most a unit may cost.
    max: u128,
    /// The most of it that goes to the block's producer.
    tip: u128,
}

/// Within which an offer must stay.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// What beats every earlier version.
    floor: Offer,
    /// The most that the plan allows for a unit.
    ceiling: u128,
}

/// The cap is too low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CapTooLow {
    /// The lowest cap, in wei for the whole transaction, with which there would be a version.
    pub needed: Amount,
}

/// An eighth more, rounded up. Nodes ask for a tenth more of both numbers before they replace a waiting transaction
/// (go-ethereum's `txpool.pricebump`, and the same in Nethermind, Besu, Erigon and Reth); some round otherwise.
fn eighth_more(price: u128) -> u128 {
    price.saturating_add(price.div_ceil(8)).max(price.saturating_add(1))
}

impl Offer {
    fn of(fees: &EvmFees) -> Self {
        let wei = |amount: &Amount| u128::try_from(amount.base_units()).unwrap_or(u128::MAX);
        match fees {
            EvmFees::Legacy { gas_price } => Self { max: wei(gas_price), tip: wei(gas_price) },
            EvmFees::Eip1559 { max_fee_per_gas, max_priority_fee_per_gas } => {
                Self { max: wei(max_fee_per_gas), tip: wei(max_priority_fee_per_gas) }
            }
        }
    }

    fn beaten(self) -> Self {
        Self { max: eighth_more(self.max), tip: eighth_more(self.tip) }
    }

    fn at_least(self, other: Self) -> Self {
        Self { max: self.max.max(other.max), tip: self.tip.max(other.tip) }
    }

    /// The same offer with another most, and the tip in proportion, rounded up.
    fn scaled(self, max: u128) -> Self {
        // Prices stay below 10¹⁸, so that the product stays below 10³⁶.
        let product = self.tip.saturating_mul(max);
        let rounded = product.saturating_add(self.max.saturating_sub(1));
        Self { max, tip: rounded.checked_div(self.max).unwrap_or(self.tip).min(max) }
    }
}

impl Market {
    /// The fees of up to `rungs` versions, cheapest first, at least one.
    ///
    /// The first offers what the market asks, with the base fee twice over, so that it can land for as long as the
    /// base fee takes to double. Each later one goes an equal share of the way that is left to the cap: at least an
    /// eighth more than the one before, at most twice as much. The first beats all `earlier` versions.
    pub(crate) fn ladder(
        self,
        least_tip: u128,
        gas_limit: u64,
        cap: Amount,
        earlier: &[&EvmFees],
        rungs: usize,
    ) -> Result<Vec<EvmFees>, CapTooLow> {
        let floor =
            earlier.iter().map(|fees| Offer::of(fees).beaten()).fold(Offer::default(), Offer::at_least);
        let bounds = Bounds { floor, ceiling: ceiling(cap, gas_limit) };
        let first =
            self.first(least_tip, bounds).map_err(|needed| CapTooLow { needed: whole(needed, gas_limit) })?;
        let mut offers = vec![first];
        let mut last = first;
        for left in (1..rungs).rev() {
            let Some(next) = higher(last, bounds.ceiling, left) else { break };
            offers.push(next);
            last = next;
        }
        Ok(offers.into_iter().map(|offer| self.fees(offer)).collect())
    }

    /// The first offer, or the lowest most that would have been enough for one.
    fn first(self, least_tip: u128, Bounds { floor, ceiling }: Bounds) -> Result<Offer, u128> {
        match self {
            Self::Legacy { price } => {
                let asked = price.max(floor.max).max(least_tip);
                if asked > ceiling { Err(asked) } else { Ok(Offer { max: asked, tip: asked }) }
            }
            Self::Eip1559 { base_fee, tip } => {
                // The base fee rises by an eighth a block at most (EIP-1559).
                let next_base = eighth_more(base_fee);
                let least = next_base.saturating_add(least_tip).max(floor.max);
                if least > ceiling {
                    return Err(least);
                }
                let wanted = base_fee.saturating_mul(2).saturating_add(tip).max(least);
                let max = wanted.min(ceiling);
                let affordable = tip.min(max.saturating_sub(next_base));
                Ok(Offer { max, tip: affordable.max(least_tip).max(floor.tip).min(max) })
            }
        }
    }

    fn fees(self, offer: Offer) -> EvmFees {
        match self {
            Self::Legacy { .. } => EvmFees::Legacy { gas_price: offer.max.into() },
            Self::Eip1559 { .. } => EvmFees::Eip1559 {
                max_fee_per_gas: offer.max.into(),
                max_priority_fee_per_gas: offer.tip.into(),
            },
        }
    }
}

/// The next offer of a ladder on which `left` more are wanted; none if the ceiling leaves no room for it.
fn higher(below: Offer, ceiling: u128, left: usize) -> Option<Offer> {
    let least = below.beaten();
    if least.max > ceiling {
        return None;
    }
    let way = ceiling.saturating_sub(below.max);
    let share = way.checked_div(u128::try_from(left).ok()?)?;
    let max = below.max.saturating_add(share).min(below.max.saturating_mul(2)).max(least.max).min(ceiling);
    Some(below.scaled(max).at_least(Offer { max, tip: least.tip }))
}

/// The most a unit may cost so that the whole stays within the cap.
fn ceiling(cap: Amount, gas_limit: u64) -> u128 {
    let cap = u128::try_from(cap.base_units()).unwrap_or(u128::MAX);
    cap.checked_div(u128::from(gas_limit)).unwrap_or_default().min(PRICE_LIMIT)
}

/// What the whole transaction can cost at this price.
fn whole(price: u128, gas_limit: u64) -> Amount {
    Amount::from(price).checked_mul(gas_limit).unwrap_or(Amount::MAX)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::rules::GWEI;

    const GAS: u64 = 21_000;
    const CALM: Market = Market::Eip1559 { base_fee: 10 * GWEI, tip: 2 * GWEI };

    fn cap(price: u128) -> Amount {
        whole(price, GAS)
    }

    fn dynamic(max: u128, tip: u128) -> EvmFees {
        EvmFees::Eip1559 { max_fee_per_gas: max.into(), max_priority_fee_per_gas: tip.into() }
    }

    fn offers(ladder: &[EvmFees]) -> Vec<(u128, u128)> {
        ladder.iter().map(Offer::of).map(|offer| (offer.max, offer.tip)).collect()
    }

    fn one(market: Market, price: u128, earlier: &[EvmFees]) -> Result<(u128, u128), u128> {
        let earlier: Vec<_> = earlier.iter().collect();
        match market.ladder(GWEI / 10, GAS, cap(price), &earlier, 1) {
            Ok(ladder) => Ok(offers(&ladder)[0]),
            Err(CapTooLow { needed }) => Err(u128::try_from(needed.base_units()).unwrap() / u128::from(GAS)),
        }
    }

    #[test]
    fn the_base_fee_is_offered_twice_over() {
        assert_eq!(one(CALM, 100 * GWEI, &[]), Ok((22 * GWEI, 2 * GWEI)));
    }

    #[test]
    fn the_cap_wins_over_the_market() {
        // Less headroom, then a smaller tip, then nothing.
        assert_eq!(one(CALM, 20 * GWEI, &[]), Ok((20 * GWEI, 2 * GWEI)));
        assert_eq!(one(CALM, 12 * GWEI, &[]), Ok((12 * GWEI, 12 * GWEI - 11_250_000_000)));
        assert_eq!(one(CALM, 11_350_000_000, &[]), Ok((11_350_000_000, GWEI / 10)));
        assert_eq!(one(CALM, 11_349_999_999, &[]), Err(11_350_000_000));
        assert_eq!(one(CALM, 0, &[]), Err(11_350_000_000));
        let absurd = Market::Eip1559 { base_fee: PRICE_LIMIT, tip: PRICE_LIMIT };
        assert!(one(absurd, 100 * GWEI, &[]).is_err());
        assert!(
            absurd.ladder(1, u64::MAX, Amount::MAX, &[], 8).is_err(),
            "the base fee may rise above any price"
        );
    }

    #[test]
    fn no_version_of_any_market_exceeds_its_cap() {
        for base_fee in [0, 1, 7, GWEI, 300 * GWEI, PRICE_LIMIT] {
            for tip in [1, GWEI, 25 * GWEI, PRICE_LIMIT] {
                for price in [1, 8, 9, GWEI, 26 * GWEI, 400 * GWEI, PRICE_LIMIT, u128::MAX / u128::from(GAS)]
                {
                    for market in [Market::Eip1559 { base_fee, tip }, Market::Legacy { price: tip }] {
                        let Ok(ladder) = market.ladder(1, GAS, cap(price), &[], 8) else { continue };
                        let offers = offers(&ladder);
                        assert!((1..=8).contains(&offers.len()));
                        for (max, tip) in &offers {
                            assert!(*max <= price && *max <= PRICE_LIMIT && tip <= max && *tip > 0);
                        }
                        for pair in offers.windows(2) {
                            // 8/8 to 9/8 and more, in both numbers, and not more than double.
                            assert!(
                                pair[1].0 * 8 >= pair[0].0 * 9 && pair[1].1 * 8 >= pair[0].1 * 9,
                                "{offers:?}"
                            );
                            assert!(pair[1].0 <= (pair[0].0 * 2).max(pair[0].0 + 1), "{offers:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_ladder_goes_to_the_cap_in_steps() {
        let ladder = CALM.ladder(1, GAS, cap(88 * GWEI), &[], 4).unwrap();
        assert_eq!(
            offers(&ladder),
            [(22 * GWEI, 2 * GWEI), (44 * GWEI, 4 * GWEI), (66 * GWEI, 6 * GWEI), (88 * GWEI, 8 * GWEI)]
        );
        let steep = CALM.ladder(1, GAS, cap(10_000 * GWEI), &[], 3).unwrap();
        assert_eq!(offers(&steep).iter().map(|(max, _)| max / GWEI).collect::<Vec<_>>(), [22, 44, 88]);
    }

    #[test]
    fn a_ladder_is_shorter_where_the_cap_leaves_no_room() {
        let rungs = |price: u128| CALM.ladder(1, GAS, cap(price), &[], 8).unwrap().len();
        assert_eq!(rungs(22 * GWEI), 1);
        assert_eq!(rungs(24_749_999_999), 1);
        assert_eq!(rungs(24_750_000_000), 2);
        assert_eq!(rungs(1_000 * GWEI), 8);
        assert_eq!(CALM.ladder(1, GAS, cap(1_000 * GWEI), &[], 0).unwrap().len(), 1);
    }

    #[test]
    fn a_replacement_beats_every_earlier_version_in_both_numbers() {
        // The market is calmer than what was offered: the rule decides.
        assert_eq!(one(CALM, 100 * GWEI, &[dynamic(40 * GWEI, 8 * GWEI)]), Ok((45 * GWEI, 9 * GWEI)));
        // The highest of each number counts, whichever version it was in.
        let earlier = [dynamic(40 * GWEI, GWEI), dynamic(30 * GWEI, 16 * GWEI)];
        assert_eq!(one(CALM, 100 * GWEI, &earlier), Ok((45 * GWEI, 18 * GWEI)));
        // The market is hotter: it decides.
        assert_eq!(one(CALM, 100 * GWEI, &[dynamic(12 * GWEI, GWEI)]), Ok((22 * GWEI, 2 * GWEI)));
        // A legacy price counts as both.
        let legacy = EvmFees::Legacy { gas_price: (40 * GWEI).into() };
        assert_eq!(one(CALM, 100 * GWEI, &[legacy]), Ok((45 * GWEI, 45 * GWEI)));
        // Rounding is up.
        assert_eq!(
            one(CALM, 100 * GWEI, &[dynamic(40 * GWEI + 1, 8 * GWEI + 1)]),
            Ok((45 * GWEI + 2, 9 * GWEI + 2))
        );
    }

    #[test]
    fn a_replacement_that_the_cap_does_not_allow_is_refused_with_the_cap_it_needs() {
        let earlier = [dynamic(40 * GWEI, 8 * GWEI)];
        assert_eq!(one(CALM, 45 * GWEI - 1, &earlier), Err(45 * GWEI));
        assert_eq!(one(CALM, 45 * GWEI, &earlier), Ok((45 * GWEI, 9 * GWEI)));
        let beyond = EvmFees::Legacy { gas_price: Amount::MAX };
        let refused = CALM.ladder(1, GAS, Amount::MAX, &[&beyond], 1).unwrap_err();
        assert_eq!(refused.needed, Amount::from(u128::MAX).checked_mul(GAS).unwrap());
    }

    #[test]
    fn a_chain_without_base_fee_is_paid_one_price() {
        let market = Market::Legacy { price: 30 * GWEI };
        let ladder = market.ladder(25 * GWEI, GAS, cap(60 * GWEI), &[], 2).unwrap();
        assert_eq!(
            ladder,
            [
                EvmFees::Legacy { gas_price: (30 * GWEI).into() },
                EvmFees::Legacy { gas_price: (60 * GWEI).into() }
            ]
        );
        assert_eq!(one(market, 30 * GWEI - 1, &[]), Err(30 * GWEI));
        let old = EvmFees::Legacy { gas_price: (32 * GWEI).into() };
        assert_eq!(one(market, 100 * GWEI, &[old]), Ok((36 * GWEI, 36 * GWEI)));
    }

    #[test]
    fn the_least_tip_is_kept_even_where_the_market_asks_for_less() {
        let quiet = Market::Eip1559 { base_fee: 50, tip: 25 * GWEI };
        let ladder = quiet.ladder(25 * GWEI, GAS, cap(100 * GWEI), &[], 1).unwrap();
        assert_eq!(offers(&ladder), [(25 * GWEI + 100, 25 * GWEI)]);
        assert!(quiet.ladder(25 * GWEI, GAS, cap(25 * GWEI), &[], 1).is_err());
    }
}
