//! Statements, duties and quorum.

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Action, Amount, Intent, Name, SignedText, Verdict};
use strongroom_signing::Rule;
use strongroom_tests::house::{EXCHANGE, Person, SUPPLIER, facts};

use crate::bench::{Bench, COIN, among, only, single};
use crate::signer::Key;

#[test]
fn statements_for_something_else() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let person = &bench.house.approvers[1];
    let good = bench.house.approval(&plan, &bench.house.approvers[0]);
    let signed = |text: &str| vec![good.clone(), person.sign_text(Namespace::Statement, text)];
    let text = bench.house.statement(&plan, person, Verdict::Approve).to_string();
    // Other totals.
    let other = text.replace("2000000000000000000", "1000000000000000000");
    assert_ne!(other, text);
    only(&bench.refusals(&request, &signed(&other)), Rule::Statement, 5, "1000000000000000000");
    // Another plan of the same totals.
    let mut twin = plan.clone();
    twin.prepared_at = twin.prepared_at.plus(1);
    only(
        &bench.refusals(&request, &[good.clone(), bench.house.approval(&twin, person)]),
        Rule::Statement,
        5,
        "plan",
    );
    // Another book, another policy.
    let book = bench.house.book.id().to_string();
    let other = text.replace(&book, &"0".repeat(64));
    only(&bench.refusals(&request, &signed(&other)), Rule::Statement, 5, "book");
    // Signed over something else than the text below which it stands.
    let moved = SignedText::with_signatures(text.clone(), good.signatures().to_vec()).unwrap();
    only(&bench.refusals(&request, &[moved]), Rule::Statement, 5, "is signed by bob");
    let wrong =
        SignedText::with_signatures(text.clone(), vec![person.sign(Namespace::Statement, b"other")]).unwrap();
    only(&bench.refusals(&request, &[wrong]), Rule::Statement, 5, "does not verify");
    // By a key of nobody, and for another purpose.
    let eve = Person::new("carol", 99).sign_text(Namespace::Statement, &text);
    only(&bench.refusals(&request, &[eve]), Rule::Statement, 5, "a key of nobody in the policy");
    let other_purpose = person.sign_text(Namespace::Plan, &text);
    only(&bench.refusals(&request, &[other_purpose]), Rule::Statement, 5, "strongroom-plan");
}

#[test]
fn statements_that_ended_or_last_too_long() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let person = &bench.house.approvers[1];
    let good = bench.house.approval(&plan, &bench.house.approvers[0]);
    let mut statement = bench.house.statement(&plan, person, Verdict::Approve);
    statement.valid_until = bench.house.start().plus(60);
    let ended = person.sign_text(Namespace::Statement, &statement.to_string());
    only(
        &bench.refusals(&request, &[good.clone(), ended]),
        Rule::StatementExpiry,
        6,
        "ended at 2026-06-01T00:01:00Z",
    );
    statement.valid_until = bench.house.start().plus(100 * 3600);
    let endless = person.sign_text(Namespace::Statement, &statement.to_string());
    only(
        &bench.refusals(&request, &[good, endless]),
        Rule::StatementExpiry,
        6,
        "longer than the policy's 72 hours",
    );
}

#[test]
fn people_who_may_not_approve() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let good = bench.house.approval(&plan, &bench.house.approvers[0]);
    let by = |person: &Person| vec![good.clone(), bench.house.approval(&plan, person)];
    among(
        &bench.refusals(&request, &by(&bench.house.preparer)),
        Rule::Duties,
        3,
        "alice prepared the plan and cannot approve it",
    );
    among(
        &bench.refusals(&request, &by(&Person::new("dave", 8))),
        Rule::Duties,
        3,
        "dave operates the vault",
    );
    among(&bench.refusals(&request, &by(&bench.house.approvers[0])), Rule::Duties, 3, "bob speaks twice");
    among(
        &bench.refusals(&request, &by(&bench.house.approvers[0])),
        Rule::Quorum,
        3,
        "2 approvals are needed",
    );
    only(&bench.refusals(&request, &[good]), Rule::Quorum, 3, "1 are here (by bob)");
    only(&bench.refusals(&request, &[]), Rule::Quorum, 3, "0 are here (by nobody)");
}

