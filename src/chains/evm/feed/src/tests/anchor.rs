//! What all nodes must agree on before anything else is asked.

use serde_json::{Value, json};
use strongroom_network::{AgreementError, Feed, FeedError, Holding, TransportError};

use crate::EvmFeed;
use crate::testing::{ALICE, Answer, World, coin_of, feed_of, hash};

fn look(feed: &mut EvmFeed) -> Result<u64, FeedError> {
    let holding = Holding { address: ALICE.parse().unwrap(), asset: coin_of(1) };
    feed.balances(&[holding]).map(|balances| balances.as_of.block)
}

fn says(method: &'static str, value: Value) -> impl Fn(&str, &Value, &mut Answer) + Send + Clone {
    move |asked, _, answer| {
        if asked == method {
            *answer = Ok(value.clone());
        }
    }
}

#[test]
fn everything_is_read_at_the_newest_block_that_all_nodes_have() {
    let world = World::ethereum();
    assert_eq!(look(&mut world.honest()).unwrap(), 100);
    // One node is three blocks behind.
    let behind = world.node("beta").lying(says("eth_blockNumber", json!("0x61")));
    let alpha = world.node("alpha");
    let log = alpha.log();
    assert_eq!(look(&mut world.feed(vec![alpha, behind])).unwrap(), 97);
    let asked =
        log.lock().unwrap().iter().any(|(method, params)| method == "eth_getBalance" && params[1] == "0x61");
    assert!(asked, "the balance was read at another block");
}

#[test]
fn nodes_of_two_chains_stop_the_desk() {
    let world = World::ethereum();
    let refused = look(&mut world.lied_to(says("eth_chainId", json!("0x89")))).unwrap_err();
    assert!(
        refused.to_string().contains(
            "the nodes disagree about which chain it serves for eip155:1: alpha says eip155:1, beta says eip155:137"
        ),
        "{refused}"
    );
}

#[test]
fn nodes_of_another_chain_stop_the_desk() {
    let world = World::ethereum();
    let mut feed = feed_of(&"eip155:137".parse().unwrap(), vec![world.node("alpha"), world.node("beta")]);
    let refused = feed.follow(&[]).unwrap_err();
    assert_eq!(
        refused,
        FeedError::OtherChain { expected: "eip155:137".parse().unwrap(), found: "eip155:1".to_owned() }
    );
}

#[test]
fn unsupported_chains_have_no_feed() {
    let refused = EvmFeed::new(&"eip155:56".parse().unwrap(), Vec::new()).unwrap_err();
    assert_eq!(refused, FeedError::Chain("eip155:56".parse().unwrap()));
}

#[test]
fn one_node_is_not_enough_whatever_happened_to_the_other() {
    let world = World::ethereum();
    let words = |nodes| look(&mut world.feed(nodes)).unwrap_err().to_string();
    assert!(words(vec![world.node("alpha")]).contains("only alpha told"));
    assert!(words(Vec::new()).contains("no node told"));
    for (error, said) in [
        (TransportError::Timeout, "beta did not answer in time"),
        (
            TransportError::Unreachable { why: "connection refused".to_owned() },
            "beta cannot be reached: connection refused",
        ),
        (TransportError::Status { code: 503, retry_after: None }, "beta answered with HTTP status 503"),
        (TransportError::Status { code: 401, retry_after: None }, "it wants a key"),
    ] {
        let refused = words(vec![world.node("alpha"), world.node("beta").failing(error)]);
        assert!(refused.contains("only alpha told") && refused.contains(said), "{refused}");
    }
    // A third that works makes up for it.
    let dead = world.node("beta").failing(TransportError::Timeout);
    assert_eq!(look(&mut world.feed(vec![world.node("alpha"), dead, world.node("gamma")])).unwrap(), 100);
}

#[test]
fn answers_in_any_order_are_matched() {
    let world = World::ethereum();
    let mut feed = world.feed(vec![world.node("alpha").reversed(), world.node("beta")]);
    assert_eq!(look(&mut feed).unwrap(), 100);
}

#[test]
fn a_node_cannot_choose_an_old_or_a_future_block() {
    let world = World::ethereum();
    for height in ["0x0", "0x5e", "0x6a", "0xffffffffffffffff"] {
        let refused = look(&mut world.lied_to(says("eth_blockNumber", json!(height)))).unwrap_err();
        assert!(matches!(&refused, FeedError::Lag { found, allowed: 5 } if found.len() == 2), "{refused}");
        assert!(refused.to_string().contains("alpha is at 100, beta is at"), "{refused}");
    }
}

#[test]
fn a_fork_is_a_disagreement() {
    let world = World::ethereum();
    let mut feed = world.lied_to(|method, _, answer| {
        if let ("eth_getBlockByNumber", Ok(Value::Object(block))) = (method, answer) {
            block.insert("hash".to_owned(), json!(hash(0xbad)));
        }
    });
    let refused = look(&mut feed).unwrap_err();
    let FeedError::Agreement(AgreementError::Disagreement { question, answers }) = &refused else {
        panic!("{refused}")
    };
    assert_eq!(question, "block 100");
    assert!(answers[0].1.contains(&hash(0xb10c_0064)) && answers[1].1.contains(&hash(0xbad)), "{refused}");
}

#[test]
fn a_lie_about_the_base_fee_or_the_time_is_a_disagreement() {
    let world = World::ethereum();
    for field in ["baseFeePerGas", "timestamp"] {
        let mut feed = world.lied_to(move |method, _, answer| {
            if let ("eth_getBlockByNumber", Ok(Value::Object(block))) = (method, answer) {
                block.insert(field.to_owned(), json!("0x1"));
            }
        });
        let refused = look(&mut feed).unwrap_err();
        assert!(matches!(refused, FeedError::Agreement(AgreementError::Disagreement { .. })), "{refused}");
    }
}

#[test]
fn a_node_that_lacks_the_block_or_gives_another_is_named() {
    let world = World::ethereum();
    for (answer, words) in [
        (Value::Null, "eth_getBlockByNumber is missing, although it is not above its newest"),
        (
            json!({"number": "0x1", "hash": hash(1), "timestamp": "0x1"}),
            "number is not the number that was asked for",
        ),
    ] {
        let refused = look(&mut world.lied_to(says("eth_getBlockByNumber", answer))).unwrap_err().to_string();
        assert!(refused.contains("only alpha told block 100: beta") && refused.contains(words), "{refused}");
    }
}

#[test]
fn each_node_is_checked_by_itself() {
    let world = World::ethereum();
    world.now(|truth| truth.finalized = None);
    let odd =
        world.node("beta").lying(says("eth_chainId", json!("0x89"))).lying(says("eth_blockNumber", json!(7)));
    let dead = world.node("gamma").failing(TransportError::Timeout);
    let states = world.feed(vec![world.node("alpha"), odd, dead]).check();
    let names: Vec<_> = states.iter().map(|state| state.node.as_str()).collect();
    assert_eq!(names, ["alpha", "beta", "gamma"]);
    assert_eq!(states[0].chain, Ok("eip155:1".parse().unwrap()));
    assert_eq!((states[0].height.clone(), states[0].finalized.clone()), (Ok(100), Ok(None)));
    assert_eq!(states[1].chain, Ok("eip155:137".parse().unwrap()));
    assert!(states[1].height.as_ref().unwrap_err().to_string().contains("is not a hex quantity"));
    assert_eq!(states[2].chain, Err(TransportError::Timeout.into()));
    assert_eq!(states[2].finalized, Err(TransportError::Timeout.into()));
}
