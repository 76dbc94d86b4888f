//! A policy that pins under one id something else than the record says.

use crate::office::Office;
use crate::texts::{account, policy, sealed};

#[test]
fn a_policy_that_contradicts_the_record_is_found_out() {
    let office = Office::with_home();
    let cold = account(&office, "Cold ETH", "eip155:1", 0);
    let warm = account(&office, "Warm", "eip155:1", 1);
    office.write("cold.account", sealed(&cold, "station"));
    office.run("account import @cold.account").done();
    // The id is right; the address that people would pay to is another.
    let text = policy(&office, &[&cold]).replace(cold.address.as_str(), warm.address.as_str());
    office.write("policy-1.toml", text);
    office.sealed("policy", "policy-1.toml", &["alice", "bob"], "policy-1.txt").done();
    office.run("policy install @policy-1.txt").done().warns("disagree on its address");
    office.run("account address 'Cold ETH'").refused(5, "disagree on its address");
    assert_eq!(office.json("account list").1["data"]["accounts"][0]["state"], "refused");
    // And the record is not taken in anew either.
    office.run("account import @cold.account").refused(5, "disagree on its address");
}
