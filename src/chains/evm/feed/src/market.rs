//! What blocks cost now: the base fee that all nodes agree on, and the tip that recent blocks were content with.

use alloy_primitives::U256;
use serde_json::{Value, json};
use strongroom_network::{AgreementError, Answers, NodeError};

use crate::anchor::Anchor;
use crate::field::Field;
use crate::inquiry::Inquiry;
use crate::rules::Rules;

/// Blocks that are looked back at.
const BLOCKS: usize = 20;

/// The share of a block's gas that paid no more than the tip that is taken: half.
const PERCENTILE: u64 = 50;

/// Prices of a unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Market {
    /// One price (a chain without EIP-1559).
    Legacy {
        /// What is asked for now.
        price: u128,
    },
    /// A base fee that is burnt and a tip (EIP-1559).
    Eip1559 {
        /// The base fee of the agreed block.
        base_fee: u128,
        /// The tip that recent blocks were content with.
        tip: u128,
    },
}

impl Market {
    /// Adds the one question that the market needs.
    pub(crate) fn ask(inquiry: &mut Inquiry, anchor: &Anchor) {
        if anchor.base_fee.is_some() {
            let params = json!([format!("{BLOCKS:#x}"), anchor.tag(), [PERCENTILE]]);
            let about = format!("the usual tip of the {BLOCKS} blocks up to {}", anchor.as_of.block);
            inquiry.add("eth_feeHistory", params, about, usual_tip);
        } else {
            let about = "the price of gas".to_owned();
            inquiry
                .add("eth_gasPrice", Value::Array(Vec::new()), about, |field| field.price().map(U256::from));
        }
    }

    /// Reads what was answered to it. Nodes may differ by a factor of two, for some of them count otherwise; the
    /// highest is taken. Whatever they say, the plan's cap binds.
    pub(crate) fn read(
        answers: Answers<U256>,
        anchor: &Anchor,
        rules: Rules,
    ) -> Result<Self, AgreementError> {
        let floored = answers.map(|price| u128::try_from(price).unwrap_or(u128::MAX).max(rules.least_tip));
        let price = floored.largest_if(|low, high| *high <= low.saturating_mul(2))?;
        Ok(match anchor.base_fee {
            Some(base_fee) => Self::Eip1559 { base_fee, tip: price },
            None => Self::Legacy { price },
        })
    }
}

/// The median over the blocks of what half of each block's gas paid at most. Blocks without tips say nothing.
fn usual_tip(history: &Field<'_>) -> Result<U256, NodeError> {
    let Some(rewards) = history.member("reward")? else {
        return Ok(U256::ZERO);
    };
    let mut tips = Vec::new();
    for block in rewards.items(BLOCKS)? {
        match block.items(1)?.first() {
            Some(tip) => tips.push(tip.price()?),
            None => return Err(block.refuse("lacks the percentile that was asked for")),
        }
    }
    tips.retain(|tip| *tip > 0);
    tips.sort_unstable();
    let middle = tips.len().saturating_sub(1).checked_div(2).unwrap_or_default();
    Ok(U256::from(tips.get(middle).copied().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tip(history: &Value) -> Result<u128, NodeError> {
        usual_tip(&Field::answer("eth_feeHistory", history)).map(|tip| u128::try_from(tip).unwrap())
    }

    fn rewards(tips: &[&str]) -> Value {
        json!({"oldestBlock": "0x1", "reward": tips.iter().map(|tip| json!([tip])).collect::<Vec<_>>()})
    }

    #[test]
    fn the_median_of_blocks_that_paid_tips_is_taken() {
        assert_eq!(tip(&rewards(&["0x5"])).unwrap(), 5);
        assert_eq!(tip(&rewards(&["0x9", "0x1", "0x5"])).unwrap(), 5);
        assert_eq!(tip(&rewards(&["0x0", "0x9", "0x0", "0x1", "0x5", "0x0"])).unwrap(), 5);
        assert_eq!(tip(&rewards(&["0x4", "0x1"])).unwrap(), 1, "the lower of two");
        // One block that paid absurdly moves nothing.
        assert_eq!(tip(&rewards(&["0xde0b6b3a7640000", "0x2", "0x3"])).unwrap(), 3);
    }

    #[test]
    fn a_quiet_chain_says_nothing() {
        for quiet in [rewards(&[]), rewards(&["0x0", "0x0"]), json!({"reward": null}), json!({})] {
            assert_eq!(tip(&quiet).unwrap(), 0, "{quiet}");
        }
    }

    #[test]
    fn hostile_histories_are_refused_by_name() {
        let many: Vec<_> = (0..21).map(|_| json!(["0x1"])).collect();
        for (history, words) in [
            (
                json!({"reward": many}),
                "eth_feeHistory reward has more items than there can be: an array of 21",
            ),
            (json!({"reward": [["0x1", "0x2"]]}), "eth_feeHistory reward[0] has more items"),
            (json!({"reward": [[]]}), "eth_feeHistory reward[0] lacks the percentile"),
            (json!({"reward": ["0x1"]}), "eth_feeHistory reward[0] is not an array"),
            (json!({"reward": {"0": "0x1"}}), "eth_feeHistory reward is not an array"),
            (json!({"reward": [["-0x1"]]}), "eth_feeHistory reward[0][0] is not a hex quantity"),
            (json!({"reward": [[1e9]]}), "eth_feeHistory reward[0][0] is not a hex quantity"),
            (
                json!({"reward": [["0xde0b6b3a7640001"]]}),
                "eth_feeHistory reward[0][0] is more than gas can cost",
            ),
            (json!([]), "eth_feeHistory is not an object"),
        ] {
            let refused = tip(&history).unwrap_err().to_string();
            assert!(refused.contains(words), "{history}: {refused}");
        }
    }
}
