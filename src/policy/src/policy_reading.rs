//! From a policy's file to the policy: every name resolved, every amount exact, nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_protocol::{Amount, AssetId, ChainId, Name, PolicyId, PublicKey, Text};

use crate::policy::{OWN_CLASS, POLICY_SCHEMA, Policy, REVOKE_CLASS};
use crate::policy_error::PolicyError;
use crate::policy_file::{
    AccountEntry, AssetEntry, BlindEntry, ChainEntry, PersonEntry, PolicyFile, StationEntry, TierEntry,
};
use crate::registry::{Asset, BlindLeave, ChainRules, Limits, PinnedAccount, Tier};
use crate::roster::{Duty, Person, Station};
use crate::succession::Succession;
use crate::toml_text;

/// More decimal places than any asset known has; 10³⁶ still leaves 136 bits for whole units.
const DECIMALS_LIMIT: u8 = 36;
/// The longest validity of a statement that a policy may allow, in hours: thirty days.
const STATEMENT_HOURS_LIMIT: u32 = 720;
/// Decimal places of a gas price in gwei, whose base unit is the wei.
const GWEI: u8 = 9;
/// The family of chains that price gas in gwei.
const GAS_NAMESPACE: &str = "eip155";

pub(crate) fn read(text: &str) -> Result<Policy, PolicyError> {
    let file: PolicyFile = toml_text::read(text, POLICY_SCHEMA)?;
    let succession = Succession {
        id: PolicyId::of(text.as_bytes()),
        epoch: file.epoch,
        previous: file.previous.map(|id| id.0),
    };
    succession.check()?;
    if file.statement_hours == 0 || file.statement_hours > STATEMENT_HOURS_LIMIT {
        return Err(PolicyError::StatementHours {
            found: file.statement_hours,
            limit: STATEMENT_HOURS_LIMIT,
        });
    }
    let mut policy = Policy {
        house: file.house.0,
        succession,
        not_before: file.not_before.0,
        review_by: file.review_by.map(|time| time.0),
        approvals: file.approvals,
        statement_hours: file.statement_hours,
        persons: BTreeMap::new(),
        stations: BTreeMap::new(),
        accounts: BTreeMap::new(),
        chains: BTreeMap::new(),
        assets: BTreeMap::new(),
        keys: BTreeMap::new(),
        own: BTreeMap::new(),
    };
    let natives = natives(&file.chain, &file.asset)?;
    file.person.into_iter().try_for_each(|entry| add_person(&mut policy, entry))?;
    add_stations(&mut policy, file.station)?;
    for (entry, native) in file.chain.into_iter().zip(natives) {
        add_chain(&mut policy, entry, native)?;
    }
    add_assets(&mut policy, file.asset)?;
    add_accounts(&mut policy, file.account)?;
    Ok(policy)
}

/// Things that must be unique, with who has them.
struct Taken {
    what: &'static str,
    by: BTreeMap<String, String>,
}

impl Taken {
    const fn new(what: &'static str) -> Self {
        Self { what, by: BTreeMap::new() }
    }

    /// Takes a name. Two that differ only in case are one: no chain has addresses that far alike by chance.
    fn take(&mut self, name: &dyn ToString, by: &dyn ToString) -> Result<(), PolicyError> {
        let name = name.to_string();
        match self.by.insert(name.to_lowercase(), by.to_string()) {
            None => Ok(()),
            Some(with) => Err(PolicyError::Twice { what: self.what, name, with }),
        }
    }
}

/// Every chain's native asset with its decimals, in the order of the chains.
fn natives(chains: &[ChainEntry], assets: &[AssetEntry]) -> Result<Vec<(AssetId, u8)>, PolicyError> {
    let native = |chain: &ChainEntry| {
        let chain = &chain.id.0;
        let found: Vec<_> =
            assets.iter().filter(|asset| asset.id.0.is_native() && asset.id.0.is_on(chain)).collect();
        match found.as_slice() {
            [asset] => Ok((asset.id.0.clone(), asset.decimals)),
            _ => Err(PolicyError::Native { chain: chain.clone(), found: found.len() }),
        }
    };
    chains.iter().map(native).collect()
}

fn add_person(policy: &mut Policy, entry: PersonEntry) -> Result<(), PolicyError> {
    let name = entry.name.0;
    if entry.keys.is_empty() {
        return Err(PolicyError::NoKey(name));
    }
    let keys: Vec<PublicKey> = entry.keys.into_iter().map(|key| key.0).collect();
    for key in &keys {
        if let Some(owner) = policy.keys.insert(key.wire(), name.clone()) {
            return Err(PolicyError::Twice { what: "key", name: key.fingerprint(), with: owner.to_string() });
        }
    }
    let listed = entry.roles.len();
    let person =
        Person { name: name.clone(), roles: entry.roles.into_iter().map(|role| role.0).collect(), keys };
    if person.roles.len() != listed {
        return Err(PolicyError::RoleTwice(name));
    }
    match policy.persons.insert(name.clone(), person) {
        None => Ok(()),
        Some(_) => Err(PolicyError::Twice {
            what: "person",
            name: name.to_string(),
            with: "an entry above".to_owned(),
        }),
    }
}

