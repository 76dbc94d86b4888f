//! Building requests: the whole program in process, against scripted nodes that may lie.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::format_collect,
    clippy::as_conversions,
    unreachable_pub,
    missing_docs,
    reason = "tests, with people's keys known in advance"
)]

mod batches;
mod house;
mod nodes;
mod paying;
mod replacing;
mod run;
