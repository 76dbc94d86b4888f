//! `send`: once, journaled first, cheapest first, outcomes told apart.

use crate::nodes::SPENT;
use crate::stage::{HOUR, Stage};

#[test]
fn what_is_not_signed_is_not_sent() {
    let stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "1", "pay.req").exit, 0);
    assert_eq!(stage.run(&["send", &stage.path("pay.req")]).error(), (8, "unsigned".to_owned()));
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), 0);
}

#[test]
fn sent_again_it_is_the_same_transaction_and_one_line_in_the_journal() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "1");
    let run = stage.run(&["send", &id]);
    assert_eq!(run.exit, 7, "{}", run.out);
    let line = run.json()["data"]["lines"][0].clone();
    assert_eq!(
        (line["state"].as_str(), line["nodes"][0]["outcome"].as_str()),
        (Some("submitted"), Some("accepted"))
    );
    assert_eq!(line["nodes"][1]["outcome"], "already-known");
    let hash = line["transaction"].as_str().unwrap().to_owned();
    assert_eq!(stage.chain.now(|truth| truth.pool.clone()), std::slice::from_ref(&hash));
    let again = stage.run(&["send", &id]);
    assert_eq!(again.exit, 7, "{}", again.out);
    assert_eq!(again.json()["data"]["lines"][0]["nodes"][0]["outcome"], "already-known");
    assert_eq!(stage.chain.now(|truth| truth.pool.clone()), std::slice::from_ref(&hash));
    assert_eq!(stage.journal().matches("\"sent\"").count(), 1);
}

#[test]
fn the_journal_knows_before_any_node() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "1");
    let journal = stage.house.home.join("journal.log");
    // Another process has the journal open: nothing can be written down, so nothing is sent.
    let held = std::fs::OpenOptions::new().read(true).write(true).open(&journal).unwrap();
    held.lock().unwrap();
    assert_eq!(stage.run(&["send", &id]).error(), (8, "journal-in-use".to_owned()));
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), 0);
    drop(held);
    // Whatever reaches a node stands in the file already.
    stage.chain.now(|truth| truth.witness = Some(journal));
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    assert_eq!(stage.chain.now(|truth| truth.witnessed.clone()), [true, true]);
}

#[test]
fn a_refusal_by_every_node_is_told_from_one_by_some() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "1");
    stage.chain.now(|truth| {
        truth.refusing =
            [("alpha", "transaction underpriced"), ("beta", "insufficient funds for gas")].into();
    });
    let run = stage.run(&["send", &id]);
    assert_eq!(run.exit, 7, "{}", run.out);
    let line = &run.json()["data"]["lines"][0];
    assert_eq!(line["state"], "rejected");
    let note = line["note"].as_str().unwrap();
    assert!(
        note.contains("alpha: transaction underpriced") && note.contains("beta: insufficient funds"),
        "{note}"
    );
    // One of them comes round, and it is under way.
    stage.chain.now(|truth| {
        truth.refusing.remove("beta");
    });
    let line = &stage.run(&["send", &id]).json()["data"]["lines"][0];
    assert_eq!(
        (line["state"].as_str(), line["nodes"][0]["outcome"].as_str()),
        (Some("submitted"), Some("rejected"))
    );
    stage.chain.now(|truth| {
        truth.pool.clear();
        truth.refusing = [("alpha", "moon in the wrong phase"), ("beta", "moon in the wrong phase")].into();
    });
    let line = &stage.run(&["send", &id]).json()["data"]["lines"][0];
    assert_eq!(
        (line["state"].as_str(), line["nodes"][0]["outcome"].as_str()),
        (Some("submitted"), Some("unknown"))
    );
}

