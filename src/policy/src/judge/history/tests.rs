use strongroom_protocol::AccountId;

use super::*;

const ETH: &str = "eip155:1/slip44:60";

fn claim(slots: &[&str], payments: &[(&str, u64, bool)], fee: u64, reference: &str) -> Claim {
    Claim {
        intent: 0,
        account: AccountId::of(b"account"),
        slots: slots.iter().map(|slot| slot.parse().unwrap()).collect(),
        until: None,
        payments: payments
            .iter()
            .map(|(to, amount, own)| Payment {
                asset: ETH.parse().unwrap(),
                to: to.parse().unwrap(),
                amount: Amount::from(*amount),
                own: *own,
            })
            .collect(),
        fee_cap: Amount::from(fee),
        fee_asset: ETH.parse().unwrap(),
        reference: reference.parse().unwrap(),
    }
}

fn after(claims: &[Claim]) -> History {
    let mut history = History::default();
    for claim in claims {
        history.check(claim).unwrap();
        history.record(Timestamp::from_unix(100), claim);
    }
    history
}

#[test]
fn a_slot_carries_one_set_of_payments() {
    let history = after(&[claim(&["n/7"], &[("A", 5, false)], 1, "r1")]);
    let other = claim(&["n/7"], &[("B", 5, false)], 1, "r2");
    assert_eq!(history.check(&other), Err(Conflict::SlotPays("n/7".parse().unwrap())));
    let more = claim(&["n/7"], &[("A", 6, false)], 1, "r1");
    assert_eq!(history.check(&more), Err(Conflict::SlotPays("n/7".parse().unwrap())));
    // The same payments at a higher fee, and a return, are the only ones left.
    assert_eq!(history.check(&claim(&["n/7"], &[("A", 5, false)], 9, "r1")), Ok(()));
    assert_eq!(history.check(&claim(&["n/7"], &[], 9, "void")), Ok(()));
    assert_eq!(history.check(&claim(&["n/7"], &[("OWN", 5, true)], 9, "sweep")), Ok(()));
}

#[test]
fn after_a_void_the_slot_still_carries_its_payment() {
    let history = after(&[claim(&["n/7"], &[("A", 5, false)], 1, "r1"), claim(&["n/7"], &[], 2, "void")]);
    assert!(history.check(&claim(&["n/7"], &[("B", 5, false)], 3, "r2")).is_err());
}

#[test]
fn a_reference_pays_once() {
    let history = after(&[claim(&["n/7"], &[("A", 5, false)], 1, "r1")]);
    for (again, what) in [
        (claim(&["n/8"], &[("A", 5, false)], 1, "r1"), "another nonce"),
        (claim(&["m/0"], &[("A", 5, false)], 1, "r1"), "another account"),
        (claim(&["n/8"], &[("A", 4, false)], 1, "r1"), "another amount"),
    ] {
        assert_eq!(history.check(&again), Err(Conflict::ReferencePaid("r1".parse().unwrap())), "{what}");
    }
    assert_eq!(history.check(&claim(&["n/8"], &[("B", 5, false)], 1, "r1")), Ok(()), "another destination");
    assert_eq!(history.check(&claim(&["n/8"], &[("A", 5, false)], 1, "r2")), Ok(()), "another reference");
}

#[test]
fn a_replacement_shares_a_slot_with_every_earlier_version() {
    let pay = [("A", 5, false)];
    let history = after(&[claim(&["a", "b"], &pay, 1, "r"), claim(&["a", "c"], &pay, 2, "r")]);
    // T3{c,d} excludes T2{a,c} but not T1{a,b}: T1 and T3 could both land.
    assert_eq!(
        history.check(&claim(&["c", "d"], &pay, 3, "r")),
        Err(Conflict::ReferencePaid("r".parse().unwrap()))
    );
    assert_eq!(history.check(&claim(&["a", "d"], &pay, 3, "r")), Ok(()));
    assert_eq!(history.check(&claim(&["b", "c"], &pay, 3, "r")), Ok(()));
}

#[test]
fn an_expiry_only_payment_is_never_repeated() {
    let history = after(&[claim(&[], &[("A", 5, false)], 1, "r")]);
    assert!(history.check(&claim(&[], &[("A", 5, false)], 1, "r")).is_err());
}

