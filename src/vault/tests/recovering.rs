//! Copies of a home, homes restored from older copies, homes that moved: none of them signs, whatever the desk says, until
//! the admins' quorum names the head to go on from.
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

use std::collections::BTreeMap;
use std::fs;

use strongroom_policy::Recovery;
use strongroom_policy::statement_check::{Reading, Terms};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Head, JournalHash, Request, SignedText, Verdict};

use support::house::{Asked, COIN, EXCHANGE, House, house, sign};
use support::{Bench, KEY_PASS, Run, STATION_PASS};

/// What a home that was copied says.
const COPIED: &str = "this home was copied, restored or moved";

/// The plan of `House::payment` at a nonce, by a desk that says it knows nothing of this vault but the beginning.
fn by_a_lying_desk(house: &House, nonce: u64) -> Asked {
    let mut request = house.request(vec![house.pay(EXCHANGE, 3 * COIN / 2, "INV-117")], nonce);
    request.vault_heads = BTreeMap::from([(house.station_id(), Head::start(support::house::house()))]);
    house.asked(request)
}

/// A payment by a desk that knows this head.
fn knowing(house: &House, head: Head, reference: &str, nonce: u64) -> Asked {
    let mut request = house.request(vec![house.pay(EXCHANGE, COIN, reference)], nonce);
    request.vault_heads = BTreeMap::from([(house.station_id(), head)]);
    house.asked(request)
}

fn honest(house: &House, reference: &str, nonce: u64) -> Asked {
    knowing(house, house.head(), reference, nonce)
}

fn draft(house: &House, name: &str) -> Recovery {
    let run = house.bench.run(&["recover", "draft", "--reason", "the disk broke", "-o", &format!("@{name}")]);
    run.ok();
    Recovery::read(&String::from_utf8(house.bench.read(name)).unwrap(), support::house::house()).unwrap()
}

fn apply(house: &House, recovery: &Recovery, signers: &[&str]) -> Run {
    let text = sign(signers, Namespace::Recovery, &recovery.text());
    house.bench.write("recovery.txt", text.to_string());
    house.bench.run(&["--output", "json", "recover", "@recovery.txt"])
}

/// A vault with one signature, restored from a copy that does not know of it.
fn restored() -> House {
    let house = House::new();
    house.bench.copy("home", "backup");
    house.sign(&house.payment(), "@signed.reply").ok();
    house.bench.restore("backup", "home");
    house
}

// Before homes knew their place, both of the next two ended in a second signature: the same approved plan at nonce 7 by the
// home and at nonce 8 by the copy, and a chain takes both. `what_a_blind_file_system_lets_pass` shows it still.

#[test]
fn a_copy_signs_nothing_whatever_the_desk_says() {
    let house = House::new();
    house.bench.copy("home", "copy");
    let before = Bench::files(&house.bench.path("copy"));
    house.sign(&by_a_lying_desk(&house, 7), "@first.reply").ok();
    // The thief has the copy, the passphrases, the desk and the approvals.
    fs::rename(house.bench.home(), house.bench.path("original")).unwrap();
    fs::rename(house.bench.path("copy"), house.bench.home()).unwrap();
    let again = by_a_lying_desk(&house, 8);
    house.review(&again).refused(3, COPIED);
    assert_eq!(Bench::files(&house.bench.home()).len(), before.len(), "looking left something behind");
    let run = house.sign(&again, "@second.reply").refused(3, COPIED);
    assert!(run.logged().contains("recovering: "), "{}", run.logged());
    assert!(!house.bench.path("second.reply").exists());
    // The home itself, under its own name or another, goes on.
    fs::rename(house.bench.home(), house.bench.path("copy")).unwrap();
    fs::rename(house.bench.path("original"), house.bench.home()).unwrap();
    house.sign(&honest(&house, "INV-118", 8), "@third.reply").ok();
}

