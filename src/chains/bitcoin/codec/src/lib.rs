//! Bitcoin transactions: building, decoding into effects, verifying and assembling.
//!
//! Accounts are BIP-380 descriptors with key origins: `pkh`, `sh(wpkh)`, `wpkh`, `tr` by its key path alone,
//! `wsh(sortedmulti)` and `sh(wsh(sortedmulti))`. A transaction spends coins of one account, pays strangers and gives
//! what is left back to the account, and everything else is refused in words.
//!
//! Unsigned bytes are a PSBT of version 0 (BIP-174, BIP-371) in the one form that [`BitcoinCodec`] writes. Decoding
//! reads the transaction and which keys lock what, believes no other field, builds the PSBT again and compares it to
//! the last byte. So a field that nobody here knows cannot hide anything: it is refused.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | [`networks`] | the supported chains | BIP-122, CAIP-4, SLIP-44 |
//! | [`address`] | addresses in canonical form | BIP-173, BIP-350, `Base58Check` |
//! | [`wallet`] | what an account's descriptor says | BIP-380 to 386, BIP-389, BIP-67 |
//! | [`previous`] | the transactions whose outputs are spent | BIP-144 |
//! | [`spend`] | a transaction with all that is known of it | BIP-125, Core's relay rules |
//! | [`mod@slot`] | what excludes a second payment | the outpoint |
//! | [`foreign`] | facts of a transaction made elsewhere | BIP-174 |
//! | [`share`] | one cosigner's signatures, and putting them together | BIP-174 §"Combiner" |
//!
//! There is no signing key in this crate: signatures come in from outside and are verified by libsecp256k1.

pub mod address;
mod codec;
mod effects;
pub mod foreign;
mod lock;
pub mod networks;
mod payee;
pub mod previous;
mod psbt;
mod reading;
pub mod share;
mod sighash;
mod signature;
pub mod slot;
pub mod spend;
mod tx;
pub mod wallet;
mod wish;

pub use address::native_asset;
pub use codec::BitcoinCodec;
pub use foreign::read_foreign;
pub use networks::{NETWORKS, Network};
pub use previous::{PreviousError, transaction_id, without_witness};
pub use share::{Share, combine};
pub use slot::{Outpoint, SlotError, parse_slot, slot};
pub use wallet::{address_at, canonical_descriptor};

use std::sync::LazyLock;

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};

/// libsecp256k1's context. Making one costs as much as a verification, and it never changes.
static VERIFIER: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);
