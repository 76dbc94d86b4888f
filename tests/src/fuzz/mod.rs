//! Fuzzing: what must hold for every reader of hostile bytes, what it starts from, and how the fuzzer is built and run.
//!
//! Inputs stand in `tests/fuzz`: `corpus/TARGET/` holds what the fuzzer starts from, made from real objects of the
//! [house](crate::house); `found/TARGET/` what it once found, so that it stays mended.

pub mod fuzzer;
pub mod seeds;
pub mod targets;

use std::path::PathBuf;

/// The folder of the fuzzer's package and its inputs.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz"))
}
