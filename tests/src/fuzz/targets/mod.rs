//! What is fuzzed: for each reader of hostile bytes, what must hold for whatever it takes.
//!
//! That a reader does not bring the program down is the least of it. What it takes it must write again byte for byte, so
//! that nothing is accepted in two spellings, and where other people's code reads the same format, that code must agree.
//!
//! The same code is compiled twice: into `strongroom-tests`, whose tests feed it the corpus, and into the fuzzer of
//! `tests/fuzz`, which looks for more.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unused_imports,
    reason = "a property that does not hold is told by panicking, which is what a fuzzer looks for"
)]

mod documents;
mod journal;
mod judge;
mod ledger;
mod planted;
mod texts;
mod transaction;
mod words;

pub use journal::acknowledged;
pub use ledger::to_be_signed;
pub use texts::thawed_house;
pub use transaction::account;

/// Somebody else's CBOR.
#[path = "../../../../src/protocol/tests/common/deterministic.rs"]
#[allow(dead_code, unreachable_pub, reason = "the protocol's own tests use all of it")]
mod other_cbor;

/// A reader of hostile bytes with what must hold for it.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name: the folder of its corpus, and what the fuzzer is told.
    pub name: &'static str,
    /// Reads some bytes and says whether they were taken. Panics where something does not hold.
    pub check: fn(&[u8]) -> bool,
    /// Inputs that `cargo verify` tries: some seconds' worth.
    pub runs: u32,
    /// The most bytes of an input.
    pub longest: usize,
}

const fn target(name: &'static str, check: fn(&[u8]) -> bool, runs: u32, longest: usize) -> Target {
    Target { name, check, runs, longest }
}

/// Every target. A new reader is a line here, its seeds in `tests/src/fuzz/seeds.rs`, and its name in
/// `tests/tests/fuzz.rs`. The driver of the next device is one too: copy `ledger.rs`, which lets a device answer what it likes.
pub const TARGETS: &[Target] = &[
    target("bundle", documents::bundle, 100_000, 4096),
    target("request", documents::request, 100_000, 4096),
    target("pack", documents::pack, 80_000, 4096),
    target("reply", documents::reply, 100_000, 4096),
    target("vault-export", documents::vault_export, 100_000, 4096),
    target("account", documents::account, 150_000, 2048),
    target("plan", documents::plan, 150_000, 4096),
    target("vault-line", journal::vault_line, 200_000, 2048),
    target("desk-line", journal::desk_line, 200_000, 2048),
    target("journal", journal::file, 100_000, 4096),
    target("transaction", transaction::unsigned, 200_000, 512),
    target("signed-text", texts::signed_text, 150_000, 4096),
    target("ssh-signature", texts::ssh_signature, 200_000, 1200),
    target("statement", texts::statement, 200_000, 2048),
    target("policy", texts::policy, 60_000, 4096),
    target("book", texts::book, 100_000, 2048),
    target("genesis", texts::genesis, 100_000, 2048),
    target("thaw", texts::thaw, 150_000, 512),
    target("words", words::words, 400_000, 256),
    target("judge", judge::judge, 8_000, 256),
    target("ledger", ledger::ledger, 6_000, 1024),
];

/// Readers weakened on purpose. A fuzzer that does not find what is wrong with them is not worth running.
pub const PLANTED: &[Target] = &[
    target("planted-spelling", planted::two_spellings, 300_000, 4096),
    target("planted-padding", planted::dirty_padding, 3_000_000, 512),
];

/// The target of a name, planted ones included.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().chain(PLANTED).find(|target| target.name == name)
}

/// A text that people will see must not steer the screen it is shown on. Written without the tables that the reader uses.
fn assert_plain(text: &str) {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    assert!(!text.contains(steers), "{text:?} can steer a screen");
}
