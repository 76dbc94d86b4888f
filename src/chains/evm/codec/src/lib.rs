//! Ethereum and Polygon transactions: building, decoding into effects, verifying and assembling.
//!
//! It carries out exactly three things and refuses everything else in words: paying (the chain's coin, or an
//! ERC-20 token by `transfer`), taking back an allowance (`approve` to zero), and spending a nonce on nothing.
//! Transactions are EIP-1559 (type 2) or legacy with EIP-155; RLP, ABI and envelopes are alloy's.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | [`networks`] | the supported chains | EIP-155 chain ids, SLIP-44 coin types |
//! | [`address`] | checksummed addresses and token assets | EIP-55, CAIP-10, CAIP-19 |
//! | [`mod@slot`] | what excludes a second payment | the sender's nonce |
//! | [`call`] | whom a transaction calls, with what | ERC-20, Solidity ABI |
//! | [`foreign`] | facts of a transaction made elsewhere | EIP-2718 |
//! | [`hash`] | a signed transaction's id | EIP-2718, Yellow Paper appendix B |
//!
//! There is no signing key in this crate, and none can be named in it: signatures come in from outside and are
//! verified by libsecp256k1, which did not make them.

pub mod address;
pub mod call;
mod codec;
mod effects;
mod erc20;
pub mod foreign;
pub mod hash;
pub mod networks;
mod payee;
mod sender;
mod signature;
pub mod slot;
mod terms;
mod transaction;
mod tx;

pub use address::{erc20_asset, native_asset};
pub use call::Call;
pub use codec::EvmCodec;
pub use foreign::read_foreign;
pub use hash::{TransactionHash, transaction_hash};
pub use networks::{NETWORKS, Network};
pub use slot::{Nonce, SlotError, parse_slot, slot};
