//! Lines that a home lost come back from a desk: only its own, only whole, only where they follow; and a desk that lies
//! gives it nothing.
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

use strongroom_journal::VaultExport;
use strongroom_policy::Recovery;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, BookId, Bundle, Head, HouseId, Reply, Sealed, SshSignature, StationId, canonical,
};

use support::house::{Asked, COIN, EXCHANGE, House, SUPPLIER, book_text, house as house_id, sign, signature};
use support::{KEY_PASS, Run, STATION_PASS};

fn honest(house: &House, to: &str, reference: &str, nonce: u64) -> Asked {
    house.asked(house.request(vec![house.pay(to, COIN, reference)], nonce))
}

/// What a desk that took in these replies exports.
fn export(house: &House, replies: &[&str]) -> VaultExport {
    let replies = replies.iter().map(|name| {
        let sealed: Sealed<Reply> = Bundle::read(&house.bench.read(name)).unwrap();
        canonical::encode(&sealed).into()
    });
    VaultExport {
        house: house_id(),
        station: house.station_id(),
        replies: replies.collect(),
        policies: Vec::new(),
        books: Vec::new(),
        accounts: Vec::new(),
    }
}

fn import(house: &House, export: &VaultExport, more: &[&str]) -> Run {
    let _ = std::fs::remove_file(house.bench.path("vault.export"));
    house.bench.write("vault.export", Bundle::write(export));
    house.bench.run(&[&["--output", "json", "journal", "import", "@vault.export"], more].concat())
}

fn recover(house: &House, name: &str) -> Run {
    house.bench.run(&["recover", "draft", "--reason", "the disk broke", "-o", &format!("@{name}")]).ok();
    let text = String::from_utf8(house.bench.read(name)).unwrap();
    house.bench.write("recovery.txt", sign(&["erin", "frank"], Namespace::Recovery, &text).to_string());
    house.bench.run(&["recover", "@recovery.txt"])
}

/// A vault that signed three payments, each reply knowing the one before, and lost them all.
fn lost() -> House {
    let house = House::new();
    house.bench.copy("home", "backup");
    for (n, nonce) in [(1, 7), (2, 8), (3, 9)] {
        let asked = honest(&house, EXCHANGE, &format!("INV-{n}"), nonce);
        house.sign(&asked, &format!("@{n}.reply")).ok();
    }
    house.bench.copy("home", "whole");
    house.bench.restore("backup", "home");
    house
}

#[test]
fn what_was_lost_comes_back_and_counts() {
    let house = lost();
    let bench = &house.bench;
    let run = import(&house, &export(&house, &["1.reply", "2.reply", "3.reply"]), &[]).ok().json();
    assert_eq!(run["data"]["lines"], 6);
    assert_eq!(bench.read("home/journal"), bench.read("whole/journal"), "not byte by byte");
    import(&house, &export(&house, &["1.reply", "2.reply", "3.reply"]), &[]).ok();
    house.sign(&honest(&house, EXCHANGE, "INV-4", 10), "@a.reply").refused(3, "recovering");
    recover(&house, "draft.txt").ok();
    bench.run(&["journal", "verify"]).ok();
    // Slots and references that only the lines knew of.
    house.sign(&honest(&house, SUPPLIER, "INV-4", 8), "@a.reply").refused(3, "slot");
    house.sign(&honest(&house, EXCHANGE, "INV-3", 10), "@a.reply").refused(3, "reference");
    house.sign(&honest(&house, EXCHANGE, "INV-4", 10), "@a.reply").ok();
}

