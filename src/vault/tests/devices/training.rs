//! Practice and earnest are kept apart: each kind of program opens its own kind of house, and practice is stamped.

use strongroom_protocol::sshsig::Namespace;
use strongroom_virtual::{Ledger, VirtualBus};

use crate::support::house::{EXCHANGE, House, code_of, found, genesis_text_of, house_of, sign};
use crate::support::ledgers::{Practice, bench, ledger, yes};
use crate::support::{Bench, Run, STATION_PASS};

const ADMINS: [&str; 3] = ["erin", "frank", "grace"];

/// Every command that works on a home.
const COMMANDS: [&[&str]; 20] = [
    &["review", "@a.pack"],
    &["sign", "@a.pack", "--confirm", "X", "-o", "@o"],
    &["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "L", "-o", "@o"],
    &["enroll", "--device", "ledger", "--chain", "eip155:1", "--label", "L", "-o", "@o"],
    &["device", "check"],
    &["address", "show", "Cold 1"],
    &["key", "list"],
    &["key", "generate", "k"],
    &["key", "restore", "k"],
    &["policy", "install", "@policy.txt"],
    &["policy", "show"],
    &["book", "install", "@book.txt"],
    &["book", "show"],
    &["journal", "show"],
    &["journal", "verify"],
    &["journal", "import", "@i"],
    &["freeze", "--by", "alice", "--reason", "r"],
    &["thaw", "@policy.txt"],
    &["recover", "@policy.txt"],
    &["recover", "draft", "--reason", "r", "-o", "@o"],
];

/// A run that ended, as people and as scripts read it.
fn both(bench: &Bench, args: &[&str]) -> (Run, Run) {
    (bench.run(args), bench.run(&[&["--output", "json"], args].concat()))
}

#[test]
fn a_genesis_of_the_other_kind_founds_nothing() {
    for (training, words) in [
        (false, "belongs to a training house, and this is a production program"),
        (true, "belongs to a production house, and this is a training program"),
    ] {
        let bench = Bench::new();
        bench.training.set(training);
        let other = sign(&ADMINS, Namespace::House, &genesis_text_of(!training));
        bench.write("house.txt", other.to_string());
        let code = code_of(!training);
        let args =
            ["--output", "json", "init", "--admins", "@house.txt", "--house", &code, "-o", "@station.pub"];
        let run = bench.run_secrets(&args, &[STATION_PASS]).refused(3, words).says("each opens only its own");
        assert_eq!(run.json()["errors"][0]["code"], "training");
        assert!(!bench.home().exists() && !bench.path("station.pub").exists());
        // Its own kind it takes.
        found(&bench);
    }
    assert_ne!(house_of(true), house_of(false), "the mark is under the admins' signatures");
}

#[test]
fn a_home_of_the_other_kind_is_not_opened_by_any_command() {
    let practice = Practice::new();
    practice.house.pack("a.pack", &practice.payment(7));
    let earnest = House::new();
    earnest.pack("a.pack", &earnest.payment());
    let other = |training: bool| if training { &practice.house.bench } else { &earnest.bench };
    // What is read before the home is no matter of the home.
    let on_homes = COMMANDS.iter().filter(|args| args[..2] != ["journal", "import"]);
    for training in [true, false] {
        let bench = other(training);
        bench.bus.replace(Box::new(VirtualBus::with(ledger(yes()))));
        let before = Bench::files(bench.folder.path());
        bench.training.set(!training);
        let words = if training { "belongs to a training house" } else { "belongs to a production house" };
        for args in on_homes.clone() {
            let run = bench.run_secrets(args, &[STATION_PASS]).refused(3, words);
            assert!(run.err.contains("home"), "{args:?}: {}", run.err);
            assert_eq!(Bench::files(bench.folder.path()), before, "{args:?}");
        }
        bench.training.set(training);
        bench.run(&["journal", "verify"]).ok();
    }
}

#[test]
fn a_genesis_that_was_changed_afterwards_is_of_no_kind() {
    // Whoever takes the mark out of a home's genesis has another house, and no signature for it.
    let practice = Practice::new();
    let bench = &practice.house.bench;
    let path = std::fs::read_dir(bench.home()).unwrap().map(|entry| entry.unwrap().path());
    let genesis = path
        .into_iter()
        .find(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("training = true")));
    let genesis = genesis.unwrap();
    let text = std::fs::read_to_string(&genesis).unwrap();
    std::fs::write(&genesis, text.replace("training = true\n", "")).unwrap();
    bench.training.set(false);
    bench.run(&["journal", "show"]).refused(5, "sign");
    // Signed anew by everybody, it is the other house, and the journal is not.
    let other = sign(&ADMINS, Namespace::House, &genesis_text_of(false)).to_string();
    std::fs::write(&genesis, other).unwrap();
    let run = bench.run(&["journal", "show"]);
    assert_eq!(run.exit, 9, "{run:?}");
}

/// Both say that this was practice.
#[track_caller]
fn stamped(args: &[&str], (human, json): (Run, Run)) {
    assert!(human.logged().contains("TRAINING"), "{args:?}: {}", human.logged());
    if !human.out.is_empty() {
        assert!(human.text().starts_with("TRAINING\n"), "{args:?}: {}", human.text());
    }
    let warnings = json.json()["warnings"].clone();
    let said =
        warnings.as_array().unwrap().iter().any(|warning| warning.as_str().unwrap().starts_with("TRAINING"));
    assert!(said, "{args:?}: {warnings}");
}

#[test]
fn every_result_of_a_training_program_says_so() {
    let practice = Practice::new();
    let bench = &practice.house.bench;
    practice.house.pack("a.pack", &practice.payment(7));
    let more: [&[&str]; 8] = [
        &["device", "list"],
        &["device", "show"],
        &["doctor"],
        &["selftest"],
        &["--quiet", "journal", "verify"],
        &["--home", "/nowhere/to/be/found", "journal", "show"],
        &["sign", "@missing", "-o", "@o"],
        &["journal", "export"],
    ];
    for args in more {
        stamped(args, both(bench, args));
    }
    // Refused by the policy, refused by the device, and signed.
    practice.device(Ledger::lock);
    let asked = practice.payment(7);
    practice.sign(&asked, "@one.reply").refused(8, "TRAINING");
    practice.device(Ledger::unlock);
    let run = practice.sign(&asked, "@one.reply").ok();
    assert!(run.text().starts_with("TRAINING\n") && run.err.contains("TRAINING"), "{}", run.logged());
    // A result on standard output is the file alone, and the stamp goes beside it.
    let run = practice.sign(&asked, "-").ok();
    assert!(run.err.contains("TRAINING") && !run.out.starts_with(b"TRAINING"), "{}", run.err);
    let stranger = practice.asked(vec![practice.house.pay(EXCHANGE, 1_000_000_000_000_000_000_000, "S")], 9);
    practice.sign(&stranger, "@s.reply").refused(3, "TRAINING").says("item-limit");
    // The house is frozen on the way.
    for args in COMMANDS {
        stamped(args, both(bench, args));
    }
}

#[test]
fn nothing_of_a_production_program_says_so() {
    let house = House::new();
    let run = house.sign(&house.payment(), "@one.reply").ok();
    assert!(!run.logged().contains("TRAINING"), "{}", run.logged());
    let bench = bench(&VirtualBus::new());
    bench.training.set(false);
    let run = bench.run(&["device", "list"]).ok();
    assert!(!run.logged().contains("TRAINING"), "{}", run.logged());
}
