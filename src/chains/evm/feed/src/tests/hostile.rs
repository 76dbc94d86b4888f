//! Nodes that conspire to send nonsense: every field of every answer, one by one, replaced by every kind of garbage.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strongroom_network::{Feed, Holding, Track, Version, Want};
use strongroom_protocol::{Action, Amount, Facts, Intent};

use crate::EvmFeed;
use crate::rules::GWEI;
use crate::testing::{ALICE, BOB, World, account, coin_of, hash, intent, low, pay, slot, token_of};

const METHODS: [&str; 10] = [
    "eth_chainId",
    "eth_blockNumber",
    "eth_getBlockByNumber",
    "eth_feeHistory",
    "eth_getTransactionCount",
    "eth_getBalance",
    "eth_getCode",
    "eth_call",
    "eth_estimateGas",
    "eth_getTransactionReceipt",
];

fn garbage() -> Vec<Value> {
    let deep = (0..60).fold(json!("0x1"), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("0x"),
        json!("0x0"),
        json!("-0x1"),
        json!("0xffffffffffffffff"),
        json!(format!("0x{}", "f".repeat(64))),
        json!(format!("0x{}", "f".repeat(65))),
        json!(format!("0x{}", "0".repeat(4096))),
        json!("\u{202e}\u{0}\u{1b}[2J"),
        json!([]),
        json!({}),
        json!(vec![0; 2000]),
        json!(vec![vec!["0x1"]; 2000]),
        deep,
    ]
}

/// Every way to replace one value within another: the whole, each member, each item, and theirs.
fn places(value: &Value, path: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    all.push(path.clone());
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => {
            items.iter().take(2).enumerate().map(|(i, item)| (i.to_string(), item)).collect()
        }
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member)).collect(),
        _ => Vec::new(),
    };
    for (step, inner) in inner {
        path.push(step);
        places(inner, path, all);
        path.pop();
    }
}

fn replace(value: &mut Value, path: &[String], with: &Value) {
    let mut target = value;
    for step in path {
        let next = match target {
            Value::Array(items) => items.get_mut(step.parse::<usize>().unwrap_or(usize::MAX)),
            Value::Object(members) => members.get_mut(step),
            _ => None,
        };
        let Some(next) = next else { return };
        target = next;
    }
    target.clone_from(with);
}

fn world() -> World {
    let world = World::ethereum();
    world.now(|truth| {
        truth.counts.get_mut(&low(ALICE)).unwrap().insert(30, 8);
        let padded = |address: &str| format!("0x{}{}", "0".repeat(24), &low(address)[2..]);
        let log = json!({"address": low(BOB), "topics": [hash(1), padded(ALICE), padded(BOB)], "data": hash(1)});
        let receipt = json!({
            "transactionHash": hash(1), "blockNumber": "0x1e", "blockHash": hash(0xb10c_001e), "from": low(ALICE),
            "status": "0x1", "gasUsed": "0x5208", "effectiveGasPrice": "0x1", "logs": [log],
        });
        truth.receipts.insert(hash(1), receipt);
        truth.codes.insert(low(BOB), "0x6001".to_owned());
    });
    world
}

fn intents() -> [Intent; 3] {
    let cap = 100_000 * 50 * GWEI;
    [
        intent("coins", pay(coin_of(1), BOB, 5), cap),
        intent("tokens", pay(token_of(1), BOB, 5), cap),
        intent("void", Action::Void { slot: slot(1, 9) }, cap),
    ]
}

/// Asks everything there is to ask; what comes of it does not matter as long as no cap is exceeded.
fn use_up(feed: &mut EvmFeed) -> bool {
    let (alice, intents) = (account(1, ALICE), intents());
    let wants: Vec<_> = intents
        .iter()
        .map(|intent| Want { account: &alice, intent, slot: None, beats: &[], rungs: 8 })
        .collect();
    let facts = feed.facts(&wants, &BTreeSet::new());
    let mut sound = facts.is_ok();
    for (intent, ladder) in intents.iter().zip(facts.into_iter().flat_map(|findings| findings.ladders)) {
        for facts in ladder.iter().flatten() {
            let Facts::Evm(facts) = facts else { panic!() };
            assert!(
                facts.fee_cap().is_some_and(|fee| fee <= intent.max_fee),
                "a cap was exceeded: {facts:?}"
            );
            assert!((21_000..=16_777_216).contains(&facts.gas_limit));
        }
        sound &= ladder.is_ok();
    }
    let version = Version { id: hash(1).parse().unwrap(), moves: Vec::new() };
    let track = Track { slot: slot(1, 7), versions: vec![version], accepted: true };
    sound &= feed.follow(&[track]).is_ok_and(|followed| followed.standings[0].is_ok());
    let holding = |asset| Holding { address: ALICE.parse().unwrap(), asset };
    sound &= feed.balances(&[holding(coin_of(1)), holding(token_of(1))]).is_ok();
    sound &= feed.describe(&[token_of(1)]).is_ok();
    feed.check();
    sound
}

#[test]
fn an_honest_world_has_answers_to_everything() {
    assert!(use_up(&mut world().honest()));
}

#[test]
fn no_garbage_in_any_field_panics_or_exceeds_a_cap() {
    let (world, garbage) = (world(), garbage());
    let mut refused = 0;
    for method in METHODS {
        // Where fields are, by an honest answer.
        let sample = match method {
            "eth_getBlockByNumber" => json!({"number": "", "hash": "", "timestamp": "", "baseFeePerGas": ""}),
            "eth_feeHistory" => json!({"reward": [["0x1"], ["0x1"]]}),
            "eth_getTransactionReceipt" => world.now(|truth| truth.receipts[&hash(1)].clone()),
            _ => Value::Null,
        };
        let mut all = Vec::new();
        places(&sample, &mut Vec::new(), &mut all);
        for path in all {
            for with in &garbage {
                let (path, with) = (path.clone(), with.clone());
                let mut feed = world.conspired_against(move |asked, _, answer| {
                    if let (true, Ok(value)) = (asked == method, answer) {
                        replace(value, &path, &with);
                    }
                });
                if !use_up(&mut feed) {
                    refused += 1;
                }
            }
        }
    }
    // Some garbage is a possible truth (a balance of 0); most is not.
    assert!(refused > 300, "only {refused} were refused");
}

#[test]
fn answers_that_are_too_long_are_refused() {
    let mut feed = world().conspired_against(|method, _, answer| {
        if method == "eth_getCode" {
            *answer = Ok(json!("0x".to_owned() + &"00".repeat(1 << 20)));
        }
    });
    assert!(!use_up(&mut feed));
}

#[test]
fn no_amount_overflows() {
    let (alice, world) = (account(1, ALICE), world());
    world.now(|truth| truth.coins.insert(low(ALICE), alloy_primitives::U256::MAX));
    let mut huge = intent("huge", pay(coin_of(1), BOB, 1), 0);
    huge.max_fee = Amount::MAX;
    huge.actions = vec![Action::Pay { asset: coin_of(1), to: BOB.parse().unwrap(), amount: Amount::MAX }];
    let wants = [Want { account: &alice, intent: &huge, slot: None, beats: &[], rungs: 8 }; 3];
    let findings = world.honest().facts(&wants, &BTreeSet::new()).unwrap();
    for ladder in &findings.ladders[1..] {
        assert!(ladder.is_err(), "more than everything was given away");
    }
}