fn add_stations(policy: &mut Policy, entries: Vec<StationEntry>) -> Result<(), PolicyError> {
    let mut names = Taken::new("station");
    for StationEntry { name, key, operators, require_cold } in entries {
        let (name, key) = (name.0, key.0);
        names.take(&name, &"an entry above")?;
        let twice = |with: String| PolicyError::Twice { what: "key", name: key.fingerprint(), with };
        if let Some(owner) = policy.key_owner(&key) {
            return Err(twice(owner.name.to_string()));
        }
        let (id, operating) = (key.station(), [].into());
        let mut station = Station { name, id, key: key.clone(), operators: operating, require_cold };
        for operator in operators {
            check_operator(policy, &station.name, &operator.0)?;
            if let Some(twice) = station.operators.replace(operator.0) {
                let with = format!("station {}", station.name);
                return Err(PolicyError::Twice { what: "operator", name: twice.to_string(), with });
            }
        }
        if let Some(other) = policy.stations.insert(station.id, station) {
            return Err(twice(format!("station {}", other.name)));
        }
    }
    Ok(())
}

fn check_operator(policy: &Policy, station: &Name, operator: &Name) -> Result<(), PolicyError> {
    match policy.person(operator) {
        Some(person) if person.is(Duty::Operator) => Ok(()),
        Some(_) => Err(PolicyError::NoOperator { station: station.clone(), person: operator.clone() }),
        None => Err(PolicyError::Unknown {
            place: format!("station {station}"),
            what: "person",
            name: operator.to_string(),
        }),
    }
}

/// An amount of a field, or the error that names it.
fn amount(
    place: &dyn ToString,
    field: &'static str,
    text: &str,
    decimals: u8,
) -> Result<Amount, PolicyError> {
    Amount::from_decimal(text, decimals).map_err(|source| PolicyError::Amount {
        place: place.to_string(),
        field,
        source,
    })
}

fn add_chain(
    policy: &mut Policy,
    entry: ChainEntry,
    (native, decimals): (AssetId, u8),
) -> Result<(), PolicyError> {
    let id = entry.id.0;
    check_decimals(&native, decimals)?;
    let max_gas_price = match entry.max_gas_price_gwei {
        Some(_) if id.namespace() != GAS_NAMESPACE => return Err(PolicyError::NoGas(id)),
        Some(text) => Some(amount(&id, "max_gas_price_gwei", &text, GWEI)?),
        None => None,
    };
    let rules = ChainRules {
        native,
        max_fee: amount(&id, "max_fee", &entry.max_fee, decimals)?,
        max_fee_percent: entry.max_fee_percent.0,
        max_fee_day: amount(&id, "max_fee_day", &entry.max_fee_day, decimals)?,
        max_gas_price,
        id: id.clone(),
    };
    match policy.chains.insert(id, rules) {
        None => Ok(()),
        Some(other) => Err(PolicyError::Twice {
            what: "chain",
            name: other.id.to_string(),
            with: "an entry above".to_owned(),
        }),
    }
}

fn check_decimals(asset: &AssetId, found: u8) -> Result<(), PolicyError> {
    if found > DECIMALS_LIMIT {
        return Err(PolicyError::Decimals { asset: asset.clone(), found, limit: DECIMALS_LIMIT });
    }
    Ok(())
}

fn add_assets(policy: &mut Policy, entries: Vec<AssetEntry>) -> Result<(), PolicyError> {
    let mut ids = Taken::new("asset");
    let mut symbols: BTreeMap<(ChainId, String), String> = BTreeMap::new();
    let native_decimals: BTreeMap<ChainId, u8> = entries
        .iter()
        .filter(|entry| entry.id.0.is_native())
        .map(|entry| (entry.id.0.chain(), entry.decimals))
        .collect();
    for entry in entries {
        let (id, symbol) = (entry.id.0.clone(), entry.symbol.0.clone());
        ids.take(&id, &symbol)?;
        let chain = id.chain();
        if let Some(other) = symbols.insert((chain.clone(), symbol.skeleton()), symbol.to_string()) {
            return Err(PolicyError::SymbolLooksAlike { asset: id, symbol: symbol.to_string(), other });
        }
        let (Some(rules), Some(decimals)) = (policy.chains.get(&chain), native_decimals.get(&chain)) else {
            return Err(PolicyError::Unknown {
                place: id.to_string(),
                what: "chain",
                name: chain.to_string(),
            });
        };
        let asset = asset(entry, rules, *decimals, policy.approvals)?;
        policy.assets.insert(id, asset);
    }
    Ok(())
}

