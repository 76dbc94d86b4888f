//! Every start: the self-test, the command line, the journal as it was left.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    clippy::string_slice,
    clippy::format_push_string,
    clippy::format_collect,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

use std::fs::OpenOptions;
use std::io::Write;

use strongroom_vault::KnownAnswers;
use support::house::founded;
use support::operator::Operator;
use support::{Bench, Run};

/// Every command there is, with arguments that let it begin.
const COMMANDS: &[&[&str]] = &[
    &["init", "--admins", "@house.txt", "--house", "X"],
    &["key", "generate", "k"],
    &["key", "restore", "k"],
    &["key", "list"],
    &["enroll", "--key", "k", "--chain", "eip155:1", "--label", "l", "-o", "@o"],
    &["policy", "install", "@p"],
    &["policy", "show"],
    &["book", "install", "@b"],
    &["book", "show"],
    &["review", "@r"],
    &["sign", "@r", "-o", "@o"],
    &["journal", "show"],
    &["journal", "verify"],
    &["freeze", "--by", "alice", "--reason", "r"],
    &["thaw", "@t"],
    &["recover", "@t"],
    &["recover", "draft", "--reason", "r", "-o", "@o"],
    &["journal", "import", "@i"],
    &["doctor"],
    &["device", "list"],
    &["device", "show"],
    &["device", "check"],
    &["address", "show", "a"],
    &["selftest"],
    &["completions", "bash"],
    &["man"],
];

fn folder_is_untouched(bench: &Bench) {
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 0);
}

#[test]
fn a_wrong_answer_stops_every_command() {
    for name in KnownAnswers::names() {
        let mut bench = Bench::new();
        bench.answers = KnownAnswers::default().expecting(name, "something else");
        for command in COMMANDS {
            let run = bench.run(command).refused(1, &format!("the self-test failed at {name}"));
            assert!(run.out.is_empty(), "{command:?} went on");
        }
        for command in [&["--help"][..], &["--version"], &["nonsense"], &[]] {
            bench.run(command).refused(1, "the self-test failed");
        }
        folder_is_untouched(&bench);
    }
}

#[test]
fn the_slow_answer_is_asked_by_its_own_command() {
    let mut bench = Bench::new();
    let run = bench.run(&["selftest"]).ok();
    assert_eq!(run.text().lines().count(), KnownAnswers::names().count() + 1);
    bench.answers = KnownAnswers::default().expecting("age-scrypt", "x");
    bench.run(&["selftest"]).refused(1, "age-scrypt");
    bench.run(&["completions", "fish"]).ok();
}

#[test]
fn a_failed_self_test_is_a_document_for_scripts() {
    let mut bench = Bench::new();
    bench.answers = KnownAnswers::default().expecting("sha-256", "x");
    let document = bench.run(&["--output", "json", "journal", "show"]).json();
    assert_eq!(document["errors"][0]["code"], "self-test");
    assert_eq!(document["ok"], false);
}

#[test]
fn every_command_has_help_with_an_example() {
    let bench = Bench::new();
    let mut nouns = vec![vec!["--help"]];
    for command in COMMANDS {
        let words: Vec<&str> =
            command.iter().take_while(|word| word.chars().all(|c| c.is_ascii_lowercase())).copied().collect();
        let verbs = if ["key", "policy", "book", "journal", "device", "address"].contains(&words[0])
            || words.get(1) == Some(&"draft")
        {
            2
        } else {
            1
        };
        nouns.push([&words[..verbs], &["--help"]].concat());
        nouns.push(vec![words[0], "--help"]);
    }
    for command in nouns {
        let text = bench.run(&command).ok().text();
        assert!(text.contains("Example:\n  strongroom-vault "), "{command:?} has no example:\n{text}");
    }
}