#[test]
fn an_older_copy_put_back_signs_nothing() {
    let house = House::new();
    house.bench.copy("home", "backup");
    house.sign(&by_a_lying_desk(&house, 7), "@first.reply").ok();
    house.bench.restore("backup", "home");
    house.sign(&by_a_lying_desk(&house, 8), "@second.reply").refused(3, COPIED);
    house.sign(&by_a_lying_desk(&house, 7), "@second.reply").refused(3, COPIED);
    assert!(!house.bench.path("second.reply").exists());
}

#[test]
fn what_a_blind_file_system_lets_pass() {
    let house = House::new();
    house.bench.blind();
    house.bench.copy("home", "copy");
    house.sign(&by_a_lying_desk(&house, 7), "@first.reply").ok();
    house.bench.restore("copy", "home");
    // One plan, two signatures. `init` warns of such a file system.
    house.sign(&by_a_lying_desk(&house, 8), "@second.reply").ok();
}

#[test]
fn a_home_that_cannot_be_told_from_its_copies_is_made_with_a_warning() {
    let (bench, _) = support::house::founded();
    let code = support::house::house_code();
    fs::remove_dir_all(bench.home()).unwrap();
    bench.fixed.set(Some(strongroom_journal::Place::default()));
    let run = bench.run_secrets(&["init", "--admins", "@house.txt", "--house", &code], &[STATION_PASS]).ok();
    assert!(run.err.contains("does not tell a file from its copy"), "{}", run.err);
}

#[test]
fn a_recovering_home_shows_everything_and_signs_nothing() {
    let house = restored();
    let bench = &house.bench;
    let journal = bench.read("home/journal");
    for command in [
        &["journal", "show"][..],
        &["journal", "verify"],
        &["policy", "show"],
        &["book", "show"],
        &["key", "list"],
    ] {
        let run = bench.run(command).ok();
        if command[0] != "key" {
            assert!(
                run.err.contains("this home is recovering: this home was copied"),
                "{command:?}: {}",
                run.err
            );
        }
    }
    let asked = house.payment();
    let run = house.review(&asked).refused(3, "recovering");
    assert!(run.text().contains("Exchange A"), "the request itself was not shown:\n{}", run.text());
    assert!(!bench.path("home/journal.recovering").exists(), "looking left something behind");
    house.sign(&asked, "@second.reply").refused(3, "recovering");
    let enroll = [
        "enroll", "--key", "treasury", "--chain", "eip155:1", "--index", "7", "--label", "More", "-o",
        "@more",
    ];
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).refused(3, "recovering: this home was copied");
    bench.write(
        "thaw.txt",
        sign(&["erin", "frank"], Namespace::Thaw, &thaw(JournalHash::of(b"x"))).to_string(),
    );
    bench.run(&["thaw", "@thaw.txt"]).refused(3, "recovering: this home was copied");
    for out in ["second.reply", "more"] {
        assert!(!bench.path(out).exists());
    }
    // Every refusal is written down, and not one byte of it behind the head that the missing lines follow.
    assert_eq!(bench.read("home/journal"), journal);
    let document = bench.run(&["journal", "show", "--json"]).ok().json();
    let aside = document["data"]["aside"].as_array().unwrap();
    let events: Vec<_> = aside.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["recovering", "refused", "refused", "refused"]);
    assert_eq!(aside[1]["detail"]["rule"], "recovering");
    assert_eq!(aside[1]["detail"]["exit"], 3);
    assert!(document["data"]["recovering"].as_str().unwrap().contains(COPIED));
}

fn thaw(freeze: JournalHash) -> String {
    strongroom_policy::Thaw { house: house(), freeze }.text()
}

#[test]
fn another_machine_is_another_place_and_the_same_machine_is_not() {
    let house = House::new();
    house.bench.machine.set(Some(2));
    house.review(&house.payment()).refused(3, "it is on another machine than was recorded");
    house.bench.machine.set(None);
    house.review(&house.payment()).refused(3, "it is on another machine than was recorded");
    house.bench.machine.set(Some(1));
    house.sign(&house.payment(), "@first.reply").ok();
    // Once something had to be written down, going back does not undo it.
    house.bench.machine.set(Some(2));
    let asked = honest(&house, "INV-118", 8);
    house.sign(&asked, "@second.reply").refused(3, "another machine");
    house.bench.machine.set(Some(1));
    house.sign(&asked, "@second.reply").refused(3, "another machine");
}