fn asset(
    entry: AssetEntry,
    rules: &ChainRules,
    native_decimals: u8,
    least: u32,
) -> Result<Asset, PolicyError> {
    let id = entry.id.0;
    let decimals = entry.decimals;
    check_decimals(&id, decimals)?;
    let limit = |field: &'static str, text: Option<String>| match text {
        Some(text) => amount(&id, field, &text, decimals),
        None => Err(PolicyError::NoLimit { asset: id.clone(), field }),
    };
    let limits = Limits {
        item: limit("max_item", entry.max_item)?,
        request: limit("max_request", entry.max_request)?,
        day: limit("max_day", entry.max_day)?,
    };
    let max_fee = entry.max_fee.map(|text| amount(&id, "max_fee", &text, native_decimals)).transpose()?;
    if max_fee.is_some_and(|own| own > rules.max_fee) {
        return Err(PolicyError::FeeAboveChain { asset: id });
    }
    let tiers = tiers(&id, &entry.tier, decimals, least)?;
    let descriptors = descriptors(&id, &entry.descriptor)?;
    let (chain, symbol) = (rules.id.clone(), entry.symbol.0);
    Ok(Asset { id, chain, symbol, decimals, limits, max_fee, tiers, descriptors })
}

/// Descriptors are the vendors' own formats: their drivers read them, and believe them only about the asset at hand.
fn descriptors(
    id: &AssetId,
    entries: &BTreeMap<String, String>,
) -> Result<BTreeMap<Name, Vec<u8>>, PolicyError> {
    let read = |(device, hex): (&String, &String)| {
        let error = || PolicyError::Descriptor { asset: id.clone(), device: device.clone() };
        let bytes = base16ct::lower::decode_vec(hex).ok().filter(|bytes| !bytes.is_empty());
        Ok((device.parse::<Name>().map_err(|_| error())?, bytes.ok_or_else(error)?))
    };
    entries.iter().map(read).collect()
}

fn tiers(id: &AssetId, entries: &[TierEntry], decimals: u8, least: u32) -> Result<Vec<Tier>, PolicyError> {
    let mut tiers: Vec<Tier> = Vec::new();
    for (number, entry) in (1usize..).zip(entries) {
        let tier =
            Tier { above: amount(id, "tier.above", &entry.above, decimals)?, approvals: entry.approvals };
        let ascends = match tiers.last() {
            Some(below) => tier.above > below.above && tier.approvals > below.approvals,
            None => tier.approvals > least,
        };
        if !ascends {
            return Err(PolicyError::Tiers { asset: id.clone(), number, least });
        }
        tiers.push(tier);
    }
    Ok(tiers)
}

fn add_accounts(policy: &mut Policy, entries: Vec<AccountEntry>) -> Result<(), PolicyError> {
    let mut labels = Taken::new("label");
    let mut places = Taken::new("address");
    for entry in entries {
        let (id, label, chain, address) = (entry.id.0, entry.label.0, entry.chain.0, entry.address.0);
        labels.take(&label, &id)?;
        places.take(&address.on(&chain), &label)?;
        let place = || format!("account {label}");
        let unknown = |what, name| PolicyError::Unknown { place: place(), what, name };
        if !policy.chains.contains_key(&chain) {
            return Err(unknown("chain", chain.to_string()));
        }
        let station = policy
            .station_named(&entry.station.0)
            .ok_or_else(|| unknown("station", entry.station.0.to_string()))?
            .id;
        let class = entry.class.0;
        if is_reserved(&class) {
            return Err(PolicyError::ReservedClass { place: place(), class });
        }
        let blind = entry.blind.map(|blind| blind_leave(&label, &chain, blind)).transpose()?;
        for asset in blind.iter().flat_map(|leave| &leave.assets) {
            if !policy.assets.contains_key(asset) {
                return Err(unknown("asset", asset.to_string()));
            }
        }
        policy.own.entry(chain.clone()).or_default().insert(address.clone(), id);
        let account = PinnedAccount { id, label, chain, address, class, station, spend: entry.spend, blind };
        if let Some(other) = policy.accounts.insert(id, account) {
            return Err(PolicyError::Twice {
                what: "account",
                name: id.to_string(),
                with: other.label.to_string(),
            });
        }
    }
    Ok(())
}

/// Leave to sign unseen names its assets one by one, each of the account's own chain.
fn blind_leave(label: &Text, chain: &ChainId, entry: BlindEntry) -> Result<BlindLeave, PolicyError> {
    let mut assets = BTreeSet::new();
    for asset in entry.assets {
        if asset.0.chain() != *chain {
            return Err(PolicyError::BlindElsewhere { account: label.clone(), asset: asset.0 });
        }
        if let Some(twice) = assets.replace(asset.0) {
            return Err(PolicyError::Twice {
                what: "asset",
                name: twice.to_string(),
                with: format!("blind of account {label}"),
            });
        }
    }
    Ok(BlindLeave { device: entry.device.0, assets })
}

/// Whether a class means something of its own in statements.
pub(crate) fn is_reserved(class: &Name) -> bool {
    [OWN_CLASS, REVOKE_CLASS].contains(&class.as_str())
}

#[cfg(test)]
mod tests;
