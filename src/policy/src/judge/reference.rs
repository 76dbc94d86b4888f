//! A business reference as people tell it from others: without its dress.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters that show as nothing: Hangul fillers, in normal form KC.
const INVISIBLE: [char; 2] = ['\u{115f}', '\u{1160}'];

/// The same text for all references that nobody would read as two: letters and digits in lower case and normal form KC,
/// whatever separates them as one space, marks that are part of no letter left out.
///
/// Who approved `INV-1` yesterday would approve `Inv/1`, or one with another kind of hyphen, today.
pub(super) fn folded(reference: &str) -> String {
    let mut folded = String::with_capacity(reference.len());
    let mut separated = false;
    for c in reference.nfkc().flat_map(char::to_lowercase) {
        if INVISIBLE.contains(&c) || (is_combining_mark(c) && !c.is_alphanumeric()) {
            continue;
        }
        if !c.is_alphanumeric() {
            separated = true;
            continue;
        }
        if std::mem::take(&mut separated) && !folded.is_empty() {
            folded.push(' ');
        }
        folded.push(c);
    }
    // Signs alone are told apart as signs.
    if folded.is_empty() { reference.to_owned() } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dress_makes_no_difference() {
        for dressed in [
            "INV-1",
            "inv 1",
            " Inv  -- 1.",
            "INV\u{2011}1",
            "\u{ff29}\u{ff2e}\u{ff36}-\u{2460}",
            "INV-1\u{fe0f}",
            "I\u{34f}NV-1",
            "IN\u{ffa0}V-1",
        ] {
            assert_eq!(folded(dressed), "inv 1", "{dressed:?}");
        }
    }

    #[test]
    fn what_people_tell_apart_stays_apart() {
        for (one, other) in [
            ("INV-1", "INV-11"),
            ("2026/1/11", "2026/11/1"),
            ("Stra\u{df}e", "Strase"),
            ("r\u{e9}sum\u{e9}", "resume"),
            ("\u{51fa}\u{91d1}", "\u{5165}\u{91d1}"),
            ("\u{915}\u{93f}", "\u{915}\u{940}"),
            ("!", "?"),
        ] {
            assert_ne!(folded(one), folded(other));
        }
    }
}
