//! What the Ethereum app calls chains and their coins, as recorded (Ethereum 1.22.0). It writes `???` for a coin that it
//! does not know, and the chain's number for its name.

/// A chain that the app knows.
struct Known {
    chain_id: u64,
    coin: &'static str,
    /// Its name; none for Ethereum, which the app does not name.
    name: Option<&'static str>,
}

const KNOWN: &[Known] = &[
    Known { chain_id: 1, coin: "ETH", name: None },
    Known { chain_id: 56, coin: "BNB", name: Some("BSC") },
    Known { chain_id: 137, coin: "POL", name: Some("Polygon") },
    Known { chain_id: 8453, coin: "ETH", name: Some("Base") },
    Known { chain_id: 42161, coin: "ETH", name: Some("Arbitrum") },
    Known { chain_id: 11_155_111, coin: "ETH", name: Some("Sepolia") },
    Known { chain_id: 245_022_926, coin: "NEON", name: Some("Neon EVM Devnet") },
];

fn known(chain_id: u64) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.chain_id == chain_id)
}

/// What it calls the coin that fees are paid in.
pub(crate) fn coin(chain_id: u64) -> &'static str {
    known(chain_id).map_or("???", |known| known.coin)
}

/// What its network screen says; none where there is no such screen.
pub(crate) fn network(chain_id: u64) -> Option<String> {
    match known(chain_id) {
        Some(known) => known.name.map(ToOwned::to_owned),
        None => Some(chain_id.to_string()),
    }
}
