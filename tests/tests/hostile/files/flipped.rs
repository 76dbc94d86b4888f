//! Files that a bad stick, or somebody with a hex editor, gives back: cut short at every length, drawn out, with every bit
//! flipped, too large.
//!
//! In every run each length and each bit of one bundle is tried, the account record, and one bit of each byte of a pack. Of the
//! other files some are tried; `cargo verify long` tries every bit and length of all of them. That no bit of any document is
//! without meaning is tested in every run where the documents are defined, in the protocol's own tests.

use std::fs::File;

use super::doors::{Approval, DeskSide, Door, Import, Install, Record, Review, Show, Sign, VaultSide, Watch};

/// What a damaged file can be refused with: policy, disagreement, expiry, damage. A statement that has lost its signature is
/// a file that is not ready: nobody has approved yet.
const REFUSALS: [u8; 4] = [3, 5, 6, 9];
const APPROVAL: [u8; 5] = [3, 5, 6, 8, 9];

/// How closely a file is gone through.
#[derive(Clone, Copy)]
struct Steps {
    /// From one flipped bit to the next: an odd number, so that from place to place it is another bit of its byte.
    bits: usize,
    /// From one length to the next.
    lengths: usize,
}

const ALL: Steps = Steps { bits: 1, lengths: 1 };
/// One bit of each byte.
const MOST: Steps = Steps { bits: 9, lengths: 31 };
const SOME: Steps = Steps { bits: 25, lengths: 31 };
/// Where each refusal is a synced line in a journal.
const FEW: Steps = Steps { bits: 37, lengths: 61 };

/// A file cut short, drawn out and flipped; at the end the genuine one is taken. Of texts the newline after the last dash is
/// nobody's word.
fn damaged(door: &dyn Door, steps: Steps, exits: &[u8]) {
    let mut watch = Watch::on(door);
    let bytes = door.genuine();
    let end = bytes.len() - usize::from(bytes.ends_with(b"-----\n"));
    for length in (0..end).step_by(steps.lengths) {
        watch.refused(&format!("cut at {length}"), &bytes[..length], exits);
    }
    for (what, more) in [
        ("a zero", vec![0]),
        ("a newline", vec![b'\n']),
        ("a null of CBOR", vec![0xf6]),
        ("a break", vec![0xff]),
        ("itself", bytes.clone()),
    ] {
        watch.refused(&format!("with {what} behind it"), &[bytes.clone(), more].concat(), exits);
    }
    watch.refused("with a zero before it", &[&[0], bytes.as_slice()].concat(), exits);
    for bit in (0..bytes.len() * 8).step_by(steps.bits) {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        watch.refused(&format!("bit {bit}"), &altered, exits);
    }
    watch.genuine_is_taken();
}

fn pack_for_review(steps: Steps) {
    damaged(&Review(&VaultSide::new()), steps, &REFUSALS);
}

fn pack_for_signing(steps: Steps) {
    damaged(&Sign(&VaultSide::new()), steps, &REFUSALS);
}

fn approval(steps: Steps) {
    let side = VaultSide::new();
    damaged(&Approval::of(&side), steps, &APPROVAL);
}

fn policy(steps: Steps) {
    let side = VaultSide::new();
    damaged(&Install::policy(&side), steps, &REFUSALS);
}

fn book(steps: Steps) {
    let side = VaultSide::new();
    damaged(&Install::book(&side), steps, &REFUSALS);
}

fn reply(steps: Steps) {
    damaged(&Import(&DeskSide::new()), steps, &REFUSALS);
}

fn record(steps: Steps) {
    damaged(&Record(&DeskSide::new()), steps, &REFUSALS);
}

#[test]
fn a_pack_for_review() {
    pack_for_review(MOST);
}

#[test]
fn a_pack_for_signing() {
    pack_for_signing(FEW);
}

#[test]
fn an_approval() {
    approval(SOME);
}

#[test]
fn a_policy() {
    policy(SOME);
}

#[test]
fn an_address_book() {
    book(SOME);
}

#[test]
fn a_reply() {
    reply(SOME);
}

#[test]
fn an_account_record() {
    record(ALL);
}

/// Every bit and every length of every file.
mod long {
    use super::ALL;

    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn every_bit_of_a_pack_for_review() {
        super::pack_for_review(ALL);
    }

    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn every_bit_of_a_pack_for_signing() {
        super::pack_for_signing(ALL);
    }

    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn every_bit_of_an_approval() {
        super::approval(ALL);
    }

    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn every_bit_of_a_policy() {
        super::policy(ALL);
    }

    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn every_bit_of_an_address_book() {
        super::book(ALL);
    }

    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn every_bit_of_a_reply() {
        super::reply(ALL);
    }
}

#[test]
fn a_request_that_is_shown() {
    // Whether a bit counts is the vault's question: a desk shows what a request does whoever wrote it. But not half of one.
    let side = DeskSide::new();
    let door = Show(&side);
    let mut watch = Watch::on(&door);
    let bytes = door.genuine();
    for length in 0..bytes.len() {
        watch.refused(&format!("cut at {length}"), &bytes[..length], &[9]);
    }
    watch.refused("with a zero behind it", &[bytes.as_slice(), &[0]].concat(), &[9]);
    watch.genuine_is_taken();
}

#[test]
fn files_without_end() {
    let (side, desk) = (VaultSide::new(), DeskSide::new());
    let bundle = 256u64 << 20;
    for (length, args) in [
        (bundle + 1, vec!["review", "@huge"]),
        ((16 << 20) + 1, vec!["policy", "install", "@huge"]),
        ((16 << 20) + 1, vec!["thaw", "@huge"]),
    ] {
        // A hole, which takes no room on the disk.
        let path = side.house.bench.path("huge");
        File::create(&path).unwrap().set_len(length).unwrap();
        side.house.bench.run(&args).refused(9, "is larger than");
    }
    let path = desk.stage.house.file("huge");
    for (length, command) in [(bundle + 1, ["reply", "import"]), ((16 << 10) + 8192, ["account", "import"])] {
        File::create(&path).unwrap().set_len(length).unwrap();
        let run = desk.stage.run(&[command[0], command[1], &path.display().to_string()]);
        assert_eq!(run.exit, 9, "{}", run.out);
        assert!(run.words().contains("is larger than"), "{}", run.out);
    }
}
