//! Every command of the vault that writes.

use std::path::Path;

use serde_json::Value;
use strongroom_protocol::{Bundle, PolicyId, Reply, Sealed};
use strongroom_tests::prepare;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{PASSPHRASE, Run};

use super::scenery;
use super::trial::{Ordeal, Side, Struck, Trial};

/// Other words that everybody knows.
const SPARE: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
/// The vault whose key files are cheap to make.
const QUICK: &str = env!("CARGO_BIN_EXE_quick-vault");

fn trial(words: &[&str]) -> Trial {
    Trial::new(Side::Vault, "vault", &prepare::binary("strongroom-vault").unwrap(), words)
}

/// The command again does its work, or says that it is done.
fn finishes(trial: &Trial, scene: &mut Scene, struck: &Struck<'_>) -> Run {
    let again = trial.again(scene);
    assert_eq!(again.exit, 0, "{}\nagain: {}{}", struck.words(), again.stdout, again.stderr);
    again
}

/// The number of the journal's last line, and how many lines of a kind it has.
fn lines(scene: &mut Scene, home: &str, kind: &str) -> usize {
    let shown = scene.stage.vault_at(home, &[], &["--output", "json", "journal", "show"]).done();
    let document: Value = serde_json::from_str(&shown.stdout).unwrap();
    let lines = document["data"]["lines"].as_array().unwrap();
    lines.iter().filter(|line| line["event"] == kind).count()
}

pub fn init(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let code = scenery::house_code(scene);
    let words = ["init", "--admins", "@admins.txt", "--house", &code, "-o", "@second.pub"];
    let trial = Trial::new(Side::Vault, "second", Path::new(QUICK), &words).with(&[PASSPHRASE]);
    trial.each(scene, ordeal, |scene, struck| {
        let again = trial.again(scene);
        if again.exit == 8 && scene.stage.path("second.pub").exists() {
            // Everything was done before it was interrupted.
            assert!(again.stderr.contains("second.pub"), "{}{}", struck.words(), again.stderr);
        } else {
            assert_eq!(again.exit, 0, "{}\nagain: {}{}", struck.words(), again.stdout, again.stderr);
        }
        let key = std::fs::read_to_string(scene.stage.path("second.pub")).unwrap();
        let listed = trial.run(scene, &["key", "list"], &[]).done();
        assert!(
            listed.stdout.contains(key.trim()),
            "{}: the key that was written is another",
            struck.words()
        );
        assert!(listed.stderr.is_empty() || struck.traced.exit.is_none(), "{}", listed.stderr);
    })
}

pub fn key_restore(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let trial = Trial::new(Side::Vault, "vault", Path::new(QUICK), &["key", "restore", "spare"])
        .with(&[SPARE, PASSPHRASE]);
    trial.each(scene, ordeal, |scene, struck| {
        let again = trial.again(scene);
        let done = again.exit == 8 && again.stderr.contains("spare");
        assert!(again.exit == 0 || done, "{}\nagain: {}", struck.words(), again.stderr);
        // Whatever happened: the key is there, it is written down, and it opens.
        let listed = trial.run(scene, &["key", "list"], &[]).done();
        assert!(listed.stdout.contains("spare"), "{}", struck.words());
        assert!(!listed.stderr.contains("is not in the journal"), "{}\n{}", struck.words(), listed.stderr);
        let chain = scene.net.chain();
        let enroll =
            ["enroll", "--key", "spare", "--chain", &chain, "--label", "Spare", "-o", "@spare.record"];
        trial.run(scene, &enroll, &[PASSPHRASE, PASSPHRASE]).done();
        std::fs::remove_file(scene.stage.path("spare.record")).unwrap();
    })
}

pub fn enroll(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let chain = scene.net.chain();
    let words = [
        "enroll",
        "--key",
        "cold",
        "--chain",
        &chain,
        "--index",
        "1",
        "--label",
        "Second",
        "-o",
        "@second.record",
    ];
    let trial = trial(&words).with(&[PASSPHRASE, PASSPHRASE]);
    trial.each(scene, ordeal, |scene, struck| {
        let again = trial.again(scene);
        let there = again.exit == 8 && again.stderr.contains("second.record exists already");
        assert!(again.exit == 0 || there, "{}\nagain: {}", struck.words(), again.stderr);
        // The record outside is the one inside, and the desk takes it.
        let bytes = std::fs::read(scene.stage.path("second.record")).unwrap();
        let record: Sealed<strongroom_protocol::Account> = Bundle::read(&bytes).unwrap();
        let kept = scene.stage.path(&format!("vault/accounts/{}.account", record.value().id()));
        assert_eq!(std::fs::read(kept).unwrap(), bytes, "{}", struck.words());
        assert_eq!(lines(scene, "@vault", "enrolled"), 2, "{}", struck.words());
    })
}

/// The next policy, sealed by two admins and installed nowhere.
fn next_policy(scene: &mut Scene) {
    let text = std::fs::read_to_string(scene.stage.path("policy-1.toml")).unwrap();
    let previous = PolicyId::of(text.as_bytes());
    let text = text.replace("epoch = 1\n", &format!("epoch = 2\nprevious = \"{previous}\"\n"));
    scenery::seal(scene, "policy", "2", &text);
}

pub fn policy_install(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    next_policy(scene);
    let trial = trial(&["policy", "install", "@policy-2.txt"]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck);
        let shown = scene.stage.vault(&[], &["--output", "json", "policy", "show"]).done();
        let document: Value = serde_json::from_str(&shown.stdout).unwrap();
        assert_eq!(document["data"]["epoch"], 2, "{}", struck.words());
        assert_eq!(lines(scene, "@vault", "policy"), 2, "{}", struck.words());
    })
}

