//! Sending, and what nodes say to it.

use serde_json::json;
use strongroom_network::{Feed, FeedError, Sent, Submission, TransportError};
use strongroom_protocol::RawTx;

use crate::testing::{Double, World, hash};

fn raw() -> RawTx {
    RawTx(vec![2, 0xf8, 0x70])
}

fn send(world: &World, nodes: Vec<Double>) -> Sent {
    world.feed(nodes).send(&[raw()]).unwrap().remove(0)
}

fn says(world: &World, name: &'static str, code: i64, words: &'static str) -> Double {
    world.node(name).lying(move |method, _, answer| {
        assert_eq!(method, "eth_sendRawTransaction");
        *answer = Err((code, words.to_owned()));
    })
}

fn outcome(words: &'static str, code: i64) -> Submission {
    let world = World::ethereum();
    let sent = send(&world, vec![says(&world, "alpha", code, words)]);
    sent.outcomes[0].1.clone()
}

#[test]
fn every_node_gets_it_and_each_outcome_is_named() {
    let world = World::ethereum();
    let beta = world.node("beta");
    let log = beta.log();
    let dead = world.node("gamma").failing(TransportError::Timeout);
    let sent = send(&world, vec![says(&world, "alpha", -32000, "already known"), beta, dead]);
    assert_eq!(
        sent.outcomes,
        [
            ("alpha".to_owned(), Submission::AlreadyKnown),
            ("beta".to_owned(), Submission::Accepted),
            ("gamma".to_owned(), Submission::Unknown { reason: "did not answer in time".to_owned() }),
        ]
    );
    assert_eq!(sent.verdict(), Submission::Accepted);
    assert_eq!(*log.lock().unwrap(), [("eth_sendRawTransaction".to_owned(), json!(["0x02f870"]))]);
}

#[test]
fn the_id_is_ours_and_not_the_nodes() {
    let world = World::ethereum();
    // Keccak-256 of nothing, as in the Yellow Paper.
    let nothing = world.honest().id_of(&RawTx(Vec::new()));
    assert_eq!(nothing.as_str(), "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert_eq!(send(&world, vec![world.node("alpha")]).id, world.honest().id_of(&raw()));
    let liar = world.node("alpha").lying(|_, _, answer| *answer = Ok(json!(hash(7))));
    let Submission::Unknown { reason } = &send(&world, vec![liar]).outcomes[0].1 else { panic!() };
    assert!(reason.contains("is the id of another transaction"), "{reason}");
    let silly = world.node("alpha").lying(|_, _, answer| *answer = Ok(json!({"ok": true})));
    let Submission::Unknown { reason } = &send(&world, vec![silly]).outcomes[0].1 else { panic!() };
    assert!(reason.contains("eth_sendRawTransaction is not 0x"), "{reason}");
}

#[test]
fn a_transaction_that_is_known_already_counts_as_taken() {
    for words in [
        "already known",
        "AlreadyKnown",
        "ALREADY_EXISTS: already known",
        "INTERNAL_ERROR: existing tx with same hash",
        "Known transaction",
        "known transaction: 0x12",
        "transaction already imported",
        "Transaction with the same hash was already imported.",
        "tx already exists in cache",
        "already in mempool",
    ] {
        assert_eq!(outcome(words, -32000), Submission::AlreadyKnown, "{words}");
    }
}

#[test]
fn a_spent_nonce_is_unknown_and_never_a_failure() {
    for words in [
        "nonce too low: next nonce 8, tx nonce 7",
        "Nonce too low",
        "OldNonce",
        "Transaction nonce is too low. Try incrementing the nonce.",
        "transaction nonce is below sender account nonce",
    ] {
        for code in [-32000, -32001, -32003] {
            assert!(matches!(outcome(words, code), Submission::Unknown { .. }), "{words}");
        }
    }
}

#[test]
fn what_a_node_will_not_take_is_rejected_in_its_words() {
    for words in [
        "replacement transaction underpriced",
        "transaction underpriced: gas tip cap 1, minimum needed 25000000000",
        "insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1",
        "intrinsic gas too low: gas 1, minimum needed 21000",
        "nonce too high",
        "ReplacementNotAllowed",
        "FeeTooLow, MaxFeePerGas too low",
        "Gas price below configured minimum gas price",
        "max fee per gas less than block base fee: address 0x, maxFeePerGas: 1, baseFee: 2",
        "invalid sender: invalid chain id for signer: have 137 want 1",
        "exceeds block gas limit",
        "txpool is full",
        "tx fee (2.10 ether) exceeds the configured cap (1.00 ether)",
        "transaction type not supported",
        "rlp: expected input list for types.LegacyTx",
    ] {
        assert_eq!(outcome(words, -32000), Submission::Rejected { reason: words.to_owned() });
    }
    assert!(matches!(outcome("nope", -32003), Submission::Rejected { .. }), "EIP-1474: transaction rejected");
}

#[test]
fn words_that_nobody_knows_mean_nothing() {
    for (words, code) in [("internal error", -32603), ("something went wrong", -32000), ("try later", -32010)]
    {
        assert_eq!(outcome(words, code), Submission::Unknown { reason: words.to_owned() });
    }
}

#[test]
fn what_nodes_say_cannot_steer_a_screen() {
    let Submission::Unknown { reason } = outcome("\u{1b}[2Jfinal\u{202e}", -32000) else { panic!() };
    assert_eq!(reason, "\\u{1b}[2Jfinal\\u{202e}");
}

#[test]
fn many_are_sent_in_order_and_each_is_answered() {
    let world = World::ethereum();
    let all: Vec<_> = (0..250u8).map(|n| RawTx(vec![2, n])).collect();
    world.now(|truth| {
        truth.reception.insert("0x0207".to_owned(), Err((-32000, "nonce too high".to_owned())));
    });
    let alpha = world.node("alpha").reversed();
    let log = alpha.log();
    let sent = world.feed(vec![alpha, world.node("beta")]).send(&all).unwrap();
    assert_eq!(sent.len(), 250);
    for (place, sent) in sent.iter().enumerate() {
        assert_eq!(matches!(sent.verdict(), Submission::Rejected { .. }), place == 7);
        assert_eq!(sent.id, world.honest().id_of(&all[place]));
    }
    let log = log.lock().unwrap();
    assert!(log.windows(2).all(|pair| pair[0].1[0].as_str() < pair[1].1[0].as_str()), "out of order");
}

#[test]
fn one_node_is_enough_to_send_and_none_is_not() {
    let world = World::ethereum();
    assert_eq!(send(&world, vec![world.node("alpha")]).verdict(), Submission::Accepted);
    assert_eq!(world.feed(Vec::new()).send(&[raw()]), Err(FeedError::NoNodes("eip155:1".parse().unwrap())));
}
