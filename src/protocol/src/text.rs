//! Text that people wrote: one line, bounded, and unable to rearrange a screen.

use std::fmt;
use std::str::FromStr;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The most characters a [`Text`] has.
pub const TEXT_LIMIT: usize = 140;
/// The most characters a [`Name`] has.
pub const NAME_LIMIT: usize = 40;

/// One line of at most 140 characters, in Unicode normal form C, every one printable.
///
/// Refused: control, format and bidirectional characters, line and paragraph separators, private-use and
/// unassigned code points, characters that show nothing (fillers, variation selectors, blank patterns), spaces at either
/// end. Such text could hide a payee on an operator's screen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

/// A short handle for a person, a role, a class or a device: `a-z`, `0-9` and inner hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing in it.
    #[error("the text is empty")]
    Empty,
    /// Longer than allowed.
    #[error("the text has {found} characters; {limit} are allowed")]
    TooLong {
        /// Characters found.
        found: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A character that is not printable, or that steers the display.
    #[error(
        "character {position} (U+{code:04X}) is not printable: control, format, bidirectional, invisible and unassigned characters are refused"
    )]
    Unprintable {
        /// Its place, from 1.
        position: usize,
        /// Its code point.
        code: u32,
    },
    /// A space at the start or end.
    #[error("the text begins or ends with a space")]
    Padded,
    /// Not in normal form C, so that two texts could look alike.
    #[error("the text is not in Unicode normal form C (NFC)")]
    NotNormal,
    /// A name with other characters than names have.
    #[error("{0:?} is not a name: use a-z, 0-9 and single inner hyphens")]
    NotAName(String),
}

/// Whether a character is a letter, mark or symbol by its category, but shows nothing where it stands: two texts that
/// look the same would be two. The marks and letters among Unicode's `Default_Ignorable_Code_Point`, and the blank of
/// Braille.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{034f}'
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
        | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2800}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character shows as itself and steers nothing.
pub(crate) fn is_printable(c: char) -> bool {
    c == ' '
        || c.is_ascii_graphic()
        || !is_invisible(c)
            && !matches!(
                c.general_category(),
                GeneralCategory::Control
                    | GeneralCategory::Format
                    | GeneralCategory::LineSeparator
                    | GeneralCategory::ParagraphSeparator
                    | GeneralCategory::PrivateUse
                    | GeneralCategory::Surrogate
                    | GeneralCategory::Unassigned
                    | GeneralCategory::SpaceSeparator
            )
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let found = text.chars().count();
        if found == 0 {
            return Err(TextError::Empty);
        }
        if found > TEXT_LIMIT {
            return Err(TextError::TooLong { found, limit: TEXT_LIMIT });
        }
        if let Some((index, c)) = text.chars().enumerate().find(|(_, c)| !is_printable(*c)) {
            return Err(TextError::Unprintable { position: index.saturating_add(1), code: u32::from(c) });
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            return Err(TextError::Padded);
        }
        if !is_nfc(text) {
            return Err(TextError::NotNormal);
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Name {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let found = text.chars().count();
        if found > NAME_LIMIT {
            return Err(TextError::TooLong { found, limit: NAME_LIMIT });
        }
        let plain =
            text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if text.is_empty() || !plain || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            return Err(TextError::NotAName(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

macro_rules! textual {
    ($name:ident) => {
        impl $name {
            /// The characters.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                d.str()?.parse().map_err(|error: TextError| minicbor::decode::Error::message(error).at(at))
            }
        }
    };
}

textual!(Text);
textual!(Name);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_in_many_scripts_passes() {
        for good in ["Invoice 2026/117", "Überweisung", "出金 №5", "a", &"x".repeat(140)] {
            assert_eq!(good.parse::<Text>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn text_that_could_steer_a_screen_is_refused() {
        for (bad, what) in [
            ("two\nlines", "newline"),
            ("esc\u{1b}[2J", "escape"),
            ("a\u{202e}b", "right-to-left override"),
            ("a\u{2066}b", "isolate"),
            ("a\u{200b}b", "zero-width space"),
            ("a\u{feff}b", "byte order mark"),
            ("a\u{2028}b", "line separator"),
            ("a\u{a0}b", "no-break space"),
            ("a\u{e000}b", "private use"),
            ("tab\there", "tab"),
            ("a\u{ad}b", "soft hyphen"),
            ("I\u{34f}NV", "combining grapheme joiner"),
            ("INV-1\u{fe00}", "first variation selector"),
            ("INV-1\u{fe0f}", "emoji variation selector"),
            ("INV-1\u{e0100}", "first variation selector of the supplement"),
            ("INV-1\u{e01ef}", "last variation selector of the supplement"),
            ("IN\u{115f}V", "Hangul choseong filler"),
            ("IN\u{1160}V", "Hangul jungseong filler"),
            ("IN\u{3164}V", "Hangul filler"),
            ("IN\u{ffa0}V", "half-width Hangul filler"),
            ("IN\u{17b4}V", "Khmer inherent vowel"),
            ("IN\u{180b}V", "Mongolian variation selector"),
            ("INV\u{2800}1", "Braille blank"),
        ] {
            assert!(matches!(bad.parse::<Text>(), Err(TextError::Unprintable { .. })), "{what} passed");
        }
        assert_eq!("".parse::<Text>(), Err(TextError::Empty));
        assert_eq!(" a".parse::<Text>(), Err(TextError::Padded));
        assert_eq!("e\u{301}".parse::<Text>(), Err(TextError::NotNormal));
        assert!(matches!(
            "x".repeat(141).parse::<Text>(),
            Err(TextError::TooLong { found: 141, limit: 140 })
        ));
    }

    #[test]
    fn refused_text_is_refused_at_decode_too() {
        let bytes = minicbor::to_vec("a\u{202e}b").unwrap();
        assert!(minicbor::decode::<Text>(&bytes).is_err());
        let bytes = minicbor::to_vec("Alice").unwrap();
        assert!(minicbor::decode::<Name>(&bytes).is_err());
    }

    #[test]
    fn names_are_plain() {
        for good in ["alice", "cold-eth-1", "7"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "Alice", "a b", "-a", "a-", "a--b", "ä", "a/b", "..", &"x".repeat(41)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
