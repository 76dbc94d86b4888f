//! The commands that speak to devices, on a software Ledger and in a house to practise in.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    clippy::string_slice,
    clippy::format_push_string,
    clippy::format_collect,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod enrolling;
mod looking;
mod pressing;
mod resuming;
mod training;

#[path = "../support/mod.rs"]
mod support;
