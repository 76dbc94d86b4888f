use strongroom_protocol::SignatureError;

use super::*;
use crate::test_support::{self as support, book_text, edit, house, key, sign};

fn open_after(text: &str, signers: &[u8], installed: Option<&Book>) -> Result<Book, BookError> {
    let (house, genesis) = house();
    let keys: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
    Book::open(&sign(text, Namespace::Book, &keys), &house, &genesis, installed)
}

fn open(text: &str) -> Result<Book, BookError> {
    open_after(text, &[2, 3], None)
}

fn altered(from: &str, to: &str) -> BookError {
    open(&edit(&book_text(), from, to)).expect_err("the altered book was taken")
}

#[test]
fn a_signed_book_opens_and_answers() {
    let book = open(&book_text()).unwrap();
    assert_eq!((book.id(), book.epoch()), (BookId::of(book_text().as_bytes()), 1));
    let (main, polygon): (ChainId, ChainId) = ("eip155:1".parse().unwrap(), "eip155:137".parse().unwrap());
    let address: Address = "0x3333333333333333333333333333333333333333".parse().unwrap();
    assert_eq!(book.find(&main, &address).unwrap().label.as_str(), "Exchange deposit");
    assert_eq!(book.find(&polygon, &address).unwrap().label.as_str(), "Exchange deposit Polygon");
    let custodian = book.by_label("CUSTODIAN").unwrap();
    assert_eq!(custodian.memo.as_ref().unwrap().as_str(), "acct 7");
    assert!(
        book.find(&polygon, &custodian.address).is_none(),
        "listed on one chain is not listed on another"
    );
    assert!(book.by_label("nobody").is_none());
    assert_eq!(book.destinations().count(), 3);
}

#[test]
fn a_destination_takes_what_the_registry_calls_so() {
    let (book, policy) = (support::book(), support::policy());
    let custodian = book.by_label("Custodian").unwrap();
    let asset = |text: &str| text.parse::<AssetId>().unwrap();
    assert!(custodian.takes(&policy, &asset("eip155:1/slip44:60")));
    assert!(!custodian.takes(&policy, &asset("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7")));
    assert!(!custodian.takes(&policy, &asset("eip155:137/slip44:966")));
    // The same symbol on another chain is another asset.
    let elsewhere = "eip155:137/erc20:0x5555555555555555555555555555555555555555";
    let token = format!(
        "[[asset]]\nid = \"{elsewhere}\"\nsymbol = \"ETH\"\ndecimals = 18\nmax_item = \"1\"\nmax_request = \"1\"\nmax_day = \"1\"\n"
    );
    let wider = Policy::unsigned(&format!("{}\n{token}", support::policy_text())).unwrap();
    assert!(!custodian.takes(&wider, &asset(elsewhere)));
    // Not in the registry, whatever it calls itself.
    assert!(!custodian.takes(&policy, &asset("eip155:1/erc20:0x5555555555555555555555555555555555555555")));
}

#[test]
fn without_the_admins_quorum_no_book() {
    for signers in [&[][..], &[1], &[1, 11]] {
        let error = open_after(&book_text(), signers, None).unwrap_err();
        assert!(matches!(error, BookError::Quorum(QuorumError::TooFew { .. })), "{signers:?}: {error}");
    }
    assert!(matches!(
        open_after(&book_text(), &[1, 9], None),
        Err(BookError::Quorum(QuorumError::Signature(SignatureError::OtherKey { .. })))
    ));
    let (house, genesis) = house();
    let as_policy = sign(&book_text(), Namespace::Policy, &[key(1), key(2)]);
    assert!(matches!(
        Book::open(&as_policy, &house, &genesis, None),
        Err(BookError::Quorum(QuorumError::Signature(SignatureError::OtherNamespace { .. })))
    ));
    let good = sign(&book_text(), Namespace::Book, &[key(1), key(2)]);
    let redirected = edit(
        &book_text(),
        "0x3333333333333333333333333333333333333333",
        "0x6666666666666666666666666666666666666666",
    );
    let moved = SignedText::with_signatures(redirected, good.signatures().to_vec()).unwrap();
    assert!(matches!(
        Book::open(&moved, &house, &genesis, None),
        Err(BookError::Quorum(QuorumError::Signature(SignatureError::Wrong)))
    ));
}

