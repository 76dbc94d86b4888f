//! Address books: drafted entry by entry, sealed by a quorum, installed in a row.

use crate::texts;

const EXCHANGE: &str = "eip155:1:0x8ba1f109551bD432803012645Ac136ddd64DBA72";

fn add(label: &str, rest: &str) -> String {
    format!("book add '{label}' {EXCHANGE} --class exchange --asset ETH --file @book.toml {rest}")
}

#[test]
fn a_book_goes_its_way() {
    let (office, _, _) = texts::ruled();
    assert_eq!(office.error("book list"), (8, "no-book".to_owned()));
    office
        .run(&add("Exchange", "--asset USDT --memo 'acct 7' --until 2027-01-01T00:00:00Z --from 24h"))
        .done();
    let (_, drafted) = office.json("book list --file @book.toml");
    let entry = &drafted["data"]["destinations"][0];
    assert_eq!(entry["assets"], serde_json::json!(["ETH", "USDT"]));
    assert_eq!((&entry["memo"], &entry["not_before"]), (&"acct 7".into(), &"2026-11-21T12:00:00Z".into()));
    office.sealed("book", "book.toml", &["alice"], "book-1.txt").refused(3, "1 of the 2 admins needed");
    office.sealed("book", "book.toml", &["alice", "carol"], "book-1.txt").done();
    office.run("book install @book.toml").refused(3, "0 of the 2");
    office.run("book install @book-1.txt").done();
    office.run("book install @book-1.txt").done().says("in force already");
    let (_, first) = office.json("book list");
    // The next draft begins as a copy of the book in force and follows it.
    office
        .run("book add Custodian eip155:1:0x4444444444444444444444444444444444444444 --class custodian --asset ETH --file @next.toml")
        .done();
    let next = office.read("next.toml");
    let id = first["data"]["book"].as_str().unwrap();
    assert!(next.contains("epoch = 2\n") && next.contains(&format!("previous = \"{id}\"\n")), "{next}");
    office.run("book diff @next.toml").done().says("destination Custodian: added");
    office.run("book diff @next.toml @book-1.txt").done().says("Nothing is loosened");
    office.run("book remove exchange --file @next.toml").done();
    assert!(!office.read("next.toml").contains("Exchange"));
    office
        .run("book remove exchange --file @next.toml")
        .refused(2, "no destination \"exchange\": it has Custodian");
    office.sealed("book", "next.toml", &["bob", "carol"], "book-2.txt").done();
    office.run("book install @book-2.txt").done();
    office.run("book install @book-1.txt").refused(3, "not newer");
    office.run("book list").done().says("Custodian");
}

#[test]
fn an_old_draft_is_brought_up_to_date_by_its_next_change() {
    let (office, _, _) = texts::ruled();
    office.run(&add("Exchange", "")).done();
    std::fs::copy(office.path("book.toml"), office.path("old.toml")).unwrap();
    office.sealed("book", "book.toml", &["alice", "bob"], "book-1.txt").done();
    office.run("book install @book-1.txt").done();
    office.run("book add B eip155:1:0x4444444444444444444444444444444444444444 --class b --asset ETH --file @old.toml").done();
    assert!(office.read("old.toml").contains("epoch = 2\n"));
}

#[test]
fn entries_that_would_mislead_are_not_drafted() {
    let (office, cold, _) = texts::ruled();
    let refused = |line: &str, code: u8, words: &str| {
        office.run(line).refused(code, words);
        assert!(!office.path("book.toml").exists(), "{line}");
    };
    let to = |address: &str| format!("book add X {address} --class x --asset ETH --file @book.toml");
    refused(&to("0x8ba1f109551bD432803012645Ac136ddd64DBA72"), 2, "CAIP-10");
    refused(&to("eip155:1:0x8ba1f109551bd432803012645ac136ddd64dba72"), 2, "checksummed");
    refused(&to("eip155:1:0x8Ba1f109551bD432803012645Ac136ddd64DBA72"), 2, "EIP-55");
    refused(&to("eip155:1:0x8ba1"), 2, "not an address");
    refused(&to("eip155:56:0x8ba1f109551bD432803012645Ac136ddd64DBA72"), 2, "not a supported chain");
    refused(&to(&cold.address.on(&cold.chain)), 2, "our own account Cold ETH");
    refused(&add("X", "--from 2027-01-01T00:00:00Z --until 2026-12-01T00:00:00Z"), 2, "before the one");
    refused(&add("X", "--asset eth"), 2, "lists");
    refused(&add("X", "--until tomorrow"), 2, "is no time");
    refused(&format!("book add X {EXCHANGE} --class own --asset ETH --file @book.toml"), 2, "reserved");
    refused(&format!("book add X {EXCHANGE} --class x --file @book.toml"), 2, "--asset");
    office.run(&add("Exchange", "")).done();
    office.run(&add("Other", "")).refused(2, "listed twice");
    office
        .run("book add EXCHANGE eip155:1:0x4444444444444444444444444444444444444444 --class x --asset ETH --file @book.toml")
        .refused(2, "label");
    // What is merely odd is said: a symbol that the policy does not list.
    office
        .run("book add Y eip155:1:0x4444444444444444444444444444444444444444 --class x --asset DAI --file @book.toml")
        .done()
        .warns("DAI");
}

#[test]
fn signed_texts_and_foreign_drafts_are_not_edited() {
    let (office, _, _) = texts::ruled();
    office.run(&add("Exchange", "")).done();
    office.sealed("book", "book.toml", &["alice", "bob"], "book-1.txt").done();
    let before = office.read("book-1.txt");
    office.run("book remove Exchange --file @book-1.txt").refused(2, "what was signed is not edited");
    assert_eq!(office.read("book-1.txt"), before);
    office.write("foreign.toml", office.read("book.toml").replace(&office.house(), &"0".repeat(64)));
    office.run("book remove Exchange --file @foreign.toml").refused(5, "is of house");
    office.run("book sign @foreign.toml --key @alice.pub -o @x.sig").refused(5, "is of house");
    office.write("broken.toml", "schema = \"strongroom.policy.v1\"\n");
    office.run("book remove Exchange --file @broken.toml").refused(9, "strongroom.book.v1");
}

#[test]
fn a_book_that_cannot_work_is_not_signed() {
    let (office, _, _) = texts::ruled();
    office.run(&add("Exchange", "")).done();
    let lower = office
        .read("book.toml")
        .replace("0x8ba1f109551bD432803012645Ac136ddd64DBA72", "0x8ba1f109551bd432803012645ac136ddd64dba72");
    office.write("lower.toml", lower);
    office.run("book sign @lower.toml --key @alice.pub -o @x.sig").refused(3, "errors").says("checksummed");
    assert!(!office.path("x.sig").exists());
}

#[test]
fn a_book_that_the_chains_contradict_is_not_installed_whoever_signed_it() {
    let (office, _, _) = texts::ruled();
    office.run(&add("Exchange", "")).done();
    let lower = office
        .read("book.toml")
        .replace("0x8ba1f109551bD432803012645Ac136ddd64DBA72", "0x8ba1f109551bd432803012645ac136ddd64dba72");
    let namespace = strongroom_protocol::sshsig::Namespace::Book;
    office.write("lower.txt", texts::signed_elsewhere(namespace, &lower, &["alice", "bob"]));
    office.run("book install @lower.txt").refused(3, "the book is not installed").says("checksummed");
    assert_eq!(office.error("book list"), (8, "no-book".to_owned()));
}
