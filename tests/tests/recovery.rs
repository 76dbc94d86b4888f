//! The full circle: a vault signs, its home is lost, an old backup is restored, the desk gives the lines back, the admins
//! sign a recovery, and the vault goes on where it was. Both programs, one chain, nothing prepared behind their backs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

use std::fs;
use std::path::Path;

use alloy_primitives::U256;
use strongroom_tests::scenes::{COIN, COLD, EXCHANGE, Scene};
use strongroom_tests::stage::{Net, PASSPHRASE, Players, Stage};

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Puts the backup of a home in its place.
fn restore(stage: &Stage, home: &str, backup: &str) {
    fs::remove_dir_all(stage.path(home)).unwrap();
    copy(&stage.path(backup), &stage.path(home));
}

/// Drafts a recovery at the vault; two admins sign it at the desk, and it is sealed.
fn sealed(stage: &mut Stage, name: &str) {
    let draft = format!("@{name}.draft");
    stage.vault(&[], &["recover", "draft", "--reason", "the disk broke", "-o", &draft]).done();
    let [one, two] = ["erin", "frank"].map(|admin| format!("@{name}.{admin}.sig"));
    for (admin, signature) in [("@erin.pub", &one), ("@frank.pub", &two)] {
        stage.desk(&["recovery", "sign", &draft, "--key", admin, "-o", signature]).done();
    }
    stage.desk(&["recovery", "seal", &draft, &one, &two, "-o", &format!("@{name}.txt")]).done();
}

/// After the backup: a new book, a new account, a payment that lands, and one that was signed and not sent.
fn a_week_after_the_backup(scene: &mut Scene, symbol: &str) {
    let text = fs::read_to_string(scene.stage.path("book-1.toml")).unwrap();
    let previous = strongroom_protocol::BookId::of(text.as_bytes());
    let text = text.replace("epoch = 1\n", &format!("epoch = 2\nprevious = \"{previous}\"\n"));
    scene.stage.install("book", "2", &text);
    let chain = scene.net.chain();
    let enroll = [
        "enroll",
        "--key",
        "cold",
        "--chain",
        &chain,
        "--index",
        "5",
        "--label",
        "More",
        "-o",
        "@more.record",
    ];
    scene.stage.vault(&[PASSPHRASE, PASSPHRASE], &enroll).done();
    scene.stage.desk(&["account", "import", "@more.record"]).done();
    scene.pay("landed", "1", symbol).done();
    scene.stage.carry("landed", &[]).refused(7, "");
    scene.net.mine(1);
    scene.net.finalize();
    let request = scene.stage.request("landed");
    scene.stage.desk(&["send", &request]).done();
    scene.pay("waiting", "2", symbol).done();
    scene.stage.approve("waiting");
    scene.stage.sign("waiting").done();
    scene.stage.desk(&["reply", "import", "@waiting.reply"]).done();
}

#[test]
fn a_vault_comes_back_from_an_old_backup_and_pays_nothing_twice() {
    let mut scene = Scene::new(Players::InProcess, Net::embedded(1));
    let symbol = scene.net.native().1;
    let before = scene.net.balance(EXCHANGE);
    for home in ["vault", "desk"] {
        copy(&scene.stage.path(home), &scene.stage.path(&format!("{home}.backup")));
    }
    a_week_after_the_backup(&mut scene, &symbol);
    assert_eq!(scene.net.nonce(COLD), 1);

    // The disk breaks. The backup does not sign, and says why.
    restore(&scene.stage, "vault", "vault.backup");
    scene.pay("next", "4", &symbol).done();
    scene.stage.approve("next");
    scene.stage.sign("next").refused(5, "this home is recovering: this home was copied, restored or moved");
    // A desk of that age would not have known better: one that knows only the start got a second signature for nonce 1.
    fs::rename(scene.stage.path("desk"), scene.stage.path("desk.now")).unwrap();
    copy(&scene.stage.path("desk.backup"), &scene.stage.path("desk"));
    scene.pay("stolen", "8", &symbol).done();
    scene.stage.approve("stolen");
    scene.stage.sign("stolen").refused(3, "this home was copied, restored or moved");
    // Nor does an admin at such a desk get the vault to forget what the other desk knows.
    fs::rename(scene.stage.path("desk"), scene.stage.path("desk.old")).unwrap();
    fs::rename(scene.stage.path("desk.now"), scene.stage.path("desk")).unwrap();
    scene.stage.vault(&[], &["recover", "draft", "--reason", "r", "-o", "@short.draft"]).done();
    let sign = ["recovery", "sign", "@short.draft", "--key", "@erin.pub", "-o", "@short.sig"];
    scene.stage.desk(&sign).refused(5, "what stands there would be forgotten");

    // The desk gives back what it took in: lines, the book they name, the account's record.
    scene.stage.desk(&["journal", "export", "--vault", "vault", "-o", "@vault.export"]).done();
    scene.stage.vault(&[], &["journal", "import", "@vault.export"]).done();
    scene.stage.vault(&[], &["journal", "import", "@vault.export"]).refused(0, "nothing");
    scene.stage.sign("next").refused(3, "recovering");
    scene.stage.vault(&[], &["book", "show"]).refused(0, "epoch 2");
    sealed(&mut scene.stage, "recovery");
    // Times are in whole seconds: what was approved before is to be before.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    scene.stage.vault(&[], &["recover", "@recovery.txt"]).done();
    scene.stage.vault(&[], &["recover", "@recovery.txt"]).refused(3, "was used here already");
    scene.stage.vault(&[], &["journal", "verify"]).done();

    // It knows again what it signed: the old slot is taken, the new nonce is free.
    scene.stage.sign("stolen").refused(3, "slot");
    assert!(!scene.stage.path("stolen.reply").exists());
    let waiting = scene.stage.request("waiting");
    scene.stage.desk(&["send", &waiting]).refused(7, "");
    // What people approved before, they approve again.
    scene.stage.sign("next").refused(3, "before this vault recovered at");
    for file in ["next.bob.sig", "next.carol.sig", "next.pack"] {
        fs::remove_file(scene.stage.path(file)).unwrap();
    }
    scene.stage.approve("next");
    scene.stage.sign("next").done();
    scene.stage.desk(&["reply", "import", "@next.reply"]).done();
    let next = scene.stage.request("next");
    scene.stage.desk(&["send", &next]).refused(7, "");
    scene.net.mine(2);
    scene.net.finalize();
    for request in [&waiting, &next] {
        scene.stage.desk(&["send", request]).done();
    }
    assert_eq!(scene.net.balance(EXCHANGE), before + U256::from(7 * COIN));
    assert_eq!(scene.net.nonce(COLD), 3);
}
