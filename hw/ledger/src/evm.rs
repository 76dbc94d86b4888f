//! The Ethereum app: which speaks for every EVM chain.

pub(crate) mod address;
pub mod configuration;
pub mod descriptor;
pub mod envelope;
pub mod parity;
pub(crate) mod preview;
mod screen_names;
pub(crate) mod sign;

/// What the app calls itself.
pub const APP: &str = "Ethereum";

/// The CAIP-2 namespace of the chains it signs for.
pub const NAMESPACE: &str = "eip155";

/// The class of its commands.
pub const CLASS: u8 = 0xe0;

/// Instructions of the app, and their parameters.
pub mod instruction {
    /// Public key and address. P1 1 shows the address; P2 1 adds the chain code. Data: path, then a chain id u64 BE
    /// if it is to be named on the screen.
    pub const PUBLIC_KEY: u8 = 0x02;
    /// Signs a transaction. P1 00 first, 80 more. Data: path and unsigned bytes, in pieces.
    pub const SIGN: u8 = 0x04;
    /// Settings and version.
    pub const CONFIGURATION: u8 = 0x06;
    /// Signs a personal message (EIP-191). Data: path, length u32 BE, text, in pieces.
    pub const SIGN_MESSAGE: u8 = 0x08;
    /// Describes a token. Data: [`super::descriptor::TokenDescriptor`].
    pub const DESCRIBE_TOKEN: u8 = 0x0a;
    /// Signs typed data (EIP-712) by two hashes. Data: path, domain hash, message hash.
    pub const SIGN_TYPED_DATA: u8 = 0x0c;
    /// P1 of a first piece.
    pub const FIRST: u8 = 0x00;
    /// P1 of a further piece.
    pub const MORE: u8 = 0x80;
    /// P1 that shows an address.
    pub const SHOW: u8 = 0x01;
}
