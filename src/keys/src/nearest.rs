//! Which words of a list a mistyped one may have been.

use std::fmt;

/// How many look-alikes are offered.
const OFFERED: usize = 3;
/// The most letters that differ between a word and its look-alike.
const DISTANCE_LIMIT: usize = 2;
/// The most letters of a typed word that are looked at; no word of the list has more than eight.
const LETTERS_LIMIT: usize = 16;

/// Up to three words that look like a mistyped one, the likeliest first.
///
/// They all but tell the word that was meant: show them on the screen it was typed at, and nowhere else.
/// `Debug` is silent, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Nearest(Vec<&'static str>);

impl Nearest {
    /// The words.
    pub fn expose(&self) -> &[&'static str] {
        &self.0
    }
}

impl fmt::Debug for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nearest(..)")
    }
}

/// The words of `list` nearest to `typed`: those it begins first (backups often hold four letters alone), then those
/// that differ from it in at most two letters.
pub(crate) fn nearest(typed: &str, list: &[&'static str]) -> Nearest {
    let letters: Vec<char> = typed.chars().take(LETTERS_LIMIT).collect();
    let likeness = |word: &&'static str| {
        let begins = letters.len() >= DISTANCE_LIMIT && word.starts_with(typed);
        let distance = if begins { 0 } else { distance(&letters, word) };
        (distance <= DISTANCE_LIMIT).then_some((distance, *word))
    };
    let mut found: Vec<(usize, &'static str)> = list.iter().filter_map(likeness).collect();
    found.sort_unstable();
    Nearest(found.into_iter().take(OFFERED).map(|(_, word)| word).collect())
}

/// Insertions, deletions, replacements and swaps of neighbours that make one word of the other
/// (optimal string alignment distance).
fn distance(typed: &[char], word: &str) -> usize {
    let width = typed.len();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=width).collect();
    let mut last = None;
    for (index, letter) in word.chars().enumerate() {
        let mut next = vec![index.saturating_add(1)];
        for (place, typed_letter) in typed.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX);
            let replaced = cell(&row, place).saturating_add(usize::from(*typed_letter != letter));
            let removed = cell(&row, place.saturating_add(1)).saturating_add(1);
            let added = cell(&next, place).saturating_add(1);
            let mut best = replaced.min(removed).min(added);
            let neighbour = place.checked_sub(1).and_then(|at| typed.get(at).map(|letter| (at, *letter)));
            if let Some((at, neighbour)) = neighbour
                && last == Some(*typed_letter)
                && neighbour == letter
            {
                best = best.min(cell(&before, at).saturating_add(1));
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(letter);
    }
    row.last().copied().unwrap_or(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(word: &str) -> Vec<char> {
        word.chars().collect()
    }

    #[test]
    fn distances_count_each_kind_of_slip_once() {
        for (typed, word, expected) in [
            ("abandon", "abandon", 0),
            ("abanndon", "abandon", 1),
            ("abndon", "abandon", 1),
            ("abendon", "abandon", 1),
            ("baandon", "abandon", 1),
            ("abadnno", "abandon", 2),
            ("", "zoo", 3),
            ("zoo", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(&letters(typed), word), expected, "{typed} {word}");
        }
    }

    #[test]
    fn four_letters_of_a_steel_plate_name_their_word() {
        let list = bip39::Language::English.word_list();
        for word in list.iter().step_by(16) {
            let four: String = word.chars().take(4).collect();
            assert!(nearest(&four, list).expose().contains(word), "{word}");
        }
    }

    #[test]
    fn nothing_is_offered_for_what_looks_like_nothing() {
        let list = bip39::Language::English.word_list();
        assert!(nearest("xxxxxxxxxxxx", list).expose().is_empty());
        assert!(nearest(&"zoo".repeat(1000), list).expose().is_empty());
        assert!(nearest("日本語日本語日本語", list).expose().is_empty());
    }
}
