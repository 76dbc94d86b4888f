//! Cold machines and warm ones: what `doctor` says, and what every signature says of the machine it was made on.
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
    dead_code,
    reason = "tests"
)]

mod support;

use strongroom_protocol::Warmth;
use support::Bench;
use support::house::House;

#[test]
fn a_cold_machine_is_said_to_be_cold_with_or_without_a_home() {
    let bench = Bench::new();
    let text = bench.run(&["doctor"]).ok().text();
    assert!(
        text.contains("This machine is COLD.") && text.contains("no journal to compare it with"),
        "{text}"
    );
    let house = House::new();
    let text = house.bench.run(&["doctor"]).ok().text();
    assert!(text.contains("after the journal's newest line"), "{text}");
    let document = house.bench.run(&["--output", "json", "doctor"]).ok().json();
    assert_eq!(document["data"]["machine"], "COLD");
    assert_eq!(document["data"]["findings"].as_array().unwrap().len(), 10);
}

#[test]
fn a_warm_machine_ends_with_not_ready_and_every_reason() {
    let bench = Bench::new();
    bench.state.set("warm");
    let run = bench.run(&["doctor"]).refused(8, "this machine is WARM");
    for reason in ["enp0s31f6 is up", "hci0 is not blocked", "a way out", "/dev/nvme0n1p3", "259:3"] {
        assert!(run.logged().contains(reason), "{reason}: {}", run.logged());
    }
    let document = bench.run(&["--output", "json", "doctor"]).json();
    assert_eq!(document["ok"], false);
    assert_eq!(document["errors"][0]["code"], "warm");
    assert_eq!(document["data"]["machine"], "WARM");
    assert_eq!(document["data"]["findings"][0]["weight"], "warm");
}

#[test]
fn a_clock_before_the_journal_makes_a_machine_warm() {
    let house = House::new();
    house.bench.clock.set(house.now().minus(3600));
    house.bench.run(&["doctor"]).refused(8, "before the journal's newest line");
}

fn machine_of_the_last_line(house: &House) -> String {
    let document = house.bench.run(&["journal", "show", "--last", "1", "--json"]).ok().json();
    let line = &document["data"]["lines"][0];
    assert_eq!(line["event"], "signed");
    line["detail"]["machine"].as_str().unwrap().to_owned()
}

#[test]
fn a_signature_says_on_what_machine_it_was_made() {
    let house = House::new();
    let asked = house.payment();
    let review = house.review(&asked).ok();
    assert!(review.text().contains("Machine   COLD") && !review.err.contains("WARM"), "{}", review.text());
    house.sign(&asked, "@cold.reply").ok();
    assert_eq!(house.reply("cold.reply").machine, Warmth::Cold);
    assert_eq!(machine_of_the_last_line(&house), "COLD");

    let house = House::new();
    house.bench.state.set("warm");
    let asked = house.payment();
    let run = house.sign(&asked, "@warm.reply").ok();
    assert!(run.err.contains("THIS MACHINE IS WARM (interfaces: interface enp0s31f6 is up"), "{}", run.err);
    assert!(run.text().contains("Machine   WARM") && run.text().contains("a way out through enp0s31f6"));
    assert_eq!(house.reply("warm.reply").machine, Warmth::Warm);
    assert_eq!(machine_of_the_last_line(&house), "WARM");
}

#[test]
fn a_policy_that_wants_a_cold_machine_gets_no_signature_of_a_warm_one() {
    let cold_only = "operators = [\"dave\"]\nrequire_cold = true";
    let house = House::with(|text| text.replacen("operators = [\"dave\"]", cold_only, 1));
    house.bench.state.set("warm");
    let asked = house.payment();
    let before = house.bench.events();
    house
        .review(&asked)
        .refused(3, "the policy wants a cold machine for station vault-one, and this one is WARM");
    let run = house.sign(&asked, "@refused.reply").refused(3, "cold: the policy wants a cold machine");
    assert!(!house.bench.path("refused.reply").exists(), "{}", run.err);
    assert_eq!(house.bench.events()[before.len()..], ["refused"]);
    // The same request on a cold machine.
    house.bench.state.set("cold");
    house.sign(&asked, "@signed.reply").ok();
    assert_eq!(house.reply("signed.reply").machine, Warmth::Cold);
}