#[test]
fn a_journal_without_the_help_of_its_mark_signs_nothing() {
    for mark in [None, Some(""), Some("nonsense\n"), Some("1 00\n")] {
        let house = House::new();
        let asked = house.payment();
        match mark {
            None => fs::remove_file(house.bench.path("home/journal.mark")).unwrap(),
            Some(text) => drop(house.bench.write("home/journal.mark", text)),
        }
        for _ in 0..2 {
            house.sign(&asked, "@a.reply").refused(3, "which names the last line acknowledged");
            house.bench.run(&["journal", "verify"]).ok();
        }
        assert_eq!(house.bench.path("home/journal.mark").exists(), mark.is_some(), "a mark was made up");
        apply(&house, &draft(&house, "d.txt"), &["erin", "frank"]).ok();
        house.sign(&honest(&house, "INV-118", 7), "@b.reply").ok();
        house.bench.run(&["journal", "verify"]).ok();
    }
}

#[test]
fn a_home_that_never_said_where_it_lives_signs_nothing() {
    let house = House::new();
    let bench = &house.bench;
    // A journal as programs wrote it before: the first line without a place, all others behind it again.
    let lines: Vec<strongroom_journal::Line<strongroom_journal::VaultEntry>> = {
        let mut lines = Vec::new();
        let path = bench.path("home/journal");
        strongroom_journal::Journal::open(&path, support::house::house(), |line, _| {
            lines.push(strongroom_journal::Line::clone(line));
        })
        .unwrap();
        lines
    };
    fs::remove_file(bench.path("home/journal")).unwrap();
    fs::remove_file(bench.path("home/journal.mark")).unwrap();
    let mut journal =
        strongroom_journal::Journal::create(&bench.path("home/journal"), support::house::house()).unwrap();
    for line in lines {
        let entry = match line.entry {
            strongroom_journal::VaultEntry::Opened { house, station, .. } => {
                strongroom_journal::VaultEntry::Opened { house, station, place: None }
            }
            other => other,
        };
        journal.append(line.at, entry).unwrap();
    }
    drop(journal);
    house.sign(&house.payment(), "@a.reply").refused(3, "does not say where this home lives");
}

#[test]
fn a_head_that_only_the_desk_knows_refuses_that_request_alone() {
    let house = House::new();
    let head = Head { sequence: 40, hash: JournalHash::of(b"what the desk says") };
    // The desk's own word, under approvals that do not repeat it.
    let honest_one = honest(&house, "INV-118", 7);
    let mut forged = honest_one.clone();
    forged.request.vault_heads = BTreeMap::from([(house.station_id(), head)]);
    house.sign(&forged, "@a.reply").refused(5, "vault-head");
    house.sign(&honest(&house, "INV-118", 7), "@b.reply").ok();
}

fn vouching(house: &House, request: &Request, person: &str, head: Head) -> SignedText {
    let terms = Terms {
        person: person.parse().unwrap(),
        verdict: Verdict::Approve,
        signed_at: house.now(),
        valid_until: house.now().plus(86_400),
        vaults: BTreeMap::from([(house.station_id(), head)]),
    };
    let reading = Reading::of(request.plan.value(), &house.policy, &house.book).unwrap();
    sign(&[person], Namespace::Statement, &reading.statement(&terms).to_string())
}

