//! Facts: what the desk learned from a chain and what the vault can only bound, never believe.

use minicbor::{Decode, Encode};

use crate::amount::Amount;

/// Everything besides the intent that decides a transaction's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum Facts {
    /// Of an Ethereum-like chain.
    #[n(0)]
    Evm(#[n(0)] EvmFacts),
}

/// Facts of an Ethereum-like chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EvmFacts {
    /// The sender's transaction count: the slot.
    #[n(0)]
    pub nonce: u64,
    /// Units of gas that may be used.
    #[n(1)]
    pub gas_limit: u64,
    /// What each unit may cost.
    #[n(2)]
    pub fees: EvmFees,
}

/// Prices of a unit of gas, in wei.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum EvmFees {
    /// One price (EIP-155 transactions).
    #[n(0)]
    Legacy {
        /// Wei a unit of gas.
        #[n(0)]
        gas_price: Amount,
    },
    /// A ceiling and a tip (EIP-1559 transactions).
    #[n(1)]
    Eip1559 {
        /// The most wei a unit of gas may cost, tip included.
        #[n(0)]
        max_fee_per_gas: Amount,
        /// The most of it that goes to the block's producer.
        #[n(1)]
        max_priority_fee_per_gas: Amount,
    },
}

impl EvmFees {
    /// The most wei a unit of gas may cost.
    pub const fn ceiling(&self) -> Amount {
        match self {
            Self::Legacy { gas_price } => *gas_price,
            Self::Eip1559 { max_fee_per_gas, .. } => *max_fee_per_gas,
        }
    }
}

impl EvmFacts {
    /// The most wei the whole transaction can cost in fees; `None` beyond 2²⁵⁶ − 1.
    pub fn fee_cap(&self) -> Option<Amount> {
        self.fees.ceiling().checked_mul(self.gas_limit)
    }
}
