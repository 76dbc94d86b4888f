//! Ledger devices: frames, commands, status words, and what their apps are asked.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | [`framing`] | reports of a message | Ledger's HID transport |
//! | [`apdu`] | command, answer | ISO 7816-4, short form |
//! | [`status`] | status word | ISO 7816-4 §5.1.3, the vendor's apps |
//! | [`path`] | derivation path | BIP-32 |
//! | [`evm`] | the Ethereum app | EIP-155, EIP-2718 |
//!
//! Whatever a device says is hostile: it is read to the last byte, within limits, and signatures are checked against the
//! account's key before they are handed on.

pub mod apdu;
pub mod evm;
pub mod framing;
pub mod path;
pub mod status;

pub use apdu::{Answer, ApduError, Command};
pub use evm::descriptor::{DescriptorError, TokenDescriptor};
pub use framing::{Assembly, Channel, FrameError, Lapse, Listener, frames};
pub use path::{DevicePath, PathError};
pub use status::Status;
