//! What the desk wants to build, and what it needs to know for that.

use std::fmt;

use strongroom_protocol::{Account, Address, Amount, AssetId, Facts, Intent, Slot, Text};

use crate::agreement::AgreementError;
use crate::feed::AsOf;

/// One intent that wants facts.
#[derive(Clone, Copy, Debug)]
pub struct Want<'a> {
    /// Whose.
    pub account: &'a Account,
    /// What should happen. Its `max_fee` caps every version.
    pub intent: &'a Intent,
    /// Which slot it must take; `None` for the next free one. A void names its slot itself.
    pub slot: Option<&'a Slot>,
    /// What was signed for that slot before: fees must beat all of it, so that nodes take the new version for it.
    pub beats: &'a [Facts],
    /// How many versions are wanted, each with higher fees than the one before.
    pub rungs: usize,
}

/// Versions that share a slot and differ only in fees, cheapest first. At least one; fewer than wanted where the cap
/// leaves no room for more.
pub type Ladder = Vec<Facts>;

/// What was found for some wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The block that all nodes agree on and that everything was read at.
    pub as_of: AsOf,
    /// For each want in order, its facts or why there are none.
    pub ladders: Vec<Result<Ladder, FactsError>>,
    /// What people should hear of besides.
    pub notices: Vec<Notice>,
}

/// Something that stops nothing but that people should hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A node knows of a transaction for a slot that nobody here reserved.
    UnexplainedPending {
        /// The slot.
        slot: Slot,
        /// The node.
        node: String,
    },
    /// There was room for fewer versions than wanted.
    ShortLadder {
        /// The intent's reference.
        reference: Text,
        /// Versions there are.
        rungs: usize,
        /// Versions wanted.
        wanted: usize,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexplainedPending { slot, node } => write!(
                f,
                "{node} knows of a transaction waiting for {slot}, which is not reserved here: find out who signed it"
            ),
            Self::ShortLadder { reference, rungs, wanted } => {
                write!(f, "{reference:?}: the plan's fee cap leaves room for {rungs} of {wanted} versions")
            }
        }
    }
}

/// Why there are no facts for one want.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reference:?}: {obstacle}")]
pub struct FactsError {
    /// The intent's reference.
    pub reference: Text,
    /// What stands in the way.
    pub obstacle: Box<Obstacle>,
}

/// What stands in the way of an intent. Amounts are in base units.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// It cannot be carried out on this chain.
    #[error("it cannot be carried out: {why}")]
    Unsupported {
        /// Why not.
        why: String,
    },
    /// The plan's fee cap is too low for it to land now, or to replace what was signed before.
    #[error(
        "the plan allows {allowed} base units of {asset} in fees, and {needed} are needed now: wait for lower fees, or make a plan with a fee cap of at least {needed}"
    )]
    Cap {
        /// What fees are paid in.
        asset: AssetId,
        /// The plan's cap.
        allowed: Amount,
        /// The lowest cap with which it would be built.
        needed: Amount,
    },
    /// The account does not hold enough, counting what else was asked for together with this.
    #[error(
        "{account} holds {held} base units of {asset}, and {needed} are needed for this and what comes before it: fund the account, or drop payments"
    )]
    Insufficient {
        /// The account's address.
        account: Address,
        /// What it lacks.
        asset: AssetId,
        /// What it holds.
        held: Amount,
        /// What is needed, fees included where they are paid in this asset.
        needed: Amount,
    },
    /// The slot it must take is spent already.
    #[error(
        "slot {slot} is spent already, the next free one is number {next}: look at what landed there before anything else"
    )]
    SlotSpent {
        /// The slot.
        slot: Slot,
        /// The lowest free number.
        next: u64,
    },
    /// A node says that it would fail.
    #[error("it would fail: {node} says {reason:?}")]
    WouldFail {
        /// Who says so.
        node: String,
        /// Its words, made fit for a screen.
        reason: String,
    },
    /// The nodes do not agree on something that this alone needs.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
}
