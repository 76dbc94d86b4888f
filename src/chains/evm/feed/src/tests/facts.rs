//! Nonces, gas and money.

use std::collections::BTreeSet;

use alloy_primitives::U256;
use serde_json::{Value, json};
use strongroom_network::{AgreementError, Feed, FeedError, Findings, Notice, Obstacle, Want};
use strongroom_protocol::{Account, Action, Amount, EvmFacts, Facts, Intent, Slot};

use crate::EvmFeed;
use crate::rules::GWEI;
use crate::testing::{
    ALICE, Answer, BOB, CAROL, COIN, DAVE, TOKEN, World, account, coin_of, intent, low, pay, slot, token_of,
};

/// A cap that never binds.
const WIDE: u128 = COIN;

fn want<'a>(account: &'a Account, intent: &'a Intent) -> Want<'a> {
    Want { account, intent, slot: None, beats: &[], rungs: 1 }
}

fn find(feed: &mut EvmFeed, intents: &[Intent], taken: &[u64]) -> Result<Findings, FeedError> {
    let alice = account(1, ALICE);
    let wants: Vec<_> = intents.iter().map(|intent| want(&alice, intent)).collect();
    feed.facts(&wants, &taken.iter().map(|nonce| slot(1, *nonce)).collect())
}

fn evm(facts: &Facts) -> &EvmFacts {
    match facts {
        Facts::Evm(facts) => facts,
        _ => panic!("{facts:?}"),
    }
}

fn nonces(findings: &Findings) -> Vec<Option<u64>> {
    findings.ladders.iter().map(|ladder| ladder.as_ref().ok().map(|ladder| evm(&ladder[0]).nonce)).collect()
}

fn obstacle(findings: &Findings, place: usize) -> &Obstacle {
    &findings.ladders[place].as_ref().unwrap_err().obstacle
}

fn coins(reference: &str, to: &str, amount: u128) -> Intent {
    intent(reference, pay(coin_of(1), to, amount), WIDE)
}

fn tokens(reference: &str, to: &str, amount: u128) -> Intent {
    intent(reference, pay(token_of(1), to, amount), WIDE)
}

fn says(method: &'static str, value: Value) -> impl Fn(&str, &Value, &mut Answer) + Send + Clone {
    move |asked, _, answer| {
        if asked == method {
            *answer = Ok(value.clone());
        }
    }
}

#[test]
fn a_payment_to_a_plain_account_needs_exactly_21000_gas() {
    let world = World::ethereum();
    let findings = find(&mut world.honest(), &[coins("one", BOB, COIN)], &[]).unwrap();
    let facts = evm(&findings.ladders[0].as_ref().unwrap()[0]);
    assert_eq!((facts.nonce, facts.gas_limit), (7, 21_000));
    assert_eq!((findings.as_of.block, findings.notices.len()), (100, 0));
}

#[test]
fn a_payment_to_a_contract_is_estimated_and_gets_a_fifth_more() {
    let world = World::ethereum();
    world.now(|truth| {
        truth.codes.insert(low(BOB), "0x6001".to_owned());
        truth.gas.insert(low(BOB), Ok(json!("0x6d60")));
    });
    let findings = find(&mut world.honest(), &[coins("one", BOB, COIN)], &[]).unwrap();
    assert_eq!(evm(&findings.ladders[0].as_ref().unwrap()[0]).gas_limit, 33_600);
}

#[test]
fn a_token_payment_takes_the_higher_estimate_and_a_fifth_more() {
    let world = World::ethereum();
    let mut feed = world.lied_to(says("eth_estimateGas", json!("0xf618")));
    let findings = find(&mut feed, &[tokens("one", BOB, 5)], &[]).unwrap();
    assert_eq!(evm(&findings.ladders[0].as_ref().unwrap()[0]).gas_limit, 63_000 + 12_600);
}

#[test]
fn estimates_far_apart_are_a_disagreement_about_that_payment_alone() {
    let world = World::ethereum();
    for lie in ["0x5208", "0x1e848"] {
        let mut feed = world.lied_to(says("eth_estimateGas", json!(lie)));
        let findings = find(&mut feed, &[tokens("one", BOB, 5), coins("two", CAROL, 5)], &[]).unwrap();
        let Obstacle::Agreement(AgreementError::Disagreement { question, .. }) = obstacle(&findings, 0)
        else {
            panic!("{findings:?}")
        };
        assert_eq!(question, &format!("the gas that {ALICE} needs to call {TOKEN}"));
        assert_eq!(nonces(&findings), [None, Some(7)], "what was refused took a nonce");
    }
}

