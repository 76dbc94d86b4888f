//! Fuzzing: what must hold for every reader of hostile bytes, what it starts from, and how the fuzzer is built and run.
//!
//! Inputs stand in `tests/fuzz`: `corpus/TARGET/` holds what the fuzzer starts from, made from real objects of the
//! [house](crate::house); `found/TARGET/` what it once found, so that it stays mended.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a fuzz target that fails is to be seen at once, and a debug build sees what overflows"
)]

pub mod fuzzer;
pub mod seeds;
pub mod targets;

use std::path::PathBuf;

/// The folder of the fuzzer's package and its inputs.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz"))
}
