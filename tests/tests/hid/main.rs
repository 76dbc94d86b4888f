//! Devices through a real kernel: released programs in a virtual machine, and devices made from user space there. Ignored
//! until `cargo verify` has prepared the machine's kernel.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bench;
mod cable;
mod guest;
mod vault;
