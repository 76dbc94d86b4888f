//! A request: a prepared plan with the facts and unsigned bytes that would carry it out. It crosses to the vault.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use crate::account::Account;
use crate::bundle::BUNDLE_LIMIT;
use crate::canonical::{self, Document};
use crate::facts::Facts;
use crate::id::{Head, RequestId, StationId};
use crate::plan::Plan;
use crate::sealed::Sealed;

/// The most rungs a fee ladder has.
pub const LADDER_LIMIT: usize = 8;

/// What the desk asks a vault to sign. A request never changes once written: a refreshed one is another request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    /// What is wanted, signed by its preparer.
    #[n(0)]
    pub plan: Sealed<Plan>,
    /// How: some or all of the plan's intents, in the plan's order, each at most once.
    #[n(1)]
    pub items: Vec<Item>,
    /// The last head the desk knows of each vault.
    #[n(2)]
    pub vault_heads: BTreeMap<StationId, Head>,
    /// Copies of the accounts named, so that the request can be shown without a home. Claims: a vault uses its own.
    #[n(3)]
    pub accounts: Vec<Account>,
}

/// One intent of the plan with the transactions that would carry it out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// The intent's place in the plan, from 0.
    #[n(0)]
    pub intent: u32,
    /// One transaction, or a ladder of versions that share an exclusive slot and differ only in fees, cheapest first.
    #[cbor(n(1), decode_with = "crate::canonical::decode_list")]
    pub rungs: Vec<Rung>,
}

/// One version of an item's transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Rung {
    /// What the desk learned from the chain for it.
    #[n(0)]
    pub facts: Facts,
    /// The bytes to be signed.
    #[n(1)]
    pub unsigned: Unsigned,
}

/// An unsigned transaction in its chain's own encoding.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Unsigned(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

/// A signed transaction in its chain's own encoding, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct RawTx(pub Vec<u8>);

macro_rules! hex_debug {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(")")
            }
        }
    )*};
}

hex_debug!(Unsigned, RawTx);

/// Why a request contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Nothing in it.
    #[error("the request has no items")]
    Empty,
    /// An item names an intent that the plan does not have.
    #[error("item {item} names intent {intent}, but the plan has {count}")]
    NoSuchIntent {
        /// Place of the item, from 1.
        item: usize,
        /// Intent named, from 0.
        intent: u32,
        /// Intents in the plan.
        count: usize,
    },
    /// Intents are repeated or out of order.
    #[error("item {item} repeats an intent or stands out of the plan's order")]
    Disorder {
        /// Place of the item, from 1.
        item: usize,
    },
    /// A ladder without rungs, or with too many.
    #[error("item {item} has {count} versions: 1 to {LADDER_LIMIT} are accepted")]
    Ladder {
        /// Place of the item, from 1.
        item: usize,
        /// Rungs found.
        count: usize,
    },
    /// The same account twice in the copies, or one that nothing names.
    #[error("the copies of accounts repeat or add accounts that the plan does not name")]
    Accounts,
    /// An intent without actions.
    #[error("intent {0} of the plan does nothing")]
    NoActions(usize),
}

impl Request {
    /// The request's id: the hash of its exact bytes.
    pub fn id(&self) -> RequestId {
        RequestId::of(&canonical::encode(self))
    }

    /// Checks what needs no knowledge of chains: order, numbers, ladders, account copies.
    ///
    /// # Errors
    /// [`RequestError`], naming the first item that is wrong.
    pub fn check_shape(&self) -> Result<(), RequestError> {
        if self.items.is_empty() {
            return Err(RequestError::Empty);
        }
        let intents = &self.plan.value().intents;
        if let Some(place) = intents.iter().position(|intent| intent.actions.is_empty()) {
            return Err(RequestError::NoActions(place));
        }
        let mut last = None;
        for (place, item) in (1usize..).zip(&self.items) {
            if usize::try_from(item.intent).ok().and_then(|index| intents.get(index)).is_none() {
                return Err(RequestError::NoSuchIntent {
                    item: place,
                    intent: item.intent,
                    count: intents.len(),
                });
            }
            if last.is_some_and(|last| last >= item.intent) {
                return Err(RequestError::Disorder { item: place });
            }
            last = Some(item.intent);
            if item.rungs.is_empty() || item.rungs.len() > LADDER_LIMIT {
                return Err(RequestError::Ladder { item: place, count: item.rungs.len() });
            }
        }
        let named: BTreeSet<_> = intents.iter().map(|intent| intent.account).collect();
        let copies: BTreeSet<_> = self.accounts.iter().map(Account::id).collect();
        if copies.len() != self.accounts.len() || !copies.is_subset(&named) {
            return Err(RequestError::Accounts);
        }
        Ok(())
    }
}

impl Document for Request {
    const SCHEMA: &'static str = "strongroom.request.v1";
    const LIMIT: usize = BUNDLE_LIMIT;
}
