//! Ledger devices: frames, commands, status words, and what their apps are asked.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | [`framing`] | reports of a message | Ledger's HID transport |
//! | [`apdu`] | command, answer | ISO 7816-4, short form |
//! | [`status`] | status word | ISO 7816-4 §5.1.3, the vendor's apps |
//! | [`path`] | derivation path | BIP-32 |
//! | [`app`] | the open app | |
//! | [`evm`] | the Ethereum app | EIP-155, EIP-2718 |
//!
//! Whatever a device says is hostile: it is read to the last byte, within limits, and signatures are checked against the
//! account's key before they are handed on.

pub mod apdu;
pub mod app;
mod device;
mod error;
pub mod evm;
mod exchange;
pub mod framing;
mod kind;
pub mod path;
pub mod status;

#[cfg(test)]
mod tests;

pub use apdu::{Answer, ApduError, Command};
pub use app::OpenApp;
pub use device::LedgerDevice;
pub use error::LedgerError;
pub use evm::descriptor::{DescriptorError, TokenDescriptor};
pub use evm::envelope::EnvelopeError;
pub use evm::parity::SignatureError;
pub use exchange::ExchangeError;
pub use framing::{Assembly, Channel, FrameError, Lapse, Listener, frames};
pub use kind::{KIND, Ledger, USAGE_PAGE, VENDOR};
pub use path::{DevicePath, PathError};
pub use status::Status;
