//! The chains this codec speaks for.

use strongroom_protocol::ChainId;
use strongroom_protocol::codec::AddressError;

/// One supported chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// The number in every transaction of it (EIP-155).
    pub id: u64,
    /// Its CAIP-2 name.
    pub chain: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The CAIP-19 name of the coin that fees are paid in, by its SLIP-44 coin type.
    pub native: &'static str,
    /// Whether its coin is worth nothing. SLIP-44 gives all such coins the type 1.
    pub testnet: bool,
}

/// Every supported chain, by chain id.
pub const NETWORKS: &[Network] = &[
    Network { id: 1, chain: "eip155:1", name: "Ethereum", native: "eip155:1/slip44:60", testnet: false },
    Network {
        id: 137,
        chain: "eip155:137",
        name: "Polygon PoS",
        native: "eip155:137/slip44:966",
        testnet: false,
    },
    Network {
        id: 80002,
        chain: "eip155:80002",
        name: "Polygon Amoy",
        native: "eip155:80002/slip44:1",
        testnet: true,
    },
    Network {
        id: 11_155_111,
        chain: "eip155:11155111",
        name: "Sepolia",
        native: "eip155:11155111/slip44:1",
        testnet: true,
    },
];

impl Network {
    /// The supported chain of this name, compared letter by letter: `eip155:01` is not Ethereum.
    ///
    /// # Errors
    /// [`AddressError::Chain`] if there is none.
    pub fn of(chain: &ChainId) -> Result<&'static Self, AddressError> {
        NETWORKS
            .iter()
            .find(|network| network.chain == chain.as_str())
            .ok_or_else(|| AddressError::Chain(chain.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_itself() {
        for network in NETWORKS {
            assert_eq!(network.chain, format!("eip155:{}", network.id));
            let chain: ChainId = network.chain.parse().unwrap();
            let native: strongroom_protocol::AssetId = network.native.parse().unwrap();
            assert_eq!(native.chain(), chain);
            assert!(native.is_native());
            assert_eq!(native.reference() == "1", network.testnet, "{}", network.name);
            assert_eq!(Network::of(&chain).unwrap(), network);
        }
        assert!(NETWORKS.is_sorted_by_key(|network| network.id));
    }

    #[test]
    fn other_chains_are_refused_in_words() {
        for other in ["eip155:01", "eip155:56", "eip155:0", "eip155:1-", "eip155:10", "solana:1"] {
            let chain: ChainId = other.parse().unwrap();
            let error = Network::of(&chain).unwrap_err();
            assert_eq!(error, AddressError::Chain(chain));
            assert_eq!(error.to_string(), format!("{other} is not a supported chain"));
        }
    }
}
