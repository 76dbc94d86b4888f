//! What people sign: texts with signatures below, statements, genesis, policy, book and thaw.

use strongroom_policy::{
    Book, Genesis, Policy, Surroundings, Thaw, diff_books, diff_policies, explain, explain_book, lint,
    lint_book,
};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{HouseId, PublicKey, SignedText, SshSignature, Statement};

use super::assert_plain;

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Each line of a page that people read.
fn assert_page(page: &str) {
    page.split('\t').flat_map(str::lines).for_each(assert_plain);
}

pub(super) fn signed_text(bytes: &[u8]) -> bool {
    let Ok(signed) = SignedText::parse(bytes) else { return false };
    let written = signed.to_string();
    // An editor that leaves out the newline at the very end leaves out nothing that anybody signed.
    let whole = written.as_bytes();
    assert!(bytes == whole || whole.strip_suffix(b"\n") == Some(bytes), "a signed text has two spellings");
    assert_eq!(SignedText::parse(whole).as_ref(), Ok(&signed));
    assert_page(signed.text());
    let keys: Vec<PublicKey> =
        signed.signatures().iter().filter_map(|signature| signature.public_key().ok()).collect();
    for namespace in [Namespace::Statement, Namespace::Policy] {
        if let Ok(signers) = signed.signers(namespace, &keys) {
            assert!(signers.len() <= keys.len() && signers.iter().all(|place| *place < keys.len()));
        }
    }
    true
}

pub(super) fn ssh_signature(bytes: &[u8]) -> bool {
    if let Some(signature) = text(bytes).and_then(|armour| SshSignature::from_armour(armour).ok()) {
        let armour = signature.to_armour();
        let whole = armour.as_bytes();
        assert!(bytes == whole || whole.strip_suffix(b"\n") == Some(bytes), "an armour has two spellings");
        check_signature(&signature);
        return true;
    }
    let Ok(signature) = SshSignature::from_blob(bytes) else { return false };
    assert_eq!(signature.blob(), bytes);
    check_signature(&signature);
    assert_eq!(SshSignature::from_armour(&signature.to_armour()).as_ref(), Ok(&signature));
    true
}

fn check_signature(signature: &SshSignature) {
    let Ok(key) = signature.public_key() else { return };
    assert_eq!(
        key.to_string().parse::<PublicKey>().as_ref(),
        Ok(&key),
        "a key is not the one it is written as"
    );
    let held =
        [&b"strongroom"[..], b""].map(|message| key.verify(Namespace::Statement, message, signature).is_ok());
    assert!(!(held[0] && held[1]), "one signature holds for two messages");
}

pub(super) fn statement(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else { return false };
    let Ok(statement) = text.parse::<Statement>() else { return false };
    assert_eq!(statement.to_string(), text, "a statement has two spellings");
    assert_page(text);
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    assert!(lines.windows(2).all(|pair| pair[0] != pair[1]), "a statement says something twice");
    true
}

pub(super) fn policy(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else { return false };
    let Ok(policy) = Policy::unsigned(text) else { return false };
    assert_page(text);
    assert_page(&explain(&policy));
    for finding in lint(&policy, Surroundings::default()) {
        assert_page(&finding.to_string());
    }
    assert!(diff_policies(&policy, &policy).is_empty(), "a policy differs from itself");
    assert!(policy.approvals() >= 1);
    for person in policy.persons() {
        for key in &person.keys {
            let owner = policy.key_owner(key).map(|owner| &owner.name);
            assert_eq!(owner, Some(&person.name), "a key speaks for two people");
        }
    }
    for account in policy.accounts() {
        let found = policy.own_account_at(&account.chain, &account.address).map(|found| found.id);
        assert_eq!(found, Some(account.id), "one address is pinned twice");
        assert!(policy.station(&account.station).is_some(), "an account of no station");
    }
    true
}

pub(super) fn book(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else { return false };
    let Ok(book) = Book::unsigned(text) else { return false };
    assert_page(text);
    assert_page(&explain_book(&book));
    for finding in lint_book(&book, Surroundings::default()) {
        assert_page(&finding.to_string());
    }
    assert!(diff_books(&book, &book).is_empty(), "a book differs from itself");
    // Written anew, it says the same of every destination.
    let entries: Vec<_> = book.destinations().cloned().collect();
    for entry in &entries {
        assert_eq!(book.find(&entry.chain, &entry.address), Some(entry));
        assert_eq!(book.by_label(entry.label.as_str()), Some(entry));
    }
    if book.epoch() < u64::MAX {
        // Only an epoch that TOML cannot write is refused.
        if let Ok(draft) = book.next_draft(&entries) {
            let next = Book::unsigned(&draft).expect("a draft is a book");
            assert!(next.destinations().eq(entries.iter()), "a book says something else when written anew");
            assert!(diff_books(&book, &next).is_empty());
        } else {
            assert!(i64::try_from(book.epoch() + 1).is_err(), "a book that cannot be written anew");
        }
    }
    true
}

pub(super) fn genesis(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else { return false };
    let Ok(genesis) = Genesis::unsigned(text) else { return false };
    assert_page(text);
    let draft = genesis.draft().expect("what was read can be written");
    assert_eq!(
        Genesis::unsigned(&draft).as_ref(),
        Ok(&genesis),
        "a genesis says something else when written anew"
    );
    for (name, keys) in &genesis.admins {
        assert!(keys.iter().all(|key| genesis.key_owner(key) == Some(name)), "a key speaks for two admins");
    }
    true
}

/// The house of thaws in the corpus.
pub fn thawed_house() -> HouseId {
    HouseId::of(b"a frozen house")
}

pub(super) fn thaw(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else { return false };
    let Ok(thaw) = Thaw::read(text, thawed_house()) else { return false };
    assert_eq!(thaw.text(), text, "a thaw has two spellings");
    assert_eq!(thaw.ends([thaw.freeze]), Ok(thaw.freeze));
    assert!(thaw.ends([]).is_err(), "a thaw ends a freeze that is not there");
    true
}
