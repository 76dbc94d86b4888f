//! A thousand payments in one request, and a vault that is killed again and again while it signs them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use strongroom_journal::VaultEntry;
use strongroom_protocol::{Bundle, Reply, Sealed};
use strongroom_tests::prepare;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, PASSPHRASE, Players};

/// Payments of the batch.
const PAYMENTS: usize = 1000;

/// A scene with a batch of a thousand payments, approved and packed, that no vault has seen.
fn batch() -> Scene {
    let program = prepare::binary("strongroom").unwrap();
    let players = Players::Binaries(program.parent().unwrap().to_path_buf());
    let mut scene = Scene::new(players, Net::embedded(1));
    let mut csv = "account,to,amount,asset,reference,reason\n".to_owned();
    for n in 0..PAYMENTS {
        let (amount, asset) = [("0.25", "ETH"), ("12.5", "USDX"), ("3", "USDT")][n % 3];
        let _ = writeln!(csv, "Cold storage,Exchange A,{amount},{asset},INV-{n},");
    }
    std::fs::write(scene.stage.path("batch.csv"), csv).unwrap();
    scene.stage.desk(&["pay", "--batch", "@batch.csv", "--check"]).done();
    scene.stage.desk(&["pay", "--batch", "@batch.csv", "--key", "@alice.pub", "-o", "@batch.req"]).done();
    scene.stage.approve("batch");
    let review = scene.stage.vault(&[], &["review", "@batch.pack"]).done();
    let (totals, lines) = (review.stdout.find("Totals").unwrap(), review.stdout.find("Lines: 1000").unwrap());
    assert!(totals < lines, "the totals come first");
    scene
}

/// Starts the vault on the batch.
fn start(scene: &Scene) -> Child {
    let mut child = Command::new(prepare::binary("strongroom-vault").unwrap())
        .args(["--home", scene.stage.path("vault").to_str().unwrap(), "--passphrase-stdin", "sign"])
        .arg(scene.stage.path("batch.pack"))
        .args(["--confirm", &scene.stage.code("batch"), "-o"])
        .arg(scene.stage.path("batch.reply"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let secrets = format!("{PASSPHRASE}\n{PASSPHRASE}\n");
    child.stdin.take().unwrap().write_all(secrets.as_bytes()).unwrap();
    child
}

/// Every file of a folder, with what stands in it.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
}

/// Kills the vault so many times at moments spread over the whole of its work, then lets it finish.
fn killed(times: u32) {
    let mut scene = batch();
    // How long it takes, measured before the home is put back as it was. A copy in its place would be recovering: every
    // file keeps its inode.
    let home = scene.stage.path("vault");
    let mut before = BTreeMap::new();
    files(&home, &mut before);
    let began = Instant::now();
    assert!(start(&scene).wait().unwrap().success());
    let whole = began.elapsed();
    std::fs::remove_file(scene.stage.path("batch.reply")).unwrap();
    let mut after = BTreeMap::new();
    files(&home, &mut after);
    for path in after.keys().filter(|path| !before.contains_key(*path)) {
        std::fs::remove_file(path).unwrap();
    }
    for (path, bytes) in &before {
        std::fs::write(path, bytes).unwrap();
    }
    let mut killed = 0;
    for round in 0..times {
        // Spread evenly by the golden ratio, so that every run tries other moments of the same work.
        let part = (u64::from(round) * 618_034) % 1_000_000;
        let mut child = start(&scene);
        std::thread::sleep(Duration::from_micros(
            u64::try_from(whole.as_micros()).unwrap() * part / 1_000_000,
        ));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
        // One that finished first has nothing left to do: its reply is lost on the way, and it is asked again.
        let _ = std::fs::remove_file(scene.stage.path("batch.reply"));
    }
    assert!(killed * 2 > times, "only {killed} of {times} were killed in time");
    assert!(start(&scene).wait().unwrap().success(), "it did not finish after {killed} kills");
    scene.stage.vault(&[], &["journal", "verify"]).done();
    let reply: Sealed<Reply> =
        Bundle::read(&std::fs::read(scene.stage.path("batch.reply")).unwrap()).unwrap();
    assert_eq!(reply.value().items.len(), PAYMENTS);
    one_payment_a_nonce(&scene);
    // The desk takes every signature, and the chain takes every transaction.
    scene.stage.desk(&["reply", "import", "@batch.reply"]).done();
    let request = scene.stage.request("batch");
    scene.stage.desk(&["send", &request]).refused(7, "");
    for _ in 0..40 {
        scene.net.mine(1);
    }
    scene.net.finalize();
    scene.stage.desk(&["send", &request]).done();
    println!("{killed} kills; every one of {PAYMENTS} payments landed once");
}

/// In the whole journal, a nonce never carries two payments.
fn one_payment_a_nonce(scene: &Scene) {
    let mut carried = BTreeMap::new();
    let house =
        strongroom_protocol::SignedText::parse(&std::fs::read(scene.stage.path("admins.txt")).unwrap())
            .unwrap();
    let (house, _) = strongroom_policy::Genesis::open(&house).unwrap();
    let path = scene.stage.path("vault").join("journal");
    strongroom_journal::Journal::<VaultEntry>::open(&path, house, |line, _| {
        let VaultEntry::Claimed { claims, .. } = &line.entry else { return };
        for claim in claims {
            for slot in &claim.slots {
                let payments = carried.entry(slot.clone()).or_insert_with(|| claim.payments.clone());
                assert_eq!(*payments, claim.payments, "{slot} carries two payments");
            }
        }
    })
    .unwrap();
    assert_eq!(carried.len(), PAYMENTS);
}

#[test]
#[ignore = "needs the built programs and OpenSSH: run cargo verify"]
fn a_batch_of_a_thousand_survives_kills() {
    killed(12);
}

/// The long tier's: two hundred kills.
mod long {
    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn a_batch_of_a_thousand_survives_two_hundred_kills() {
        super::killed(200);
    }
}