#[test]
fn a_set_of_payments_is_counted_once_however_the_slot_came_by_it() {
    let (stranger, both) = ([("A", 5, false)], [("A", 5, false), ("OWN", 2, true)]);
    let asset: AssetId = ETH.parse().unwrap();
    let spent = |history: &History| history.spent_since(&asset, Timestamp::from_unix(0));
    let mut history = after(&[claim(&["n/7"], &both, 0, "r1")]);
    assert_eq!(spent(&history), Amount::from(7u64));
    // The strangers' part by itself is another set, and was not counted as such.
    let alone = claim(&["n/7"], &stranger, 0, "r1");
    history.record(Timestamp::from_unix(100), &alone);
    assert_eq!(spent(&history), Amount::from(12u64));
    for again in [&alone, &claim(&["n/7"], &both, 0, "r1")] {
        history.record(Timestamp::from_unix(100), again);
    }
    assert_eq!(spent(&history), Amount::from(12u64));
}

#[test]
fn what_is_only_spent_excludes_nothing_and_is_counted_once() {
    let mut history = History::default();
    let first = claim(&["n/7"], &[("A", 5, false)], 1, "r1");
    history.record_spending(Timestamp::from_unix(100), &first);
    assert_eq!(history.check(&claim(&["n/7"], &[("B", 5, false)], 1, "r2")), Ok(()));
    assert_eq!(history.check(&claim(&["n/8"], &[("A", 5, false)], 1, "r1")), Ok(()));
    let eth = ETH.parse().unwrap();
    let spent = |history: &History| history.spent_since(&eth, Timestamp::from_unix(0));
    assert_eq!(spent(&history), Amount::from(6u64));
    history.record(Timestamp::from_unix(200), &first);
    assert_eq!(spent(&history), Amount::from(6u64));
    let conflict = history.check(&claim(&["n/8"], &[("A", 5, false)], 1, "r1"));
    assert!(matches!(conflict, Err(Conflict::ReferencePaid(_))));
}

#[test]
fn many_claims_of_one_instant_leave_one_sum_for_each_asset() {
    let claims: Vec<_> =
        (0..50).map(|n| claim(&[&format!("n/{n}")], &[("A", 5, false)], 1, &format!("r{n}"))).collect();
    let mut history = after(&claims);
    assert_eq!(history.spending.len(), 2, "payments and fees");
    let asset: AssetId = ETH.parse().unwrap();
    assert_eq!(history.spent_since(&asset, Timestamp::from_unix(100)), Amount::from(300u64));
    assert_eq!(history.fees_since(&asset, Timestamp::from_unix(100)), Amount::from(50u64));
    let mut whale = claim(&["n/50"], &[("A", 1, false)], 0, "whale");
    whale.payments[0].amount = Amount::MAX;
    history.record(Timestamp::from_unix(100), &whale);
    assert_eq!(history.spent_since(&asset, Timestamp::from_unix(100)), Amount::MAX, "saturates");
    assert_eq!(history.fees_since(&asset, Timestamp::from_unix(100)), Amount::from(50u64));
}

#[test]
fn spending_counts_versions_of_a_payment_once_and_their_largest_fee() {
    let asset: AssetId = ETH.parse().unwrap();
    let mut history = after(&[claim(&["n/7"], &[("A", 5, false)], 1, "r1")]);
    assert_eq!(history.spent_since(&asset, Timestamp::from_unix(100)), Amount::from(6u64));
    let bump = claim(&["n/7"], &[("A", 5, false)], 4, "r1");
    assert_eq!(history.new_spending(&bump), [(asset.clone(), Amount::from(3u64), true)]);
    history.record(Timestamp::from_unix(200), &bump);
    assert_eq!(history.spent_since(&asset, Timestamp::from_unix(100)), Amount::from(9u64));
    assert_eq!(history.spent_since(&asset, Timestamp::from_unix(101)), Amount::from(3u64));
    assert_eq!(history.fees_since(&asset, Timestamp::from_unix(0)), Amount::from(4u64));
    assert!(history.new_spending(&bump).is_empty(), "the same version again adds nothing");
}
