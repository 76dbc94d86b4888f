//! A plan: what is to happen and within which bounds. It is what people approve.

use minicbor::{Decode, Encode};

use crate::amount::Amount;
use crate::bundle::BUNDLE_LIMIT;
use crate::canonical::{self, Document};
use crate::chain::{Address, AssetId, Slot};
use crate::id::{AccountId, HouseId, MandateId, PlanId, PolicyId};
use crate::sealed::Sealable;
use crate::sshsig::Namespace;
use crate::text::{Name, Text};
use crate::time::Timestamp;

/// Intents under one policy, prepared and signed by one person.
///
/// Nothing of the chain's present is in it: nonces and fees are [`crate::Facts`] of a request and may be refreshed
/// while the approvals, which bind the plan, stay.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Plan {
    /// The house it belongs to.
    #[n(0)]
    pub house: HouseId,
    /// The policy it was made under.
    #[n(1)]
    pub policy: PolicyId,
    /// Who prepared it, by the policy's name.
    #[n(2)]
    pub prepared_by: Name,
    /// When.
    #[n(3)]
    pub prepared_at: Timestamp,
    /// What is to happen, in order. An intent is named by its place, from 0.
    #[n(4)]
    pub intents: Vec<Intent>,
    /// The breach mandate it cites instead of a quorum.
    #[n(5)]
    pub mandate: Option<MandateId>,
}

/// One thing to happen: one transaction of one account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Intent {
    /// Who acts.
    #[n(0)]
    pub account: AccountId,
    /// What the transaction does, in order.
    #[cbor(n(1), decode_with = "crate::canonical::decode_list")]
    pub actions: Vec<Action>,
    /// The most that may be paid for it, in base units of the chain's native asset.
    #[n(2)]
    pub max_fee: Amount,
    /// When it stops being wanted.
    #[n(3)]
    pub not_after: Timestamp,
    /// The business reference. It pays once per destination and asset.
    #[n(4)]
    pub reference: Text,
    /// Why, in people's words.
    #[n(5)]
    pub reason: Option<Text>,
}

/// One effect that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum Action {
    /// Pay somebody.
    #[n(0)]
    Pay {
        /// What.
        #[n(0)]
        asset: AssetId,
        /// Whom: an address on the account's chain.
        #[n(1)]
        to: Address,
        /// How much, in base units.
        #[n(2)]
        amount: Amount,
    },
    /// Take back a token allowance: set it to zero.
    #[n(1)]
    Revoke {
        /// Of which token.
        #[n(0)]
        asset: AssetId,
        /// From whom.
        #[n(1)]
        spender: Address,
    },
    /// Spend a slot on nothing, so that what was signed for it can never land.
    #[n(2)]
    Void {
        /// The slot.
        #[n(0)]
        slot: Slot,
    },
}

impl Plan {
    /// The plan's id: the hash of its exact bytes, without the preparer's signature.
    pub fn id(&self) -> PlanId {
        PlanId::of(&canonical::encode(self))
    }
}

impl Document for Plan {
    const SCHEMA: &'static str = "strongroom.plan.v1";
    const LIMIT: usize = BUNDLE_LIMIT / 2;
}

impl Sealable for Plan {
    const SEALED: &'static str = "strongroom.prepared-plan.v1";
    const NAMESPACE: Namespace = Namespace::Plan;
}
