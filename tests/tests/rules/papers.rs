//! Plans, policies, accounts and freezes.

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Plan, Sealed, SignedText, canonical};
use strongroom_signing::Rule;
use strongroom_tests::house::{EXCHANGE, TestHouse, sign_all};

use crate::bench::{Bench, COIN, among, only, single};

#[test]
fn a_plan_of_another_house_policy_or_preparer() {
    let bench = Bench::new();
    let (plan, _) = single(&bench);
    let elsewhere = Plan { house: strongroom_protocol::HouseId::of(b"elsewhere"), ..plan.clone() };
    among(
        &bench.refusals(&bench.house.request(&elsewhere, 7), &[]),
        Rule::House,
        5,
        "the plan belongs to house",
    );
    let older = Plan { policy: strongroom_protocol::PolicyId::of(b"older"), ..plan.clone() };
    among(
        &bench.refusals(&bench.house.request(&older, 7), &[]),
        Rule::PolicyInForce,
        3,
        "was made under policy",
    );
    let by_bob = Plan { prepared_by: "bob".parse().unwrap(), ..plan.clone() };
    among(&bench.refusals(&bench.house.request(&by_bob, 7), &[]), Rule::Preparer, 5, "bob is not a preparer");
    // Signed by somebody else than it says, and altered after it was signed.
    let mut forged = bench.house.request(&plan, 7);
    let bytes = canonical::encode(&plan);
    let signature = bench.house.approvers[0].sign(Namespace::Plan, &bytes);
    forged.plan = Sealed::new(bytes, signature).unwrap();
    among(&bench.refusals(&forged, &bench.house.approvals(&plan)), Rule::Preparer, 5, "not signed by alice");
    let other = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let mut forged = bench.house.request(&plan, 7);
    forged.plan =
        Sealed::new(canonical::encode(&plan), bench.house.seal(&other).signature().clone()).unwrap();
    among(&bench.refusals(&forged, &bench.house.approvals(&plan)), Rule::Preparer, 5, "does not verify");
}

#[test]
fn expired_intents_and_policies() {
    let bench = Bench::new();
    let mut intent = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    intent.not_after = bench.house.start().plus(60);
    let plan = bench.house.plan(vec![intent]);
    let request = bench.house.request(&plan, 7);
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::NotAfter, 6, "the intent ended at");
    let late = Bench::with(|text| text.replace("2027-06-01T00:00:00Z", "2026-06-01T00:30:00Z"));
    let (plan, request) = single(&late);
    only(
        &late.refusals(&request, &late.house.approvals(&plan)),
        Rule::PolicyDates,
        3,
        "was to be reviewed by",
    );
}

#[test]
fn accounts_that_are_not_pinned_or_not_to_be_spent_from() {
    let bench = Bench::new();
    let (plan, mut request) = single(&bench);
    // A record that differs from the pinned one has another id, so no intent names it.
    request.accounts[0].label = "Hot".parse().unwrap();
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Shape, 5, "accounts");
    let mut account = bench.house.accounts[0].clone();
    account.label = "Mine".parse().unwrap();
    let mut intent = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    intent.account = account.id();
    let mut unpinned = bench.house.plan(vec![intent.clone()]);
    unpinned.prepared_at = bench.house.start();
    let mut request = bench.house.request(&plan, 7);
    request.plan = bench.house.seal(&unpinned);
    request.accounts = vec![account];
    among(&bench.refusals(&request, &[]), Rule::Account, 3, "is not pinned by the policy");
    let watch = Bench::with(|text| text.replacen("spend = true", "spend = false", 1));
    let (plan, request) = single(&watch);
    only(&watch.refusals(&request, &watch.house.approvals(&plan)), Rule::Account, 3, "not to be spent from");
}

#[test]
fn an_unsigned_policy_and_an_older_epoch() {
    let house = TestHouse::new("eip155:1", |text| text);
    let (id, genesis) = strongroom_policy::Genesis::open(&house.genesis).unwrap();
    let text = house.policy_text.text().to_owned();
    let open =
        |signed: &SignedText, installed| strongroom_policy::Policy::open(signed, &id, &genesis, installed);
    let unsigned = SignedText::unsigned(text.clone()).unwrap();
    assert!(
        open(&unsigned, None).unwrap_err().to_string().contains("sign"),
        "{}",
        open(&unsigned, None).unwrap_err()
    );
    let one = house.admins[0].sign_text(Namespace::Policy, &text);
    assert!(open(&one, None).is_err());
    let next = text.replace("epoch = 1", &format!("epoch = 2\nprevious = \"{}\"", house.policy.id()));
    let next = open(&sign_all(&house.admins, Namespace::Policy, &next), Some(&house.policy)).unwrap();
    let back = open(&house.policy_text, Some(&next)).unwrap_err();
    assert!(back.to_string().contains("epoch"), "{back}");
}

#[test]
fn a_frozen_house_signs_only_voids_and_returns() {
    let mut bench = Bench::new();
    let by = "bob".parse().unwrap();
    let reason = "drill".parse().unwrap();
    bench
        .chronicle
        .append(bench.house.start(), strongroom_journal::VaultEntry::Frozen { by, reason })
        .unwrap();
    let (plan, request) = single(&bench);
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::State, 3, "the house is frozen");
    let own = bench.house.accounts[1].address.to_string();
    let home = bench.house.plan(vec![bench.house.pay(&own, 2 * COIN, "home")]);
    let request = bench.house.request(&home, 7);
    let approvals = bench.house.approvals(&home);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}
