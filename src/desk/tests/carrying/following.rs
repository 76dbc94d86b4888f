//! Following to finality: what landed, what failed, and what nobody can explain.

use crate::nodes::Truth;
use crate::stage::Stage;

fn sent() -> (Stage, String) {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "1");
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    (stage, id)
}

#[test]
fn done_means_final() {
    let (stage, id) = sent();
    stage.chain.now(|truth| truth.mine(true));
    let run = stage.run(&["send", &id]);
    assert_eq!(
        (run.exit, run.json()["data"]["lines"][0]["state"].as_str()),
        (7, Some("confirmed")),
        "{}",
        run.out
    );
    stage.chain.now(Truth::finalize);
    let run = stage.run(&["send", &id]);
    assert_eq!(
        (run.exit, run.json()["data"]["lines"][0]["state"].as_str()),
        (0, Some("final")),
        "{}",
        run.out
    );
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), 2, "once to each node");
    let data = stage.run(&["status", &id]).data();
    assert_eq!((data["state"].as_str(), data["slots"][0]["hold"].as_str()), (Some("final"), Some("settled")));
    assert_eq!(stage.journal().matches("\"settled\"").count(), 1);
    // Final is final: nobody is asked again, and nothing is written again.
    let asked = stage.chain.now(|truth| truth.asked.len());
    assert_eq!(stage.run(&["send", &id, "--wait"]).exit, 0);
    assert_eq!(stage.chain.now(|truth| truth.asked.len()), asked);
    assert_eq!(stage.journal().matches("\"settled\"").count(), 1);
}

#[test]
fn waiting_ends_with_finality_or_with_patience() {
    let (stage, id) = sent();
    let run = stage.run(&["send", &id, "--wait=1m"]);
    assert_eq!(run.exit, 7, "{}", run.out);
    let pauses = stage.chain.now(|truth| truth.pauses);
    assert!((2..=20).contains(&pauses), "{pauses}");
    stage.chain.now(|truth| {
        truth.script = vec![Box::new(|truth| truth.mine(true)), Box::new(|_| {}), Box::new(Truth::finalize)];
    });
    assert_eq!(stage.run(&["send", &id, "--wait"]).exit, 0);
    assert_eq!(stage.chain.now(|truth| truth.pauses), pauses + 3);
}

#[test]
fn one_node_alone_makes_nothing_final() {
    let (stage, id) = sent();
    stage.chain.now(|truth| {
        truth.mine(true);
        truth.finalize();
        truth.lies = vec![("beta", "eth_getTransactionReceipt", serde_json::Value::Null)];
    });
    let run = stage.run(&["send", &id]);
    assert_eq!(run.exit, 7, "{}", run.out);
    assert!(run.json()["data"]["lines"][0]["unknown"].as_str().unwrap().contains("disagree"), "{}", run.out);
    assert_ne!(stage.run(&["status", &id]).data()["state"], "final");
    // Nor does it if it calls another block final than the other does.
    stage.chain.now(|truth| {
        let early =
            serde_json::json!({"number": "0x5a", "hash": format!("0x{:064x}", 1), "timestamp": "0x1"});
        truth.lies = vec![("beta", "eth_getBlockByNumber", early)];
    });
    assert_ne!(stage.run(&["send", &id]).exit, 0);
    assert_eq!(stage.journal().matches("\"settled\"").count(), 0);
    stage.chain.now(|truth| truth.lies.clear());
    assert_eq!(stage.run(&["send", &id]).exit, 0);
}

#[test]
fn a_reverted_payment_has_failed() {
    let (stage, id) = sent();
    stage.chain.now(|truth| truth.mine(false));
    assert_eq!(stage.run(&["send", &id]).exit, 7, "as long as the block may be replaced");
    stage.chain.now(Truth::finalize);
    let run = stage.run(&["send", &id]);
    assert_eq!(run.error(), (1, "failed".to_owned()));
    assert!(run.words().contains("reverted"), "{}", run.words());
    assert_eq!(stage.lines(&id)[0].0, "failed");
    assert!(stage.journal().contains("\"success\":false"));
}

#[test]
fn a_slot_taken_by_a_stranger_is_an_alarm() {
    let (stage, id) = sent();
    stage.chain.now(Truth::spend_elsewhere);
    let run = stage.run(&["send", &id]);
    assert_eq!(run.error(), (1, "alarm".to_owned()));
    assert!(run.words().contains("ALARM") && run.words().contains("freeze"), "{}", run.words());
    assert_eq!(stage.journal().matches("\"settled\"").count(), 0, "it may still be undone");
    stage.chain.now(Truth::finalize);
    assert_eq!(stage.run(&["send", &id]).error(), (1, "alarm".to_owned()));
    assert_eq!(stage.journal().matches("\"unexplained\"").count(), 1);
    assert_eq!(stage.run(&["send", &id]).error(), (1, "alarm".to_owned()), "it stays one");
}