#[test]
fn the_cheapest_version_goes_first_and_others_when_asked_for() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "3");
    let versions = stage.run(&["status", &id]).data()["versions"].clone();
    let hash = |place: usize| versions[place]["transaction"].as_str().unwrap().to_owned();
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    assert_eq!(stage.chain.now(|truth| truth.pool.clone()), [hash(0)]);
    assert_eq!(stage.run(&["send", &id, "--rung", "4"]).error(), (2, "rung".to_owned()));
    assert_eq!(stage.run(&["send", &id, "--rung", "3"]).exit, 7);
    assert_eq!(stage.chain.now(|truth| truth.pool.clone()), [hash(0), hash(2)]);
    // From then on, that is the one.
    stage.chain.now(|truth| truth.pool.clear());
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    assert_eq!(stage.chain.now(|truth| truth.pool.clone()), [hash(2)]);
}

#[test]
fn while_waiting_a_stuck_line_climbs_its_ladder() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "2");
    // Nothing for two looks, then the second version lands.
    stage.chain.now(|truth| {
        truth.script = vec![
            Box::new(|_| {}),
            Box::new(|_| {}),
            Box::new(|truth| {
                truth.pool.remove(0);
                truth.mine(true);
                truth.finalize();
            }),
        ];
    });
    let run = stage.run(&["send", &id, "--wait=10m", "--climb-after", "10s"]);
    assert_eq!(run.exit, 0, "{}", run.out);
    let versions = stage.run(&["status", &id]).data()["versions"].clone();
    assert_eq!(
        (versions[0]["state"].as_str(), versions[1]["state"].as_str()),
        (Some("replaced"), Some("final"))
    );
}

#[test]
fn what_nobody_wants_any_more_is_not_sent_for_the_first_time() {
    let mut stage = Stage::new();
    let first = stage.signed_payment("INV-1", "1");
    let second = stage.signed_payment("INV-2", "1");
    assert_eq!(stage.run(&["send", &first]).exit, 7);
    stage.now = 48 * HOUR;
    assert_eq!(stage.run(&["send", &second]).error(), (6, "not-after".to_owned()));
    assert_eq!(
        stage.run(&["send", &first]).exit,
        7,
        "it may land any time, so it is followed and sent again"
    );
}

#[test]
fn transactions_of_an_account_go_out_in_order() {
    let mut stage = Stage::new();
    let csv = "account,to,amount,asset,reference,reason\nCold 0,Exchange A,1,ETH,R-1,\nCold 0,Exchange A,1,ETH,R-2,\n";
    let csv = stage.house.write("batch.csv", csv).display().to_string();
    let path = stage.path("batch.req");
    let run = stage.run(&["pay", "--batch", &csv, "--agent", "-o", &path]);
    assert_eq!(run.exit, 0, "{}", run.out);
    stage.sign("batch.req");
    let id = stage.request("batch.req").id().to_string();
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    let lines = stage.run(&["status", &id]).data()["lines"].clone();
    let slots: Vec<_> = (0..2).map(|line| lines[line]["slot"].as_str().unwrap().to_owned()).collect();
    assert!(
        slots[0].ends_with(&format!("/{SPENT}")) && slots[1].ends_with(&format!("/{}", SPENT + 1)),
        "{slots:?}"
    );
    let hashes: Vec<_> = (0..2).map(|line| lines[line]["transaction"].as_str().unwrap().to_owned()).collect();
    assert_eq!(stage.chain.now(|truth| truth.pool.clone()), hashes);
}

#[test]
fn nodes_that_disagree_stop_the_desk_before_anything_is_sent() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "1");
    stage
        .chain
        .now(|truth| truth.lies = vec![("beta", "eth_getTransactionCount", serde_json::json!("0x63"))]);
    let run = stage.run(&["send", &id]);
    assert_eq!(run.error(), (1, "nodes-disagree".to_owned()));
    let why = run.words();
    assert!(why.contains("alpha says 7") && why.contains("beta says 99"), "{why}");
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), 0);
    stage.chain.now(|truth| {
        truth.lies.clear();
        truth.silent.insert("beta");
    });
    assert_eq!(stage.run(&["send", &id]).error(), (8, "too-few-nodes".to_owned()));
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), 0);
}
