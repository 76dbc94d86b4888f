//! The base of the desk, run in process: founding, home, nodes, accounts, policy, book, freezes, journal, and the way to
//! nodes and keys.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::large_enum_variant,
    clippy::string_slice,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "tests may fail loudly, and play the people, the vault and the nodes"
)]

mod account;
mod accounts;
mod book;
mod command_line;
mod freeze;
mod home;
mod house;
mod http;
mod node;
mod nodes;
mod office;
mod policy;
mod security_key;
mod ssh;
mod store;
mod texts;
mod tls;
mod training;