#[test]
fn a_head_that_an_approver_vouches_for_stops_the_vault_until_the_admins_decide() {
    let house = House::new();
    let unknown = Head { sequence: 40, hash: JournalHash::of(b"a line that was lost") };
    let mut asked = honest(&house, "INV-118", 7);
    asked.approvals[0] = vouching(&house, &asked.request, "bob", unknown);
    house.review(&asked).refused(5, "bob knows line 40 of this vault's journal, which is not in it");
    house.review(&honest(&house, "INV-118", 7)).ok();
    house.sign(&asked, "@a.reply").refused(5, "bob knows line 40");
    let other = honest(&house, "INV-119", 7);
    house.review(&other).refused(3, "bob knows line 40 of its journal, which is not in it");
    house.sign(&other, "@b.reply").refused(3, "recovering");
    // The admins see what they overrule: it stands in the text.
    let recovery = draft(&house, "draft.txt");
    assert_eq!((recovery.unknown.as_slice(), recovery.head), (&[unknown][..], house.head()));
    let silent = Recovery { unknown: Vec::new(), ..recovery.clone() };
    apply(&house, &silent, &["erin", "frank"]).refused(5, "other heads that are unknown here");
    house.bench.later(60);
    apply(&house, &recovery, &["erin", "frank"]).ok();
    house.sign(&honest(&house, "INV-119", 7), "@c.reply").ok();
    // The same word again refuses its own request, and stops nothing: else a hostile desk could stop the vault for ever
    // with one statement that it once got.
    house.sign(&asked, "@d.reply").refused(5, "bob knows line 40");
    house.sign(&honest(&house, "INV-120", 8), "@e.reply").ok();
    // A new word does.
    house.bench.later(60);
    let mut asked = honest(&house, "INV-121", 9);
    asked.approvals[0] = vouching(&house, &asked.request, "bob", unknown);
    house.sign(&asked, "@f.reply").refused(5, "bob knows line 40");
    house.sign(&honest(&house, "INV-121", 9), "@g.reply").refused(3, "recovering");
}

#[test]
fn nobody_else_can_stop_the_vault_with_a_head() {
    let house = House::new();
    let unknown = Head { sequence: 40, hash: JournalHash::of(b"a line that was lost") };
    let mut asked = honest(&house, "INV-118", 7);
    // The preparer's key is in the policy, but does not approve; erin is an admin; mallory is nobody; and bob never signed.
    for person in ["alice", "erin", "mallory"] {
        asked.approvals[0] = vouching(&house, &asked.request, person, unknown);
        assert_ne!(house.sign(&asked, "@a.reply").exit, 0);
    }
    let genuine = vouching(&house, &asked.request, "bob", house.head());
    let text = genuine.text().replace(&house.head().hash.to_string(), &unknown.hash.to_string());
    asked.approvals[0] = SignedText::with_signatures(text, genuine.signatures().to_vec()).unwrap();
    assert_ne!(house.sign(&asked, "@a.reply").exit, 0);
    house.sign(&honest(&house, "INV-118", 7), "@b.reply").ok();
}

#[test]
fn a_recovery_lets_the_home_go_on_and_counts_once() {
    let house = restored();
    let bench = &house.bench;
    let recovery = draft(&house, "draft.txt");
    assert_eq!(recovery.head, house.head());
    let run = apply(&house, &recovery, &["erin", "grace"]).ok();
    assert!(!run.err.contains("recovering"), "{}", run.err);
    assert!(!bench.path("home/journal.recovering").exists());
    assert_eq!(bench.events().last().unwrap(), "recovered");
    bench.run(&["journal", "verify"]).ok();
    let run = house.sign(&honest(&house, "INV-119", 8), "@next.reply").ok();
    assert!(!run.err.contains("recovering"), "{}", run.err);
    // Once more, here and in the same copy put back again, on this machine and on another.
    apply(&house, &recovery, &["erin", "grace"]).refused(3, "was used here already");
    bench.restore("backup", "home");
    apply(&house, &recovery, &["erin", "grace"]).refused(3, "for another time that this one recovered");
    draft(&house, "draft-2.txt");
    apply(&house, &recovery, &["erin", "grace"]).refused(3, "for another time that this one recovered");
    house.sign(&honest(&house, "INV-119", 8), "@again.reply").refused(3, "recovering");
}