#[test]
fn what_is_not_understood_is_usage() {
    let bench = Bench::new();
    for args in [
        &["nonsense"][..],
        &["sign"],
        &["sign", "a"],
        &["--output", "xml", "man"],
        &["key"],
        &["journal", "x"],
    ] {
        let run = bench.run(args);
        assert_eq!(run.exit, 2, "{args:?}: {}", run.logged());
        assert!(run.out.is_empty(), "{args:?}");
    }
    let document = bench.run(&["--output=json", "nonsense"]);
    assert_eq!((document.exit, document.json()["errors"][0]["code"].as_str()), (2, Some("usage")));
    assert_eq!(
        bench.run(&["--version"]).ok().text(),
        format!("strongroom-vault {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn completions_and_manual_pages_are_made() {
    let bench = Bench::new();
    for (shell, words) in
        [("bash", "complete -F"), ("zsh", "#compdef strongroom-vault"), ("fish", "complete -c")]
    {
        let text = bench.run(&["completions", shell]).ok().text();
        assert!(text.contains(words), "{shell}");
    }
    bench.run(&["completions", "powershell"]).refused(2, "possible values");
    assert!(bench.run(&["man"]).ok().text().contains(".TH strongroom"));
    std::fs::create_dir(bench.path("man1")).unwrap();
    bench.run(&["man", "--dir", "@man1"]).ok();
    let pages = std::fs::read_dir(bench.path("man1")).unwrap().count();
    // One for each command, one for each noun with verbs, and the first.
    assert_eq!(pages, COMMANDS.len() + 6 + 1);
    bench.run(&["man", "--dir", "@man1"]).refused(8, "exists already");
}

#[test]
fn commands_without_a_home_say_so() {
    let bench = Bench::new();
    for command in [
        &["key", "list"][..],
        &["journal", "show"],
        &["policy", "show"],
        &["freeze", "--by", "a", "--reason", "r"],
    ] {
        bench.run(command).refused(8, "is no vault's home");
    }
    folder_is_untouched(&bench);
}

fn append(bench: &Bench, bytes: &[u8]) {
    let mut journal = OpenOptions::new().append(true).open(bench.path("home/journal")).unwrap();
    journal.write_all(bytes).unwrap();
}

#[test]
fn a_torn_line_is_cut_off_and_written_down() {
    let (bench, _) = founded();
    append(&bench, &[0, 0, 1, 0, 7, 7]);
    assert_eq!(bench.events(), ["opened", "torn-tail"]);
    bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_journal_that_lost_a_line_is_refused() {
    let (bench, _) = founded();
    bench.run(&["freeze", "--by", "erin", "--reason", "r"]).ok();
    let whole = bench.read("home/journal");
    bench.write("home/journal", &whole[..whole.len() - 10]);
    bench.run(&["journal", "show"]).refused(9, "lines are missing");
    let mut damaged = whole.clone();
    damaged[40] ^= 1;
    bench.write("home/journal", damaged);
    bench.run(&["journal", "verify"]).refused(9, "damaged");
    bench.write("home/journal", &whole);
    bench.run(&["journal", "verify"]).ok();
    // Without its mark nobody can say that it is whole: it is shown, and signs nothing (`recovering.rs`).
    std::fs::remove_file(bench.path("home/journal.mark")).unwrap();
    bench.run(&["journal", "verify"]).refused(0, "this home is recovering");
    bench.write("home/journal", &whole[..whole.len() - 10]);
    bench.run(&["journal", "verify"]).refused(9, "damaged");
}

#[test]
fn two_at_once_are_refused() {
    let (bench, _) = founded();
    let held = OpenOptions::new().append(true).open(bench.path("home/journal")).unwrap();
    held.lock().unwrap();
    bench.run(&["key", "list"]).refused(8, "in use by another process");
    drop(held);
    bench.run(&["key", "list"]).ok();
}

#[test]
fn the_journal_is_shown_to_people_and_to_scripts() {
    let (bench, station) = founded();
    bench.later(60);
    bench.run(&["freeze", "--by", "erin", "--reason", "\"quoted\""]).ok();
    let text = bench.run(&["journal", "show", "--last", "1"]).ok().text();
    assert!(text.starts_with("2  2026-06-01T12:01:00Z  frozen  by erin: \"\\\"quoted\\\"\"\n"), "{text}");
    assert!(text.contains("Head: line 2, "), "{text}");
    let document = bench.run(&["journal", "show", "--json"]).ok().json();
    assert_eq!(document["command"], "journal show");
    let lines = document["data"]["lines"].as_array().unwrap();
    assert_eq!(lines[0]["detail"]["station"], station.station().to_string());
    assert_eq!(lines[1]["hash"], document["data"]["head"]["hash"]);
    assert_eq!(
        bench.run(&["journal", "show", "--last", "0", "--json"]).ok().json()["data"]["lines"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_clock_behind_the_record_is_no_reason_to_forget() {
    let (bench, _) = founded();
    bench.clock.set("2020-01-01T00:00:00Z".parse().unwrap());
    bench.run(&["journal", "verify"]).ok();
}

#[test]
fn warnings_of_the_start_are_told() {
    let bench = Bench::new();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let now = bench.clock.get();
    let mut world = strongroom_vault::World {
        stdin: &mut std::io::empty(),
        stdout: &mut out,
        stderr: &mut err,
        bus: &mut strongroom_wire::EmptyBus,
        training: false,
        place: &strongroom_vault::find_place,
        machine: strongroom_vault::doctor::Machine::here(),
        terminal: &mut Operator::absent(),
        clock: &|| now,
        entropy: &mut strongroom_keys::SystemEntropy,
        default_home: None,
        work_factor: strongroom_keys::WorkFactor::FLOOR,
        known_answers: KnownAnswers::default(),
        watched: false,
        warnings: vec!["memory cannot be locked".to_owned()],
    };
    let exit = strongroom_vault::run(["strongroom-vault".into(), "key".into(), "list".into()], &mut world);
    let run =
        Run { exit, out, err: String::from_utf8(err).unwrap(), shown: Vec::new(), terminal: String::new() };
    run.refused(2, "warning: memory cannot be locked").refused(2, "name one with --home");
}
