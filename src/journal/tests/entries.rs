//! Every kind of entry: one encoding each, the same in other code, and no bit that does not count.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

#[path = "../../protocol/tests/common/deterministic.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of the protocol")]
mod deterministic;

use strongroom_journal::{DeskEntry, Entry, Line, Place, VaultEntry};
use strongroom_protocol::{
    AccountId, Amount, BookId, Claim, Head, HouseId, JournalHash, KeyProvenance, Name, Payment, PlanId,
    PolicyId, RequestId, Slot, StationId, Text, Timestamp, Warmth, canonical,
};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

fn slot() -> Slot {
    "eip155:1:0x52908400098527886E0F7030069857D2E4169EE7/7".parse().unwrap()
}

fn claims() -> Vec<Claim> {
    let payment = |own, amount| Payment {
        asset: "eip155:1/slip44:60".parse().unwrap(),
        to: "0x52908400098527886E0F7030069857D2E4169EE7".parse().unwrap(),
        amount,
        own,
    };
    let claim = Claim {
        intent: 0,
        account: AccountId::of(b"account"),
        slots: vec![slot()],
        until: None,
        payments: vec![payment(false, Amount::MAX), payment(true, Amount::ZERO)],
        fee_cap: Amount::from(1u128 << 64),
        fee_asset: "eip155:1/slip44:60".parse().unwrap(),
        reference: text("Invoice 2026/117"),
    };
    let expiring = Claim {
        intent: u32::MAX,
        slots: Vec::new(),
        until: Some(Timestamp::from_unix(1_800_000_000)),
        payments: Vec::new(),
        ..claim.clone()
    };
    vec![claim, expiring]
}

fn place() -> Place {
    Place { machine: Some(u64::MAX), filesystem: None, inode: Some(0), born: Some(1_780_315_200_000_000_042) }
}

fn head() -> Head {
    Head { sequence: 12, hash: JournalHash::of(b"line 12") }
}

fn vault_entries() -> Vec<VaultEntry> {
    let (request, plan) = (RequestId::of(b"request"), PlanId::of(b"plan"));
    let (policy, book) = (PolicyId::of(b"policy"), BookId::of(b"book"));
    vec![
        VaultEntry::Opened { house: HouseId::of(b"house"), station: StationId::of(b"station"), place: None },
        VaultEntry::Opened {
            house: HouseId::of(b"house"),
            station: StationId::of(b"station"),
            place: Some(place()),
        },
        VaultEntry::PolicyInstalled { policy, epoch: 1 },
        VaultEntry::BookInstalled { book, epoch: u64::MAX },
        VaultEntry::KeyAdded {
            key: name("main"),
            fingerprint: [0, 1, 254, 255],
            provenance: KeyProvenance::Imported,
        },
        VaultEntry::Enrolled { account: AccountId::of(b"account") },
        VaultEntry::Claimed {
            request,
            plan,
            policy,
            book,
            operator: name("dave"),
            approvers: vec![name("alice"), name("bob")],
            claims: claims(),
        },
        VaultEntry::Signed { request, signatures: JournalHash::of(b"signatures"), machine: Warmth::Warm },
        VaultEntry::Refused { request: None, rule: name("limit"), exit: 3, why: text("über dem Limit") },
        VaultEntry::Refused { request: Some(request), rule: name("slot"), exit: 255, why: text("taken") },
        VaultEntry::Frozen { by: name("carol"), reason: text("a drill") },
        VaultEntry::Thawed { freeze: JournalHash::of(b"freeze") },
        VaultEntry::TornTail { bytes: 17 },
        VaultEntry::Rejected { plan, by: name("bob") },
        VaultEntry::Recovering { head: head(), place: Place::default(), why: text("it was copied") },
        VaultEntry::Vouched { by: name("bob"), head: head() },
        VaultEntry::Recovered {
            recovery: JournalHash::of(b"recovery"),
            by: vec![name("erin"), name("frank")],
            place: place(),
            aside: vec![vec![1, 2, 3].into(), Vec::new().into()],
        },
    ]
}

fn desk_entries() -> Vec<DeskEntry> {
    let (request, plan) = (RequestId::of(b"request"), PlanId::of(b"plan"));
    vec![
        DeskEntry::Opened { house: HouseId::of(b"house") },
        DeskEntry::Reserved { request, plan, slots: vec![slot(), slot()] },
        DeskEntry::Abandoned { request },
        DeskEntry::Imported { request, station: StationId::of(b"station"), head: JournalHash::of(b"head") },
        DeskEntry::Sent { request, intent: 300, transaction: "0x00ff".to_owned() },
        DeskEntry::Settled { slot: slot(), transaction: String::new(), success: false },
        DeskEntry::PolicyInstalled { policy: PolicyId::of(b"policy"), epoch: 24 },
        DeskEntry::BookInstalled { book: BookId::of(b"book"), epoch: 0 },
        DeskEntry::TornTail { bytes: u64::MAX },
        DeskEntry::Frozen { by: name("carol"), reason: text("a drill") },
        DeskEntry::Thawed { freeze: JournalHash::of(b"freeze") },
    ]
}

/// The place that a kind of entry has among its kinds: its number on disk, which must never change.
fn number<E: Entry>(entry: &E) -> u8 {
    minicbor::to_vec(entry).unwrap()[1]
}

fn attack<E: Entry>(entry: E) {
    let line = Line { sequence: 1, previous: JournalHash::of(b"before"), at: Timestamp::from_unix(5), entry };
    let bytes = canonical::encode(&line);
    assert_eq!(canonical::decode::<Line<E>>(&bytes).as_ref(), Ok(&line));
    assert_eq!(deterministic::rewritten(&bytes), bytes, "other code writes {line:?} otherwise");
    for end in 0..bytes.len() {
        assert!(canonical::decode::<Line<E>>(&bytes[..end]).is_err(), "{line:?} cut at {end}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = canonical::decode::<Line<E>>(&altered) {
            assert_ne!(other, line, "bit {bit} does not count");
            assert_eq!(canonical::encode(&other), altered, "bit {bit} has two writings");
        }
    }
}

#[test]
fn every_vault_entry_has_one_encoding() {
    vault_entries().into_iter().for_each(attack);
}

#[test]
fn every_desk_entry_has_one_encoding() {
    desk_entries().into_iter().for_each(attack);
}

#[test]
fn each_kind_of_entry_has_a_number_of_its_own() {
    let vault: Vec<_> = vault_entries().iter().map(number).collect();
    assert_eq!(vault, [0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14]);
    let desk: Vec<_> = desk_entries().iter().map(number).collect();
    assert_eq!(desk, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn a_kind_of_entry_that_nobody_knows_is_refused() {
    for unknown in [15u8, 23] {
        let mut bytes = minicbor::to_vec(VaultEntry::TornTail { bytes: 1 }).unwrap();
        bytes[1] = unknown;
        assert!(minicbor::decode::<VaultEntry>(&bytes).is_err());
        assert!(minicbor::decode::<DeskEntry>(&bytes).is_err());
    }
}
