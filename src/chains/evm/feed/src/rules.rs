//! What differs between the networks of this family.

use strongroom_evm_codec::Network;

/// One gwei, in wei.
pub(crate) const GWEI: u128 = 1_000_000_000;

/// The habits of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// The lowest tip that its nodes take, or that gets anywhere, in wei a unit of gas.
    pub least_tip: u128,
    /// The most blocks that nodes' newest ones may be apart: a minute's worth.
    pub lag: u64,
}

impl Rules {
    /// The rules of a network.
    pub(crate) const fn of(network: &Network) -> Self {
        match network.id {
            // Polygon PoS and Amoy: 25 gwei since PIP-35, which nodes enforce for their pools; a block every 2 seconds.
            137 | 80_002 => Self { least_tip: 25 * GWEI, lag: 30 },
            // Ethereum's nodes take any tip; a tenth of a gwei costs next to nothing and moves in quiet hours. A block
            // every 12 seconds.
            _ => Self { least_tip: GWEI / 10, lag: 5 },
        }
    }
}
