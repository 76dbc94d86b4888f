//! Where a slot stands, from unknown to final, and what sending to it brought.

use std::fmt;
use std::str::FromStr;

use strongroom_protocol::{Amount, Move, Slot};

use crate::agreement::AgreementError;
use crate::feed::AsOf;

/// A signed transaction's id in its chain's own writing, such as `0x` and 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(String);

/// Why a text is not a transaction's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a transaction's id: 1 to 128 letters and digits")]
pub struct TransactionIdError(String);

impl TransactionId {
    /// The id of chains that write a hash of 32 bytes as `0x` and lower-case hexadecimal digits.
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        use fmt::Write as _;
        Self(hash.iter().fold(String::from("0x"), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TransactionId {
    type Err = TransactionIdError;

    fn from_str(text: &str) -> Result<Self, TransactionIdError> {
        if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TransactionIdError(text.chars().take(160).collect()))
        }
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransactionId({})", self.0)
    }
}

/// What one node did with a transaction that it was sent. None of it says whether the transaction will land.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Submission {
    /// It took the transaction.
    Accepted,
    /// It had it already.
    AlreadyKnown,
    /// It did not take it, in its own words made fit for a screen. Another node still may, and this one may later.
    Rejected {
        /// Why not.
        reason: String,
    },
    /// Nobody can tell: the answer got lost, or it says that the slot is spent already, perhaps by this transaction.
    Unknown {
        /// What is known.
        reason: String,
    },
}

/// What all nodes did with one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The transaction.
    pub id: TransactionId,
    /// Each node by name, and what it did.
    pub outcomes: Vec<(String, Submission)>,
}

impl Sent {
    /// The best of it: one node that took the transaction is enough for it to travel on, and only when every node
    /// refused it is it rejected.
    pub fn verdict(&self) -> Submission {
        let find = |wanted: fn(&Submission) -> bool| {
            self.outcomes.iter().map(|(_, outcome)| outcome).find(|outcome| wanted(outcome)).cloned()
        };
        find(|outcome| matches!(outcome, Submission::Accepted))
            .or_else(|| find(|outcome| matches!(outcome, Submission::AlreadyKnown)))
            .or_else(|| find(|outcome| matches!(outcome, Submission::Unknown { .. })))
            .or_else(|| find(|outcome| matches!(outcome, Submission::Rejected { .. })))
            .unwrap_or_else(|| Submission::Unknown { reason: "no node was asked".to_owned() })
    }
}

/// A slot to be followed, with everything that was ever signed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// The slot.
    pub slot: Slot,
    /// Every signed transaction that could take it: bumped versions and voids among them.
    pub versions: Vec<Version>,
    /// Whether some node once accepted one of them. It tells what was dropped from what was never sent.
    pub accepted: bool,
}

/// One signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: TransactionId,
    /// What it should move, by its own bytes. Token movements are looked for in what the chain records of it.
    pub moves: Vec<Move>,
}

/// Where a slot stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// The slot is free, no node knows any version, and none was ever accepted.
    Unknown,
    /// The slot is free and no node knows any version any more, although one was accepted: send it again.
    Dropped,
    /// Some node has a version, in no block that all nodes agree on.
    Pending {
        /// How many earlier slots of the same sender are still free: it cannot land before they do.
        behind: u64,
    },
    /// In a block on which all nodes agree, and which may still be replaced by another.
    Included {
        /// What landed, and how it went so far.
        landing: Landing,
        /// Blocks from that one to the newest agreed one, itself included.
        confirmations: u64,
    },
    /// In a block that cannot be replaced any more. Only now has anything succeeded or failed.
    Final {
        /// What landed, and how it went.
        landing: Landing,
    },
    /// Something that is none of the versions took the slot. Where every version was given, this is an alarm: the key
    /// signed something that nobody here knows of.
    Replaced {
        /// Whether that can not be undone by the chain any more.
        settled: bool,
    },
}

/// A version in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing {
    /// Which of the versions it is.
    pub version: TransactionId,
    /// The block's height.
    pub block: u64,
    /// The block's id, in the chain's own writing.
    pub block_id: String,
    /// How it went.
    pub outcome: Outcome,
    /// What it cost in fees, in base units of the chain's native asset.
    pub fee: Amount,
}

/// How a transaction in a block went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It did what it should.
    Done,
    /// It was undone by the chain: fees are paid, nothing else moved.
    Reverted,
    /// The chain calls it a success, but records no such movement of the token as was asked for.
    NotMoved,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Done => "done",
            Self::Reverted => "reverted: fees are paid, nothing else moved",
            Self::NotMoved => "the chain calls it a success but records no such movement of the token",
        })
    }
}

/// Where some slots stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The newest block that all nodes agree on.
    pub as_of: AsOf,
    /// The height up to which nothing can be replaced any more, as all nodes say; `None` where one does not say.
    pub finalized: Option<u64>,
    /// For each slot in order, where it stands or why nobody can say.
    pub standings: Vec<Result<Standing, AgreementError>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(outcomes: &[Submission]) -> Sent {
        let id = "0x00".parse().unwrap();
        let outcomes =
            ["alpha", "beta", "gamma"].map(str::to_owned).into_iter().zip(outcomes.iter().cloned());
        Sent { id, outcomes: outcomes.collect() }
    }

    #[test]
    fn one_node_that_took_it_is_enough() {
        let rejected = Submission::Rejected { reason: "underpriced".to_owned() };
        let unknown = Submission::Unknown { reason: "timeout".to_owned() };
        let verdict = |outcomes: &[Submission]| sent(outcomes).verdict();
        assert_eq!(verdict(&[rejected.clone(), unknown.clone(), Submission::Accepted]), Submission::Accepted);
        assert_eq!(verdict(&[rejected.clone(), Submission::AlreadyKnown]), Submission::AlreadyKnown);
        assert_eq!(verdict(&[rejected.clone(), unknown.clone()]), unknown, "it may be on its way");
        assert_eq!(verdict(&[rejected.clone(), rejected.clone()]), rejected);
        assert!(matches!(verdict(&[]), Submission::Unknown { .. }));
    }

    #[test]
    fn ids_are_letters_and_digits() {
        let id: TransactionId = format!("0x{}", "0b".repeat(32)).parse().unwrap();
        assert_eq!(id, TransactionId::from_hash(&[0x0b; 32]));
        for bad in ["", "0x\n", "a b", "é", &"a".repeat(129)] {
            assert!(bad.parse::<TransactionId>().is_err(), "{bad:?}");
        }
    }
}
