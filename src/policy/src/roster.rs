//! The roster: who has which duty, and at which station.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use strongroom_protocol::{Name, PublicKey, StationId};

/// What a person may do. On one request each person does one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Duty {
    /// Builds plans and signs them.
    Preparer,
    /// Reads plans at a station of their own, and approves or rejects them.
    Approver,
    /// Works a vault.
    Operator,
}

/// A text that names no duty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role: write preparer, approver or operator")]
pub struct DutyError(String);

/// Somebody the policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The one name they have in this house.
    pub name: Name,
    /// What they may do.
    pub roles: BTreeSet<Duty>,
    /// Their keys, in the order of the file.
    pub keys: Vec<PublicKey>,
}

/// A vault, by the key that signs its replies and account records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// What people call it.
    pub name: Name,
    /// The hash of its key.
    pub id: StationId,
    /// Its key.
    pub key: PublicKey,
    /// Who may work it.
    pub operators: BTreeSet<Name>,
    /// Whether it signs on a cold machine only.
    pub require_cold: bool,
}

impl Duty {
    /// Every duty, in the order they are done.
    pub const ALL: [Self; 3] = [Self::Preparer, Self::Approver, Self::Operator];

    /// The word in a policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preparer => "preparer",
            Self::Approver => "approver",
            Self::Operator => "operator",
        }
    }
}

impl Person {
    /// Whether they have a duty.
    pub fn is(&self, duty: Duty) -> bool {
        self.roles.contains(&duty)
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Duty {
    type Err = DutyError;

    fn from_str(text: &str) -> Result<Self, DutyError> {
        Self::ALL
            .into_iter()
            .find(|duty| duty.as_str() == text)
            .ok_or_else(|| DutyError(text.chars().take(40).collect()))
    }
}
