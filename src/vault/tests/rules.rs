//! Policies, address books, freezes: taken from the admins alone, in order, and found as they were left.
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

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Account, AccountId, BookId, PolicyId, PublicKey};

use support::house::{House, book_text, founded, policy_text, public, read_account, sign};
use support::{Bench, KEY_PASS, Run, STATION_PASS, WORDS};

/// A vault with one account and no rules.
fn enrolled() -> (Bench, PublicKey, Account) {
    let (bench, station) = founded();
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    let enroll =
        ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
    let account = read_account(&bench, "cold.account").value().clone();
    (bench, station, account)
}

fn install(bench: &Bench, text: &str, signers: &[&str]) -> Run {
    bench.write("policy.txt", sign(signers, Namespace::Policy, text).to_string());
    bench.run(&["policy", "install", "@policy.txt"])
}

fn install_book(bench: &Bench, text: &str, signers: &[&str]) -> Run {
    bench.write("book.txt", sign(signers, Namespace::Book, text).to_string());
    bench.run(&["book", "install", "@book.txt"])
}

fn next(text: &str, epoch: u64, previous: impl ToString) -> String {
    let epoch = format!("epoch = {epoch}\nprevious = \"{}\"", previous.to_string());
    let line = text.lines().find(|line| line.starts_with("epoch = ")).unwrap();
    let text = text.replacen(line, &epoch, 1);
    let mut lines: Vec<&str> = text.lines().collect();
    // A text that had a previous one already keeps only the new line.
    let places: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("previous = ")).collect();
    for place in places.iter().skip(1).rev() {
        lines.remove(*place);
    }
    lines.join("\n") + "\n"
}

#[test]
fn a_quorum_of_admins_installs_a_policy_and_nobody_else() {
    let (bench, station, account) = enrolled();
    let text = policy_text(&station, &[account]);
    install(&bench, &text, &[]).refused(5, "0 of the 2 admins needed");
    install(&bench, &text, &["erin"]).refused(5, "ask for the signature of frank, grace");
    install(&bench, &text, &["erin", "erin"]).refused(5, "1 of the 2 admins needed");
    install(&bench, &text, &["erin", "alice"]).refused(5, "one of the keys that may sign this");
    let wrong_purpose = sign(&["erin", "frank"], Namespace::Book, &text).to_string();
    bench.write("policy.txt", wrong_purpose);
    bench.run(&["policy", "install", "@policy.txt"]).refused(5, "was made for");
    let changed = sign(&["erin", "frank"], Namespace::Policy, &text).to_string().replace("\"50\"", "\"99\"");
    bench.write("policy.txt", changed);
    bench.run(&["policy", "install", "@policy.txt"]).refused(5, "does not verify");
    bench.run(&["policy", "show"]).refused(8, "no policy is installed");
    assert_eq!(bench.events(), ["opened", "key", "enrolled"]);
    let run = install(&bench, &text, &["frank", "grace"]).ok();
    assert!(run.text().contains("epoch 1, in force now"), "{}", run.text());
    assert_eq!(bench.events(), ["opened", "key", "enrolled", "policy"]);
}

#[test]
fn the_same_policy_again_changes_nothing_and_an_older_one_is_refused() {
    let (bench, station, account) = enrolled();
    let first = policy_text(&station, &[account]);
    let second = next(&first, 2, PolicyId::of(first.as_bytes()));
    install(&bench, &first, &["erin", "frank"]).ok();
    let run = install(&bench, &first, &["erin", "grace"]).ok();
    assert!(run.text().contains("nothing was changed"), "{}", run.text());
    install(&bench, &second, &["erin", "frank"]).ok();
    install(&bench, &first, &["erin", "frank"]).refused(3, "is not newer than epoch 2");
    let other = next(&first.replace("\"50\"", "\"51\""), 2, PolicyId::of(first.as_bytes()));
    install(&bench, &other, &["erin", "frank"]).refused(3, "is not newer");
    let gap = next(&second, 4, PolicyId::of(first.as_bytes()));
    install(&bench, &gap, &["erin", "frank"]).refused(3, "install those between them first");
    assert_eq!(bench.events(), ["opened", "key", "enrolled", "policy", "policy"]);
}

#[test]
fn a_policy_of_another_house_or_no_policy_at_all_is_refused() {
    let (bench, station, account) = enrolled();
    let text = policy_text(&station, &[account]);
    let other = text.replacen(&support::house::house().to_string(), &"0".repeat(64), 1);
    install(&bench, &other, &["erin", "frank"]).refused(5, "but this is house");
    install(&bench, "schema = \"strongroom.policy.v1\"\n", &["erin", "frank"]).refused(9, "malformed");
    install(&bench, &book_text(), &["erin", "frank"]).refused(9, "is wanted here");
    bench.write("noise", [0xff, 0xfe]);
    bench.run(&["policy", "install", "@noise"]).refused(9, "not UTF-8");
    bench.run(&["policy", "install", "@nothing"]).refused(8, "nothing");
}

