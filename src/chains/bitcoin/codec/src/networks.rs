//! The chains this codec speaks for.

use strongroom_protocol::ChainId;
use strongroom_protocol::codec::AddressError;

/// One supported chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// Its CAIP-2 name: the first 32 hexadecimal digits of its genesis block's hash (CAIP-4).
    pub chain: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The CAIP-19 name of its coin, by its SLIP-44 coin type.
    pub native: &'static str,
    /// Whether its coin is worth nothing. SLIP-44 gives all such coins the type 1.
    pub testnet: bool,
    /// Its name in the `bitcoin` crate: which prefixes addresses and keys have.
    pub kind: bitcoin::Network,
}

/// Every supported chain.
pub const NETWORKS: &[Network] = &[
    Network {
        chain: "bip122:000000000019d6689c085ae165831e93",
        name: "Bitcoin",
        native: "bip122:000000000019d6689c085ae165831e93/slip44:0",
        testnet: false,
        kind: bitcoin::Network::Bitcoin,
    },
    Network {
        chain: "bip122:000000000933ea01ad0ee984209779ba",
        name: "Bitcoin testnet",
        native: "bip122:000000000933ea01ad0ee984209779ba/slip44:1",
        testnet: true,
        kind: bitcoin::Network::Testnet,
    },
    Network {
        chain: "bip122:00000000da84f2bafbbc53dee25a72ae",
        name: "Bitcoin testnet4",
        native: "bip122:00000000da84f2bafbbc53dee25a72ae/slip44:1",
        testnet: true,
        kind: bitcoin::Network::Testnet4,
    },
    Network {
        chain: "bip122:00000008819873e925422c1ff0f99f7c",
        name: "Bitcoin signet",
        native: "bip122:00000008819873e925422c1ff0f99f7c/slip44:1",
        testnet: true,
        kind: bitcoin::Network::Signet,
    },
    Network {
        chain: "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        name: "Bitcoin regtest",
        native: "bip122:0f9188f13cb7b2c71f2a335e3a4fc328/slip44:1",
        testnet: true,
        kind: bitcoin::Network::Regtest,
    },
];

impl Network {
    /// The supported chain of this name, compared letter by letter.
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
    use bitcoin::constants::genesis_block;
    use strongroom_protocol::AssetId;

    use super::*;

    #[test]
    fn the_table_agrees_with_itself_and_with_the_genesis_blocks() {
        for network in NETWORKS {
            let genesis = genesis_block(network.kind).block_hash().to_string();
            let reference = network.chain.strip_prefix("bip122:").unwrap();
            assert!(reference.len() == 32 && genesis.starts_with(reference), "{}", network.name);
            let chain: ChainId = network.chain.parse().unwrap();
            let native: AssetId = network.native.parse().unwrap();
            assert_eq!(native.chain(), chain);
            assert!(native.is_native());
            assert_eq!(native.reference() == "1", network.testnet, "{}", network.name);
            assert_eq!(Network::of(&chain).unwrap(), network);
        }
    }

    #[test]
    fn other_chains_are_refused_in_words() {
        for other in [
            "bip122:000000000019d6689c085ae165831e9",
            "bip122:000000000019D6689C085AE165831E93",
            "bip122:12a765e31ffd4059bada1e25190f6e98",
            "eip155:1",
        ] {
            let chain: ChainId = other.parse().unwrap();
            let error = Network::of(&chain).unwrap_err();
            assert_eq!(error.to_string(), format!("{other} is not a supported chain"));
        }
    }
}