#[test]
fn one_rejection_is_enough() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let mut approvals = bench.house.approvals(&plan);
    let grace = &bench.house.approvers[2];
    let text = bench.house.statement(&plan, grace, Verdict::Reject).to_string();
    approvals.push(grace.sign_text(Namespace::Statement, &text));
    only(&bench.refusals(&request, &approvals), Rule::Rejection, 3, "grace rejected this plan");
}

#[test]
fn an_operator_who_prepared_or_is_none() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.house.operator = "alice".parse::<Name>().unwrap();
    let refusals = bench.refusals(&request, &approvals);
    among(&refusals, Rule::Duties, 3, "alice is not an operator of this station");
    assert!(
        refusals.iter().any(|refusal| refusal.words.contains("alice prepared the plan and cannot operate"))
    );
}

#[test]
fn approvals_survive_fresh_facts_and_nothing_else() {
    let bench = Bench::new();
    let (plan, _) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    let mut refreshed = bench.house.request(&plan, 12);
    refreshed.items[0].rungs = vec![bench.house.rung(&plan.intents[0], &facts(12, 44))];
    assert_eq!(bench.refusals(&refreshed, &approvals), []);
    for (what, change) in [
        (
            "payee",
            Box::new(|intent: &mut Intent| {
                if let Action::Pay { to, .. } = &mut intent.actions[0] {
                    *to = SUPPLIER.parse().unwrap();
                }
            }) as Box<dyn Fn(&mut Intent)>,
        ),
        (
            "amount",
            Box::new(|intent| {
                if let Action::Pay { amount, .. } = &mut intent.actions[0] {
                    *amount = Amount::from(3 * COIN);
                }
            }),
        ),
        ("cap", Box::new(|intent| intent.max_fee = Amount::from(9_000_000_000_000_000u64))),
    ] {
        let mut changed = plan.clone();
        change(&mut changed.intents[0]);
        let request = bench.house.request(&changed, 7);
        let refusals = bench.refusals(&request, &approvals);
        among(&refusals, Rule::Statement, 5, "plan");
        assert!(!refusals.is_empty(), "{what}");
    }
}

#[test]
fn the_code_of_another_plan_confirms_nothing() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let other = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let review = bench.review(&bench.house.request(&other, 7), &[]).unwrap();
    let code = strongroom_protocol::ComparisonCode::of(review.plan_id().as_bytes()).to_string();
    let confirmation = review.challenge().clone().meet(&code).unwrap();
    let review = bench.review(&request, &bench.house.approvals(&plan)).unwrap();
    let Err(error) = review.approve(&confirmation, &mut bench.chronicle) else { panic!("it was approved") };
    let refusal = error.into_refusal().unwrap();
    assert_eq!((refusal.rule, refusal.exit().code()), (Rule::Confirmation, 5));
}

#[test]
fn a_security_key_that_nobody_touched() {
    for key in [Key::sk_ed25519(9), Key::sk_p256(9)] {
        // Grace's key lives on a security key.
        let plain = Person::new("grace", 6).public_key().to_string();
        let bench = Bench::with(|text| text.replace(&plain, &key.public().to_string()));
        let (plan, request) = single(&bench);
        let grace = &bench.house.approvers[2];
        let text = bench.house.statement(&plan, grace, Verdict::Approve).to_string();
        let with_flags = |flags| {
            let parts = key.parts_with("strongroom-statement", text.as_bytes(), flags, "sha512", &[]);
            SignedText::with_signatures(text.clone(), vec![parts.signature()]).unwrap()
        };
        let bob = bench.house.approval(&plan, &bench.house.approvers[0]);
        only(
            &bench.refusals(&request, &[bob.clone(), with_flags(0x00)]),
            Rule::Statement,
            5,
            "nobody touched the security key",
        );
        assert_eq!(bench.refusals(&request, &[bob, with_flags(0x01)]), []);
    }
}
