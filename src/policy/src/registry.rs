//! What a policy pins: chains with their fee caps, assets with their limits, accounts.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_protocol::{AccountId, Address, Amount, AssetId, ChainId, Name, StationId, Text};

use crate::basis_points::BasisPoints;
use crate::symbol::Symbol;

/// What may be paid for transactions on a chain. Amounts are in base units of its native asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRules {
    /// The chain.
    pub id: ChainId,
    /// The asset that fees are paid in.
    pub native: AssetId,
    /// The most that one item may cost.
    pub max_fee: Amount,
    /// The most that a payment of the native asset may cost, relative to what it pays.
    pub max_fee_percent: BasisPoints,
    /// The most that a rolling day's items may cost together.
    pub max_fee_day: Amount,
    /// The most that a unit of gas may cost, in base units (wei); on chains that have gas.
    pub max_gas_price: Option<Amount>,
}

/// An asset of the registry. Symbol and decimals come from here and from nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The asset.
    pub id: AssetId,
    /// The chain it lives on.
    pub chain: ChainId,
    /// What people call it; unique on its chain.
    pub symbol: Symbol,
    /// Decimal places of a whole unit.
    pub decimals: u8,
    /// How much of it may leave.
    pub limits: Limits,
    /// The most that an item paying it may cost, in base units of the chain's native asset; tightens the chain's cap.
    pub max_fee: Option<Amount>,
    /// From which amounts on more people must approve, ascending in amount and in number.
    pub tiers: Vec<Tier>,
    /// What vendors of devices have signed about it, so that their devices can show it, by kind of device.
    pub descriptors: BTreeMap<Name, Vec<u8>>,
}

/// How much of an asset may leave, in its base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In one item.
    pub item: Amount,
    /// In one request.
    pub request: Amount,
    /// In a rolling day: 24 hours of what the vault signed, with the request in question.
    pub day: Amount,
}

/// From which amount on how many must approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// It counts for more than this much, in base units.
    pub above: Amount,
    /// How many distinct approvers are needed then.
    pub approvals: u32,
}

/// An account of ours. Only a pinned one acts, and only a pinned one is "own" as a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedAccount {
    /// The hash of the record that its station signed.
    pub id: AccountId,
    /// What people call it: this label counts, the record's is decoration.
    pub label: Text,
    /// Its chain.
    pub chain: ChainId,
    /// Its address there.
    pub address: Address,
    /// Its class, such as `cold-long`.
    pub class: Name,
    /// The one station whose vault may use it.
    pub station: StationId,
    /// Whether it may spend; otherwise it only receives.
    pub spend: bool,
    /// What its device may sign without showing it; nothing, unless the policy says so.
    pub blind: Option<BlindLeave>,
}

/// Leave to sign what a device cannot show: for one account, one kind of device and these assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindLeave {
    /// The kind of device, such as `ledger`.
    pub device: Name,
    /// The assets whose movements nobody will see on it.
    pub assets: BTreeSet<AssetId>,
}

impl Asset {
    /// An amount of it for people: `12.5 ETH`.
    pub fn show(&self, amount: Amount) -> String {
        format!("{} {}", amount.to_decimal(self.decimals), self.symbol)
    }

    /// How many must approve when this much leaves in a rolling day, where `least` is what any request needs.
    pub fn approvals(&self, amount: Amount, least: u32) -> u32 {
        self.tiers.iter().filter(|tier| amount > tier.above).map(|tier| tier.approvals).fold(least, u32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_counts_for_more_than_its_amount() {
        let asset = Asset {
            id: "eip155:1/slip44:60".parse().unwrap(),
            chain: "eip155:1".parse().unwrap(),
            symbol: "ETH".parse().unwrap(),
            decimals: 18,
            limits: Limits { item: Amount::MAX, request: Amount::MAX, day: Amount::MAX },
            max_fee: None,
            tiers: vec![
                Tier { above: Amount::from(100u64), approvals: 3 },
                Tier { above: Amount::from(1000u64), approvals: 5 },
            ],
            descriptors: BTreeMap::new(),
        };
        for (amount, approvals) in [(0u64, 2), (100, 2), (101, 3), (1000, 3), (1001, 5)] {
            assert_eq!(asset.approvals(Amount::from(amount), 2), approvals, "{amount}");
        }
        assert_eq!(asset.show(Amount::from(1_250_000_000_000_000_000u64)), "1.25 ETH");
    }
}