#[test]
fn estimates_that_no_transaction_can_have_are_no_answers() {
    for (lie, words) in
        [("0x5207", "less than any transaction"), ("0x1000001", "more than one transaction may use")]
    {
        let mut feed = World::ethereum().conspired_against(says("eth_estimateGas", json!(lie)));
        let findings = find(&mut feed, &[tokens("one", BOB, 5)], &[]).unwrap();
        assert!(obstacle(&findings, 0).to_string().contains(words), "{findings:?}");
    }
}

#[test]
fn headroom_ends_where_no_transaction_may_go() {
    let mut feed = World::ethereum().conspired_against(says("eth_estimateGas", json!("0xffffff")));
    let findings = find(&mut feed, &[tokens("one", BOB, 5)], &[]).unwrap();
    assert_eq!(evm(&findings.ladders[0].as_ref().unwrap()[0]).gas_limit, 16_777_216);
}

#[test]
fn one_node_that_sees_a_payment_fail_is_enough_to_refuse_it() {
    let mut feed = World::ethereum().lied_to(|method, _, answer| {
        if method == "eth_estimateGas" {
            *answer = Err((3, "execution reverted: blocklisted".to_owned()));
        }
    });
    let findings = find(&mut feed, &[tokens("Invoice 9", BOB, 5)], &[]).unwrap();
    assert_eq!(
        findings.ladders[0].as_ref().unwrap_err().to_string(),
        "\"Invoice 9\": it would fail: beta says \"execution reverted: blocklisted\""
    );
}

#[test]
fn a_lie_about_a_payees_code_is_a_disagreement() {
    let mut feed = World::ethereum().lied_to(says("eth_getCode", json!("0x60")));
    let findings = find(&mut feed, &[coins("one", BOB, 5)], &[]).unwrap();
    assert!(matches!(obstacle(&findings, 0), Obstacle::Agreement(AgreementError::Disagreement { .. })));
}

#[test]
fn a_lie_about_the_nonce_stops_the_desk() {
    for lie in ["0x6", "0x8"] {
        let mut feed = World::ethereum().lied_to(says("eth_getTransactionCount", json!(lie)));
        let refused = find(&mut feed, &[coins("one", BOB, 5)], &[]).unwrap_err().to_string();
        let number = &lie[2..];
        assert!(
            refused.starts_with(&format!(
                "the nodes disagree about the nonce of {ALICE} at block 100: alpha says 7, beta says {number}"
            )),
            "{refused}"
        );
    }
}

#[test]
fn a_lie_about_the_balance_stops_the_desk() {
    let mut feed = World::ethereum().lied_to(says("eth_getBalance", json!("0x8ac7230489e80000")));
    let refused = find(&mut feed, &[coins("one", BOB, 5)], &[]).unwrap_err().to_string();
    assert!(refused.contains(&format!("the balance of {ALICE} at block 100")), "{refused}");
}

#[test]
fn nonces_are_given_in_order_around_those_that_are_taken() {
    let world = World::ethereum();
    let intents = [coins("a", BOB, 5), tokens("b", CAROL, 5), coins("c", DAVE, 5)];
    assert_eq!(nonces(&find(&mut world.honest(), &intents, &[]).unwrap()), [Some(7), Some(8), Some(9)]);
    // Spent ones among the taken do not matter.
    let findings = find(&mut world.honest(), &intents, &[3, 8, 9, 11]).unwrap();
    assert_eq!(nonces(&findings), [Some(7), Some(10), Some(12)]);
}

#[test]
fn what_must_take_a_slot_takes_it_and_others_go_around() {
    let (alice, world) = (account(1, ALICE), World::ethereum());
    let (first, second, seven) = (coins("a", BOB, 5), coins("b", CAROL, 5), slot(1, 7));
    let fixed = Want { slot: Some(&seven), ..want(&alice, &second) };
    let findings = world.honest().facts(&[want(&alice, &first), fixed], &BTreeSet::new()).unwrap();
    assert_eq!(nonces(&findings), [Some(8), Some(7)]);
}

