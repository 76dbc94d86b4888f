//! Tests against programs that are not ours: they are ignored until `cargo verify` has prepared the programs.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::similar_names,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod anvil;
mod ethers;
mod kills;
mod nets_slow;
mod road;
