//! Hostile input of every kind, each tried where it would do harm: on files, in what desk and vault tell each other, on the
//! machine and from devices.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::checked_conversions,
    clippy::decimal_bitwise_operands,
    clippy::disallowed_types,
    clippy::duplicated_attributes,
    clippy::expect_used,
    clippy::explicit_counter_loop,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::items_after_statements,
    clippy::needless_for_each,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::similar_names,
    clippy::string_slice,
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::wrong_self_convention,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod devices;
mod files;
mod lies;
mod machine;

/// The judge's bench: a house and its vault, without the programs around them.
#[path = "../rules/bench.rs"]
#[allow(dead_code, reason = "the rules' own tests use all of it")]
mod bench;
/// The desk's program on a stage: its house, its chain and its vault.
#[path = "../../../src/desk/tests/building/house.rs"]
#[allow(dead_code, reason = "the desk's own tests use all of it")]
mod house;
#[path = "../../../src/desk/tests/carrying/nodes.rs"]
#[allow(dead_code, reason = "the desk's own tests use all of it")]
mod nodes;
#[path = "../../../src/desk/tests/carrying/stage.rs"]
#[allow(dead_code, reason = "the desk's own tests use all of it")]
mod stage;
/// The vault's program on a bench, with a house around it.
#[path = "../../../src/vault/tests/support/mod.rs"]
#[allow(dead_code, reason = "the vault's own tests use all of it")]
mod support;
#[path = "../../../src/desk/tests/carrying/vault.rs"]
#[allow(dead_code, reason = "the desk's own tests use all of it")]
mod vault;
