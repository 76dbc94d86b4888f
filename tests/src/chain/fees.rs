//! `eth_feeHistory`.

use super::block::Block;
use super::json::quantity;
use super::ledger::Ledger;
use crate::json_rpc::RpcError;
use alloy_consensus::Transaction;
use alloy_primitives::U256;
use serde_json::{Value, json};

/// go-ethereum answers at most this many blocks.
const MAX_BLOCKS: u64 = 1024;

/// Percentiles are kept in millionths of a percent.
const PERCENT: u64 = 1_000_000;

/// The fees of `count` blocks up to `newest`, and the base fee of the block after them.
pub(super) fn history(
    ledger: &Ledger,
    count: u64,
    newest: u64,
    percentiles: Option<&Value>,
) -> Result<Value, RpcError> {
    let percentiles = percentiles.map(read_percentiles).transpose()?;
    let count = count.min(MAX_BLOCKS).min(newest.saturating_add(1));
    if count == 0 {
        return Ok(json!({"oldestBlock": "0x0", "gasUsedRatio": null}));
    }
    let oldest = newest.saturating_add(1).saturating_sub(count);
    let blocks: Vec<&Block> = (oldest..=newest).filter_map(|number| ledger.block(number)).collect();
    let after = match ledger.block(newest.saturating_add(1)) {
        Some(block) => block.header.base_fee_per_gas.unwrap_or_default(),
        None => ledger.next_setting().base_fee,
    };
    let base_fees: Vec<Value> = blocks
        .iter()
        .map(|block| block.header.base_fee_per_gas.unwrap_or_default())
        .chain([after])
        .map(|fee| quantity(U256::from(fee)))
        .collect();
    let ratios: Vec<Value> =
        blocks.iter().map(|block| ratio(block.header.gas_used, block.header.gas_limit)).collect();
    let mut answer = json!({
        "oldestBlock": quantity(U256::from(oldest)),
        "baseFeePerBlobGas": vec![quantity(U256::from(1_u8)); base_fees.len()],
        "blobGasUsedRatio": vec![0; ratios.len()],
        "baseFeePerGas": base_fees,
        "gasUsedRatio": ratios,
    });
    if let (Some(percentiles), Some(object)) = (percentiles, answer.as_object_mut()) {
        let rewards: Vec<Value> = blocks.iter().map(|block| rewards(block, &percentiles)).collect();
        object.insert("reward".to_owned(), rewards.into());
    }
    Ok(answer)
}

/// The tips below which the given shares of the block's gas paid.
fn rewards(block: &Block, percentiles: &[u64]) -> Value {
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let mut tips: Vec<(u128, u64)> = block
        .transactions
        .iter()
        .map(|included| (included.tx.effective_tip_per_gas(base_fee).unwrap_or_default(), included.gas_used))
        .collect();
    tips.sort_unstable();
    let at = |percentile: &u64| {
        let whole = u128::from(PERCENT).saturating_mul(100);
        let threshold = u128::from(block.header.gas_used).saturating_mul(u128::from(*percentile));
        let mut gas = 0_u128;
        let found = tips.iter().find(|(_, used)| {
            gas = gas.saturating_add(u128::from(*used));
            gas.saturating_mul(whole) >= threshold
        });
        quantity(U256::from(found.or(tips.last()).map_or(0, |(tip, _)| *tip)))
    };
    percentiles.iter().map(at).collect::<Vec<Value>>().into()
}

/// Percentiles are rising decimal numbers from 0 to 100.
fn read_percentiles(value: &Value) -> Result<Vec<u64>, RpcError> {
    let error = || RpcError::server("invalid reward percentile");
    let list: Vec<u64> = value
        .as_array()
        .ok_or_else(error)?
        .iter()
        .map(|value| read_percentile(&value.to_string()).ok_or_else(error))
        .collect::<Result<_, _>>()?;
    let rising = list.windows(2).all(|pair| pair.first() <= pair.last());
    if rising && list.iter().all(|value| *value <= PERCENT.saturating_mul(100)) {
        Ok(list)
    } else {
        Err(error())
    }
}

/// A decimal number in millionths, without going through a float.
fn read_percentile(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{:0<6}", fraction.get(..6).unwrap_or(fraction));
    whole.parse::<u64>().ok()?.checked_mul(PERCENT)?.checked_add(fraction.parse().ok()?)
}

/// `used / limit` as a JSON number with six decimals, without going through a float.
fn ratio(used: u64, limit: u64) -> Value {
    let millionths =
        u128::from(used).saturating_mul(1_000_000).checked_div(u128::from(limit)).unwrap_or_default();
    let (whole, rest) = (
        millionths.checked_div(1_000_000).unwrap_or_default(),
        millionths.checked_rem(1_000_000).unwrap_or_default(),
    );
    serde_json::from_str(&format!("{whole}.{rest:06}")).unwrap_or_default()
}
