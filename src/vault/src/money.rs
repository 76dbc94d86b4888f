//! Amounts for people and for scripts, by the registry that the policy pins.

use serde_json::{Value, json};
use strongroom_policy::Policy;
use strongroom_protocol::{Amount, AssetId};

/// An amount for people: `12.5 ETH`. What is not in the registry has neither symbol nor decimals.
pub(crate) fn show(policy: &Policy, asset: &AssetId, amount: Amount) -> String {
    match policy.asset(asset) {
        Some(known) => known.show(amount),
        None => format!("{amount} base units of {asset} (not in the registry)"),
    }
}

/// An amount for scripts: base units as a decimal string, and what people are shown.
pub(crate) fn data(policy: &Policy, asset: &AssetId, amount: Amount) -> Value {
    json!({ "asset": asset.as_str(), "amount": amount.to_string(), "display": show(policy, asset, amount) })
}