#[test]
fn a_spent_slot_is_refused() {
    let alice = account(1, ALICE);
    let (spent, void) = (slot(1, 6), intent("void", Action::Void { slot: slot(1, 6) }, WIDE));
    let payment = coins("bump", BOB, 5);
    let wants = [want(&alice, &void), Want { slot: Some(&spent), ..want(&alice, &payment) }];
    let findings = World::ethereum().honest().facts(&wants, &BTreeSet::new()).unwrap();
    for place in 0..2 {
        assert_eq!(obstacle(&findings, place), &Obstacle::SlotSpent { slot: spent.clone(), next: 7 });
    }
}

#[test]
fn a_void_takes_its_own_slot_with_exactly_21000_gas() {
    let findings = find(
        &mut World::ethereum().honest(),
        &[intent("void", Action::Void { slot: slot(1, 9) }, WIDE)],
        &[9],
    )
    .unwrap();
    let facts = evm(&findings.ladders[0].as_ref().unwrap()[0]);
    assert_eq!((facts.nonce, facts.gas_limit), (9, 21_000));
}

#[test]
fn slots_and_accounts_of_others_are_refused() {
    let (alice, elsewhere, world) = (account(1, ALICE), account(137, ALICE), World::ethereum());
    let polygon = slot(137, 7);
    let bobs: Slot = format!("eip155:1:{BOB}/7").parse().unwrap();
    let garbage: Slot = "7".parse().unwrap();
    let (payment, void) = (coins("a", BOB, 5), intent("v", Action::Void { slot: slot(1, 8) }, WIDE));
    let seven = slot(1, 7);
    let other_version = Facts::Evm(EvmFacts {
        nonce: 8,
        gas_limit: 21_000,
        fees: strongroom_protocol::EvmFees::Legacy { gas_price: GWEI.into() },
    });
    let beats = [other_version];
    let nothing = coins("b", BOB, 0);
    let self_payment = coins("c", ALICE, 5);
    let two =
        Intent { actions: [payment.actions.clone(), payment.actions.clone()].concat(), ..payment.clone() };
    for (want, words) in [
        (want(&elsewhere, &payment), "the account lives on eip155:137"),
        (Want { slot: Some(&polygon), ..want(&alice, &payment) }, "is not of eip155:1"),
        (Want { slot: Some(&bobs), ..want(&alice, &payment) }, "is not of eip155:1"),
        (Want { slot: Some(&garbage), ..want(&alice, &payment) }, "is not a slot"),
        (Want { slot: Some(&seven), ..want(&alice, &void) }, "cannot take"),
        (Want { slot: Some(&seven), beats: &beats, ..want(&alice, &payment) }, "is not of its slot"),
        (Want { beats: &beats, ..want(&alice, &payment) }, "is not of its slot"),
        (want(&alice, &nothing), "is no payment"),
        (want(&alice, &self_payment), "the paying account itself"),
        (want(&alice, &two), "does one thing"),
    ] {
        let findings = world.honest().facts(&[want], &BTreeSet::new()).unwrap();
        let Obstacle::Unsupported { why } = obstacle(&findings, 0) else { panic!("{findings:?}") };
        assert!(why.contains(words), "{words}: {why}");
    }
}

#[test]
fn an_account_cannot_give_more_than_it_holds_over_the_whole_batch() {
    let world = World::ethereum();
    let intents = [
        coins("a", BOB, 60 * COIN),
        coins("b", CAROL, 60 * COIN),
        coins("c", DAVE, 30 * COIN),
        tokens("d", BOB, 900_000),
        tokens("e", CAROL, 100_001),
        tokens("f", DAVE, 100_000),
    ];
    let findings = find(&mut world.honest(), &intents, &[]).unwrap();
    assert_eq!(nonces(&findings), [Some(7), None, Some(8), Some(9), None, Some(10)]);
    let Obstacle::Insufficient { account, asset, held, needed } = obstacle(&findings, 1) else { panic!() };
    assert_eq!((account.as_str(), asset, *held), (ALICE, &coin_of(1), Amount::from(100 * COIN)));
    // Both payments and the fees of both: 21,000 gas at 21 gwei each.
    assert_eq!(*needed, Amount::from(120 * COIN + 2 * 21_000 * 21 * GWEI));
    let Obstacle::Insufficient { asset, needed, .. } = obstacle(&findings, 4) else { panic!() };
    assert_eq!((asset, *needed), (&token_of(1), Amount::from(1_000_001u64)));
}