#[test]
fn accounts_of_this_station_must_be_the_ones_enrolled_here() {
    let (bench, station, account) = enrolled();
    let mut never = account.clone();
    never.address = support::house::STRANGER.parse().unwrap();
    let text = policy_text(&station, &[account.clone(), never]);
    let relabelled = text.replacen("label = \"Cold\"", "label = \"Colder\"", 1);
    install(&bench, &relabelled, &["erin", "frank"]).refused(5, "never enrolled here");
    // The right id with another address.
    let text = policy_text(&station, std::slice::from_ref(&account));
    let moved = text.replacen(account.address.as_str(), support::house::STRANGER, 1);
    install(&bench, &moved, &["erin", "frank"]).refused(5, "with another chain or address");
    // The right account at another station.
    let elsewhere = text.replacen(
        "[[chain]]",
        &format!(
            "[[station]]\nname = \"vault-two\"\nkey = \"{}\"\noperators = [\"dave\"]\n\n[[chain]]",
            public("station-two")
        ),
        1,
    );
    let elsewhere = elsewhere.replacen("station = \"vault-one\"", "station = \"vault-two\"", 1);
    install(&bench, &elsewhere, &["erin", "frank"]).refused(5, "to another station");
    assert_eq!(bench.events(), ["opened", "key", "enrolled"]);
}

#[test]
fn fees_must_be_counted_in_what_the_chain_takes() {
    let (bench, station, account) = enrolled();
    let text = policy_text(&station, &[account]).replace("eip155:1/slip44:60", "eip155:1/slip44:966");
    install(&bench, &text, &["erin", "frank"]).refused(3, "its native asset is eip155:1/slip44:60");
}

#[test]
fn a_policy_without_this_station_is_installed_with_a_warning() {
    let (bench, _, _) = enrolled();
    let text = policy_text(&public("station-two"), &[]);
    let run = install(&bench, &text, &["erin", "frank"]).ok();
    assert!(run.err.contains("does not name this station"), "{}", run.err);
}

#[test]
fn what_is_unwise_or_not_yet_is_said_at_installing() {
    let (bench, station, account) = enrolled();
    let text = policy_text(&station, &[account]).replace("2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z");
    let run = install(&bench, &text, &["erin", "frank"]).ok();
    assert!(run.err.contains("begins at 2026-07-01T00:00:00Z"), "{}", run.err);
    let book = book_text().replace("[\"ETH\", \"USDX\"]", "[\"ETH\", \"USDY\"]");
    let run = install_book(&bench, &book, &["erin", "frank"]).ok();
    assert!(run.err.contains("USDY"), "{}", run.err);
}

#[test]
fn books_are_taken_like_policies() {
    let (bench, _, _) = enrolled();
    let text = book_text();
    install_book(&bench, &text, &["erin"]).refused(5, "1 of the 2 admins needed");
    install_book(&bench, &text.replace("book.v1", "policy.v1"), &["erin", "frank"])
        .refused(9, "is wanted here");
    bench.run(&["book", "show"]).refused(8, "no address book is installed");
    install_book(&bench, &text, &["erin", "frank"]).ok();
    let run = install_book(&bench, &text, &["grace", "frank"]).ok();
    assert!(run.text().contains("nothing was changed"), "{}", run.text());
    let second = next(&text, 2, BookId::of(text.as_bytes()));
    install_book(&bench, &second, &["erin", "frank"]).ok();
    install_book(&bench, &text, &["erin", "frank"]).refused(3, "is not newer than epoch 2");
    let lower =
        next(&second.to_lowercase().replace("[\"eth\"", "[\"ETH\""), 3, BookId::of(second.as_bytes()));
    install_book(&bench, &lower, &["erin", "frank"]).refused(3, "not in checksummed form");
    assert_eq!(bench.events(), ["opened", "key", "enrolled", "book", "book"]);
}

#[test]
fn what_is_in_force_is_shown_in_words_and_for_scripts() {
    let house = House::new();
    let text = house.bench.run(&["policy", "show"]).ok().text();
    for words in ["Policy, epoch 1", "dave", "Cold 1", "50 ETH"] {
        assert!(text.contains(words), "no {words:?} in:\n{text}");
    }
    let data = house.bench.run(&["--output", "json", "policy", "show"]).ok().json();
    assert_eq!(data["command"], "policy show");
    assert_eq!(data["data"]["policy"], house.policy.id().to_string());
    assert_eq!(data["data"]["accounts"].as_array().unwrap().len(), 2);
    let text = house.bench.run(&["book", "show"]).ok().text();
    assert!(text.contains("Exchange A"), "{text}");
    let data = house.bench.run(&["--output", "json", "book", "show"]).ok().json();
    assert_eq!(data["data"]["destinations"][1]["label"], "Exchange A");
}

