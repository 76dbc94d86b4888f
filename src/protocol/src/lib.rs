//! What every side of Strongroom says: ids, amounts, plans, requests, statements, replies and the bundle format.
//!
//! Nothing here does I/O, reads a clock or holds a secret, and nothing here is believed until it is checked:
//! a decoded [`Request`] is a claim by a hostile desk, a [`Reply`] a claim by a hostile stick. Checking is the work
//! of `strongroom-signing` (the vault) and of the desk; this crate gives both the same words.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | [`amount`] | integer base units | CBOR bignums, RFC 8949 §3.4.3 |
//! | [`chain`] | chain, asset, address, slot | CAIP-2, CAIP-10, CAIP-19 |
//! | [`descriptor`] | scripts and keys of an account with many addresses | BIP-380, BIP-389 |
//! | [`canonical`] | one encoding for one value | RFC 8949 §4.2 |
//! | [`bundle`] | what crosses the air gap | magic, version, one document |
//! | [`public_key`] | people's and stations' keys | RFC 8709, RFC 5656, PROTOCOL.u2f |
//! | [`sshsig`] | their signatures | OpenSSH PROTOCOL.sshsig, PROTOCOL.u2f |
//! | [`codec`] | what a chain must be able to do | |

pub mod account;
pub mod amount;
pub mod bundle;
pub mod canonical;
pub mod chain;
pub mod claim;
pub mod code;
pub mod codec;
pub mod descriptor;
pub mod effects;
pub mod facts;
pub mod id;
pub mod plan;
pub mod public_key;
pub mod reply;
pub mod request;
pub mod sealed;
pub mod signed_text;
pub mod sshsig;
pub mod statement;
pub mod text;
pub mod time;
pub mod warmth;

pub use account::{Account, DeviceBinding, KeyOrigin, KeyProvenance};
pub use amount::Amount;
pub use bundle::{Bundle, BundleError};
pub use canonical::{Document, DocumentError};
pub use chain::{Address, AssetId, ChainId, Slot};
pub use claim::{Claim, Payment};
pub use code::ComparisonCode;
pub use codec::{BadSignature, BuildError, Codec, DecodeError, Signature, SigningTask, Tx};
pub use descriptor::Descriptor;
pub use effects::{Effects, Grant, Move, Slots};
pub use facts::{
    BitcoinChange, BitcoinFacts, BitcoinInput, BitcoinOutput, EvmFacts, EvmFees, Facts, Keychain,
};
pub use id::{
    AccountId, BookId, Head, HouseId, JournalHash, MandateId, PlanId, PolicyId, RequestId, StationId,
};
pub use plan::{Action, Intent, Plan};
pub use public_key::PublicKey;
pub use reply::{Reply, SignedItem};
pub use request::{Item, RawTx, Request, Rung, Unsigned};
pub use sealed::Sealed;
pub use signed_text::SignedText;
pub use sshsig::{SignatureError, SshSignature};
pub use statement::{Role, Statement, Total, Verdict};
pub use text::{Name, Text};
pub use time::{Interval, Timestamp};
pub use warmth::Warmth;
