//! Walls 2 and 3: what the kernel forbids a vault, and what lint forbids its source. Each is seen to bite.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::string_slice,
    reason = "tests"
)]

mod descriptors;
mod kernel;
mod lint;
mod programs;
mod residue;
#[cfg(target_arch = "x86_64")]
mod traced;