#[test]
fn books_follow_each_other_and_none_comes_back() {
    let first = open(&book_text()).unwrap();
    let mut listed: Vec<_> = first.destinations().cloned().collect();
    listed.pop();
    let text = first.next_draft(&listed).unwrap();
    let second = open_after(&text, &[1, 2], Some(&first)).unwrap();
    assert_eq!((second.epoch(), second.previous()), (2, Some(first.id())));
    assert!(open_after(&text, &[1, 2], Some(&second)).unwrap_err().is_already_installed());
    assert_eq!(
        open_after(&book_text(), &[1, 2], Some(&second)),
        Err(BookError::Succession(SuccessionError::Stale { found: 1, installed: 2 }))
    );
    let stray = edit(&text, "epoch = 2", "epoch = 3");
    assert!(matches!(
        open_after(&stray, &[1, 2], Some(&second)),
        Err(BookError::Succession(SuccessionError::Gap { .. }))
    ));
    assert_eq!(altered("epoch = 1", "epoch = 2"), BookError::Succession(SuccessionError::NoPrevious(2)));
}

#[test]
fn a_draft_is_read_back_as_it_was() {
    let book = support::book();
    let mut listed: Vec<_> = book.destinations().cloned().collect();
    listed[0].label = r#"The "big" \ exchange"#.parse().unwrap();
    let read = Book::unsigned(&book.next_draft(&listed).unwrap()).unwrap();
    assert_eq!(read.destinations().cloned().collect::<Vec<_>>(), listed);
    listed[1].label = listed[0].label.clone();
    assert!(matches!(book.next_draft(&listed), Err(BookError::LabelTwice(_))));
}

#[test]
fn a_book_of_another_house_is_refused() {
    let (own, _) = house();
    assert!(matches!(
        altered(&own.to_string(), &HouseId::of(b"another").to_string()),
        BookError::House { .. }
    ));
}

#[test]
fn addresses_and_labels_are_listed_once() {
    let error = altered(
        "eip155:1:0x4444444444444444444444444444444444444444",
        "eip155:1:0x3333333333333333333333333333333333333333",
    );
    assert!(matches!(error, BookError::AddressTwice { .. }), "{error}");
    let lower = edit(
        &book_text(),
        "0x3333333333333333333333333333333333333333",
        "0xabababababababababababababababababababab",
    );
    let upper = edit(
        &lower,
        "0x4444444444444444444444444444444444444444",
        "0xABababababababababababababababababababab",
    );
    assert!(matches!(open(&upper), Err(BookError::AddressTwice { .. })));
    for label in ["Exchange deposit", "EXCHANGE Deposit"] {
        let error = altered("label = \"Custodian\"", &format!("label = \"{label}\""));
        assert!(matches!(error, BookError::LabelTwice(_)), "{error}");
    }
}

#[test]
fn reserved_classes_are_refused() {
    for class in ["own", "revoke"] {
        let error = altered("class = \"custodian\"", &format!("class = \"{class}\""));
        assert!(matches!(error, BookError::ReservedClass { .. }), "{error}");
    }
}

#[test]
fn a_destination_takes_something_and_each_thing_once() {
    assert!(matches!(altered("assets = [\"ETH\", \"USDT\"]", "assets = []"), BookError::NoAssets(_)));
    for assets in ["[\"ETH\", \"ETH\"]", "[\"USDT\", \"USD₮\"]"] {
        let error = altered("[\"ETH\", \"USDT\"]", assets);
        assert!(matches!(error, BookError::AssetTwice { .. }), "{error}");
    }
}

#[test]
fn a_window_ends_after_it_begins() {
    for end in ["2026-12-01T00:00:00Z", "2026-11-30T00:00:00Z"] {
        assert!(matches!(altered("2027-12-01T00:00:00Z", end), BookError::Window(_)));
    }
}

#[test]
fn unknown_keys_and_other_writings_are_refused() {
    for (from, to, word) in [
        ("epoch = 1", "epoch = 1\nlimit = 3", "limit"),
        ("memo = \"acct 7\"", "memoo = \"acct 7\"", "memoo"),
        (
            "\"eip155:1:0x4444444444444444444444444444444444444444\"",
            "\"0x4444444444444444444444444444444444444444\"",
            "CAIP-10",
        ),
        ("\"eip155:1:0x4444444444444444444444444444444444444444\"", "\"eip155:1:\"", "CAIP-10"),
        ("memo = \"acct 7\"", "memo = \"acct \\u202E7\"", "not printable"),
        ("book.v1", "policy.v1", "strongroom.policy.v1"),
    ] {
        let error = altered(from, to);
        assert!(matches!(error, BookError::Toml(_)), "{error}");
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
}

#[test]
fn an_address_made_to_be_mistaken_is_pointed_out() {
    let book = support::book();
    let forged: Address = "0x3333000000000000000000000000000000003333".parse().unwrap();
    let other: Address = "0x3334000000000000000000000000000000003333".parse().unwrap();
    let found = book.resembling(&"eip155:1".parse().unwrap(), &forged);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].label.as_str(), "Exchange deposit");
    assert!(book.resembling(&"eip155:1".parse().unwrap(), &other).is_empty());
}