// The desk kept the reply to itself, and the admins could not know of it: the same plan, under the same statements, was paid
// once more at the next nonce.
#[test]
fn what_was_approved_before_a_recovery_is_approved_again() {
    let house = House::new();
    house.bench.copy("home", "backup");
    let (first, second) = (honest(&house, "INV-117", 7), honest(&house, "INV-117", 8));
    assert_eq!(first.code, second.code, "one plan, approved once");
    house.sign(&first, "@first.reply").ok();
    house.bench.restore("backup", "home");
    house.bench.later(60);
    apply(&house, &draft(&house, "draft.txt"), &["erin", "grace"]).ok();
    house.sign(&second, "@second.reply").refused(3, "before this vault recovered at");
    assert!(!house.bench.path("second.reply").exists());
    // People who looked whether it landed, and say so anew, are heard.
    house.sign(&house.asked(second.request), "@third.reply").ok();
}

#[test]
fn a_recovery_that_does_not_fit_is_refused() {
    let house = restored();
    let bench = &house.bench;
    let right = draft(&house, "draft.txt");
    for few in [&[][..], &["erin"], &["erin", "erin"]] {
        apply(&house, &right, few).refused(5, "of the 2 admins needed");
    }
    apply(&house, &right, &["erin", "alice"]).refused(5, "one of the keys that may sign this");
    bench.write("recovery.txt", sign(&["erin", "frank"], Namespace::Thaw, &right.text()).to_string());
    bench.run(&["recover", "@recovery.txt"]).refused(5, "was made for");
    let line = Head { sequence: right.head.sequence, hash: JournalHash::of(b"another") };
    let start = Head::start(support::house::house());
    for (wrong, exit, words) in [
        (Recovery { station: strongroom_protocol::StationId::of(b"x"), ..right.clone() }, 5, "for station"),
        (Recovery { house: strongroom_protocol::HouseId::of(b"x"), ..right.clone() }, 5, "is of house"),
        (
            Recovery { episode: JournalHash::of(b"x"), ..right.clone() },
            3,
            "for another home, or for another time",
        ),
        (Recovery { place: "inode 1".parse().unwrap(), ..right.clone() }, 5, "but this one is at"),
        (Recovery { head: start, ..right.clone() }, 3, "what they record must not be forgotten"),
        (Recovery { head: line, ..right.clone() }, 5, "which this home does not contain"),
        (Recovery { unknown: vec![line], ..right.clone() }, 5, "other heads that are unknown here"),
    ] {
        apply(&house, &wrong, &["erin", "frank"]).refused(exit, words);
    }
    let text = sign(&["erin", "frank"], Namespace::Recovery, &format!("{}# harmless\n", right.text()));
    bench.write("recovery.txt", text.to_string());
    bench.run(&["recover", "@recovery.txt"]).refused(9, "one form");
    bench.write("recovery.txt", sign(&["erin", "frank"], Namespace::Recovery, &thaw(line.hash)).to_string());
    bench.run(&["recover", "@recovery.txt"]).refused(9, "is wanted here");
    // To the second.
    let now = house.now();
    bench.clock.set(right.valid_until.plus(1));
    apply(&house, &right, &["erin", "frank"]).refused(6, "the recovery ended at");
    bench.clock.set(now.minus(86_400));
    apply(&house, &right, &["erin", "frank"]).refused(8, "clock");
    bench.clock.set(right.valid_until);
    apply(&house, &right, &["erin", "frank"]).ok();
}

#[test]
fn a_draft_does_not_follow_the_home_to_another_place() {
    let house = restored();
    let right = draft(&house, "draft.txt");
    // The thief copies the recovering home with its draft, and the admins' word is no secret.
    house.bench.copy("home", "thief");
    apply(&house, &right, &["erin", "frank"]).ok();
    house.bench.restore("thief", "home");
    apply(&house, &right, &["erin", "frank"]).refused(5, "draft a new one here");
}

