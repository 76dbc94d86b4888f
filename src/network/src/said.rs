//! Words of strangers, made fit for a screen and a log.

/// The most characters that are repeated of what a node said.
pub const SAID_LIMIT: usize = 200;

/// What a node said, cut to [`SAID_LIMIT`] characters, with everything that could steer a terminal escaped.
pub fn said(text: &str) -> String {
    let mut safe = String::new();
    let mut characters = text.trim().chars();
    for c in characters.by_ref().take(SAID_LIMIT) {
        match c {
            '"' | '\'' => safe.push(c),
            // Escapes control, format and bidirectional characters, and every space but the plain one.
            _ => safe.extend(c.escape_debug()),
        }
    }
    if characters.next().is_some() {
        safe.push('…');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_as_they_are() {
        assert_eq!(said(" nonce too low: \"7\" isn't 8 \n"), "nonce too low: \"7\" isn't 8");
    }

    #[test]
    fn nothing_said_can_steer_a_screen() {
        let hostile = "\u{1b}[2Jok\r\nfinal\u{202e}\u{2066}\u{7}\u{feff}";
        let safe = said(hostile);
        assert!(safe.chars().all(|c| c.is_ascii_graphic()), "{safe}");
    }

    #[test]
    fn a_flood_of_words_is_cut() {
        let flood = "x".repeat(1 << 20);
        assert_eq!(said(&flood).chars().count(), SAID_LIMIT + 1);
    }
}
