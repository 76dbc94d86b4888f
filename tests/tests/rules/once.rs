//! Slots, references, heads and clocks: nothing is paid twice.

use std::collections::BTreeMap;

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Action, Head, JournalHash, Verdict, canonical};
use strongroom_signing::{Review, Rule};
use strongroom_tests::house::{EXCHANGE, facts};

use crate::bench::{Bench, COIN, only, single};

#[test]
fn a_nonce_that_carries_another_payment() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 3 * COIN, "INV-2")]);
    let request = bench.knowing(bench.house.request(&plan, 7));
    let approvals = bench.house.approvals(&plan);
    only(&bench.refusals(&request, &approvals), Rule::Slot, 3, "already carries another payment");
    // And it stays refused at the moment of claiming.
    let lines = bench.chronicle.head();
    assert_eq!(bench.sign(&request, &approvals).unwrap_err().rule, Rule::Slot);
    assert_eq!(bench.chronicle.head(), lines, "something was claimed");
}

#[test]
fn a_reference_paid_before_by_another_nonce_and_from_another_account() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let again = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-1")]);
    let request = bench.knowing(bench.house.request(&again, 8));
    only(
        &bench.refusals(&request, &bench.house.approvals(&again)),
        Rule::Reference,
        3,
        "\"INV-1\" already pays this",
    );
    let mut other = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    other.account = bench.house.accounts[1].id();
    let plan = bench.house.plan(vec![other]);
    let request = bench.knowing(bench.house.request(&plan, 0));
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::Reference,
        3,
        "\"INV-1\" already pays this",
    );
}

#[test]
fn the_same_reference_twice_in_one_request() {
    let bench = Bench::new();
    let plan = bench.house.plan(vec![
        bench.house.pay(EXCHANGE, 2 * COIN, "INV-1"),
        bench.house.pay(EXCHANGE, 2 * COIN, "INV-1"),
    ]);
    let request = bench.house.request(&plan, 7);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::Reference,
        3,
        "already pays this destination",
    );
}

#[test]
fn a_bump_and_a_void_are_the_only_other_uses_of_a_slot() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    // The same plan with fresh facts: its approvals stand.
    let mut bumped = bench.knowing(request);
    bumped.items[0].rungs = vec![bench.house.rung(&plan.intents[0], &facts(7, 40))];
    assert_eq!(bench.sign(&bumped, &approvals), Ok(1));
    let slot = strongroom_evm_codec::slot(&bench.house.chain, &bench.house.accounts[0].address, 7).unwrap();
    let void = bench.house.plan(vec![bench.house.intent(Action::Void { slot }, "void 7")]);
    let mut request = bench.knowing(bench.house.request(&void, 7));
    request.items[0].rungs = vec![bench.house.rung(&void.intents[0], &facts(7, 50))];
    let approvals = bench.house.approvals(&void);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}

#[test]
fn a_desk_that_knows_more_than_the_vault_remembers() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let approvals = bench.house.approvals(&plan);
    // Not naming a head is no way around it once something was signed.
    only(
        &bench.refusals(&bench.house.request(&plan, 8), &approvals),
        Rule::VaultHead,
        5,
        "does not name the last head",
    );
    // A head from a future that this home does not remember: it was restored from a copy.
    let mut request = bench.knowing(bench.house.request(&plan, 8));
    let ahead = Head { sequence: 9, hash: JournalHash::of(b"a later line") };
    request.vault_heads.values_mut().for_each(|head| *head = ahead);
    only(
        &bench.refusals(&request, &approvals),
        Rule::VaultHead,
        5,
        "this home is older than what others have seen",
    );
    // The same from an approver's mouth.
    let person = &bench.house.approvers[1];
    let mut statement = bench.house.statement(&plan, person, Verdict::Approve);
    statement.vaults = vec![(bench.house.station.public_key().station(), ahead)];
    let both = [approvals[0].clone(), person.sign_text(Namespace::Statement, &statement.to_string())];
    let request = bench.knowing(bench.house.request(&plan, 8));
    only(&bench.refusals(&request, &both), Rule::VaultHead, 5, "carol knows line 9");
    // An ancestor of the head is accepted: the desk may lag.
    let mut request = bench.house.request(&plan, 8);
    let start = bench.chronicle.start(bench.house.id);
    request.vault_heads = BTreeMap::from([(bench.house.station.public_key().station(), start)]);
    assert_eq!(bench.refusals(&request, &approvals), []);
}

#[test]
fn a_clock_before_what_happened() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let bytes = canonical::encode(&request);
    let early = bench.house.gate(bench.house.start().plus(60));
    let refusal = Review::open(&bytes, &approvals, &early, &bench.chronicle).err().unwrap();
    assert_eq!((refusal.rule, refusal.exit().code()), (Rule::Clock, 8), "{refusal}");
}
