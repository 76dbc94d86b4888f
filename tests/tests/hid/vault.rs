//! The released vault, and a device that it opens through the kernel's hidraw.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use alloy_primitives::U256;
use strongroom_tests::prepare;
use strongroom_tests::scenes::{COIN, EXCHANGE, Scene};
use strongroom_tests::stage::{Apart, Net, Players, WORDS};
use strongroom_tests::uhid::{Identity, Rubbish};

use crate::guest::Guest;

/// What a withdrawal may take, from the machine's start to a reply that the desk has verified.
const LIMIT: Duration = Duration::from_secs(30);

fn vault() -> PathBuf {
    prepare::released("strongroom-vault").unwrap_or_else(|error| panic!("{error}"))
}

/// A house whose vault is on the guest, with its device plugged in there while it is enrolled.
fn house(guest: &Rc<RefCell<Guest>>) -> Scene {
    let device = guest.borrow_mut().ledger("", &[]);
    let machine: Apart = Apart::new(guest.clone());
    let scene = Scene::new(Players::Apart(machine), Net::embedded(1));
    let seen = guest.borrow_mut().bench.pull(device);
    assert!(seen.stderr.contains("in  ") && seen.stderr.contains("out "), "the address was shown: {seen:?}");
    scene
}

#[test]
#[ignore = "needs QEMU and Debian's kernel: run cargo verify"]
fn a_withdrawal_is_signed_over_hidraw() {
    let vault = vault();
    let began = Instant::now();
    let guest = Rc::new(RefCell::new(Guest::boot(&vault)));
    let mut scene = house(&guest);
    let before = scene.net.balance(EXCHANGE);
    scene.pay("coin", "1.000000000000000001", "ETH").done();
    scene.stage.approve("coin");
    let device = guest.borrow_mut().ledger("", &[]);
    let signing = Instant::now();
    scene.stage.sign("coin").done();
    let signed = signing.elapsed();
    // The desk looks at the account's address and the signature, and takes nothing else.
    scene.stage.desk(&["reply", "import", "@coin.reply"]).done();
    let whole = began.elapsed();
    assert!(whole < LIMIT, "{} ms, {} ms of them signing", whole.as_millis(), signed.as_millis());
    let seen = guest.borrow_mut().bench.pull(device).stderr;
    // Sign is E0 04: the command crossed as a report, and the answer came back as two.
    assert!(
        seen.lines().any(|line| line.starts_with("in  00010105000000") && line.contains("e004")),
        "{seen}"
    );
    let request = scene.stage.request("coin");
    scene.stage.desk(&["send", &request]).refused(7, "");
    scene.net.mine(1);
    scene.net.finalize();
    scene.stage.desk(&["send", &request]).done();
    assert_eq!(scene.net.balance(EXCHANGE), before + U256::from(COIN + 1));
}

#[test]
#[ignore = "needs QEMU and Debian's kernel: run cargo verify"]
fn trouble_with_a_device_is_told_and_the_same_request_goes_on_after_it() {
    let guest = Rc::new(RefCell::new(Guest::boot(&vault())));
    let mut scene = house(&guest);
    let before = scene.net.balance(EXCHANGE);
    scene.pay("coin", "1", "ETH").done();
    scene.stage.approve("coin");
    nothing_or_a_stranger(&guest, &mut scene);
    pulled_in_mid_frame(&guest, &mut scene);
    rubbish(&guest, &mut scene);
    another_seed_and_then_two_alike(&guest, &mut scene);
    // The slot was claimed once, and once it is paid.
    scene.stage.desk(&["reply", "import", "@coin.reply"]).done();
    let request = scene.stage.request("coin");
    scene.stage.desk(&["send", &request]).refused(7, "");
    scene.net.mine(1);
    scene.net.finalize();
    scene.stage.desk(&["send", &request]).done();
    assert_eq!(scene.net.balance(EXCHANGE), before + U256::from(COIN));
}

/// Nothing is plugged in, or only a device of another vendor with the same usage page: it is not even asked.
fn nothing_or_a_stranger(guest: &Rc<RefCell<Guest>>, scene: &mut Scene) {
    scene.stage.sign("coin").refused(8, "none is plugged in");
    let stranger = Identity { vendor: 0x03eb, product: 0x2403, ..Identity::ledger("0001") };
    let device = guest.borrow_mut().bench.plug(&stranger, &["rubbish:noise"]);
    scene.stage.sign("coin").refused(8, "none is plugged in");
    let seen = guest.borrow_mut().bench.pull(device);
    assert!(!seen.stderr.contains("in  "), "a stranger was spoken to: {}", seen.stderr);
}

/// Pulled out between two halves of a command or an answer: the vault says so, and writes no reply.
fn pulled_in_mid_frame(guest: &Rc<RefCell<Guest>>, scene: &mut Scene) {
    // Of the reports to it, the fourth is the first half of the command to sign; of those from it, the third is the first
    // half of its public key and the fifth the first half of the signature.
    for (flag, count) in [("in", 1), ("in", 4), ("out", 3), ("out", 5)] {
        let device = guest.borrow_mut().ledger("", &[&format!("--pull-after-{flag}"), &count.to_string()]);
        scene.stage.sign("coin").refused(8, "unplugged");
        let ended = guest.borrow_mut().bench.machine.wait(device).unwrap();
        assert!(ended.stdout.contains("pulled out"), "{ended:?}");
        assert!(!scene.stage.path("coin.reply").exists());
    }
}

/// A device that answers rubbish is not believed, whatever the rubbish is. A short report is one that the kernel may keep to
/// itself, so that the vault waits as long as it waits for any answer: the cable's own tests have it.
fn rubbish(guest: &Rc<RefCell<Guest>>, scene: &mut Scene) {
    for (name, _) in Rubbish::ALL.into_iter().filter(|(_, kind)| *kind != Rubbish::Short) {
        let behaviour = format!("rubbish:{name}");
        let device = guest.borrow_mut().bench.plug(&Identity::ledger("0001"), &[&behaviour]);
        scene.stage.sign("coin").refused(5, "the device's answer is refused");
        guest.borrow_mut().bench.pull(device);
        assert!(!scene.stage.path("coin.reply").exists(), "{name}");
    }
}

/// The device of somebody else is refused; beside the right one it does no harm, although they look alike.
fn another_seed_and_then_two_alike(guest: &Rc<RefCell<Guest>>, scene: &mut Scene) {
    assert_ne!(WORDS, OTHER);
    let other = guest.borrow_mut().ledger(&format!("words = \"{OTHER}\"\n"), &[]);
    scene.stage.sign("coin").refused(5, "has another seed than the one Cold storage was enrolled with");
    let right = guest.borrow_mut().ledger("", &[]);
    scene.stage.sign("coin").done();
    for device in [other, right] {
        guest.borrow_mut().bench.pull(device);
    }
}

/// Words that everybody knows, and that are not the vault's.
const OTHER: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
