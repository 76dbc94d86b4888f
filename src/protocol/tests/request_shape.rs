//! Requests that contradict themselves.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

mod common;

use common::samples::{account, intent, item, legacy, plan, request, request_of, rung, seal, small_plan};
use common::signer::Key;
use strongroom_protocol::Request;
use strongroom_protocol::request::{LADDER_LIMIT, RequestError};

fn altered(alter: impl Fn(&mut Request)) -> Result<(), RequestError> {
    let mut request = request();
    alter(&mut request);
    request.check_shape()
}

#[test]
fn whole_requests_and_parts_of_them_are_in_shape() {
    assert_eq!(altered(|_| {}), Ok(()));
    assert_eq!(altered(|request| drop(request.items.drain(1..3))), Ok(()), "a subset of the plan");
    assert_eq!(altered(|request| request.items.truncate(1)), Ok(()));
    assert_eq!(altered(|request| request.accounts.clear()), Ok(()), "copies are for show");
    assert_eq!(altered(|request| request.accounts.swap(0, 1)), Ok(()));
    assert_eq!(altered(|request| request.vault_heads.clear()), Ok(()));
    assert_eq!(altered(|request| request.items[1].rungs = vec![rung(1, legacy()); LADDER_LIMIT]), Ok(()));
}

#[test]
fn a_request_for_nothing_is_refused() {
    assert_eq!(altered(|request| request.items.clear()), Err(RequestError::Empty));
}

#[test]
fn an_intent_that_the_plan_does_not_have_is_refused() {
    let count = plan().intents.len();
    for beyond in [u32::try_from(count).unwrap(), u32::MAX] {
        assert_eq!(
            altered(|request| request.items.push(item(beyond))),
            Err(RequestError::NoSuchIntent { item: count + 1, intent: beyond, count })
        );
    }
    let mut nothing = small_plan();
    nothing.intents.clear();
    let request =
        Request { items: vec![item(0)], plan: seal(&nothing, &Key::ed25519(1)), ..request_of(&small_plan()) };
    assert_eq!(request.check_shape(), Err(RequestError::NoSuchIntent { item: 1, intent: 0, count: 0 }));
}

#[test]
fn an_intent_carried_out_twice_or_out_of_order_is_refused() {
    assert_eq!(
        altered(|request| request.items.insert(1, item(0))),
        Err(RequestError::Disorder { item: 2 }),
        "twice"
    );
    assert_eq!(
        altered(|request| request.items.swap(2, 3)),
        Err(RequestError::Disorder { item: 4 }),
        "out of order"
    );
    let last = plan().intents.len();
    assert_eq!(
        altered(|request| request.items.push(item(0))),
        Err(RequestError::Disorder { item: last + 1 }),
        "twice, far apart"
    );
}

#[test]
fn a_ladder_without_rungs_or_with_too_many_is_refused() {
    assert_eq!(
        altered(|request| request.items[2].rungs.clear()),
        Err(RequestError::Ladder { item: 3, count: 0 })
    );
    assert_eq!(
        altered(|request| request.items[2].rungs = vec![rung(2, legacy()); LADDER_LIMIT + 1]),
        Err(RequestError::Ladder { item: 3, count: LADDER_LIMIT + 1 })
    );
}

#[test]
fn copies_of_accounts_that_repeat_or_add_are_refused() {
    assert_eq!(
        altered(|request| request.accounts.push(request.accounts[0].clone())),
        Err(RequestError::Accounts),
        "the same twice"
    );
    assert_eq!(altered(|request| request.accounts.push(account(3))), Err(RequestError::Accounts), "nobody's");
    assert_eq!(
        altered(|request| request.accounts[0].label = "another".parse().unwrap()),
        Err(RequestError::Accounts),
        "another record under the same address"
    );
}

#[test]
fn an_intent_that_does_nothing_is_refused_even_where_no_item_names_it() {
    let mut idle = plan();
    idle.intents.push(intent(account(1).id(), Vec::new()));
    let mut request = request_of(&idle);
    assert_eq!(request.check_shape(), Err(RequestError::NoActions(idle.intents.len() - 1)));
    request.items.pop();
    assert_eq!(request.check_shape(), Err(RequestError::NoActions(idle.intents.len() - 1)));
}
