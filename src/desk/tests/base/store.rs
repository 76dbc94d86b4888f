//! The store's tables.

use rusqlite::Connection;
use strongroom_desk::store::{Store, StoreError};

use crate::office::Office;
use crate::texts;

#[test]
fn a_store_is_made_once_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    assert!(matches!(Store::open(&path), Err(StoreError::Disk { .. })), "there is none yet");
    assert!(!path.exists(), "opening makes nothing");
    drop(Store::create(&path).unwrap());
    drop(Store::open(&path).unwrap());
    assert!(matches!(Store::create(&path), Err(StoreError::Io { .. })), "one is there");
    let raw = Connection::open(&path).unwrap();
    let pragma = |name: &str| raw.pragma_query_value(None, name, |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(pragma("journal_mode"), "wal");
    let strict: i64 = raw
        .query_row("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(strict, 0, "every table is STRICT");
}

#[test]
fn what_is_no_store_or_a_newer_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    std::fs::write(&path, "not a database, but long enough to be taken for one by its size alone".repeat(20))
        .unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::NotADatabase { .. })));
    std::fs::remove_file(&path).unwrap();
    drop(Store::create(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1000).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Newer(_))));
}

#[test]
fn the_first_tables_hold_what_later_ones_build_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    drop(Store::create(&path).unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.pragma_update(None, "foreign_keys", true).unwrap();
    let orphan = raw.execute(
        "INSERT INTO replies (request, station, document, imported_at) VALUES ('r', 's', x'00', 't')",
        [],
    );
    assert!(orphan.is_err(), "a reply belongs to a request");
    assert!(raw.execute("INSERT INTO documents VALUES ('poem', 'i', 1, 't', 'a')", []).is_err());
    assert!(raw.execute("INSERT INTO heads VALUES ('s', 'many', 'h')", []).is_err(), "a number is a number");
}

#[test]
fn rows_that_were_tampered_with_are_named() {
    let (office, cold, _) = texts::ruled();
    office.run("node add eip155:1 https://one.example.com").done();
    let raw = Connection::open(office.home().join("desk.sqlite")).unwrap();
    raw.execute("UPDATE nodes SET url = 'http://one.example.com'", []).unwrap();
    office.run("node list").refused(9, "node one-example-com of eip155:1 is damaged");
    raw.execute("UPDATE nodes SET url = 'https://one.example.com', name = 'Not A Name'", []).unwrap();
    assert_eq!(office.error("node list"), (9, "store-damaged".to_owned()));
    // Another account's record under this account's id.
    let other = texts::account(&office, "Warm", "eip155:1", 1);
    office.write("warm.account", texts::sealed(&other, "station"));
    office.run("account import @warm.account").done();
    raw.execute(
        "UPDATE accounts SET record = (SELECT record FROM accounts WHERE id = ?1) WHERE id = ?2",
        [other.id().to_string(), cold.id().to_string()],
    )
    .unwrap();
    office.run("account address 'Cold ETH'").refused(9, "the record is that of account");
    office.run("account list").refused(9, "the record is that of account");
}

#[test]
fn a_store_that_is_being_written_is_waited_for_and_then_said_to_be_in_use() {
    let office = Office::with_home();
    let mut raw = Connection::open(office.home().join("desk.sqlite")).unwrap();
    let writing = raw.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    office.run("node list").done();
    let begun = std::time::Instant::now();
    office.run("node add eip155:1 https://one.example.com").refused(8, "in use by another process");
    assert!(begun.elapsed().as_secs() >= 4, "it was waited for");
    drop(writing);
    office.run("node add eip155:1 https://one.example.com").done();
}
