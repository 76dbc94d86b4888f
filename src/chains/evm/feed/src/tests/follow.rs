//! Where a nonce stands, through delays, reorganisations and lies.

use serde_json::{Value, json};
use strongroom_network::{
    AgreementError, Feed, FeedError, Followed, Outcome, Standing, Track, TransactionId, TransportError,
    Version,
};
use strongroom_protocol::Amount;

use crate::EvmFeed;
use crate::rules::GWEI;
use crate::testing::{ALICE, World, hash, low, slot};

pub(super) fn id(number: u64) -> TransactionId {
    hash(number).parse().unwrap()
}

pub(super) fn track(nonce: u64, versions: &[u64]) -> Track {
    let versions = versions.iter().map(|number| Version { id: id(*number), moves: Vec::new() }).collect();
    Track { slot: slot(1, nonce), versions, accepted: false }
}

pub(super) fn stand(feed: &mut EvmFeed, track: Track) -> Result<Standing, AgreementError> {
    let mut followed = feed.follow(&[track]).unwrap();
    followed.standings.remove(0)
}

fn receipt(number: u64, block: u64) -> Value {
    json!({
        "transactionHash": hash(number),
        "blockNumber": format!("{block:#x}"),
        "blockHash": hash(0xb10c_0000 + block),
        "from": low(ALICE),
        "status": "0x1",
        "gasUsed": "0x5208",
        "effectiveGasPrice": format!("{:#x}", 11 * GWEI),
        "logs": [],
    })
}

impl World {
    /// Alice's next transaction lands in a block.
    pub(super) fn land(&self, number: u64, block: u64) {
        self.now(|truth| {
            let counts = truth.counts.get_mut(&low(ALICE)).unwrap();
            let next = counts.values().max().unwrap() + 1;
            counts.insert(block, next);
            truth.receipts.insert(hash(number), receipt(number, block));
            truth.pool.remove(&hash(number));
        });
    }

    /// The newest blocks are replaced by as many empty ones.
    fn reorganise(&self, from: u64) {
        self.now(|truth| {
            let from_index = usize::try_from(from).unwrap();
            for block in &mut truth.blocks[from_index..] {
                block.0 += 0xf000_0000;
            }
            truth.counts.values_mut().for_each(|counts| counts.retain(|height, _| *height < from));
            let gone = |receipt: &Value| {
                let height = receipt["blockNumber"].as_str().unwrap();
                u64::from_str_radix(&height[2..], 16).unwrap() >= from
            };
            let lost: Vec<_> = truth
                .receipts
                .iter()
                .filter(|(_, receipt)| gone(receipt))
                .map(|(id, _)| id.clone())
                .collect();
            for id in lost {
                truth.receipts.remove(&id);
                truth.pool.insert(id);
            }
        });
    }

    fn finalize(&self, height: u64) {
        self.now(|truth| truth.finalized = Some(height));
    }
}

#[test]
fn a_payment_goes_from_unknown_to_final() {
    let world = World::ethereum();
    let mut feed = world.honest();
    assert_eq!(stand(&mut feed, track(7, &[1])), Ok(Standing::Unknown));
    world.now(|truth| truth.pool.insert(hash(1)));
    assert_eq!(stand(&mut feed, track(7, &[1])), Ok(Standing::Pending { behind: 0 }));
    world.land(1, 98);
    let Ok(Standing::Included { landing, confirmations: 3 }) = stand(&mut feed, track(7, &[1])) else {
        panic!()
    };
    assert_eq!((landing.version.clone(), landing.block, landing.outcome), (id(1), 98, Outcome::Done));
    assert_eq!(
        (landing.block_id.clone(), landing.fee),
        (hash(0xb10c_0062), Amount::from(21_000 * 11 * GWEI))
    );
    world.finalize(97);
    assert!(matches!(stand(&mut feed, track(7, &[1])), Ok(Standing::Included { .. })), "one block short");
    world.finalize(98);
    assert_eq!(stand(&mut feed, track(7, &[1])), Ok(Standing::Final { landing }));
}

#[test]
fn a_reorganisation_takes_it_back_to_pending() {
    let world = World::ethereum();
    let mut feed = world.honest();
    world.land(1, 99);
    assert!(matches!(stand(&mut feed, track(7, &[1])), Ok(Standing::Included { confirmations: 2, .. })));
    world.reorganise(99);
    assert_eq!(stand(&mut feed, track(7, &[1])), Ok(Standing::Pending { behind: 0 }));
    // It lands again, elsewhere.
    world.land(1, 100);
    let Ok(Standing::Included { landing, confirmations: 1 }) = stand(&mut feed, track(7, &[1])) else {
        panic!()
    };
    assert_eq!(landing.block, 100);
}

