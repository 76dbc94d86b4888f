//! Fees, from what nodes say to what a version offers.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strongroom_network::{Feed, FeedError, Findings, Notice, Obstacle, Want};
use strongroom_protocol::{Amount, EvmFacts, EvmFees, Facts};

use crate::EvmFeed;
use crate::rules::GWEI;
use crate::testing::{ALICE, BOB, COIN, World, account, coin_of, intent, pay, slot};

const GAS: u128 = 21_000;

fn dynamic(max: u128, tip: u128) -> EvmFees {
    EvmFees::Eip1559 { max_fee_per_gas: max.into(), max_priority_fee_per_gas: tip.into() }
}

fn find(feed: &mut EvmFeed, price: u128, rungs: usize, beats: &[EvmFees]) -> Result<Findings, FeedError> {
    let chain = feed.chain().reference().parse().unwrap();
    let (alice, seven) = (account(chain, ALICE), slot(chain, 7));
    let payment = intent("one", pay(coin_of(chain), BOB, COIN), GAS * price);
    let beats: Vec<_> = beats
        .iter()
        .map(|fees| Facts::Evm(EvmFacts { nonce: 7, gas_limit: 21_000, fees: fees.clone() }))
        .collect();
    let want = Want { account: &alice, intent: &payment, slot: Some(&seven), beats: &beats, rungs };
    feed.facts(&[want], &BTreeSet::new())
}

fn fees(findings: &Findings) -> Vec<EvmFees> {
    let ladder = findings.ladders[0].as_ref().unwrap();
    ladder
        .iter()
        .map(|facts| if let Facts::Evm(facts) = facts { facts.fees.clone() } else { panic!() })
        .collect()
}

fn refusal(findings: &Findings) -> (Amount, Amount) {
    match *findings.ladders[0].as_ref().unwrap_err().obstacle {
        Obstacle::Cap { allowed, needed, .. } => (allowed, needed),
        ref other => panic!("{other}"),
    }
}

fn tips(tip: &'static str) -> impl Fn(&str, &Value, &mut crate::testing::Answer) + Send + Clone {
    move |method, _, answer| {
        if method == "eth_feeHistory" {
            *answer = Ok(json!({"reward": [[tip], [tip]]}));
        }
    }
}

#[test]
fn the_tip_is_what_recent_blocks_were_content_with() {
    let findings = find(&mut World::ethereum().honest(), 1000 * GWEI, 1, &[]).unwrap();
    assert_eq!(fees(&findings), [dynamic(21 * GWEI, GWEI)]);
}

#[test]
fn polygon_is_paid_at_least_25_gwei_of_tip() {
    let findings = find(&mut World::polygon().honest(), 1000 * GWEI, 1, &[]).unwrap();
    assert_eq!(fees(&findings), [dynamic(45 * GWEI, 25 * GWEI)]);
    // Nodes that say less and nodes that say little agree: what is under the floor does not count.
    let findings = find(&mut World::polygon().lied_to(tips("0x1")), 1000 * GWEI, 1, &[]).unwrap();
    assert_eq!(fees(&findings), [dynamic(45 * GWEI, 25 * GWEI)]);
    // A plan that does not leave room for it is refused with what it needs: base fee, an eighth, and the tip.
    let findings = find(&mut World::polygon().honest(), 30 * GWEI, 1, &[]).unwrap();
    assert_eq!(refusal(&findings), (Amount::from(GAS * 30 * GWEI), Amount::from(GAS * 36_250_000_000)));
}

#[test]
fn tips_may_differ_by_a_factor_of_two() {
    let findings = find(&mut World::ethereum().lied_to(tips("0x77359400")), 1000 * GWEI, 1, &[]).unwrap();
    assert_eq!(fees(&findings), [dynamic(22 * GWEI, 2 * GWEI)]);
    let refused = find(&mut World::ethereum().lied_to(tips("0x77359401")), 1000 * GWEI, 1, &[]).unwrap_err();
    assert!(
        refused.to_string().contains(
            "the usual tip of the 20 blocks up to 100: alpha says 1000000000, beta says 2000000001"
        ),
        "{refused}"
    );
}

