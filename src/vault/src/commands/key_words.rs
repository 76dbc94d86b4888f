//! The words of a key: shown once, typed back, or typed in.

use std::fmt::Write;

use strongroom_keys::{Mnemonic, MnemonicError, WordCount, entropy, on_locked_stack};
use strongroom_protocol::Name;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::session::Session;

/// How many words are typed back.
const ASKED: usize = 3;
/// How often a word or a sentence may be typed before giving up.
const TRIES: u32 = 3;
/// Words in a row on the screen.
const ROW: usize = 4;
/// Room for 24 words with their numbers.
const PAGE: usize = 2048;

/// The value of `--words`.
pub(super) fn word_count(text: &str) -> Result<usize, String> {
    let count: usize = text.parse().map_err(|_| "a number of words is 12, 15, 18, 21 or 24".to_owned())?;
    WordCount::try_from(count).map(|_| count).map_err(|error| error.to_string())
}

/// Shows the words on the terminal, once.
pub(super) fn show_words(
    session: &mut Session<'_, '_>,
    name: &Name,
    mnemonic: &Mnemonic,
) -> Result<(), VaultError> {
    let mut page = Zeroizing::new(String::with_capacity(PAGE));
    // Writing to a String cannot fail.
    let _ = writeln!(page, "The words of key {name}. Whoever has them has its funds.");
    let _ = writeln!(page, "Write them down by hand, in order, and keep them apart from this machine.\n");
    for (index, word) in mnemonic.expose_words().enumerate() {
        let number = index.saturating_add(1);
        let end = if number.is_multiple_of(ROW) { "\n" } else { "" };
        let _ = write!(page, "  {number:>2} {word:<10}{end}");
    }
    Ok(session.world.terminal.show_once(&page)?)
}

/// Has some of the words typed back.
pub(super) fn confirm_words(session: &mut Session<'_, '_>, mnemonic: &Mnemonic) -> Result<(), VaultError> {
    for place in places(session, mnemonic.word_count())? {
        let right = |typed: &str| {
            mnemonic.expose_words().nth(place).is_some_and(|word| typed.trim().eq_ignore_ascii_case(word))
        };
        let mut met = false;
        for _ in 0..TRIES {
            let typed =
                session.world.terminal.ask_secret(&format!("Type word {} back", place.saturating_add(1)))?;
            met = right(typed.expose());
            if met {
                break;
            }
            session.world.terminal.tell("That is not the word that was shown. Look at your note.")?;
        }
        if !met {
            return Err(VaultError::WordsNotConfirmed);
        }
    }
    Ok(())
}

/// Which words are asked for, in order.
fn places(session: &mut Session<'_, '_>, count: usize) -> Result<Vec<usize>, VaultError> {
    let source = &mut *session.world.entropy;
    let drawn = on_locked_stack(|| entropy::draw(source, ASKED))?;
    let drawn = session.worked(drawn)?;
    let mut left: Vec<usize> = (0..count).collect();
    let mut places: Vec<usize> = drawn
        .expose()
        .iter()
        .filter_map(|byte| {
            let index = usize::from(*byte).checked_rem(left.len())?;
            Some(left.remove(index))
        })
        .collect();
    places.sort_unstable();
    Ok(places)
}

/// Reads words as they are typed. On a terminal a mistyped sentence may be typed again, and look-alikes are offered.
pub(super) fn typed_words(session: &mut Session<'_, '_>) -> Result<Mnemonic, VaultError> {
    let mut left = if session.options.passphrase_stdin { 1 } else { TRIES };
    loop {
        let typed = session.secret("All words in one line, with single spaces")?;
        left = left.saturating_sub(1);
        let parsed = on_locked_stack(|| Mnemonic::parse(&typed))?;
        match session.worked(parsed) {
            Err(VaultError::Mnemonic(refused)) if left > 0 => {
                session.world.terminal.tell(&refused.to_string())?;
                if let MnemonicError::UnknownWord { nearest, .. } = &refused {
                    // For the eyes of whoever typed it, not for standard error.
                    let words = Zeroizing::new(nearest.expose().join(", "));
                    session.world.terminal.tell(&words)?;
                }
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lengths_that_exist_are_taken() {
        for good in ["12", "15", "18", "21", "24"] {
            assert!(word_count(good).is_ok(), "{good}");
        }
        for bad in ["", "0", "13", "25", "-12", "twelve"] {
            assert!(word_count(bad).is_err(), "{bad}");
        }
    }
}