#[test]
fn a_home_with_nothing_wrong_recovers_from_nothing() {
    let house = House::new();
    let bench = &house.bench;
    bench.run(&["recover", "draft", "--reason", "r", "-o", "@draft.txt"]).refused(3, "is not recovering");
    assert!(!bench.path("draft.txt").exists());
    let text = Recovery {
        house: support::house::house(),
        station: house.station_id(),
        episode: JournalHash::of(b"x"),
        head: house.head(),
        place: "unknown".parse().unwrap(),
        unknown: Vec::new(),
        valid_until: house.now().plus(60),
        reason: "r".parse().unwrap(),
    };
    apply(&house, &text, &["erin", "frank"]).refused(3, "is not recovering");
    for args in [
        &["recover"][..],
        &["recover", "draft"],
        &["recover", "draft", "--reason", "r", "--days", "31", "-o", "x"],
    ] {
        assert_eq!(bench.run(args).exit, 2, "{args:?}");
    }
}

#[test]
fn an_alarm_and_a_rejection_hold_through_a_recovery() {
    let house = restored();
    let bench = &house.bench;
    let freeze = bench
        .run(&["--output", "json", "freeze", "--by", "bob", "--reason", "who restored this"])
        .ok()
        .json();
    let rejected = honest(&house, "INV-200", 9);
    let mut with_no = rejected.clone();
    with_no.approvals.push(sign(
        &["judy"],
        Namespace::Statement,
        &house.statement(&rejected.request, "judy", Verdict::Reject),
    ));
    house.sign(&with_no, "@a.reply").refused(3, "recovering");
    apply(&house, &draft(&house, "draft.txt"), &["erin", "frank"]).ok();
    house.sign(&honest(&house, "INV-119", 8), "@b.reply").refused(3, "the house is frozen");
    // The thaw names the freeze as it was printed.
    let text = freeze["data"]["thaw_text"].as_str().unwrap();
    bench.write("thaw.txt", sign(&["erin", "frank"], Namespace::Thaw, text).to_string());
    bench.run(&["thaw", "@thaw.txt"]).ok();
    bench.run(&["journal", "verify"]).ok();
    let again = Asked { approvals: rejected.approvals.clone(), ..rejected.clone() };
    house.sign(&again, "@c.reply").refused(3, "judy rejected this plan before");
    house.sign(&honest(&house, "INV-119", 8), "@d.reply").ok();
}

#[test]
fn a_recovery_that_a_crash_cut_short_is_finished() {
    let house = restored();
    let bench = &house.bench;
    let recovery = draft(&house, "draft.txt");
    let aside = (bench.read("home/journal.recovering"), bench.read("home/journal.recovering.mark"));
    apply(&house, &recovery, &["erin", "frank"]).ok();
    let head = house.head();
    // The line stood, and what it took in was not yet taken away: with its mark, and without.
    for mark in [true, false] {
        bench.write("home/journal.recovering", &aside.0);
        if mark {
            bench.write("home/journal.recovering.mark", &aside.1);
        }
        assert_eq!(house.head(), head);
        assert!(!bench.path("home/journal.recovering").exists());
        assert!(!bench.path("home/journal.recovering.mark").exists());
    }
    house.sign(&honest(&house, "INV-119", 8), "@a.reply").ok();
    // It was begun, and nothing was written yet: that is recovering too.
    bench.write("home/journal.recovering", "");
    house.sign(&honest(&house, "INV-120", 9), "@b.reply").refused(3, "was interrupted");
    apply(&house, &draft(&house, "draft-2.txt"), &["erin", "frank"]).ok();
    house.sign(&honest(&house, "INV-120", 9), "@c.reply").ok();
}

#[test]
fn what_stands_beside_the_journal_is_not_forged() {
    let house = restored();
    let bench = &house.bench;
    draft(&house, "draft.txt");
    let mut damaged = bench.read("home/journal.recovering");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    bench.write("home/journal.recovering", damaged);
    bench.run(&["journal", "show"]).refused(9, "damaged");
}