#[test]
fn a_part_of_it_comes_back_and_an_older_recovery_no_longer_fits() {
    let house = lost();
    let bench = &house.bench;
    import(&house, &export(&house, &["1.reply"]), &[]).ok();
    bench.run(&["recover", "draft", "--reason", "r", "-o", "@early.txt"]).ok();
    let early = String::from_utf8(bench.read("early.txt")).unwrap();
    import(&house, &export(&house, &["2.reply", "3.reply"]), &[]).ok();
    bench.write("recovery.txt", sign(&["erin", "frank"], Namespace::Recovery, &early).to_string());
    bench.run(&["recover", "@recovery.txt"]).refused(3, "what they record must not be forgotten");
    // And one that names what is not here yet waits for the lines.
    let right = Recovery::read(&early, house_id()).unwrap();
    let ahead = Recovery { head: Head { sequence: right.head.sequence + 9, ..right.head }, ..right };
    bench.write("recovery.txt", sign(&["erin", "frank"], Namespace::Recovery, &ahead.text()).to_string());
    bench.run(&["recover", "@recovery.txt"]).refused(5, "bring it the missing ones");
    recover(&house, "draft.txt").ok();
}

#[test]
fn lines_show_that_a_home_is_old_where_its_place_does_not() {
    let house = lost();
    // The whole disk was put back: the place is the same to the last bit.
    house.bench.blind_to_recorded();
    house.review(&honest(&house, EXCHANGE, "INV-9", 10)).ok();
    import(&house, &export(&house, &["1.reply", "2.reply", "3.reply"]), &[]).ok();
    house.review(&honest(&house, EXCHANGE, "INV-9", 10)).refused(3, "lines that this home had lost");
    recover(&house, "draft.txt").ok();
    house.review(&honest(&house, EXCHANGE, "INV-9", 10)).ok();
}

#[test]
fn what_the_vault_did_not_seal_is_not_taken() {
    let house = lost();
    let before = house.bench.read("home/journal");
    let right = export(&house, &["1.reply", "2.reply", "3.reply"]);
    let sealed: Sealed<Reply> = canonical::decode(&right.replies[0]).unwrap();
    // The desk seals one with the key of somebody else.
    let bytes = sealed.bytes().to_vec();
    let forged = Sealed::<Reply>::new(bytes.clone(), signature("mallory", Namespace::Reply, &bytes)).unwrap();
    // It changes a line under the vault's seal.
    let mut reply = sealed.value().clone();
    reply.lines.pop();
    let altered =
        Sealed::<Reply>::new(canonical::encode(&reply), SshSignature::clone(sealed.signature())).unwrap();
    for bad in [forged, altered] {
        let bad = VaultExport { replies: vec![canonical::encode(&bad).into()], ..right.clone() };
        import(&house, &bad, &[]).refused(5, "the station's own signature does not hold");
    }
    let other = VaultExport { house: HouseId::of(b"another"), ..right.clone() };
    import(&house, &other, &[]).refused(5, "it is of house");
    let other = VaultExport { station: StationId::of(b"another"), ..right.clone() };
    import(&house, &other, &[]).refused(5, "it is of station");
    let noise = VaultExport { replies: vec![vec![1, 2, 3].into()], ..right };
    assert_ne!(import(&house, &noise, &[]).exit, 0);
    house.bench.write("vault.export", "something");
    house.bench.run(&["journal", "import", "@vault.export"]).refused(9, "no Strongroom bundle");
    assert_eq!(house.bench.read("home/journal"), before);
    assert!(!house.bench.path("home/journal.recovering").exists());
}

#[test]
fn a_gap_is_not_bridged() {
    let house = lost();
    import(&house, &export(&house, &["2.reply", "3.reply"]), &[]).refused(8, "the ones between are missing");
    import(&house, &export(&house, &["1.reply", "3.reply"]), &[]).refused(8, "the ones between are missing");
    assert!(!house.bench.path("home/journal.recovering").exists());
}

#[test]
fn two_homes_that_both_wrote_are_not_made_one() {
    let house = lost();
    // The copy signs too, on a file system that tells nothing; then both have a line 7.
    house.bench.restore("backup", "home");
    let whole = export(&house, &["1.reply", "2.reply", "3.reply"]);
    house.bench.blind_to_recorded();
    house.sign(&honest(&house, SUPPLIER, "INV-7", 7), "@fork.reply").ok();
    import(&house, &whole, &[]).refused(5, "two homes of this station have written");
    let both = export(&house, &["1.reply", "fork.reply"]);
    import(&house, &both, &[]).refused(5, "two homes of this station have written");
}

