//! Every rule that can refuse, made to refuse: the attack, the rule's name, its exit code and its words.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::items_after_statements,
    clippy::panic,
    clippy::similar_names,
    reason = "tests"
)]

mod bench;
mod bytes;
mod devices;
mod money;
mod once;
mod papers;
mod people;
/// Security keys' answers, assembled by hand.
#[path = "../../../src/protocol/tests/common/signer.rs"]
#[allow(dead_code, unreachable_pub, reason = "protocol's own tests use all of it")]
mod signer;

use bench::{Bench, single};

#[test]
fn an_honest_request_is_signed() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    assert_eq!(bench.refusals(&request, &bench.house.approvals(&plan)), []);
    let approvals = bench.house.approvals(&plan);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}
