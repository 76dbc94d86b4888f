//! The difference of two address books.

use std::collections::BTreeMap;

use strongroom_protocol::{Address, ChainId};

use super::{Change, Changes, Effect, or_none};
use crate::book::{Book, Destination};
use crate::quorum::listed;

/// What changes from one address book to another, entry by entry. Destinations are told apart by their addresses.
pub fn diff_books(old: &Book, new: &Book) -> Vec<Change> {
    let mut changes = Changes::default();
    changes.meaning("book", "house", (&old.house(), &new.house()), ToString::to_string);
    let place = |entry: &Destination| format!("destination {}", entry.label);
    let show = |entry: &Destination| {
        let assets = listed(&entry.assets, "no assets");
        let memo = entry.memo.as_ref().map(|memo| format!(", memo {memo:?}")).unwrap_or_default();
        let window = match (entry.not_before, entry.not_after) {
            (None, None) => String::new(),
            (from, until) => format!(", from {} until {}", or_none(from.as_ref()), or_none(until.as_ref())),
        };
        format!("{} on {}, class {}, takes {assets}{memo}{window}", entry.address, entry.chain, entry.class)
    };
    changes.entries((by_address(old), by_address(new)), place, show, |changes, old, new| {
        let place = place(new);
        // A label that moves makes people pay somebody else by the same words.
        changes.meaning(&place, "label", (&old.label, &new.label), |label| format!("{label:?}"));
        changes.meaning(&place, "class", (&old.class, &new.class), ToString::to_string);
        changes.members(&place, "asset", (&old.assets, &new.assets), ToString::to_string);
        changes.meaning(&place, "memo", (&old.memo, &new.memo), |memo| {
            memo.as_ref().map_or_else(|| "none".to_owned(), |memo| format!("{memo:?}"))
        });
        // A later beginning is a tighter one, and having one is tighter than having none.
        let from = Effect::of_bound(&old.not_before, &new.not_before).reversed();
        changes.field(&place, "not_before", (&old.not_before, &new.not_before), from, |time| {
            or_none(time.as_ref())
        });
        let until = Effect::of_optional_bound(old.not_after.as_ref(), new.not_after.as_ref());
        changes.field(&place, "not_after", (&old.not_after, &new.not_after), until, |time| {
            or_none(time.as_ref())
        });
    });
    changes.0
}

fn by_address(book: &Book) -> BTreeMap<(&ChainId, &Address), &Destination> {
    book.destinations().map(|entry| ((&entry.chain, &entry.address), entry)).collect()
}