#[test]
fn the_plans_cap_wins_over_what_all_nodes_say() {
    // The highest tip that is taken for an answer at all.
    let mut feed = World::ethereum().conspired_against(tips("0xde0b6b3a7640000"));
    let findings = find(&mut feed, 50 * GWEI, 8, &[]).unwrap();
    let offered = fees(&findings);
    assert_eq!(offered, [dynamic(50 * GWEI, 50 * GWEI - 11_250_000_000)]);
    assert_eq!(findings.notices.len(), 1);
    let mut feed = World::ethereum().conspired_against(tips("0xde0b6b3a7640001"));
    let refused = find(&mut feed, 50 * GWEI, 8, &[]).unwrap_err().to_string();
    assert!(refused.contains("eth_feeHistory reward[0][0] is more than gas can cost"), "{refused}");
}

#[test]
fn an_absurd_base_fee_is_refused() {
    let world = World::ethereum();
    world.now(|truth| truth.blocks.iter_mut().for_each(|block| block.1 = Some(COIN)));
    let (allowed, needed) = refusal(&find(&mut world.honest(), 100 * GWEI, 1, &[]).unwrap());
    assert_eq!(allowed, Amount::from(GAS * 100 * GWEI));
    assert_eq!(needed, Amount::from(GAS * (COIN + COIN / 8 + GWEI / 10)));
    world.now(|truth| truth.blocks.iter_mut().for_each(|block| block.1 = Some(COIN + 1)));
    let refused = find(&mut world.honest(), 100 * GWEI, 1, &[]).unwrap_err().to_string();
    assert!(refused.contains("baseFeePerGas is more than gas can cost"), "{refused}");
}

#[test]
fn a_ladder_climbs_to_the_cap() {
    let findings = find(&mut World::ethereum().honest(), 84 * GWEI, 4, &[]).unwrap();
    assert_eq!(
        fees(&findings),
        [
            dynamic(21 * GWEI, GWEI),
            dynamic(42 * GWEI, 2 * GWEI),
            dynamic(63 * GWEI, 3 * GWEI),
            dynamic(84 * GWEI, 4 * GWEI)
        ]
    );
    assert_eq!(findings.notices, []);
}

#[test]
fn a_ladder_that_came_out_shorter_is_told() {
    let findings = find(&mut World::ethereum().honest(), 22 * GWEI, 4, &[]).unwrap();
    assert_eq!(fees(&findings).len(), 1);
    let reference = "one".parse().unwrap();
    assert_eq!(findings.notices, [Notice::ShortLadder { reference, rungs: 1, wanted: 4 }]);
    // Requests have eight versions at most.
    let findings = find(&mut World::ethereum().honest(), 10_000 * GWEI, 20, &[]).unwrap();
    assert_eq!(fees(&findings).len(), 8);
    assert_eq!(findings.notices.len(), 1);
}

#[test]
fn a_bump_beats_the_version_before_by_an_eighth() {
    let before = [dynamic(40 * GWEI, 8 * GWEI)];
    let findings = find(&mut World::ethereum().honest(), 100 * GWEI, 1, &before).unwrap();
    assert_eq!(fees(&findings), [dynamic(45 * GWEI, 9 * GWEI)]);
    let findings = find(&mut World::ethereum().honest(), 44 * GWEI, 1, &before).unwrap();
    assert_eq!(refusal(&findings), (Amount::from(GAS * 44 * GWEI), Amount::from(GAS * 45 * GWEI)));
    let words = findings.ladders[0].as_ref().unwrap_err().to_string();
    assert!(words.contains("make a plan with a fee cap of at least 945000000000000"), "{words}");
}

#[test]
fn a_chain_without_base_fee_gets_legacy_fees() {
    let world = World::ethereum();
    world.now(|truth| truth.blocks.iter_mut().for_each(|block| block.1 = None));
    let alpha = world.node("alpha");
    let log = alpha.log();
    let findings = find(&mut world.feed(vec![alpha, world.node("beta")]), 60 * GWEI, 2, &[]).unwrap();
    let price = |price: u128| EvmFees::Legacy { gas_price: price.into() };
    assert_eq!(fees(&findings), [price(20 * GWEI), price(40 * GWEI)]);
    assert!(log.lock().unwrap().iter().all(|(method, _)| method != "eth_feeHistory"));
    // A node that hides the base fee makes a disagreement, not a legacy chain.
    let mut feed = World::ethereum().lied_to(|method, _, answer| {
        if let ("eth_getBlockByNumber", Ok(Value::Object(block))) = (method, answer) {
            block.remove("baseFeePerGas");
        }
    });
    assert!(
        find(&mut feed, 60 * GWEI, 1, &[])
            .unwrap_err()
            .to_string()
            .contains("the nodes disagree about block 100")
    );
}
