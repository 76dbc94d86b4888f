//! A business reference as people tell it from others: without its dress.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::look_alike::mixes_scripts;

/// Letters that show as nothing: Hangul fillers, in normal form KC.
const INVISIBLE: [char; 2] = ['\u{115f}', '\u{1160}'];

/// The Latin letter that a Cyrillic or Greek one shows as, in one of its cases; the letter itself if there is none. The
/// letters come in lower case, and both cases of one go the same way.
const fn latin(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'е' | 'ε' => 'e',
        'н' | 'һ' | 'η' => 'h',
        'і' | 'ӏ' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'ν' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ѵ' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'υ' => 'y',
        'ζ' => 'z',
        _ => c,
    }
}

/// The first word in which letters of look-alike alphabets stand side by side, such as `ІNV` with a Cyrillic first letter.
pub(super) fn mixed_word(reference: &str) -> Option<&str> {
    reference.split(|c: char| !c.is_alphanumeric()).find(|word| mixes_scripts(word))
}

/// The same text for all references that nobody would read as two: letters and digits in lower case and normal form KC,
/// letters of other alphabets that show as Latin ones as those, whatever separates them as one space, marks that are part
/// of no letter left out.
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
        folded.push(latin(c));
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
            "\u{406}NV-1",
            "IN\u{474}-1",
        ] {
            assert_eq!(folded(dressed), "inv 1", "{dressed:?}");
        }
    }

    #[test]
    fn words_of_another_alphabet_that_show_the_same_are_the_same() {
        for (latin, other) in [
            ("ABC-1", "\u{410}\u{412}\u{421}-1"),
            ("PO 7", "\u{420}\u{41e} 7"),
            ("INV-I", "INV-\u{406}"),
            ("NB 3", "\u{39d}\u{392} 3"),
        ] {
            assert_eq!(folded(latin), folded(other));
            assert_eq!(folded(other), folded(&other.to_lowercase()));
        }
    }

    #[test]
    fn a_word_keeps_to_one_alphabet() {
        for (mixed, word) in [
            ("\u{406}NV-1", "\u{406}NV"),
            ("rent \u{440}ayment", "\u{440}ayment"),
            ("A/\u{391}B", "\u{391}B"),
        ] {
            assert_eq!(mixed_word(mixed), Some(word));
        }
        for plain in [
            "INV-1",
            "\u{421}\u{447}\u{435}\u{442} INV-1",
            "\u{51fa}\u{91d1}A1",
            "Stra\u{df}e \u{2116} 5",
            "\u{ff29}\u{ff2e}\u{ff36}-1",
            "!",
        ] {
            assert_eq!(mixed_word(plain), None, "{plain}");
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
