//! A claim: what a vault writes down before it asks a key, so that no crash and no second request can make it forget.

use minicbor::{Decode, Encode};

use crate::amount::Amount;
use crate::chain::{Address, AssetId, Slot};
use crate::effects::{Effects, Slots};
use crate::id::AccountId;
use crate::text::Text;
use crate::time::Timestamp;

/// What one item of a request may do once signed, in all its versions together.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Claim {
    /// The intent's place in the plan, from 0.
    #[n(0)]
    pub intent: u32,
    /// Who acts.
    #[n(1)]
    pub account: AccountId,
    /// What excludes a second payment; empty for an expiry-only item.
    #[cbor(n(2), decode_with = "crate::canonical::decode_list")]
    pub slots: Vec<Slot>,
    /// The last instant an expiry-only item can land.
    #[n(3)]
    pub until: Option<Timestamp>,
    /// What it pays, in order. Moves of nothing are not payments.
    #[cbor(n(4), decode_with = "crate::canonical::decode_list")]
    pub payments: Vec<Payment>,
    /// The most its costliest version can pay in fees, in base units of `fee_asset`.
    #[n(5)]
    pub fee_cap: Amount,
    /// What fees are paid in.
    #[n(6)]
    pub fee_asset: AssetId,
    /// The business reference.
    #[n(7)]
    pub reference: Text,
}

/// One payment of a claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Payment {
    /// What.
    #[n(0)]
    pub asset: AssetId,
    /// Whom.
    #[n(1)]
    pub to: Address,
    /// How much, in base units.
    #[n(2)]
    pub amount: Amount,
    /// Whether the payee is one of our own accounts: then it is a return, not a payment to a stranger.
    #[n(3)]
    pub own: bool,
}

impl Claim {
    /// The slots of some effects, as claims name them.
    pub fn slots_of(effects: &Effects) -> (Vec<Slot>, Option<Timestamp>) {
        match &effects.slots {
            Slots::Exclusive(slots) => (slots.clone(), None),
            Slots::ExpiryOnly(until) => (Vec::new(), Some(*until)),
        }
    }

    /// The payments to strangers, in canonical order: what a slot carries at most one set of.
    pub fn strangers(&self) -> Vec<&Payment> {
        let mut strangers: Vec<_> = self.payments.iter().filter(|payment| !payment.own).collect();
        strangers.sort();
        strangers
    }
}
