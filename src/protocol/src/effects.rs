//! Effects: what a transaction does, read from its bytes alone.

use crate::amount::Amount;
use crate::chain::{Address, AssetId, Slot};
use crate::time::Timestamp;

/// Everything a transaction can do to anybody's assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effects {
    /// Assets that leave an account, in order.
    pub moves: Vec<Move>,
    /// Authority over assets as it will stand afterwards.
    pub grants: Vec<Grant>,
    /// The most it can cost in fees, in base units of `fee_asset`.
    pub fee_cap: Amount,
    /// What fees are paid in.
    pub fee_asset: AssetId,
    /// What keeps it from happening twice.
    pub slots: Slots,
}

/// An asset that changes hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who pays.
    pub from: Address,
    /// Who receives.
    pub to: Address,
    /// What.
    pub asset: AssetId,
    /// How much, in base units. Zero for the move that only spends a slot.
    pub amount: Amount,
}

/// An allowance as it will stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose assets.
    pub owner: Address,
    /// Who may take them.
    pub spender: Address,
    /// Which.
    pub asset: AssetId,
    /// Up to how much, in base units.
    pub amount: Amount,
}

/// What keeps a transaction from happening twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slots {
    /// It spends these, and whatever else was signed for one of them can then never land.
    Exclusive(Vec<Slot>),
    /// Nothing but its end: it can land any time before this.
    ExpiryOnly(Timestamp),
}