#[test]
fn a_failure_is_a_failure_and_final_only_when_it_is() {
    let world = World::ethereum();
    world.land(1, 98);
    world.now(|truth| truth.receipts.get_mut(&hash(1)).unwrap()["status"] = json!("0x0"));
    let mut feed = world.honest();
    let Ok(Standing::Included { landing, .. }) = stand(&mut feed, track(7, &[1])) else { panic!() };
    assert_eq!(landing.outcome, Outcome::Reverted);
    world.finalize(98);
    let Ok(Standing::Final { landing }) = stand(&mut feed, track(7, &[1])) else { panic!() };
    assert_eq!(landing.outcome, Outcome::Reverted);
}

#[test]
fn what_was_accepted_once_and_is_known_to_nobody_was_dropped() {
    let mut feed = World::ethereum().honest();
    assert_eq!(stand(&mut feed, Track { accepted: true, ..track(7, &[1]) }), Ok(Standing::Dropped));
    assert_eq!(stand(&mut feed, track(7, &[])), Ok(Standing::Unknown));
}

#[test]
fn one_node_that_knows_it_is_enough_to_wait() {
    let world = World::ethereum();
    let mut feed = world.lied_to(|method, params, answer| {
        if method == "eth_getTransactionByHash" {
            *answer = Ok(json!({"hash": params[0], "blockNumber": null}));
        }
    });
    assert_eq!(stand(&mut feed, track(9, &[1])), Ok(Standing::Pending { behind: 2 }));
}

#[test]
fn whichever_version_landed_is_named() {
    let world = World::ethereum();
    world.land(2, 30);
    let Ok(Standing::Final { landing }) = stand(&mut world.honest(), track(7, &[1, 2, 3])) else { panic!() };
    assert_eq!(landing.version, id(2));
}

#[test]
fn a_slot_taken_by_something_unknown_is_an_alarm() {
    let world = World::ethereum();
    world.land(9, 98);
    let mut feed = world.honest();
    assert_eq!(stand(&mut feed, track(7, &[1, 2])), Ok(Standing::Replaced { settled: false }));
    world.finalize(98);
    assert_eq!(stand(&mut feed, track(7, &[1, 2])), Ok(Standing::Replaced { settled: true }));
    assert_eq!(stand(&mut feed, track(7, &[])), Ok(Standing::Replaced { settled: true }));
}

#[test]
fn a_silent_node_cannot_raise_the_alarm() {
    let world = World::ethereum();
    world.land(9, 30);
    let mut feed = world.lied_to(|method, _, answer| {
        if method == "eth_getTransactionReceipt" {
            *answer = Err((-32000, "transaction indexing is in progress".to_owned()));
        }
    });
    let refused = stand(&mut feed, track(7, &[1])).unwrap_err().to_string();
    assert!(refused.contains("beta refused: transaction indexing is in progress"), "{refused}");
}

#[test]
fn nodes_that_do_not_all_have_it_yet_leave_it_pending() {
    let world = World::ethereum();
    world.land(1, 98);
    let mut feed = world.lied_to(|method, _, answer| {
        if method == "eth_getTransactionReceipt" {
            *answer = Ok(Value::Null);
        }
    });
    assert_eq!(stand(&mut feed, track(7, &[1])), Ok(Standing::Pending { behind: 0 }));
    // Where it should be final, the difference is no delay any more.
    world.finalize(98);
    let refused = stand(&mut feed, track(7, &[1])).unwrap_err().to_string();
    assert!(
        refused.contains("succeeded in block 98") && refused.contains("beta says it is in no block"),
        "{refused}"
    );
}

#[test]
fn a_lie_about_the_outcome_is_a_disagreement_even_before_it_is_final() {
    for (field, lie) in [("status", "0x0"), ("gasUsed", "0x5209"), ("effectiveGasPrice", "0x1")] {
        let world = World::ethereum();
        world.land(1, 98);
        let mut feed = world.lied_to(move |method, _, answer| {
            if let ("eth_getTransactionReceipt", Ok(Value::Object(receipt))) = (method, answer) {
                receipt.insert(field.to_owned(), json!(lie));
            }
        });
        let refused = stand(&mut feed, track(7, &[1])).unwrap_err();
        assert!(matches!(refused, AgreementError::Disagreement { .. }), "{field}: {refused}");
    }
}

#[test]
fn two_versions_of_one_slot_cannot_both_have_landed() {
    let world = World::ethereum();
    world.land(1, 30);
    let mut feed = world.lied_to(|method, params, answer| {
        if method == "eth_getTransactionReceipt" {
            let mine = params[0] == hash(2);
            *answer = Ok(if mine { receipt(2, 30) } else { Value::Null });
        }
    });
    let refused = stand(&mut feed, track(7, &[1, 2])).unwrap_err().to_string();
    assert!(refused.contains(&format!("which transaction took slot {}", slot(1, 7))), "{refused}");
    assert!(refused.contains("alpha says") && refused.contains("beta says"), "{refused}");
}

