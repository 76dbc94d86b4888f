//! A vault's lines on the way home: what a desk kept of a vault's journal, for a home that lost it.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_protocol::bundle::BUNDLE_LIMIT;
use strongroom_protocol::canonical::Document;
use strongroom_protocol::{HouseId, StationId};

/// Everything that a desk took in from one vault. Its word is not taken for any of it: the lines stand in replies that the
/// vault itself sealed, the texts carry the admins' signatures, the records the station's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VaultExport {
    /// The house.
    #[n(0)]
    pub house: HouseId,
    /// The vault.
    #[n(1)]
    pub station: StationId,
    /// Its sealed replies, each the exact bytes, in the order of their lines.
    #[n(2)]
    pub replies: Vec<ByteVec>,
    /// Policies that were installed, with their signatures below.
    #[n(3)]
    pub policies: Vec<String>,
    /// Address books that were installed, with their signatures below.
    #[n(4)]
    pub books: Vec<String>,
    /// Sealed records of the vault's accounts, each the exact bytes.
    #[n(5)]
    pub accounts: Vec<ByteVec>,
}

impl Document for VaultExport {
    const SCHEMA: &'static str = "strongroom.vault-export.v1";
    const LIMIT: usize = BUNDLE_LIMIT;
}
