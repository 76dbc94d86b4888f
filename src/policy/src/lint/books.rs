//! Lint of an address book, alone and beside a policy.

use std::collections::BTreeMap;

use super::{Finding, Surroundings, sorted, unreadable};
use crate::book::{Book, Destination};
use crate::look_alike::{look_alikes, mixes_scripts, skeleton};
use crate::policy::Policy;

/// Everything about an address book, errors first.
pub fn lint_book(book: &Book, around: Surroundings<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in book.destinations() {
        let place = place(entry);
        if mixes_scripts(entry.label.as_str()) {
            findings.push(Finding::warning(
                "label-mixes-scripts",
                &place,
                "the label mixes letters of alphabets that look alike",
                "write it in one alphabet",
            ));
        }
        if around.now.zip(entry.not_after).is_some_and(|(now, end)| end <= now) {
            findings.push(Finding::warning(
                "destination-expired",
                &place,
                "it may no longer be paid",
                "remove it, or have the admins extend it",
            ));
        }
    }
    findings.extend(classes(book));
    match around.policy {
        Some(policy) => findings.extend(lint_together(policy, book)),
        None => findings.extend(resembling(Some(book), None)),
    }
    sorted(findings)
}

/// Everything about the text of an address book. What cannot be read is one finding.
pub fn lint_book_text(text: &str, around: Surroundings<'_>) -> Vec<Finding> {
    match Book::unsigned(text) {
        Ok(book) => lint_book(&book, around),
        Err(error) => vec![unreadable("address book", &error)],
    }
}

fn place(entry: &Destination) -> String {
    format!("destination {}", entry.label)
}

/// Classes that could be taken for each other.
fn classes(book: &Book) -> Vec<Finding> {
    let mut seen = BTreeMap::new();
    let mut findings = Vec::new();
    for entry in book.destinations() {
        let other = seen.entry(skeleton(entry.class.as_str())).or_insert(&entry.class);
        if **other != entry.class {
            findings.push(Finding::warning(
                "classes-look-alike",
                place(entry),
                format!("its class {} could be taken for {other}", entry.class),
                "write one word for one class",
            ));
        }
    }
    findings
}

/// What is wrong between a policy and a book.
pub(super) fn lint_together(policy: &Policy, book: &Book) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in book.destinations() {
        let place = place(entry);
        if policy.own_account_at(&entry.chain, &entry.address).is_some() {
            findings.push(Finding::error(
                "own-account-listed",
                &place,
                "it is an account of ours, which needs no entry",
                "remove it from the book",
            ));
        }
        if policy.account_labelled(entry.label.as_str()).is_some() {
            findings.push(Finding::error(
                "label-of-account",
                &place,
                "an account of ours has this label",
                "choose another, so that nobody pays one for the other",
            ));
        }
        if policy.chain(&entry.chain).is_none() {
            findings.push(Finding::error(
                "chain-not-pinned",
                &place,
                format!("the policy does not list chain {}", entry.chain),
                "remove it, or have the policy list the chain",
            ));
        } else {
            findings.extend(entry.assets.iter().filter(|symbol| !pinned(policy, entry, symbol)).map(
                |symbol| {
                    Finding::error(
                        "asset-not-pinned",
                        &place,
                        format!("the registry has no {symbol} on {}", entry.chain),
                        "write the registry's symbol, letter by letter",
                    )
                },
            ));
        }
        if policy.accounts().any(|account| account.class == entry.class) {
            findings.push(Finding::warning(
                "class-of-account",
                &place,
                format!("class {} is also a class of our own accounts", entry.class),
                "choose another, so that totals tell strangers from ourselves",
            ));
        }
    }
    if book.house() != policy.house() {
        findings.push(Finding::error(
            "other-house",
            "house",
            "policy and book are of two houses",
            "use this house's",
        ));
    }
    findings.extend(resembling(Some(book), Some(policy)));
    findings
}

fn pinned(policy: &Policy, entry: &Destination, symbol: &crate::symbol::Symbol) -> bool {
    policy.assets().any(|asset| asset.chain == entry.chain && asset.symbol == *symbol)
}

/// Addresses that begin and end alike, among destinations and our own accounts.
pub(super) fn resembling(book: Option<&Book>, policy: Option<&Policy>) -> Vec<Finding> {
    let own = policy.into_iter().flat_map(Policy::accounts).map(|account| (&account.chain, &account.address));
    let listed = book.into_iter().flat_map(Book::destinations).map(|entry| (&entry.chain, &entry.address));
    let finding = |(chain, group): (&_, Vec<&strongroom_protocol::Address>)| {
        let group: Vec<_> = group.iter().map(|address| address.grouped()).collect();
        Finding::warning(
            "addresses-look-alike",
            format!("chain {chain}"),
            format!("these addresses begin and end alike: {}", group.join(" and ")),
            "make sure by another channel that each is whose the label says",
        )
    };
    look_alikes(listed.chain(own)).into_iter().map(finding).collect()
}
