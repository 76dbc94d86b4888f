//! Whether a vault's machine could speak to anybody.

use std::fmt;

use minicbor::{Decode, Encode};

/// What a vault found its machine to be when it signed, as each of its receipts says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Warmth {
    /// Nothing on it could speak to anybody, as far as it can be told from inside.
    #[n(0)]
    Cold,
    /// Something could, or it cannot be told.
    #[n(1)]
    Warm,
}

impl Warmth {
    /// The word for people, in capitals because it matters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cold => "COLD",
            Self::Warm => "WARM",
        }
    }

    /// Whether it is [`Warmth::Cold`].
    pub const fn is_cold(self) -> bool {
        matches!(self, Self::Cold)
    }
}

impl fmt::Display for Warmth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
