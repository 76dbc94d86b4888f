//! Identifiers: each a SHA-256 over the exact bytes of the thing it names, each a type of its own.
//!
//! The bytes of every document begin with its schema (see [`crate::canonical`]), so that no plan can be
//! mistaken for a request of the same shape: the schema is the domain separation of the hash.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a {what}: it must be 64 lower-case hexadecimal digits")]
pub struct IdError {
    what: &'static str,
    found: String,
}

fn hex(bytes: &[u8; 32]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a')?.checked_add(10),
        _ => None,
    };
    let mut bytes = [0u8; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(bytes)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

        impl $name {
            /// The id with exactly these 32 bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The id of a thing whose exact bytes are `bytes`: their SHA-256 (FIPS 180-4).
            pub fn of(bytes: &[u8]) -> Self {
                Self(Sha256::digest(bytes).into())
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), hex(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                unhex(text).map(Self).ok_or_else(|| IdError { what: $what, found: text.chars().take(80).collect() })
            }
        }
    )*};
}

ids! {
    /// A house: the hash of its genesis text. Everything that crosses the gap names it.
    HouseId = "house id";
    /// A plan: the hash of its exact bytes. Approvals bind this.
    PlanId = "plan id";
    /// A request: the hash of its exact bytes. A refreshed request is another request of the same plan.
    RequestId = "request id";
    /// An account: the hash of its record.
    AccountId = "account id";
    /// A policy: the hash of the policy text that the admins signed.
    PolicyId = "policy id";
    /// An address book: the hash of the book text that the admins signed.
    BookId = "book id";
    /// A station: the hash of its public key in SSH wire format.
    StationId = "station id";
    /// A breach mandate.
    MandateId = "mandate id";
    /// The hash of a journal line, which chains to every line before it.
    JournalHash = "journal hash";
}

/// Where a journal stands: how many lines it has and the hash of the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Head {
    /// Number of lines; 0 for an empty journal.
    #[n(0)]
    pub sequence: u64,
    /// Hash of the last line; the house's id for an empty journal.
    #[n(1)]
    pub hash: JournalHash,
}

impl Head {
    /// Where every journal of a house stands before its first line: what somebody knows who knows nothing of it.
    pub const fn start(house: HouseId) -> Self {
        Self { sequence: 0, hash: JournalHash::from_bytes(*house.as_bytes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_refuses_everything_else() {
        let id = PlanId::of(b"a plan");
        assert_eq!(id.to_string().parse::<PlanId>().unwrap(), id);
        let upper = id.to_string().to_uppercase();
        for bad in ["", "00", &upper, &format!("{id}0"), &format!(" {id}")] {
            assert!(bad.parse::<PlanId>().is_err(), "{bad:?} was taken for an id");
        }
    }

    #[test]
    fn the_hash_is_sha256() {
        // FIPS 180-4 example, "abc".
        assert_eq!(
            PlanId::of(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
