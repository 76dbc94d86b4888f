//! What accounts hold, as the nodes of each chain agree.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use strongroom_network::Holding;
use strongroom_policy::policy::Policy;
use strongroom_protocol::{AccountId, Amount, AssetId, ChainId};
use strongroom_screen::Failure;

use super::list::Row;
use crate::desk::Desk;
use crate::home::Home;
use crate::{chains, failure};

/// What an account holds of one asset.
pub(super) struct Held {
    pub(super) words: String,
    pub(super) value: Value,
}

/// What each account holds of each asset that the policy lists on its chain; of its coin alone without a policy.
pub(super) fn of(
    desk: &Desk<'_>,
    home: &Home,
    rows: &[Row],
) -> Result<BTreeMap<AccountId, Vec<Held>>, Failure> {
    let mut held: BTreeMap<AccountId, Vec<Held>> = BTreeMap::new();
    let on_chains: BTreeSet<&ChainId> = rows.iter().map(|row| &row.chain).collect();
    let progress = desk.progress("asking nodes", on_chains.len());
    for (done, chain) in on_chains.into_iter().enumerate() {
        progress.at(done);
        let assets = assets(home, chain)?;
        let mut wanted = Vec::new();
        for row in rows.iter().filter(|row| row.chain == *chain) {
            wanted.extend(
                assets
                    .iter()
                    .map(|asset| (row.id, Holding { address: row.address.clone(), asset: asset.clone() })),
            );
        }
        let (ids, holdings): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
        let mut feed = home.feed(desk.world.transports.as_ref(), chain)?;
        let balances = feed.balances(&holdings).map_err(|error| failure::feed(&error))?;
        for ((id, holding), amount) in ids.into_iter().zip(holdings).zip(balances.amounts) {
            held.entry(id).or_default().push(describe(home, &holding.asset, amount, balances.as_of.block));
        }
    }
    Ok(held)
}

fn assets(home: &Home, chain: &ChainId) -> Result<Vec<AssetId>, Failure> {
    let listed = home.policy.iter().flat_map(Policy::assets);
    let listed: Vec<_> = listed.filter(|asset| asset.chain == *chain).map(|asset| asset.id.clone()).collect();
    if !listed.is_empty() {
        return Ok(listed);
    }
    let native = chains::supported(chain)?.native_asset(chain);
    Ok(native.into_iter().collect())
}

fn describe(home: &Home, asset: &AssetId, amount: Amount, block: u64) -> Held {
    let listed = home.policy.as_ref().and_then(|policy| policy.asset(asset));
    // Decimals that count are those of the registry: without it there are base units.
    let words =
        listed.map_or_else(|| format!("{amount} base units of {asset}"), |listed| listed.show(amount));
    let value = json!({
        "asset": asset.as_str(),
        "symbol": listed.map(|listed| listed.symbol.as_str()),
        "amount": listed.map(|listed| amount.to_decimal(listed.decimals)),
        "base_units": amount.to_string(),
        "block": block,
    });
    Held { words, value }
}