pub fn book_install(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let text = std::fs::read_to_string(scene.stage.path("book-1.toml")).unwrap();
    let previous = strongroom_protocol::BookId::of(text.as_bytes());
    let text = text.replace("epoch = 1\n", &format!("epoch = 2\nprevious = \"{previous}\"\n"));
    scenery::seal(scene, "book", "2", &text);
    let trial = trial(&["book", "install", "@book-2.txt"]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck);
        assert_eq!(lines(scene, "@vault", "book"), 2, "{}", struck.words());
    })
}

/// A reply's signatures, each with its item.
pub fn signatures(path: &Path) -> Vec<strongroom_protocol::SignedItem> {
    let reply: Sealed<Reply> = Bundle::read(&std::fs::read(path).unwrap()).unwrap();
    reply.value().items.clone()
}

pub fn sign(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    scene.pay("one", "1", &scene.net.native().1.clone()).done();
    scene.stage.approve("one");
    let code = scene.stage.code("one");
    let trial =
        trial(&["sign", "@one.pack", "--confirm", &code, "-o", "@one.reply"]).with(&[PASSPHRASE, PASSPHRASE]);
    let mut made = None;
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck);
        let signed = signatures(&scene.stage.path("one.reply"));
        // Two replies to one request carry the same signatures: nothing else was ever signed.
        assert_eq!(made.get_or_insert_with(|| signed.clone()), &signed, "{}", struck.words());
        scenery::one_payment_a_nonce(scene, 1);
        scene.stage.desk(&["reply", "import", "@one.reply"]).done();
    })
}

pub fn freeze(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let trial = trial(&["freeze", "--by", "bob", "--reason", "a drill"]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck);
        assert!((1..=2).contains(&lines(scene, "@vault", "frozen")), "{}", struck.words());
    })
}

pub fn thaw(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let frozen =
        scene.stage.vault(&[], &["--output", "json", "freeze", "--by", "bob", "--reason", "a drill"]);
    let document: Value = serde_json::from_str(&frozen.done().stdout).unwrap();
    let text = document["data"]["thaw_text"].as_str().unwrap().to_owned();
    scenery::seal(scene, "thaw", "1", &text);
    let trial = trial(&["thaw", "@thaw-1.txt"]);
    trial.each(scene, ordeal, |scene, struck| {
        let again = trial.again(scene);
        // It was thawed before it was interrupted.
        let done = again.exit == 3 && again.stderr.contains("not frozen");
        assert!(again.exit == 0 || done, "{}\nagain: {}", struck.words(), again.stderr);
        assert_eq!(lines(scene, "@vault", "thawed"), 1, "{}", struck.words());
    })
}

/// A home that was copied, with the admins' word that it goes on.
pub fn recover(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    scenery::copy(&scene.stage.path("vault"), &scene.stage.path("copy"));
    // What happens meanwhile stands beside the journal, and comes into it with the recovery.
    scene.stage.vault_at("@copy", &[], &["freeze", "--by", "bob", "--reason", "copied"]).done();
    let draft = ["recover", "draft", "--reason", "a drill", "-o", "@recovery-1.toml"];
    scene.stage.vault_at("@copy", &[], &draft).done();
    scenery::seal_draft(scene, "recovery", "1");
    let mut trial = trial(&["recover", "@recovery-1.txt"]);
    trial.home = "copy";
    trial.each(scene, ordeal, |scene, struck| {
        let again = trial.again(scene);
        let done = again.exit == 3 && again.stderr.contains("was used here already");
        assert!(again.exit == 0 || done, "{}\nagain: {}", struck.words(), again.stderr);
        assert_eq!(lines(scene, "@copy", "recovered"), 1, "{}", struck.words());
        assert!(!scene.stage.path("copy/journal.recovering").exists(), "{}", struck.words());
        // The freeze that was said meanwhile holds.
        let thaws =
            trial.run(scene, &["--output", "json", "freeze", "--by", "bob", "--reason", "x"], &[]).done();
        let document: Value = serde_json::from_str(&thaws.stdout).unwrap();
        assert_eq!(document["data"]["open"].as_array().unwrap().len(), 2, "{}", struck.words());
    })
}

/// A vault that was put back to before its last payment, and what the desk kept of it.
pub fn journal_import(scene: &mut Scene, ordeal: &Ordeal) -> usize {
    let earlier = super::folder::Snapshot::take(&scene.stage.path("vault"));
    scene.pay("lost", "1", &scene.net.native().1.clone()).done();
    scene.stage.approve("lost");
    scene.stage.sign("lost").done();
    scene.stage.desk(&["reply", "import", "@lost.reply"]).done();
    scene.stage.desk(&["journal", "export", "--vault", "vault", "-o", "@vault.export"]).done();
    earlier.put_back();
    let trial = trial(&["journal", "import", "@vault.export"]);
    trial.each(scene, ordeal, |scene, struck| {
        finishes(&trial, scene, struck);
        assert_eq!(lines(scene, "@vault", "signed"), 1, "{}", struck.words());
        scenery::one_payment_a_nonce(scene, 1);
        // Whatever happened, it signs nothing before the admins have looked.
        std::fs::remove_file(scene.stage.path("lost.reply")).unwrap();
        scene.stage.sign("lost").refused(3, "recovering");
    })
}
