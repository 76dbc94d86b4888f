//! Status words: how a device says that it went well, or why not.
//!
//! The words are those of the vendor's Ethereum 1.22, Bitcoin 2.4, Solana 1.9 and Tron 0.7 apps, as recorded, and of
//! ISO 7816-4 §5.1.3. One word means different things in different apps; where it does, the text says both.

use std::fmt;

macro_rules! statuses {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal: $text:literal,)*) => {
        /// What a status word means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Status {
            $($(#[doc = $doc])* $name,)*
            /// A word that nobody here has seen.
            Unknown(u16),
        }

        impl Status {
            /// All that are known.
            pub const KNOWN: &'static [Self] = &[$(Self::$name),*];

            /// The two bytes.
            pub const fn word(self) -> u16 {
                match self {
                    $(Self::$name => $word,)*
                    Self::Unknown(word) => word,
                }
            }

            const fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown(_) => "a status that is not known here: update this program, or the app on the device",
                }
            }
        }

        impl From<u16> for Status {
            fn from(word: u16) -> Self {
                match word {
                    $($word => Self::$name,)*
                    other => Self::Unknown(other),
                }
            }
        }
    };
}

statuses! {
    /// Done.
    Done = 0x9000: "done",
    /// The owner pressed no.
    Rejected = 0x6985: "its owner refused",
    /// The PIN was not entered.
    Locked = 0x5515: "it is locked: unlock it with its PIN and repeat the command",
    /// Another app is open, or an old one.
    Instruction = 0x6d00: "the open app does not know this command: open the account's app, or update it",
    /// Another app is open.
    Class = 0x6e00: "the open app is another one: open the account's app",
    /// No app is open.
    NoApp = 0x6e01: "no app is open: open the account's app",
    /// Ethereum: unreadable, or blind signing is off; Solana, Tron: unreadable.
    BadData = 0x6a80: "the app cannot read this, or its setting \"blind signing\" is off",
    /// Ethereum: a transaction type that the app does not know.
    Type = 0x6501: "the app knows no transactions of this type: update it",
    /// Ethereum: a continuation of nothing.
    NotStarted = 0x6980: "a continuation without a beginning: close the app, open it again and repeat the command",
    /// A path that belongs to another app.
    PathElsewhere = 0x6a15: "the app may not use this derivation path: open the app of the account's chain",
    /// Tron: a path that belongs to another app.
    PathDenied = 0x6982: "the app refuses this derivation path: open the app of the account's chain",
    /// Ethereum: a path without a hardened level.
    PathNotHardened = 0x6a12: "the app refuses a derivation path without a hardened level: enrol one such as m/44'/60'/0'/0/0",
    /// Solana: a path that is not hardened throughout.
    PathForm = 0x6801: "the app wants every level of the derivation path hardened: enrol such a path",
    /// Tron: a path that is cut off.
    PathShort = 0x6a8a: "the app found the derivation path cut off: update this program",
    /// Solana: what it cannot show must not be signed.
    BlindOff = 0x6808: "it cannot show this, and its setting \"blind signing\" is off",
    /// Solana: the key is not among the signers, or the class is wrong.
    NotSigner = 0x6a81: "this device's key is not among the signers: check the account, and which app is open",
    /// Bitcoin: a path that may only be used with the owner watching.
    NotSilently = 0x6a82: "the app uses this derivation path only if its owner confirms it: enrol a standard one",
    /// Solana: a command without its length byte.
    NoLength = 0x6a83: "the command lacks its length byte: update this program",
    /// Bitcoin: P1 or P2.
    Parameters = 0x6a86: "the app knows no such parameters: update it",
    /// A length that does not fit.
    Length = 0x6a87: "the app found another length than announced: update this program, or the app",
    /// Tron: memos are off.
    MemoOff = 0x6a8b: "it carries a memo, and the app's setting for transaction data is off",
    /// Tron: signing hashes is off. It stays off.
    HashOff = 0x6a8c: "it would sign a bare hash, which is never wanted: leave that setting off",
    /// Tron: unknown contracts are off.
    ContractOff = 0x6a8d: "the app does not know this contract, and its setting \"custom contracts\" is off",
    /// P1 is unknown.
    Parameter = 0x6b00: "the app knows no such parameter: update it",
    /// Bitcoin: a continuation of nothing.
    Unasked = 0xb007: "an answer that nobody asked for: close the app, open it again and repeat the command",
    /// Bitcoin: the wallet's registration is of another device.
    Registration = 0xb008: "the wallet was not registered with this device: register it again",
    /// Bitcoin: it asks back.
    Asks = 0xe000: "it asks for more",
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (status {:04x})", self.words(), self.word())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_and_statuses_are_one_to_one() {
        let words: BTreeSet<u16> = Status::KNOWN.iter().map(|status| status.word()).collect();
        assert_eq!(words.len(), Status::KNOWN.len());
        for status in Status::KNOWN {
            assert_eq!(Status::from(status.word()), *status);
        }
    }

    #[test]
    fn unknown_ones_are_shown_in_hex() {
        assert_eq!(Status::from(0x6f42), Status::Unknown(0x6f42));
        assert!(Status::from(0x6f42).to_string().ends_with("(status 6f42)"));
    }
}