#[test]
fn one_node_cannot_make_anything_final() {
    let world = World::ethereum();
    world.land(1, 98);
    // It claims that everything is final.
    let mut feed = world.lied_to(|method, params, answer| {
        if method == "eth_getBlockByNumber" && params[0] == "finalized" {
            *answer = Ok(json!({"number": "0x64", "hash": hash(1)}));
        }
    });
    let followed = feed.follow(&[track(7, &[1])]).unwrap();
    assert_eq!(followed.finalized, Some(36));
    assert!(matches!(followed.standings[0], Ok(Standing::Included { .. })));
    // It claims a fork of what is final.
    world.finalize(98);
    let mut feed = world.lied_to(|method, params, answer| {
        if method == "eth_getBlockByNumber" && params[0] == "0x62" {
            answer.as_mut().unwrap()["hash"] = json!(hash(0xbad));
        }
    });
    let refused = feed.follow(&[track(7, &[1])]).unwrap_err().to_string();
    assert!(refused.contains("the nodes disagree about block 98"), "{refused}");
}

#[test]
fn without_a_final_block_nothing_is_final() {
    let world = World::ethereum();
    world.land(1, 30);
    for silence in [Ok(Value::Null), Err((-39001, "Unknown block".to_owned()))] {
        let mut feed = world.lied_to(move |method, params, answer| {
            if method == "eth_getBlockByNumber" && params[0] == "finalized" {
                *answer = silence.clone();
            }
        });
        let followed = feed.follow(&[track(7, &[1])]).unwrap();
        assert_eq!(followed.finalized, None);
        assert!(matches!(followed.standings[0], Ok(Standing::Included { confirmations: 71, .. })));
    }
}

#[test]
fn a_lie_about_the_count_is_a_disagreement() {
    let world = World::ethereum();
    world.now(|truth| truth.pool.insert(hash(1)));
    let mut feed = world.lied_to(|method, _, answer| {
        if method == "eth_getTransactionCount" {
            *answer = Ok(json!("0x8"));
        }
    });
    let refused = stand(&mut feed, track(7, &[1])).unwrap_err().to_string();
    assert!(
        refused.contains(&format!("the nonce of {ALICE} at block 100: alpha says 7, beta says 8")),
        "{refused}"
    );
}

#[test]
fn answers_from_before_and_after_a_reorganisation_are_not_mixed() {
    let world = World::ethereum();
    world.land(1, 99);
    let inner = world.clone();
    let mut feed = world.lied_to(move |method, _, _| {
        if method == "eth_getTransactionReceipt" {
            inner.reorganise(99);
        }
    });
    assert_eq!(feed.follow(&[track(7, &[1])]), Err(FeedError::Reorganised { block: 100 }));
}

#[test]
fn each_slot_is_judged_by_itself() {
    let world = World::ethereum();
    world.land(1, 30);
    world.land(2, 99);
    world.now(|truth| truth.pool.insert(hash(4)));
    let mut feed = world.lied_to(|method, params, answer| {
        if method == "eth_getTransactionReceipt" && params[0] == hash(2) {
            answer.as_mut().unwrap()["status"] = json!("0x0");
        }
    });
    let tracks = [track(7, &[1]), track(8, &[2]), track(9, &[3]), track(11, &[5, 4])];
    let Followed { as_of, standings, .. } = feed.follow(&tracks).unwrap();
    assert_eq!(as_of.block, 100);
    assert!(matches!(standings[0], Ok(Standing::Final { .. })));
    assert!(matches!(standings[1], Err(AgreementError::Disagreement { .. })));
    assert_eq!(standings[2], Ok(Standing::Unknown));
    assert_eq!(standings[3], Ok(Standing::Pending { behind: 2 }));
}

#[test]
fn slots_of_other_chains_and_odd_ids_are_refused() {
    let mut feed = World::ethereum().honest();
    let odd: TransactionId = "0x12".parse().unwrap();
    for track in [
        Track { slot: slot(137, 7), ..track(7, &[1]) },
        Track { slot: "7".parse().unwrap(), ..track(7, &[1]) },
        Track { versions: vec![Version { id: odd, moves: Vec::new() }], ..track(7, &[]) },
    ] {
        assert!(matches!(feed.follow(&[track]), Err(FeedError::Foreign { .. })));
    }
}

#[test]
fn following_needs_two_nodes() {
    let world = World::ethereum();
    let dead = world.node("beta").failing(TransportError::Timeout);
    let refused = world.feed(vec![world.node("alpha"), dead]).follow(&[track(7, &[1])]).unwrap_err();
    assert!(matches!(refused, FeedError::Agreement(AgreementError::TooFew { .. })), "{refused}");
}
