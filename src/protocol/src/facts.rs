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
    /// Of a Bitcoin chain.
    #[n(1)]
    Bitcoin(#[n(0)] BitcoinFacts),
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

/// Facts of a Bitcoin chain.
///
/// The fee is not among them: it is what the inputs hold less what the outputs take.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BitcoinFacts {
    /// The transaction's version.
    #[n(0)]
    pub version: u32,
    /// The transaction's locktime: the height of the last block that it cannot be in.
    #[n(1)]
    pub locktime: u32,
    /// The coins spent, in order.
    #[cbor(n(2), decode_with = "crate::canonical::decode_list")]
    pub inputs: Vec<BitcoinInput>,
    /// What each output is, in order.
    #[cbor(n(3), decode_with = "crate::canonical::decode_list")]
    pub outputs: Vec<BitcoinOutput>,
    /// What comes back to the account, if anything does.
    #[n(4)]
    pub change: Option<BitcoinChange>,
}

/// A coin to be spent: an output of an earlier transaction, locked by one of the account's own scripts.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BitcoinInput {
    /// The whole earlier transaction without its witnesses: exactly the bytes whose double SHA-256 is its id, so that
    /// nobody can lie about the amount.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub previous: Vec<u8>,
    /// Which of its outputs, from 0.
    #[n(1)]
    pub vout: u32,
    /// The input's sequence number (BIP-68, BIP-125).
    #[n(2)]
    pub sequence: u32,
    /// On which branch of the descriptor the script lies.
    #[n(3)]
    pub keychain: Keychain,
    /// At which index of it.
    #[n(4)]
    pub index: u32,
}

impl std::fmt::Debug for BitcoinInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BitcoinInput")
            .field("previous", &format_args!("{} bytes", self.previous.len()))
            .field("vout", &self.vout)
            .field("sequence", &self.sequence)
            .field("keychain", &self.keychain)
            .field("index", &self.index)
            .finish()
    }
}

/// A branch of a descriptor's `<0;1>` (BIP-44 §"Change", BIP-389).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Keychain {
    /// Addresses given to those who pay us.
    #[n(0)]
    Receive,
    /// Addresses for what comes back.
    #[n(1)]
    Change,
}

impl Keychain {
    /// Its step of a derivation path.
    pub const fn step(self) -> u32 {
        match self {
            Self::Receive => 0,
            Self::Change => 1,
        }
    }
}

/// What an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum BitcoinOutput {
    /// A payment of the intent.
    #[n(0)]
    Payment {
        /// The place of its action in the intent, from 0.
        #[n(0)]
        action: u32,
    },
    /// The change.
    #[n(1)]
    Change,
}

/// What comes back to the account, on the change branch of its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BitcoinChange {
    /// At which index of the change branch.
    #[n(0)]
    pub index: u32,
    /// How much, in satoshi.
    #[n(1)]
    pub amount: Amount,
}