#[test]
fn whatever_is_changed_in_the_home_is_noticed_at_the_next_start() {
    let house = House::new();
    let bench = &house.bench;
    let files = [
        (format!("home/policies/{}.txt", house.policy.id()), 9, "not the one that the journal names"),
        (format!("home/books/{}.txt", house.book.id()), 9, "not the one that the journal names"),
        ("home/genesis.txt".to_owned(), 5, "does not verify"),
    ];
    for (file, exit, words) in files {
        let before = bench.read(&file);
        // One digit of a key, a limit or an id in the text.
        let mut after = before.clone();
        let at = after.iter().position(|byte| *byte == b'2').unwrap();
        after[at] = b'3';
        bench.write(&file, &after);
        bench.run(&["journal", "verify"]).refused(exit, words);
        // The right text without its signatures.
        let text = String::from_utf8(before.clone()).unwrap();
        bench.write(&file, text.split_once("-----BEGIN").unwrap().0);
        assert_eq!(bench.run(&["journal", "verify"]).exit, 5, "{file} without signatures");
        std::fs::remove_file(bench.path(&file)).unwrap();
        bench.run(&["journal", "verify"]).refused(8, "No such file");
        bench.write(&file, before);
        bench.run(&["journal", "verify"]).ok();
    }
}

#[test]
fn another_policy_of_the_same_admins_in_its_place_is_noticed() {
    let house = House::new();
    let bench = &house.bench;
    let file = format!("home/policies/{}.txt", house.policy.id());
    let text = String::from_utf8(bench.read("policy.txt")).unwrap();
    let text = text.split_once("-----BEGIN").unwrap().0.replace("\"50\"", "\"500\"");
    bench.write(&file, sign(&["erin", "frank"], Namespace::Policy, &text).to_string());
    bench.run(&["policy", "show"]).refused(9, "not the one that the journal names");
}

#[test]
fn account_records_are_checked_again() {
    let house = House::new();
    let bench = &house.bench;
    let [one, two] = [0, 1].map(|index| format!("home/accounts/{}.account", house.accounts[index].id()));
    let before = bench.read(&one);
    bench.write(&one, bench.read(&two));
    bench.run(&["journal", "verify"]).refused(9, "not the one that the journal names");
    let mut damaged = before.clone();
    damaged[60] ^= 1;
    bench.write(&one, damaged);
    assert_ne!(bench.run(&["journal", "verify"]).exit, 0);
    std::fs::remove_file(bench.path(&one)).unwrap();
    bench.run(&["journal", "verify"]).refused(8, "No such file");
    bench.write(&one, before);
    bench.run(&["journal", "verify"]).ok();
    assert!(house.accounts.iter().map(Account::id).collect::<Vec<AccountId>>().len() == 2);
}

#[test]
fn a_second_freeze_outlives_the_thaw_of_the_first() {
    let house = House::new();
    let bench = &house.bench;
    let freeze = |by: &str, reason: &str| {
        bench.run(&["--output", "json", "freeze", "--by", by, "--reason", reason]).ok().json()["data"].clone()
    };
    let thaw = |data: &serde_json::Value| {
        let text = data["thaw_text"].as_str().unwrap();
        bench.write("thaw.txt", sign(&["erin", "frank"], Namespace::Thaw, text).to_string());
        bench.run(&["--output", "json", "thaw", "@thaw.txt"])
    };
    let (one, two) = (freeze("alice", "a laptop is missing"), freeze("erin", "and a phone"));
    assert_ne!(one["freeze"], two["freeze"]);
    let open = two["open"].as_array().unwrap();
    assert_eq!((open.len(), &open[0]["freeze"], &open[1]["freeze"]), (2, &one["freeze"], &two["freeze"]));
    assert_eq!((&open[0]["by"], &open[1]["reason"]), (&"alice".into(), &"and a phone".into()));
    let first = thaw(&one).ok().json();
    assert_eq!(
        (&first["data"]["state"], &first["data"]["open"][0]["freeze"]),
        (&"frozen".into(), &two["freeze"])
    );
    thaw(&one).refused(3, "a thaw ends one freeze, once");
    house.sign(&house.payment(), "@frozen.reply").refused(3, "the house is frozen");
    assert_eq!(thaw(&two).ok().json()["data"]["state"], "thawed");
    house.sign(&house.payment(), "@thawed.reply").ok();
    bench.run(&["journal", "verify"]).ok();
    assert_eq!(bench.events().iter().filter(|event| *event == "frozen").count(), 2);
}