/// After the backup: a new book, and a new account; then a payment under both.
fn lost_with_texts() -> (House, String, Vec<u8>) {
    let mut house = House::new();
    house.bench.copy("home", "backup");
    let text = book_text();
    let next = text.replacen(
        "epoch = 1\n",
        &format!("epoch = 2\nprevious = \"{}\"\n", BookId::of(text.as_bytes())),
        1,
    );
    let book = sign(&["erin", "frank"], Namespace::Book, &next).to_string();
    house.bench.write("book-2.txt", &book);
    house.bench.run(&["book", "install", "@book-2.txt"]).ok();
    house.book = strongroom_policy::Book::unsigned(&next).unwrap();
    let enroll = [
        "enroll", "--key", "treasury", "--chain", "eip155:1", "--index", "5", "--label", "More", "-o",
        "@more",
    ];
    house.bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
    let mut request = house.request(vec![house.pay(EXCHANGE, COIN, "INV-1")], 7);
    request.vault_heads = BTreeMap::from([(house.station_id(), Head::start(house_id()))]);
    house.sign(&house.asked(request), "@1.reply").ok();
    house.bench.restore("backup", "home");
    let record: Sealed<Account> = Bundle::read(&house.bench.read("more")).unwrap();
    (house, book, canonical::encode(&record))
}

#[test]
fn texts_and_records_that_the_lines_name_come_with_them() {
    let (house, book, record) = lost_with_texts();
    let bare = export(&house, &["1.reply"]);
    import(&house, &bare, &[]).refused(8, "the missing lines name address book");
    let unsigned = book.split_once("-----BEGIN").unwrap().0.to_owned();
    import(&house, &VaultExport { books: vec![unsigned], ..bare.clone() }, &[])
        .refused(5, "0 of the 2 admins");
    let with_book = VaultExport { books: vec![book], ..bare };
    import(&house, &with_book, &[]).refused(8, "the missing lines name account");
    let accounts = vec![record.into()];
    import(&house, &VaultExport { accounts, ..with_book }, &[]).ok();
    recover(&house, "draft.txt").ok();
    house.bench.run(&["journal", "verify"]).ok();
    house.sign(&honest(&house, EXCHANGE, "INV-2", 8), "@2.reply").ok();
}

#[test]
fn a_record_that_the_desk_never_had_is_given_beside() {
    let (house, book, _) = lost_with_texts();
    let bare = VaultExport { books: vec![book], ..export(&house, &["1.reply"]) };
    // Another account's record is no help.
    import(&house, &bare, &["--account", "@cold-1.account"]).refused(8, "the missing lines name account");
    import(&house, &bare, &["--account", "@more"]).ok();
    recover(&house, "draft.txt").ok();
    house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_book_that_was_installed_meanwhile_is_not_set_back() {
    let (house, book, record) = lost_with_texts();
    house.bench.run(&["book", "install", "@book-2.txt"]).ok();
    let third = String::from_utf8(house.bench.read("book-2.txt")).unwrap();
    let text = third.split_once("-----BEGIN").unwrap().0;
    let previous = BookId::of(text.as_bytes());
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("previous = ")).collect();
    let next =
        lines.join("\n").replacen("epoch = 2", &format!("epoch = 3\nprevious = \"{previous}\""), 1) + "\n";
    house.bench.write("book-3.txt", sign(&["erin", "grace"], Namespace::Book, &next).to_string());
    house.bench.run(&["book", "install", "@book-3.txt"]).ok();
    let whole =
        VaultExport { books: vec![book], accounts: vec![record.into()], ..export(&house, &["1.reply"]) };
    import(&house, &whole, &[]).ok();
    house.bench.run(&["book", "show"]).refused(0, "epoch 3");
    recover(&house, "draft.txt").ok();
    house.bench.run(&["book", "show"]).refused(0, "epoch 3");
    house.bench.run(&["journal", "verify"]).ok();
}
