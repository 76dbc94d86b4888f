//! What a chain is made with.

use std::sync::Arc;

/// Seconds since the Unix epoch, from wherever the maker of the chain takes its time.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The constants of one embedded chain.
#[derive(Clone)]
pub struct ChainSpec {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Where block times come from. A block is at least one second after its parent whatever the clock says.
    pub clock: Clock,
    /// How many blocks `finalized` lags behind the head; `safe` lags half as many.
    pub finality_depth: u64,
    /// Gas that fits into one block.
    pub block_gas_limit: u64,
    /// Base fee of the genesis block, in wei per gas. EIP-1559 moves it from there.
    pub base_fee: u64,
    /// EIP-1559's `BASE_FEE_MAX_CHANGE_DENOMINATOR`: 8 on Ethereum, 64 on Polygon.
    pub base_fee_change_denominator: u128,
    /// The lowest priority fee the pool takes, in wei per gas.
    pub min_tip: u128,
    /// What `eth_maxPriorityFeePerGas` answers, in wei per gas.
    pub suggested_tip: u128,
    /// Whether an accepted transaction is mined at once.
    pub auto_mine: bool,
}

impl ChainSpec {
    /// Ethereum mainnet's id and fees, finality after 64 blocks.
    pub fn ethereum(clock: Clock) -> Self {
        Self {
            chain_id: 1,
            clock,
            finality_depth: 64,
            block_gas_limit: 36_000_000,
            base_fee: 8_000_000_000,
            base_fee_change_denominator: 8,
            min_tip: 1,
            suggested_tip: 1_000_000_000,
            auto_mine: false,
        }
    }

    /// Polygon's id, fees and minimum priority fee of 25 gwei, finality after 4 blocks.
    pub fn polygon(clock: Clock) -> Self {
        Self {
            chain_id: 137,
            finality_depth: 4,
            base_fee: 100_000_000_000,
            base_fee_change_denominator: 64,
            min_tip: 25_000_000_000,
            suggested_tip: 30_000_000_000,
            ..Self::ethereum(clock)
        }
    }
}
