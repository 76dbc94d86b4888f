//! Keys, signatures and documents to attack.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

pub mod deterministic;
pub mod samples;
pub mod signer;
