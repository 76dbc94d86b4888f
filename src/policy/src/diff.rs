//! Readable differences of two policies or two address books, each marked with whom it serves.

mod books;
mod policies;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use books::diff_books;
pub use policies::diff_policies;

/// What a change does to the house's guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Something can happen that could not before, or something that people read means something else.
    Loosens,
    /// Something can no longer happen.
    Tightens,
    /// Neither.
    Neutral,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it does. In doubt it loosens.
    pub effect: Effect,
    /// Where: the entry.
    pub place: String,
    /// What: the field with its old and new value, or that the entry comes or goes.
    pub what: String,
}

/// Whether any of the changes loosens anything.
pub fn loosens(changes: &[Change]) -> bool {
    changes.iter().any(|change| change.effect == Effect::Loosens)
}

impl Effect {
    /// The word shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loosens => "loosens",
            Self::Tightens => "tightens",
            Self::Neutral => "neutral",
        }
    }

    /// What it means that a bound of ours goes from `old` to `new`, where a higher one allows more.
    fn of_bound<T: Ord>(old: &T, new: &T) -> Self {
        match new.cmp(old) {
            std::cmp::Ordering::Greater => Self::Loosens,
            std::cmp::Ordering::Less => Self::Tightens,
            std::cmp::Ordering::Equal => Self::Neutral,
        }
    }

    /// As [`Self::of_bound`], where no bound allows everything.
    fn of_optional_bound<T: Ord>(old: Option<&T>, new: Option<&T>) -> Self {
        match (old, new) {
            (Some(old), Some(new)) => Self::of_bound(old, new),
            (Some(_), None) => Self::Loosens,
            (None, Some(_)) => Self::Tightens,
            (None, None) => Self::Neutral,
        }
    }

    const fn reversed(self) -> Self {
        match self {
            Self::Loosens => Self::Tightens,
            Self::Tightens => Self::Loosens,
            Self::Neutral => Self::Neutral,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8}  {}: {}", self.effect, self.place, self.what)
    }
}

/// Collects changes.
#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, effect: Effect, place: &str, what: impl Into<String>) {
        self.0.push(Change { effect, place: place.to_owned(), what: what.into() });
    }

    /// A field that differs, with both values. Nothing if they are the same.
    fn field<T: PartialEq>(
        &mut self,
        place: &str,
        name: &str,
        (old, new): (&T, &T),
        effect: Effect,
        show: impl Fn(&T) -> String,
    ) {
        if old != new {
            self.add(effect, place, format!("{name} {} → {}", show(old), show(new)));
        }
    }

    /// A field of which nobody can say whether another value allows more: any change of it counts as loosening.
    fn meaning<T: PartialEq>(
        &mut self,
        place: &str,
        name: &str,
        pair: (&T, &T),
        show: impl Fn(&T) -> String,
    ) {
        self.field(place, name, pair, Effect::Loosens, show);
    }

    /// Members of a list that come and go. Who or what comes can do more.
    fn members<T: Ord>(
        &mut self,
        place: &str,
        name: &str,
        (old, new): (impl IntoIterator<Item = T>, impl IntoIterator<Item = T>),
        show: impl Fn(&T) -> String,
    ) {
        let (old, new): (BTreeSet<T>, BTreeSet<T>) = (old.into_iter().collect(), new.into_iter().collect());
        for item in new.difference(&old) {
            self.add(Effect::Loosens, place, format!("{name} {} added", show(item)));
        }
        for item in old.difference(&new) {
            self.add(Effect::Tightens, place, format!("{name} {} removed", show(item)));
        }
    }

    /// Entries by key: new ones, removed ones, and those on both sides to be compared.
    fn entries<K: Ord, V>(
        &mut self,
        (old, new): (BTreeMap<K, &V>, BTreeMap<K, &V>),
        place: impl Fn(&V) -> String,
        show: impl Fn(&V) -> String,
        mut compare: impl FnMut(&mut Self, &V, &V),
    ) {
        for (key, entry) in &new {
            match old.get(key) {
                Some(before) => compare(self, before, entry),
                None => self.add(Effect::Loosens, &place(entry), format!("added: {}", show(entry))),
            }
        }
        for (_, entry) in old.iter().filter(|(key, _)| !new.contains_key(key)) {
            self.add(Effect::Tightens, &place(entry), format!("removed: {}", show(entry)));
        }
    }
}

fn or_none<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "none".to_owned(), ToString::to_string)
}
