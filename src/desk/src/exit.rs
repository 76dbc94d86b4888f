//! Exit codes of the command contract.

/// The command did not do its work.
pub const FAILED: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// Refused by policy.
pub const POLICY: u8 = 3;
/// Bytes, intent, statement or signature disagree.
pub const DISAGREE: u8 = 5;
/// Expired.
pub const EXPIRED: u8 = 6;
/// Sent, but not confirmed.
pub const UNCONFIRMED: u8 = 7;
/// A device, a file or a service is not ready.
pub const NOT_READY: u8 = 8;
/// Journal, bundle or home damaged.
pub const DAMAGED: u8 = 9;
