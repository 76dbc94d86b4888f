//! Carrying a request through: showing, approving, packing, taking in a vault's reply, sending and following. The whole
//! program in process, against a vault and nodes that may lie.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::as_conversions,
    unreachable_pub,
    missing_docs,
    reason = "tests, with people's keys known in advance"
)]

mod approving;
mod following;
mod freezing;
#[path = "../building/house.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod house;
mod nodes;
mod recovering;
mod replies;
mod sending;
mod showing;
mod stage;
mod vault;
