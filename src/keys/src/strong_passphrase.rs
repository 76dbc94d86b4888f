//! Passphrases that are worth encrypting a key under.

use bip39::Language;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::operator_entropy::{self, OperatorEntropy};
use crate::pattern;
use crate::secret::{Passphrase, Secret, SecretWriter};

/// Words of a proposed passphrase: 110 bits.
///
/// Each guess at a key file costs an scrypt of at least 2^15 rounds: finding it takes the work of a bare key of more
/// than 125 bits. Ten is chosen over twelve because no mnemonic has ten words: a note of the passphrase can neither be
/// taken for a mnemonic nor be restored as one.
pub const PROPOSED_WORDS: usize = 10;
/// Fewest characters of a passphrase that somebody thought of (C07, C14).
pub const TYPED_CHARACTERS: usize = 14;
/// Fewest different characters of such a passphrase.
const TYPED_DIFFERENT: usize = 6;
/// Words of the list: 2^11, so that 11 bits choose one without preference.
const WORD_MASK: u16 = 0x07ff;

/// Why a passphrase is too weak, or too easily mistyped, to encrypt a key under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakPassphrase {
    /// Too short.
    #[error(
        "the passphrase has {found} characters; {TYPED_CHARACTERS} are the least. Take the proposed one, or a sentence of your own"
    )]
    Short {
        /// How many it has.
        found: usize,
    },
    /// The same few characters, or one part over and over, or a row of neighbours.
    #[error(
        "the passphrase is a pattern that programs try first. Take the proposed one, or a sentence of your own"
    )]
    Pattern,
    /// A control character, which terminals swallow or change.
    #[error(
        "character {position} of the passphrase is a control character, which not every terminal passes on: type it without tabs and line ends"
    )]
    Control {
        /// Its place, from 1.
        position: usize,
    },
    /// A space at either end, which nobody sees.
    #[error("the passphrase begins or ends with a space, which nobody sees: type it without")]
    Padded,
}

/// Refuses passphrases that must not protect a new key. A key that exists is opened with whatever opens it.
///
/// This is a floor, not a measure: `correct horse battery` passes. The proposed passphrase is the strong one.
///
/// # Errors
/// [`WeakPassphrase`]: fewer than 14 characters, a trivial pattern, or characters that get lost.
pub fn check(passphrase: &Passphrase) -> Result<(), WeakPassphrase> {
    let text = passphrase.expose();
    let characters: Zeroizing<Vec<u32>> = Zeroizing::new(text.chars().map(u32::from).collect());
    if characters.len() < TYPED_CHARACTERS {
        return Err(WeakPassphrase::Short { found: characters.len() });
    }
    if let Some(index) = text.chars().position(char::is_control) {
        return Err(WeakPassphrase::Control { position: index.saturating_add(1) });
    }
    if text.trim() != text {
        return Err(WeakPassphrase::Padded);
    }
    let trivial = pattern::different(&characters) < TYPED_DIFFERENT
        || pattern::is_periodic(&characters)
        || pattern::is_sequence(&characters);
    if trivial { Err(WeakPassphrase::Pattern) } else { Ok(()) }
}

/// Proposes a passphrase: ten words of the BIP-39 English list, joined by hyphens, each chosen by 11 bits.
///
/// # Errors
/// [`EntropyError`] if the generator fails or is found broken.
pub fn propose(
    entropy: &mut dyn Entropy,
    operator: Option<&OperatorEntropy>,
) -> Result<Passphrase, EntropyError> {
    let mut drawn = Secret::zeroed::<{ 2 * PROPOSED_WORDS }>();
    operator_entropy::mix(entropy, operator, "passphrase", drawn.expose_mut())?;
    let mut text = SecretWriter::new();
    let (pairs, _) = drawn.expose().as_chunks::<2>();
    for (index, pair) in pairs.iter().enumerate() {
        let hyphen = if index == 0 { "" } else { "-" };
        // Ten words of eight letters fit a page.
        let _ = text.push(hyphen.as_bytes()).and_then(|()| text.push(word(*pair).as_bytes()));
    }
    // Words of a list are text.
    Passphrase::from_secret(text.finish()).map_err(|_| EntropyError::TooMany(drawn.len()))
}

/// The word that two random bytes choose. The list has 2^11 words and a pair 2^16 values: every word is chosen by
/// exactly 32 of them.
fn word(pair: [u8; 2]) -> &'static str {
    let number = usize::from(u16::from_be_bytes(pair) & WORD_MASK);
    Language::English.word_list().get(number).copied().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::entropy::SystemEntropy;
    use crate::entropy::tests::Predictable;
    use crate::mnemonic::{Mnemonic, MnemonicError};

    fn checked(text: &str) -> Result<(), WeakPassphrase> {
        check(&Passphrase::take(text.to_owned()).unwrap())
    }

    #[test]
    fn a_proposal_is_ten_words_of_the_list_and_passes() {
        let proposal = propose(&mut SystemEntropy, None).unwrap();
        let words: Vec<_> = proposal.expose().split('-').collect();
        assert_eq!(words.len(), 10);
        assert!(words.iter().all(|word| Language::English.find_word(word).is_some()));
        assert_eq!(check(&proposal), Ok(()));
        assert_ne!(propose(&mut SystemEntropy, None).unwrap(), proposal);
    }

    #[test]
    fn a_proposal_can_never_be_restored_as_a_mnemonic() {
        let proposal = propose(&mut Predictable::new(1), None).unwrap();
        let words = Passphrase::take(proposal.expose().replace('-', " ")).unwrap();
        assert_eq!(Mnemonic::parse(&words).unwrap_err(), MnemonicError::WordCount { found: 10 });
    }

    #[test]
    fn every_word_is_chosen_by_equally_many_bytes() {
        let mut counts = BTreeMap::new();
        for pair in 0..=u16::MAX {
            *counts.entry(word(pair.to_be_bytes())).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 2048);
        assert!(counts.iter().all(|(word, count)| !word.is_empty() && *count == 32));
    }

    #[test]
    fn short_passphrases_are_refused() {
        assert_eq!(checked("thirteen char"), Err(WeakPassphrase::Short { found: 13 }));
        assert_eq!(checked("fourteen chars"), Ok(()));
        assert_eq!(checked(""), Err(WeakPassphrase::Short { found: 0 }));
        // Characters count, not bytes.
        assert_eq!(checked("ééééééé"), Err(WeakPassphrase::Short { found: 7 }));
    }

    #[test]
    fn patterns_are_refused() {
        let patterns = [
            "aaaaaaaaaaaaaaaa",
            "abababababababab",
            "passwordpassword",
            "hunter2hunter2hunter2",
            "abcdefghijklmnop",
            "zyxwvutsrqponmlk",
            "1112223331112223",
        ];
        for text in patterns {
            assert_eq!(checked(text), Err(WeakPassphrase::Pattern), "{text}");
        }
    }

    #[test]
    fn characters_that_get_lost_are_refused() {
        assert_eq!(checked("a tab\tin the middle"), Err(WeakPassphrase::Control { position: 6 }));
        assert_eq!(checked("a line end at the end\n"), Err(WeakPassphrase::Control { position: 22 }));
        assert_eq!(checked(" begins with a space"), Err(WeakPassphrase::Padded));
        assert_eq!(checked("ends with a space "), Err(WeakPassphrase::Padded));
    }
}
