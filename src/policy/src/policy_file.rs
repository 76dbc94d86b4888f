//! A policy as it stands in its file. Nothing here is optional that has no line to say so.

use std::collections::BTreeMap;

use serde::Deserialize;
use strongroom_protocol::{
    AccountId, Address, AssetId, ChainId, HouseId, Name, PolicyId, PublicKey, Text, Timestamp,
};

use crate::basis_points::BasisPoints;
use crate::roster::Duty;
use crate::symbol::Symbol;
use crate::toml_text::Parsed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyFile {
    #[serde(rename = "schema")]
    _schema: String,
    pub(crate) house: Parsed<HouseId>,
    pub(crate) epoch: u64,
    pub(crate) previous: Option<Parsed<PolicyId>>,
    pub(crate) not_before: Parsed<Timestamp>,
    pub(crate) review_by: Option<Parsed<Timestamp>>,
    pub(crate) approvals: u32,
    pub(crate) statement_hours: u32,
    #[serde(default)]
    pub(crate) person: Vec<PersonEntry>,
    #[serde(default)]
    pub(crate) station: Vec<StationEntry>,
    #[serde(default)]
    pub(crate) account: Vec<AccountEntry>,
    #[serde(default)]
    pub(crate) chain: Vec<ChainEntry>,
    #[serde(default)]
    pub(crate) asset: Vec<AssetEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonEntry {
    pub(crate) name: Parsed<Name>,
    pub(crate) roles: Vec<Parsed<Duty>>,
    pub(crate) keys: Vec<Parsed<PublicKey>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StationEntry {
    pub(crate) name: Parsed<Name>,
    pub(crate) key: Parsed<PublicKey>,
    pub(crate) operators: Vec<Parsed<Name>>,
    #[serde(default)]
    pub(crate) require_cold: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEntry {
    pub(crate) id: Parsed<AccountId>,
    pub(crate) label: Parsed<Text>,
    pub(crate) chain: Parsed<ChainId>,
    pub(crate) address: Parsed<Address>,
    pub(crate) class: Parsed<Name>,
    pub(crate) station: Parsed<Name>,
    pub(crate) spend: bool,
    pub(crate) blind: Option<BlindEntry>,
}

/// What a device may sign for an account without showing it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlindEntry {
    pub(crate) device: Parsed<Name>,
    pub(crate) assets: Vec<Parsed<AssetId>>,
}

/// Amounts in whole units of the chain's native asset; the gas price in gwei.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainEntry {
    pub(crate) id: Parsed<ChainId>,
    pub(crate) max_fee: String,
    pub(crate) max_fee_percent: Parsed<BasisPoints>,
    pub(crate) max_fee_day: String,
    pub(crate) max_gas_price_gwei: Option<String>,
}

/// Amounts in whole units of the asset, but `max_fee` in those of the chain's native asset.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetEntry {
    pub(crate) id: Parsed<AssetId>,
    pub(crate) symbol: Parsed<Symbol>,
    pub(crate) decimals: u8,
    pub(crate) max_item: Option<String>,
    pub(crate) max_request: Option<String>,
    pub(crate) max_day: Option<String>,
    pub(crate) max_fee: Option<String>,
    #[serde(default)]
    pub(crate) tier: Vec<TierEntry>,
    /// By kind of device, in hex.
    #[serde(default)]
    pub(crate) descriptor: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TierEntry {
    pub(crate) above: String,
    pub(crate) approvals: u32,
}
