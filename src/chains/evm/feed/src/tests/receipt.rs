//! Receipts: what they must say to be answers, and what they show.

use serde_json::{Value, json};
use strongroom_network::{Outcome, Standing};
use strongroom_protocol::{Amount, Move};

use super::follow::{stand, track};
use crate::testing::{ALICE, BOB, TOKEN, World, coin_of, hash, low, token_of};

#[test]
fn receipts_of_other_transactions_are_no_answers() {
    let world = World::ethereum();
    world.land(1, 30);
    for (field, lie, words) in [
        ("transactionHash", json!(hash(2)), "transactionHash is not the transaction that was asked about"),
        ("from", json!(low(BOB)), "from is not the account that signed it"),
        ("status", json!("0x2"), "status is neither 0 nor 1"),
        ("status", json!(true), "status is not a hex quantity"),
        ("blockHash", json!("0x12"), "blockHash is not a hash"),
        ("logs", json!({}), "logs is not an array"),
        ("effectiveGasPrice", Value::Null, "effectiveGasPrice is missing"),
    ] {
        let mut feed = world.lied_to(move |method, _, answer| {
            if let ("eth_getTransactionReceipt", Ok(Value::Object(receipt))) = (method, answer) {
                receipt.insert(field.to_owned(), lie.clone());
            }
        });
        let refused = stand(&mut feed, track(7, &[1])).unwrap_err().to_string();
        assert!(refused.contains("only alpha told") && refused.contains(words), "{field}: {refused}");
    }
}

fn moved(amount: u64) -> Value {
    let padded = |address: &str| format!("0x{}{}", "0".repeat(24), &low(address)[2..]);
    json!({
        "address": low(TOKEN),
        "topics": [
            "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
            padded(ALICE),
            padded(BOB),
        ],
        "data": hash(amount),
    })
}

#[test]
fn a_success_that_moved_no_token_is_not_done() {
    let step = |amount: u64, asset| Move {
        from: ALICE.parse().unwrap(),
        to: BOB.parse().unwrap(),
        asset,
        amount: Amount::from(amount),
    };
    for (logs, moves, outcome) in [
        (json!([moved(5)]), vec![step(5, token_of(1))], Outcome::Done),
        (json!([moved(3), moved(5)]), vec![step(5, token_of(1))], Outcome::Done),
        (json!([]), vec![step(5, token_of(1))], Outcome::NotMoved),
        (json!([moved(4)]), vec![step(5, token_of(1))], Outcome::NotMoved),
        (json!([moved(5)]), vec![step(5, token_of(1)), step(5, token_of(1))], Outcome::NotMoved),
        // Coins leave no record, and a void moves nothing.
        (json!([]), vec![step(5, coin_of(1))], Outcome::Done),
        (json!([]), vec![step(0, token_of(1))], Outcome::Done),
    ] {
        let world = World::ethereum();
        world.land(1, 30);
        world.now(|truth| truth.receipts.get_mut(&hash(1)).unwrap()["logs"] = logs.clone());
        let mut track = track(7, &[1]);
        track.versions[0].moves = moves;
        let Ok(Standing::Final { landing }) = stand(&mut world.honest(), track) else { panic!() };
        assert_eq!(landing.outcome, outcome, "{logs}");
    }
}
