//! A vault's lines on their way: what a desk kept of a vault's journal, for a home that lost it, and for the other vaults.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_protocol::bundle::{BUNDLE_LIMIT, Pack};
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

/// A pack for a house of several vaults: with what they must learn of one another before they can judge it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Convoy {
    /// The request with its approvals.
    #[n(0)]
    pub pack: Pack,
    /// What the desk took in from each vault that another one may not have learned yet. Policies, books and records are
    /// left out of it.
    #[n(1)]
    pub exports: Vec<VaultExport>,
}

impl Document for Convoy {
    const SCHEMA: &'static str = "strongroom.convoy.v1";
    const LIMIT: usize = BUNDLE_LIMIT;
}
