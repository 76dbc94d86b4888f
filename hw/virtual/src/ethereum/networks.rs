//! Names and tickers of the networks that the app knows by chain id (its sources around version 1.22). The others it shows by number.

/// What an unknown network's coin is called.
const UNKNOWN_TICKER: &str = "???";

/// Chain id, name, ticker; in ascending order.
const NETWORKS: &[(u64, &str, &str)] = &[
    (1, "Ethereum", "ETH"),
    (3, "Ropsten", "ETH"),
    (4, "Rinkeby", "ETH"),
    (5, "Goerli", "ETH"),
    (10, "OP Mainnet", "ETH"),
    (14, "Flare", "FLR"),
    (16, "Flare Coston", "FLR"),
    (19, "Songbird", "SGB"),
    (24, "KardiaChain", "KAI"),
    (25, "Cronos", "CRO"),
    (30, "Rootstock", "RBTC"),
    (40, "Telos EVM Mainnet", "TLOS"),
    (42, "LUKSO", "LYX"),
    (50, "XDC", "XDC"),
    (51, "Apothemnetwork", "TXDC"),
    (56, "BSC", "BNB"),
    (57, "Syscoin", "SYS"),
    (61, "Ethereum Classic", "ETC"),
    (66, "OKXChain", "OKT"),
    (82, "Meter", "MTR"),
    (99, "POA", "POA"),
    (100, "Gnosis", "xDAI"),
    (106, "Velas EVM", "VLX"),
    (137, "Polygon", "POL"),
    (138, "Defi Oracle Meta", "ETH"),
    (196, "OKBChain Mainnet", "OKB"),
    (199, "BTTC", "BTT"),
    (246, "EnergyWebChain", "EWT"),
    (248, "Oasys", "OAS"),
    (250, "Fantom", "FTM"),
    (288, "Boba Network", "ETH"),
    (300, "ZKsync Sepolia Testnet", "ETH"),
    (321, "KCC", "KCS"),
    (324, "ZKsync Era", "ETH"),
    (336, "Shiden", "SDN"),
    (369, "PulseChain", "PLS"),
    (592, "Astar", "ASTR"),
    (888, "Wanchain", "WAN"),
    (943, "PulseChain Testnet", "tPLS"),
    (1030, "Conflux", "CFX"),
    (1088, "Metis Andromeda", "METIS"),
    (1101, "Polygon zkEVM", "ETH"),
    (1116, "Core", "CORE"),
    (1135, "Lisk", "ETH"),
    (1284, "Moonbeam", "GLMR"),
    (1285, "Moonriver", "MOVR"),
    (1818, "Cube", "CUBE"),
    (1907, "Bitcichain", "BITCI"),
    (2222, "Kava EVM", "KAVA"),
    (3776, "Astar zkEVM", "ETH"),
    (4201, "LUKSO Testnet", "LYXt"),
    (4202, "Lisk Sepolia Testnet", "ETH"),
    (4689, "IoTeX", "IOTX"),
    (4690, "IoTeX Testnet", "IOTX"),
    (4919, "Venidium", "XVM"),
    (5000, "Mantle", "MNT"),
    (5003, "Mantle Sepolia", "MNT"),
    (7000, "ZetaChain", "ZETA"),
    (7171, "Bitrock Mainnet", "BROCK"),
    (7341, "Shyft", "SHFT"),
    (8217, "Klaytn Cypress", "KLAY"),
    (8453, "Base", "ETH"),
    (9001, "Evmos", "EVMOS"),
    (10200, "Chiado", "xDAI"),
    (10507, "Numbers Protocol", "NUM"),
    (17000, "Holesky", "ETH"),
    (39797, "Energi", "NRG"),
    (42161, "Arbitrum", "ETH"),
    (42220, "Celo", "CELO"),
    (42793, "Etherlink Mainnet", "XTZ"),
    (43114, "Avalanche", "AVAX"),
    (44787, "Celo Alfajores", "aCELO"),
    (47763, "Neo X Mainnet", "GAS"),
    (52014, "Electroneum", "ETN"),
    (59141, "Linea Sepolia", "ETH"),
    (59144, "Linea", "ETH"),
    (60808, "BOB", "ETH"),
    (62320, "Celo Baklava", "bCELO"),
    (62621, "Multivac", "MTV"),
    (73799, "Volta", "VOLTA"),
    (81457, "Blast", "ETH"),
    (84532, "Base Sepolia", "ETH"),
    (153_153, "Odyssey Chain", "DIONE"),
    (200_810, "Bitlayer Testnet", "BTC"),
    (200_901, "Bitlayer", "BTC"),
    (421_614, "Arbitrum Sepolia", "ETH"),
    (534_351, "Scroll Sepolia", "ETH"),
    (534_352, "Scroll", "ETH"),
    (534_353, "Scroll Alpha", "ETH"),
    (543_210, "Zero", "ETH"),
    (5_201_420, "Electroneum Testnet", "ETN"),
    (11_155_111, "Sepolia", "ETH"),
    (11_155_420, "OP Sepolia", "ETH"),
    (12_227_332, "Neo X Testnet", "GAS"),
    (20_531_811, "TecraTestnet", "TCR"),
    (20_531_812, "Tecra", "TCR"),
    (168_587_773, "Blast Sepolia", "ETH"),
    (245_022_926, "Neon EVM Devnet", "NEON"),
    (245_022_934, "Neon EVM Mainnet", "NEON"),
    (994_873_017, "Lumia", "LUMIA"),
    (11_297_108_109, "Palm Network", "PALM"),
];

fn known(chain: u64) -> Option<(&'static str, &'static str)> {
    let index = NETWORKS.binary_search_by_key(&chain, |(id, ..)| *id).ok()?;
    NETWORKS.get(index).map(|(_, name, ticker)| (*name, *ticker))
}

/// What the app calls the network; nothing if it does not know it.
pub(super) fn name(chain: u64) -> Option<&'static str> {
    known(chain).map(|(name, _)| name)
}

/// What the app calls the network's coin.
pub(super) fn ticker(chain: u64) -> &'static str {
    known(chain).map_or(UNKNOWN_TICKER, |(_, ticker)| ticker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_row_is_found() {
        assert!(NETWORKS.is_sorted_by(|one, next| one.0 < next.0));
        for (chain, name_, ticker_) in NETWORKS {
            assert_eq!((name(*chain), ticker(*chain)), (Some(*name_), *ticker_));
        }
        assert_eq!((name(109), ticker(109)), (None, "???"));
    }
}
