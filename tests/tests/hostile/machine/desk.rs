//! Every command of the desk that writes.

use std::path::Path;

use serde_json::Value;
use strongroom_protocol::PolicyId;
use strongroom_tests::prepare;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::Run;

use super::scenery;
use super::trial::{Ordeal, Side, Struck, Trial};

fn trial(words: &[&str]) -> Trial {
    Trial::new(Side::Desk, "desk", &prepare::binary("strongroom").unwrap(), words)
}

fn finishes(trial: &Trial, scene: &mut Scene, struck: &Struck<'_>, exit: i32) -> Run {
    let again = trial.again(scene);
    assert_eq!(again.exit, exit, "{}\nagain: {}{}", struck.words(), again.stdout, again.stderr);
    sound(scene, trial.home, struck);
    again
}

/// The store is whole, by SQLite's own check.
fn sound(scene: &Scene, home: &str, struck: &Struck<'_>) {
    let store = rusqlite::Connection::open(scene.stage.path(home).join("desk.sqlite")).unwrap();
    let check: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok", "{}", struck.words());
}

/// What a table of the store counts.
fn count(scene: &Scene, sql: &str) -> i64 {
    let store = rusqlite::Connection::open(scene.stage.path("desk").join("desk.sqlite")).unwrap();
    store.query_row(sql, [], |row| row.get(0)).unwrap()
}

pub fn init(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let code = scenery::house_code(scene);
    let mut trial = trial(&["init", "--admins", "@admins.txt", "--house", &code]);
    trial.home = "office";
    trial.each(scene, ordeal, |scene, struck| {
        let again = trial.again(scene);
        // It was made before it was interrupted: then it is a home.
        let done = again.exit == 8 && scene.stage.path("office/desk.toml").exists();
        assert!(again.exit == 0 || done, "{}\nagain: {}{}", struck.words(), again.stdout, again.stderr);
        sound(scene, "office", struck);
        trial.run(scene, &["node", "list"], &[]).done();
        trial.run(scene, &["freeze", "--by", "erin", "--reason", "a drill"], &[]).done();
    })
}

pub fn policy_install(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let text = std::fs::read_to_string(scene.stage.path("policy-1.toml")).unwrap();
    let previous = PolicyId::of(text.as_bytes());
    let text = text.replace("epoch = 1\n", &format!("epoch = 2\nprevious = \"{previous}\"\n"));
    scenery::seal(scene, "policy", "2", &text);
    let trial = trial(&["policy", "install", "@policy-2.txt"]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck, 0);
        let shown = scene.stage.desk(&["--output", "json", "policy", "show"]).done();
        let document: Value = serde_json::from_str(&shown.stdout).unwrap();
        assert_eq!(document["data"]["epoch"], 2, "{}", struck.words());
    })
}

pub fn pay(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let symbol = scene.net.native().1;
    let trial = trial(&[
        "pay",
        "Cold storage",
        "Exchange A",
        "1",
        &symbol,
        "--reference",
        "INV-1",
        "--key",
        "@alice.pub",
        "-o",
        "@paid.req",
    ]);
    trial.each(scene, ordeal, |scene, struck| {
        let mut again = trial.again(scene);
        if again.exit == 3 {
            // Its slot is reserved and its file was not written: the remedy that is named is one command.
            let (_, remedy) = again.stderr.split_once("strongroom request abandon ").unwrap_or_default();
            let digits: String = remedy.chars().take_while(char::is_ascii_hexdigit).collect();
            assert!(!scene.stage.path("paid.req").exists(), "{}\nagain: {}", struck.words(), again.stderr);
            scene.stage.desk(&["request", "abandon", &digits]).done();
            again = trial.again(scene);
        }
        let there = again.exit == 8 && again.stderr.contains("paid.req exists already");
        assert!(again.exit == 0 || there, "{}\nagain: {}{}", struck.words(), again.stdout, again.stderr);
        sound(scene, "desk", struck);
        // One payment, at the next nonce, whatever came of the first attempt.
        assert_eq!(count(scene, "SELECT count(DISTINCT slot) FROM reservations"), 1, "{}", struck.words());
        scene.stage.desk(&["request", "show", "@paid.req"]).done();
        let request = scene.stage.request("paid");
        scene.stage.desk(&["request", "abandon", &request]).done();
    })
}

/// A payment that the vault has signed: `NAME.reply`.
fn signed(scene: &mut Scene, name: &str) {
    scene.pay(name, "1", &scene.net.native().1.clone()).done();
    scene.stage.approve(name);
    scene.stage.sign(name).done();
}

pub fn reply_import(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    signed(scene, "signed");
    let trial = trial(&["reply", "import", "@signed.reply"]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck, 0);
        assert_eq!(count(scene, "SELECT count(*) FROM transactions"), 1, "{}", struck.words());
        assert_eq!(count(scene, "SELECT count(*) FROM replies"), 1, "{}", struck.words());
    })
}

pub fn send(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    signed(scene, "sent");
    scene.stage.desk(&["reply", "import", "@sent.reply"]).done();
    let request = scene.stage.request("sent");
    let trial = trial(&["send", &request]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck, 7);
        assert_eq!(count(scene, "SELECT count(*) FROM transactions WHERE state = 'submitted'"), 1);
    })
}

pub fn abandon(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    scene.pay("given-up", "1", &scene.net.native().1.clone()).done();
    let request = scene.stage.request("given-up");
    let trial = trial(&["request", "abandon", &request]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck, 0);
        assert_eq!(count(scene, "SELECT count(*) FROM reservations"), 0, "{}", struck.words());
        assert!(Path::new(&scene.stage.path("given-up.req")).exists());
    })
}

pub fn freeze(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let trial = trial(&["freeze", "--by", "bob", "--reason", "a drill"]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck, 0);
        scene.pay("held", "1", &scene.net.native().1.clone()).refused(3, "frozen");
    })
}
