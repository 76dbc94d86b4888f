//! A reply: the signatures a vault made, and nothing that could be broadcast by itself.

use minicbor::{Decode, Encode};

use crate::bundle::BUNDLE_LIMIT;
use crate::canonical::Document;
use crate::codec::Signature;
use crate::id::{Head, HouseId, PlanId, RequestId, StationId};
use crate::sealed::Sealable;
use crate::sshsig::Namespace;
use crate::time::Timestamp;
use crate::warmth::Warmth;

/// What a vault answers, sealed with its station key. It holds no transaction: the desk puts the signatures into its
/// own copy, so that it can send nothing but what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reply {
    /// The house.
    #[n(0)]
    pub house: HouseId,
    /// The station that answers.
    #[n(1)]
    pub station: StationId,
    /// The request answered.
    #[n(2)]
    pub request: RequestId,
    /// Its plan.
    #[n(3)]
    pub plan: PlanId,
    /// The signatures, in the request's order. Items of other stations' accounts are absent.
    #[n(4)]
    pub items: Vec<SignedItem>,
    /// The vault's head that the request named: where `lines` begin.
    #[n(5)]
    pub since: Head,
    /// The vault's journal lines after `since`, up to and including the one that records these signatures.
    #[n(6)]
    pub lines: Vec<minicbor::bytes::ByteVec>,
    /// The vault's head after them.
    #[n(7)]
    pub head: Head,
    /// When the vault thinks it signed.
    #[n(8)]
    pub signed_at: Timestamp,
    /// What the vault found its machine to be.
    #[n(9)]
    pub machine: Warmth,
}

/// The signatures of one item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedItem {
    /// The intent's place in the plan, from 0.
    #[n(0)]
    pub intent: u32,
    /// For each rung of the item, the signatures of its tasks.
    #[cbor(n(1), decode_with = "crate::canonical::decode_list")]
    pub rungs: Vec<Vec<Signature>>,
    /// Whether a device signed it without showing payee, amount and asset to its owner.
    #[n(2)]
    pub blind: bool,
}

impl Document for Reply {
    const SCHEMA: &'static str = "strongroom.reply.v1";
    const LIMIT: usize = BUNDLE_LIMIT;
}

impl Sealable for Reply {
    const SEALED: &'static str = "strongroom.sealed-reply.v1";
    const NAMESPACE: Namespace = Namespace::Reply;
}
