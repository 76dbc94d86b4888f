//! A tail that is missing, at every byte: what a machine leaves that lost its power.

use std::fs::{self, OpenOptions};
use std::path::Path;

use strongroom_tests::prepare;
use strongroom_tests::scenes::Scene;

use super::folder::Snapshot;
use super::scenery;
use super::tracer::{Fault, Program, run};

fn cut(path: &Path, length: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

const FREEZE: [&str; 5] = ["freeze", "--by", "bob", "--reason", "a drill"];

/// Freezes, with the vault or the desk.
fn freeze(scene: &mut Scene, home: &str) -> strongroom_tests::stage::Run {
    if home == "vault" { scene.stage.vault(&[], &FREEZE) } else { scene.stage.desk(&FREEZE) }
}

fn verify(scene: &mut Scene, home: &str) {
    let words = ["journal", "verify"];
    if home == "vault" {
        scene.stage.vault(&[], &words).done()
    } else {
        scene.stage.desk(&words).done()
    };
}

/// A line that was written and not acknowledged, cut at each of its bytes.
fn torn_line(home: &str, name: &str) {
    let _turn = scenery::turn();
    let mut scene = scenery::scene();
    let (journal, mark) =
        (scene.stage.path(home).join(name), scene.stage.path(home).join(format!("{name}.mark")));
    let acknowledged = (fs::read(&journal).unwrap(), fs::read(&mark).unwrap());
    freeze(&mut scene, home).done();
    let whole = size(&journal);
    fs::write(&mark, &acknowledged.1).unwrap();
    let after = Snapshot::take(scene.stage.folder());
    let first = u64::try_from(acknowledged.0.len()).unwrap();
    for length in first..=whole {
        after.put_back();
        cut(&journal, length);
        freeze(&mut scene, home).done();
        let bytes = fs::read(&journal).unwrap();
        assert!(bytes.starts_with(&acknowledged.0), "cut at {length}: what was acknowledged is gone");
        verify(&mut scene, home);
    }
    println!("{home}: a line of {} bytes, cut at each", whole - first);
}

#[test]
fn the_vaults_last_line_is_cut_at_every_byte() {
    torn_line("vault", "journal");
}

#[test]
fn the_desks_last_line_is_cut_at_every_byte() {
    torn_line("desk", "journal.log");
}

/// The mark is replaced whole: no crash tears it. One that is torn all the same is damage, and nothing is signed or sent.
#[test]
fn a_mark_is_cut_at_every_byte() {
    let _turn = scenery::turn();
    let mut scene = scenery::scene();
    let before = Snapshot::take(scene.stage.folder());
    for (home, name) in [("vault", "journal.mark"), ("desk", "journal.log.mark")] {
        let mark = scene.stage.path(home).join(name);
        for length in 0..size(&mark) {
            before.put_back();
            cut(&mark, length);
            if home == "vault" {
                // A freeze is never turned away. It stands beside the journal, of which nothing is cut off.
                freeze(&mut scene, home).refused(0, "recovering");
                let shown = scene.stage.vault(&[], &["journal", "show"]).done();
                assert!(shown.stdout.contains("Beside the journal"), "cut at {length}: {}", shown.stdout);
            } else {
                freeze(&mut scene, home).refused(9, "journal.log.mark");
            }
            assert_eq!(size(&mark), length, "the evidence was altered");
            let journal = Path::new(home).join(name.trim_end_matches(".mark"));
            assert_eq!(Snapshot::take(scene.stage.folder()).file(&journal), before.file(&journal));
        }
    }
}

/// The store's own journal, cut in its last two pages: a request is in it with its slot, or neither is.
fn torn_store(every: usize) {
    let _turn = scenery::turn();
    let mut scene = scenery::scene();
    let symbol = scene.net.native().1;
    let words: Vec<String> =
        ["--home", "@desk", "pay", "Cold storage", "Exchange A", "1", &symbol, "--reference"]
            .into_iter()
            .chain(["INV-1", "--key", "@alice.pub", "-o", "@paid.req"])
            .map(|word| {
                word.strip_prefix('@')
                    .map_or(word.to_owned(), |name| scene.stage.path(name).display().to_string())
            })
            .collect();
    let path = prepare::binary("strongroom").unwrap();
    let program = Program { path: &path, args: &words, typed: "" };
    // Killed when the slot is reserved and before that is journaled: the transaction stands in the store's journal alone.
    let before = Snapshot::take(scene.stage.folder());
    let untouched = run(&program, scene.stage.folder(), None);
    let reserved =
        untouched.steps.iter().position(|step| step.call == "write" && step.path.ends_with("journal.log"));
    before.put_back();
    run(&program, scene.stage.folder(), Some((reserved.unwrap(), Fault::Kill)));
    let after = Snapshot::take(scene.stage.folder());
    let (store, wal) = (scene.stage.path("desk/desk.sqlite"), scene.stage.path("desk/desk.sqlite-wal"));
    let whole = usize::try_from(size(&wal)).unwrap();
    let count = |sql: &str| -> i64 {
        let store = rusqlite::Connection::open(&store).unwrap();
        let check: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        store.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("SELECT count(*) FROM reservations"), 1, "nothing was reserved before the kill");
    let (mut kept, mut lost) = (0, 0);
    for length in (whole.saturating_sub(2 * 4120)..=whole).rev().step_by(every) {
        after.put_back();
        cut(&wal, u64::try_from(length).unwrap());
        let counts = (count("SELECT count(*) FROM reservations"), count("SELECT count(*) FROM requests"));
        assert!(counts == (1, 1) || counts == (0, 0), "cut at {length} of {whole}: {counts:?}");
        if counts.0 == 1 {
            kept += 1;
        } else {
            lost += 1;
        }
        if length % 1024 == 0 {
            scene.stage.desk(&["status"]).done();
            scene.pay("next", "1", &symbol).done();
            verify(&mut scene, "desk");
        }
    }
    assert!(kept > 0 && lost > 0, "{kept} kept, {lost} lost");
    println!(
        "the store's journal of {whole} bytes: {kept} cuts left the request, {lost} took it with its slot"
    );
}

#[test]
#[ignore = "needs the built programs and OpenSSH: run cargo verify"]
fn the_stores_last_pages_are_cut() {
    torn_store(7);
}

mod long {
    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn the_stores_last_pages_are_cut_at_every_byte() {
        super::torn_store(1);
    }
}
