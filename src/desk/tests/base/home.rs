//! Homes: made for a known house, and refused when something in them is not what it should be.

use std::os::unix::fs::PermissionsExt;

use crate::office::Office;
use crate::texts;

#[test]
fn a_home_is_made_for_the_house_of_the_code_alone() {
    let office = Office::with_home();
    let (_, shown) = office.json("house show @admins.txt");
    let code = shown["data"]["code"].as_str().unwrap().to_owned();
    let elsewhere = |code: &str| format!("init --admins @admins.txt --house '{code}' --home @other");
    let wrong = code.replace(&code[..1], if code.starts_with('0') { "1" } else { "0" });
    for bad in [wrong.as_str(), "", &code[..5], &office.house()] {
        let ran = office.run(&elsewhere(bad)).refused(5, "not that of the house");
        assert!(!ran.err.contains(&code), "who copies the code from here compares nothing");
        assert!(!office.path("other").exists());
    }
    office.run(&elsewhere(&code.to_lowercase().replace('-', " "))).done();
    office.run(&elsewhere(&code)).refused(8, "is not empty");
    let mode = |name: &str| office.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("other"), 0o700);
    for file in ["desk.toml", "house.txt", "desk.sqlite", "journal.log"] {
        assert_eq!(mode(&format!("other/{file}")), 0o600, "{file}");
    }
}

#[test]
fn an_unsealed_house_gets_no_home() {
    let office = Office::with_home();
    let (_, shown) = office.json("house show @house.txt");
    let code = shown["data"]["code"].as_str().unwrap();
    office
        .run(&format!("init --admins @house.txt --house {code} --home @other"))
        .refused(3, "still missing: alice, bob, carol");
    assert!(!office.path("other").exists());
}

#[test]
fn no_home_is_said_with_the_remedy() {
    let office = Office::new();
    for line in [
        "node list",
        "account list",
        "policy show",
        "book list",
        "freeze --by alice --reason x",
        "journal verify",
    ] {
        assert_eq!(office.error(line), (8, "no-home".to_owned()), "{line}");
    }
    office.run("policy show").refused(8, "strongroom init");
}

#[test]
fn a_home_that_was_tampered_with_is_refused() {
    let (office, _, _) = texts::ruled();
    let home = office.home();
    let check = |name: &str, from: &str, to: &str, line: &str, code: u8, words: &str| {
        let path = home.join(name);
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{name}");
        std::fs::write(&path, before.replacen(from, to, 1)).unwrap();
        office.run(line).refused(code, words);
        std::fs::write(&path, before).unwrap();
        office.run(line).done();
    };
    let house = office.house();
    check("desk.toml", &house, &"0".repeat(64), "policy show", 9, "founds");
    check("desk.toml", "strongroom.desk.v1", "strongroom.desk.v9", "policy show", 9, "schema");
    check("desk.toml", "house =", "extra = 1\nhouse =", "policy show", 9, "unknown field");
    check("house.txt", "threshold = 2", "threshold = 3", "policy show", 5, "does not verify");
    check("house.txt", "Example", "Sample", "policy show", 5, "does not verify");
}

#[test]
fn a_policy_changed_in_the_store_is_found_out() {
    let (office, _, _) = texts::ruled();
    let store = rusqlite::Connection::open(office.home().join("desk.sqlite")).unwrap();
    store.execute("UPDATE documents SET text = replace(text, '\"50\"', '\"51\"')", []).unwrap();
    office.run("policy show").refused(9, "the policy that is installed is refused");
    store.execute("UPDATE documents SET text = replace(text, '\"51\"', '\"50\"')", []).unwrap();
    office.run("policy show").done();
    // A store put back to an earlier day is found out beside the journal.
    store.execute("DELETE FROM documents", []).unwrap();
    office.run("journal verify").refused(9, "the journal records another policy");
}

#[test]
fn the_journal_says_what_was_done_and_is_verified() {
    let (office, _, _) = texts::ruled();
    let (_, shown) = office.json("journal show");
    let lines = shown["data"]["lines"].as_array().unwrap();
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["opened", "policy-installed"]);
    assert_eq!(lines[1]["sequence"], 2);
    assert_eq!(office.json("journal show --after 1").1["data"]["lines"].as_array().unwrap().len(), 1);
    let (_, verified) = office.json("journal verify");
    assert_eq!(verified["data"]["head"], lines[1]["hash"]);
    // One bit.
    let path = office.home().join("journal.log");
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[60] ^= 1;
    std::fs::write(&path, bad).unwrap();
    office.run("journal verify").refused(9, "damaged");
    // A line less.
    std::fs::write(&path, &good[..good.len() - 10]).unwrap();
    office.run("journal verify").refused(9, "");
    std::fs::write(&path, &good).unwrap();
    office.run("journal verify").done();
}

#[test]
fn half_a_line_that_nobody_acknowledged_is_cut_off_and_journaled() {
    let (office, _, _) = texts::ruled();
    let path = office.home().join("journal.log");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend([0, 0, 1, 0, 9, 9]);
    std::fs::write(&path, bytes).unwrap();
    let (_, shown) = office.json("journal show");
    assert_eq!(shown["data"]["lines"].as_array().unwrap().len(), 2);
    let (_, shown) = office.json("journal show");
    assert_eq!(shown["data"]["lines"][2]["kind"], "torn-tail");
    assert_eq!(shown["data"]["lines"][2]["entry"]["bytes"], 6);
}

#[test]
fn two_commands_at_once_do_not_write_one_journal() {
    let (office, _, _) = texts::ruled();
    let file = std::fs::File::open(office.home().join("journal.log")).unwrap();
    file.lock().unwrap();
    assert_eq!(office.error("journal verify"), (8, "journal-in-use".to_owned()));
    assert_eq!(office.error("freeze --by alice --reason x"), (8, "journal-in-use".to_owned()));
    office.run("account list").done();
    // An alarm waits for its turn.
    office.nodes.held.lock().unwrap().replace(file);
    office.run("freeze --by alice --reason x").done();
    office.run("journal verify").done();
}