#[test]
fn addresses_and_assets_that_the_chain_does_not_have_are_not_installed() {
    let (bench, station, account) = enrolled();
    let text = policy_text(&station, std::slice::from_ref(&account));
    let foreign = text.replace("eip155:1/slip44:60", "eip155:1/slip44:966");
    assert_ne!(foreign, text);
    install(&bench, &foreign, &["erin", "frank"]).refused(3, "its native asset is eip155:1/slip44:60");
    let lower = support::house::STRANGER.to_lowercase();
    let watched = format!(
        "[[account]]\nid = \"{}\"\nlabel = \"Watched\"\nchain = \"eip155:1\"\naddress = \"{lower}\"\n\
         class = \"cold\"\nstation = \"vault-two\"\nspend = false\n\n[[station]]\nname = \"vault-two\"\n\
         key = \"{}\"\noperators = [\"dave\"]\n\n",
        AccountId::of(b"watched"),
        public("vault-two"),
    );
    let misspelt = text.replacen("[[account]]", &format!("{watched}[[account]]"), 1);
    install(&bench, &misspelt, &["erin", "frank"]).refused(3, "account Watched");
    install(&bench, &text, &["erin", "frank"]).ok();
    let book = book_text();
    let lower = book.replacen(support::house::EXCHANGE, &support::house::EXCHANGE.to_lowercase(), 1);
    assert_ne!(lower, book);
    install_book(&bench, &lower, &["erin", "frank"]).refused(3, "destination Exchange A");
    install_book(&bench, &book, &["erin", "frank"]).ok();
    assert_eq!(bench.events(), ["opened", "key", "enrolled", "policy", "book"]);
}

#[test]
fn one_person_freezes_and_a_quorum_thaws_that_freeze_once() {
    let house = House::new();
    let bench = &house.bench;
    bench.run(&["freeze", "--by", "mallory", "--reason", "r"]).refused(3, "neither an admin");
    bench.run(&["freeze", "--by", "alice", "--reason", "a\u{202e}b"]).refused(2, "not printable");
    let freeze = ["--output", "json", "freeze", "--by", "alice", "--reason", "a laptop is missing"];
    let data = bench.run(&freeze).ok().json();
    let thaw_text = data["data"]["thaw_text"].as_str().unwrap().to_owned();
    assert_eq!(data["data"]["state"], "frozen");
    house.review(&house.payment()).refused(3, "the house is frozen");
    house.sign(&house.payment(), "@frozen.reply").refused(3, "the house is frozen");
    let thaw = |text: &str, signers: &[&str], namespace| {
        bench.write("thaw.txt", sign(signers, namespace, text).to_string());
        bench.run(&["thaw", "@thaw.txt"])
    };
    thaw(&thaw_text, &["erin"], Namespace::Thaw).refused(5, "1 of the 2 admins needed");
    thaw(&thaw_text, &["erin", "alice"], Namespace::Thaw).refused(5, "may sign this");
    thaw(&thaw_text, &["erin", "frank"], Namespace::Policy).refused(5, "was made for");
    let other = thaw_text.replace(data["data"]["freeze"].as_str().unwrap(), &"a".repeat(64));
    thaw(&other, &["erin", "frank"], Namespace::Thaw).refused(3, "a thaw ends one freeze");
    thaw(&format!("{thaw_text}# but not really\n"), &["erin", "frank"], Namespace::Thaw)
        .refused(9, "one form");
    let strange = thaw_text.replacen("house = \"", "house = \"0", 1);
    thaw(&strange, &["erin", "frank"], Namespace::Thaw).refused(9, "malformed");
    assert!(house.review(&house.payment()).exit == 3, "still frozen");
    thaw(&thaw_text, &["erin", "frank"], Namespace::Thaw).ok();
    house.review(&house.payment()).ok();
    thaw(&thaw_text, &["erin", "frank"], Namespace::Thaw).refused(3, "not frozen");
    // The next freeze is another one, which the old thaw does not end.
    bench.run(&["freeze", "--by", "bob", "--reason", "again"]).ok();
    thaw(&thaw_text, &["erin", "frank"], Namespace::Thaw).refused(3, "a thaw ends one freeze");
    let events = bench.events();
    assert_eq!(events[events.len() - 4..], ["frozen", "refused", "thawed", "frozen"]);
    bench.run(&["journal", "verify"]).ok();
}