#[test]
fn a_block_that_is_replaced_is_taken_back() {
    let (stage, id) = sent();
    stage.chain.now(|truth| truth.mine(true));
    stage.run(&["status", "--refresh"]);
    assert_eq!(stage.lines(&id)[0].0, "confirmed");
    // The block is gone, and the transaction with it.
    stage.chain.now(|truth| truth.landed.clear());
    stage.run(&["status", "--refresh"]);
    let (word, note) = stage.lines(&id)[0].clone();
    assert_eq!(word, "submitted");
    assert!(note.contains("no node knows it any more"), "{note}");
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    assert_eq!(stage.chain.now(|truth| truth.pool.len()), 1, "and sent again");
}

#[test]
fn versions_of_a_slot_are_followed_together() {
    let (mut stage, id) = sent();
    let bumped = stage.path("bumped.req");
    let run = stage.run(&["bump", &id, "--agent", "-o", &bumped]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    stage.sign("bumped.req");
    let bump = stage.request("bumped.req").id().to_string();
    assert_eq!(stage.run(&["send", &bump]).exit, 7);
    stage.chain.now(|truth| {
        truth.pool.remove(0);
        truth.mine(true);
        truth.finalize();
    });
    let first = stage.run(&["send", &id]);
    assert_eq!(first.exit, 0, "{}", first.out);
    assert!(first.json()["data"]["lines"][0]["note"].as_str().unwrap().contains(&bump), "{}", first.out);
    assert_eq!(stage.run(&["status", &bump]).data()["state"], "final");
}

#[test]
fn a_payment_whose_slot_was_voided_was_not_made() {
    let (mut stage, id) = sent();
    let void = stage.path("void.req");
    let run = stage.run(&["void", "Cold 0", "7", "--agent", "-o", &void]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    stage.sign("void.req");
    let voiding = stage.request("void.req").id().to_string();
    assert_eq!(stage.run(&["send", &voiding]).exit, 7);
    assert_eq!(stage.run(&["send", &id]).error(), (3, "superseded".to_owned()), "it does not race the void");
    stage.chain.now(|truth| {
        truth.pool.remove(0);
        truth.mine(true);
        truth.finalize();
    });
    assert_eq!(stage.run(&["send", &voiding]).exit, 0);
    let run = stage.run(&["send", &id]);
    assert_eq!(run.error(), (1, "replaced".to_owned()));
    assert!(run.words().contains(&voiding), "{}", run.words());
}

#[test]
fn status_asks_nobody_unless_told_to() {
    let (mut stage, id) = sent();
    let asked = stage.chain.now(|truth| truth.asked.len());
    let data = stage.run(&["status"]).data();
    assert_eq!(stage.chain.now(|truth| truth.asked.len()), asked);
    assert_eq!(
        (data["requests"][0]["request"].as_str(), data["requests"][0]["counts"]["submitted"].as_u64()),
        (Some(id.as_str()), Some(1))
    );
    assert_eq!(data["as_of"][0]["block"], 100);
    stage.output = "human";
    let shown = stage.run(&["status"]).out;
    assert!(shown.contains("1 submitted") && shown.contains("asked at 2026-06-01T01:00:00Z"), "{shown}");
    assert!(shown.contains(&id[..12]), "{shown}");
}

#[test]
fn status_names_gaps_and_how_to_close_them() {
    let stage = Stage::new();
    assert_eq!(stage.pay("1", "INV-1", "1", "one.req").exit, 0);
    assert_eq!(stage.pay("1", "INV-2", "1", "two.req").exit, 0);
    assert_eq!(stage.run(&["request", "abandon", &stage.path("one.req")]).exit, 0);
    let data = stage.run(&["status"]).data();
    let gaps = data["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), 1, "{data}");
    let command = gaps[0]["command"].as_str().unwrap();
    assert!(command.starts_with("strongroom void \"Cold 0\" eip155:1:0x"), "{command}");
    // It is a command that works.
    let words =
        ["void", "Cold 0", gaps[0]["slot"].as_str().unwrap(), "--agent", "-o", &stage.path("void.req")];
    let run = stage.run(&words);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
}
