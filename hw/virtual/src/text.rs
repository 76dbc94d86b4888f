//! How text breaks on the small screen: three lines of 114 pixels under a title.
//!
//! The widths are those of the two fonts of a Nano S Plus (Open Sans regular and extra bold, 11 pixels), without the
//! pixel of kerning; which of them a text is set in was seen in the recordings.

/// What a line holds, in pixels.
const LINE_PIXELS: usize = 114;
/// How many lines of a value fit under its title.
pub(crate) const LINES: usize = 3;

/// A font of the small screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Font {
    Regular,
    Bold,
}

/// Where a line may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// After any character: addresses, hashes, amounts.
    Anywhere,
    /// After a space or hyphen if there is one: sentences.
    Words,
}

/// Advance widths of the characters 0x20 to 0x7e, in pixels.
const REGULAR: [u8; 95] = [
    3, 3, 4, 7, 6, 9, 9, 2, 3, 3, 6, 6, 3, 4, 3, 4, 6, 6, 6, 6, 8, 6, 6, 6, 6, 6, 3, 3, 6, 6, 6, 5, 10, 7, 7,
    7, 8, 6, 6, 8, 8, 3, 3, 7, 6, 10, 8, 9, 7, 9, 7, 6, 7, 8, 7, 10, 7, 6, 6, 4, 4, 4, 6, 5, 6, 6, 7, 5, 7,
    6, 5, 6, 7, 3, 3, 6, 3, 10, 7, 7, 7, 7, 4, 5, 4, 7, 6, 9, 6, 6, 5, 4, 6, 4, 6,
];
/// Advance widths of the characters 0x20 to 0x7e, in pixels.
const BOLD: [u8; 95] = [
    3, 3, 6, 7, 6, 11, 9, 3, 4, 4, 6, 6, 3, 4, 3, 5, 8, 6, 7, 7, 8, 6, 8, 7, 8, 8, 3, 3, 5, 6, 5, 6, 10, 8,
    7, 7, 8, 6, 6, 8, 8, 4, 4, 8, 6, 11, 9, 9, 7, 9, 8, 6, 6, 8, 6, 11, 8, 7, 7, 5, 5, 5, 6, 6, 7, 7, 7, 6,
    7, 7, 6, 7, 7, 4, 4, 7, 4, 10, 7, 7, 7, 7, 5, 6, 5, 7, 7, 10, 7, 7, 6, 5, 6, 5, 6,
];

impl Font {
    /// Pixels from a character to the next. What the fonts do not have is drawn as nothing.
    fn advance(self, character: char) -> usize {
        let widths = match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        };
        let index = u32::from(character).checked_sub(0x20).and_then(|code| usize::try_from(code).ok());
        index.and_then(|index| widths.get(index)).map_or(0, |width| usize::from(*width))
    }
}

/// Breaks a text into lines. A line that ends at a space keeps it.
pub(crate) fn lines(font: Font, text: &str, at: Break) -> Vec<String> {
    text.split('\n').flat_map(|paragraph| broken(font, paragraph, at)).collect()
}

fn broken(font: Font, paragraph: &str, at: Break) -> Vec<String> {
    let (mut lines, mut line, mut word) = (Vec::new(), String::new(), String::new());
    let width = |text: &str| text.chars().map(|character| font.advance(character)).sum::<usize>();
    for character in paragraph.chars() {
        if at == Break::Words && matches!(character, ' ' | '-') {
            // The space itself may stick out: it is where the line ends.
            word.push(character);
            line.push_str(&std::mem::take(&mut word));
            continue;
        }
        let taken = width(&line).saturating_add(width(&word)).saturating_add(font.advance(character));
        if taken > LINE_PIXELS {
            if line.is_empty() {
                lines.push(std::mem::take(&mut word));
            } else {
                lines.push(std::mem::take(&mut line));
            }
        }
        match at {
            Break::Anywhere => line.push(character),
            Break::Words => word.push(character),
        }
    }
    line.push_str(&word);
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_where_the_recorded_screens_break() {
        let anywhere = |text| lines(Font::Regular, text, Break::Anywhere);
        assert_eq!(
            anywhere("0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"),
            ["0xDad77910DbDFdE7", "64fC21FCD4E74D71b", "BACA6D8D"]
        );
        assert_eq!(anywhere(&"x".repeat(40)), ["x".repeat(19), "x".repeat(19), "xx".to_owned()]);
        assert_eq!(
            lines(Font::Regular, "Review transaction to send ERC20 token", Break::Words),
            ["Review transaction to ", "send ERC20 token"]
        );
        assert_eq!(
            lines(Font::Bold, "Accept risk and sign transaction", Break::Words),
            ["Accept risk and ", "sign transaction"]
        );
        assert_eq!(
            lines(Font::Regular, "Verify Polygon\naddress", Break::Words),
            ["Verify Polygon", "address"]
        );
    }

    #[test]
    fn a_word_wider_than_the_screen_is_cut() {
        let cut = lines(Font::Regular, &"x".repeat(25), Break::Words);
        assert_eq!(cut, ["x".repeat(19), "x".repeat(6)]);
        assert_eq!(lines(Font::Regular, "", Break::Words), [""]);
    }
}