#[test]
fn the_last_wei_can_be_spent_and_not_one_more() {
    let world = World::ethereum();
    let fee = 21_000 * 21 * GWEI;
    world.now(|truth| truth.coins.insert(low(ALICE), U256::from(COIN + fee)));
    assert!(find(&mut world.honest(), &[coins("a", BOB, COIN)], &[]).unwrap().ladders[0].is_ok());
    let findings = find(&mut world.honest(), &[coins("a", BOB, COIN + 1)], &[]).unwrap();
    assert!(matches!(obstacle(&findings, 0), Obstacle::Insufficient { .. }));
}

#[test]
fn a_token_payment_needs_coin_for_its_fee() {
    let world = World::ethereum();
    world.now(|truth| truth.coins.clear());
    let findings = find(&mut world.honest(), &[tokens("a", BOB, 5)], &[]).unwrap();
    assert!(matches!(obstacle(&findings, 0), Obstacle::Insufficient { asset, .. } if *asset == coin_of(1)));
}

#[test]
fn a_waiting_transaction_that_nobody_reserved_is_told() {
    let world = World::ethereum();
    world.now(|truth| truth.waiting.insert(low(ALICE), 2));
    let findings = find(&mut world.honest(), &[coins("a", BOB, 5)], &[7]).unwrap();
    let strange = |node: &str| Notice::UnexplainedPending { slot: slot(1, 8), node: node.to_owned() };
    assert_eq!(findings.notices, [strange("alpha"), strange("beta")]);
    assert_eq!(nonces(&findings), [Some(8)]);
    let findings = find(&mut world.honest(), &[coins("a", BOB, 5)], &[7, 8]).unwrap();
    assert_eq!((findings.notices.len(), nonces(&findings)), (0, vec![Some(9)]));
    // However many a node claims.
    let mut feed = world.lied_to(|method, params, answer| {
        if method == "eth_getTransactionCount" && params[1] == "pending" {
            *answer = Ok(json!("0xffffffffffffffff"));
        }
    });
    assert_eq!(find(&mut feed, &[coins("a", BOB, 5)], &[7, 8]).unwrap().notices.len(), 1);
}

#[test]
fn revoking_an_allowance_is_estimated_like_any_call() {
    let revoke = Action::Revoke { asset: token_of(1), spender: DAVE.parse().unwrap() };
    let findings = find(&mut World::ethereum().honest(), &[intent("r", revoke, WIDE)], &[]).unwrap();
    assert_eq!(evm(&findings.ladders[0].as_ref().unwrap()[0]).gas_limit, 72_000);
}

#[test]
fn a_thousand_payments_cost_a_few_posts() {
    let world = World::ethereum();
    world.now(|truth| {
        truth.coins.insert(low(ALICE), U256::from(100_000 * COIN));
        truth.tokens.insert((low(TOKEN), low(ALICE)), U256::from(COIN));
    });
    let payees = [BOB, CAROL, DAVE];
    let intents: Vec<_> = (0..1000u128)
        .map(|n| {
            let payee = payees[usize::try_from(n % 3).unwrap()];
            let reference = format!("payment {n}");
            if n % 2 == 0 { coins(&reference, payee, 5 + n) } else { tokens(&reference, payee, 5 + n) }
        })
        .collect();
    let alpha = world.node("alpha");
    let log = alpha.log();
    let findings = find(&mut world.feed(vec![alpha, world.node("beta")]), &intents, &[]).unwrap();
    let expected: Vec<_> = (7..1007).map(Some).collect();
    assert_eq!(nonces(&findings), expected);
    let log = log.lock().unwrap();
    let count = |method: &str| log.iter().filter(|(asked, _)| asked == method).count();
    assert_eq!((count("eth_feeHistory"), count("eth_getCode"), count("eth_estimateGas")), (1, 3, 3));
    assert_eq!(log.len(), 3 + 1 + 1 + 3 + 1 + 3 + 3, "{log:?}");
    // The largest amount of each kind was asked for.
    let largest = format!("{:064x}", 5 + 999);
    assert!(
        log.iter().any(|(_, params)| params[0]["data"].as_str().is_some_and(|data| data.ends_with(&largest)))
    );
}
