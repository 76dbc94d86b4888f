//! Mnemonic sentences: BIP-39 with the English word list.

use std::fmt;

use bip39::Language;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::memory::{LockWarning, Locked};
use crate::nearest::{Nearest, nearest};
use crate::operator_entropy::{self, OperatorEntropy};
use crate::secret::{Passphrase, Secret};

/// Bytes of a seed (BIP-39 §"From mnemonic to seed").
const SEED_BYTES: usize = 64;
/// The longest sentence there is: 24 words of 8 letters, and room for untidy spacing.
const TEXT_LIMIT: usize = 1024;
/// Bytes of entropy of the longest sentence.
const ENTROPY_LIMIT: usize = 32;

/// How long a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordCount {
    /// 12 words, 128 bits.
    Twelve,
    /// 15 words, 160 bits.
    Fifteen,
    /// 18 words, 192 bits.
    Eighteen,
    /// 21 words, 224 bits.
    TwentyOne,
    /// 24 words, 256 bits.
    TwentyFour,
}

impl WordCount {
    /// Bytes of entropy that so many words hold (BIP-39 §"Generating the mnemonic").
    pub const fn entropy_bytes(self) -> usize {
        match self {
            Self::Twelve => 16,
            Self::Fifteen => 20,
            Self::Eighteen => 24,
            Self::TwentyOne => 28,
            Self::TwentyFour => 32,
        }
    }
}

impl TryFrom<usize> for WordCount {
    type Error = MnemonicError;

    fn try_from(found: usize) -> Result<Self, MnemonicError> {
        match found {
            12 => Ok(Self::Twelve),
            15 => Ok(Self::Fifteen),
            18 => Ok(Self::Eighteen),
            21 => Ok(Self::TwentyOne),
            24 => Ok(Self::TwentyFour),
            _ => Err(MnemonicError::WordCount { found }),
        }
    }
}

/// Why words are no mnemonic sentence. The messages never hold a word of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MnemonicError {
    /// The wrong number of words.
    #[error("there are {found} words: a mnemonic has 12, 15, 18, 21 or 24; count them against the backup")]
    WordCount {
        /// How many there are.
        found: usize,
    },
    /// A word that is not on the list.
    #[error("word {position} is not in the BIP-39 English list: check its spelling against the backup")]
    UnknownWord {
        /// Its place, from 1.
        position: usize,
        /// Words of the list that look like it: for the eyes of the person who typed it, not for any record.
        nearest: Nearest,
    },
    /// Known words that do not fit together.
    #[error(
        "all words are in the list but the checksum is wrong: one of them is another word than in the backup, or two changed places"
    )]
    Checksum,
    /// More characters than 24 words have.
    #[error("the text is too long for a mnemonic of 24 words: type the words alone, with single spaces")]
    TooLong,
    /// No randomness to make one from.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A mnemonic sentence with a valid checksum; the words are held as numbers on a locked page.
pub struct Mnemonic(Locked<bip39::Mnemonic>);

/// What a mnemonic and its BIP-39 passphrase come to: the 64 bytes that BIP-32 begins with.
#[derive(Debug, PartialEq, Eq)]
pub struct Seed(Secret);

impl Mnemonic {
    /// Makes a new sentence from the machine's generator and, if given, from the operator's dice or typing.
    ///
    /// # Errors
    /// [`MnemonicError::Entropy`] if the generator fails or is found broken.
    pub fn generate(
        count: WordCount,
        entropy: &mut dyn Entropy,
        operator: Option<&OperatorEntropy>,
    ) -> Result<Self, MnemonicError> {
        let mut drawn = Secret::zeroed::<ENTROPY_LIMIT>();
        drawn.truncate(count.entropy_bytes());
        operator_entropy::mix(entropy, operator, "bip39", drawn.expose_mut())?;
        Self::from_entropy(&drawn)
    }

    /// The sentence for this entropy: 16, 20, 24, 28 or 32 bytes.
    ///
    /// # Errors
    /// [`MnemonicError::WordCount`] for any other length.
    pub fn from_entropy(entropy: &Secret) -> Result<Self, MnemonicError> {
        let refused = |_| MnemonicError::WordCount { found: entropy.len().saturating_mul(3).div_euclid(4) };
        let mnemonic = bip39::Mnemonic::from_entropy_in(Language::English, entropy.expose());
        Ok(Self(Locked::new(mnemonic.map_err(refused)?)))
    }

    /// Reads a sentence as typed: case and spacing do not matter.
    ///
    /// # Errors
    /// [`MnemonicError`]: the number of words, the place of the first unknown word with its look-alikes, or the checksum.
    pub fn parse(text: &Passphrase) -> Result<Self, MnemonicError> {
        if text.expose().len() > TEXT_LIMIT {
            return Err(MnemonicError::TooLong);
        }
        // Lower case of ASCII letters has the same length, so the copy is never moved and leaves nothing behind.
        let mut lower = Zeroizing::new(String::with_capacity(TEXT_LIMIT));
        lower.push_str(text.expose());
        lower.make_ascii_lowercase();
        WordCount::try_from(lower.split_whitespace().count())?;
        for (index, word) in lower.split_whitespace().enumerate() {
            if Language::English.find_word(word).is_none() {
                return Err(MnemonicError::UnknownWord {
                    position: index.saturating_add(1),
                    nearest: nearest(word, Language::English.word_list()),
                });
            }
        }
        match bip39::Mnemonic::parse_in_normalized(Language::English, &lower) {
            Ok(mnemonic) => Ok(Self(Locked::new(mnemonic))),
            Err(_) => Err(MnemonicError::Checksum),
        }
    }

    /// The words in order, to be shown to the one who writes them down, or sealed in the keystore.
    pub fn expose_words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.expose().words()
    }

    /// How many words there are.
    pub fn word_count(&self) -> usize {
        self.0.expose().word_count()
    }

    /// The seed under a BIP-39 passphrase (PBKDF2 with HMAC-SHA-512, 2048 rounds). No passphrase is the empty one;
    /// every passphrase gives a valid, different seed, so a mistyped one shows only in the fingerprint.
    pub fn seed(&self, passphrase: Option<&Passphrase>) -> Seed {
        let typed = passphrase.map_or("", Passphrase::expose);
        // NFKD, as BIP-39 wants it. No character grows by more than 18 bytes for each of its own (UAX #15 §11), and
        // so the copy is never moved.
        let mut normal = Zeroizing::new(String::with_capacity(typed.len().saturating_mul(18)));
        normal.extend(typed.nfkd());
        let mut seed = self.0.expose().to_seed_normalized(&normal);
        Seed(Secret::take_array::<SEED_BYTES>(&mut seed))
    }

    /// The warning to show if the words could not be locked in RAM.
    pub fn lock_warning(&self) -> Option<&LockWarning> {
        self.0.lock_warning()
    }

    fn entropy(&self) -> Secret {
        let (mut bytes, length) = self.0.expose().to_entropy_array();
        let mut secret = Secret::take_array(&mut bytes);
        secret.truncate(length);
        secret
    }
}

impl PartialEq for Mnemonic {
    fn eq(&self, other: &Self) -> bool {
        self.entropy().ct_eq(&other.entropy()).into()
    }
}

impl Eq for Mnemonic {}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mnemonic(..)")
    }
}

impl Seed {
    /// The bytes. Whatever is copied out of here is the copier's to wipe.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// A seed that is already known: 16 to 64 bytes.
    #[cfg(test)]
    pub(crate) fn known(bytes: &[u8]) -> Self {
        Self(Secret::take(&mut bytes.to_vec()).unwrap())
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::entropy::tests::Predictable;

    const VECTORS: &str = include_str!("../tests/vectors/bip39-english.txt");

    fn text(words: &str) -> Passphrase {
        Passphrase::take(words.to_owned()).unwrap()
    }

    fn parse(words: &str) -> Result<Mnemonic, MnemonicError> {
        Mnemonic::parse(&text(words))
    }

    fn phrase(mnemonic: &Mnemonic) -> String {
        mnemonic.expose_words().collect::<Vec<_>>().join(" ")
    }

    fn bytes(hex: &str) -> Vec<u8> {
        base16ct::lower::decode_vec(hex).unwrap()
    }

    /// Entropy, words and seed of each published vector.
    fn vectors() -> Vec<[&'static str; 4]> {
        let lines: Vec<_> =
            VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        lines.as_chunks::<4>().0.to_vec()
    }

    #[test]
    fn published_vectors_hold_in_every_direction() {
        assert_eq!(vectors().len(), 24);
        for [entropy, words, seed, _] in vectors() {
            let entropy = Secret::take(&mut bytes(entropy)).unwrap();
            let made = Mnemonic::from_entropy(&entropy).unwrap();
            assert_eq!(phrase(&made), words);
            let read = parse(words).unwrap();
            assert_eq!(read, made);
            assert_eq!(read.entropy(), entropy);
            assert_eq!(read.seed(Some(&text("TREZOR"))).expose(), bytes(seed));
        }
    }

    #[test]
    fn a_passphrase_is_normalized_and_none_is_the_empty_one() {
        let mnemonic = parse(vectors()[0][1]).unwrap();
        assert_eq!(mnemonic.seed(None), mnemonic.seed(Some(&text(""))));
        // One letter e with an acute accent, and the letter with a combining accent after it.
        assert_eq!(mnemonic.seed(Some(&text("\u{e9}"))), mnemonic.seed(Some(&text("e\u{301}"))));
        assert_ne!(mnemonic.seed(Some(&text("\u{e9}"))), mnemonic.seed(Some(&text("e"))));
    }

    #[test]
    fn the_longest_decomposition_fits_the_copy() {
        // U+FDFA becomes 18 characters, 33 bytes: the most there is (UAX #15).
        let mnemonic = parse(vectors()[0][1]).unwrap();
        let long = "\u{fdfa}".repeat(1000);
        let normal: String = long.nfkd().collect();
        assert!(normal.len() <= long.len() * 18);
        assert_eq!(mnemonic.seed(Some(&text(&long))), mnemonic.seed(Some(&text(&long.clone()))));
    }

    #[test]
    fn case_and_spacing_do_not_matter() {
        let words = vectors()[1][1];
        let untidy = format!("  {}\n", words.to_uppercase().replace(' ', "\t \n"));
        assert_eq!(parse(&untidy).unwrap(), parse(words).unwrap());
    }

    #[test]
    fn the_number_of_words_is_told() {
        for count in [0, 1, 11, 13, 14, 16, 23, 25, 27] {
            let words = vec!["zoo"; count].join(" ");
            assert_eq!(parse(&words).unwrap_err(), MnemonicError::WordCount { found: count });
        }
        let refused = Mnemonic::from_entropy(&Secret::take(&mut [1; 17]).unwrap());
        assert!(matches!(refused, Err(MnemonicError::WordCount { .. })));
    }

    #[test]
    fn an_unknown_word_is_told_by_its_place_and_its_look_alikes() {
        let words = vectors()[1][1].replace("sausage", "sausgae");
        let Err(MnemonicError::UnknownWord { position, nearest }) = parse(&words) else { panic!() };
        assert_eq!(position, 6);
        assert_eq!(nearest.expose().first(), Some(&"sausage"));
    }

    #[test]
    fn no_word_gets_into_messages_or_debug_output() {
        let words = vectors()[1][1].replace("sausage", "sausgae");
        let refused = parse(&words).unwrap_err();
        let shown = format!("{refused} {refused:?} {:?}", parse(vectors()[1][1]).unwrap());
        assert!(!shown.contains("saus"), "{shown}");
        assert!(shown.contains("word 6"), "{shown}");
    }

    #[test]
    fn a_wrong_or_a_moved_word_breaks_the_checksum() {
        let words = vectors()[1][1];
        assert_eq!(parse(&words.replace("sausage", "sauce")).unwrap_err(), MnemonicError::Checksum);
        assert_eq!(parse(&words.replace("thank year", "year thank")).unwrap_err(), MnemonicError::Checksum);
    }

    #[test]
    fn a_text_without_end_is_refused() {
        assert_eq!(parse(&"zoo ".repeat(300)).unwrap_err(), MnemonicError::TooLong);
    }

    #[test]
    fn generated_sentences_have_the_wanted_length_and_read_back() {
        let counts = [
            (WordCount::Twelve, 12),
            (WordCount::Fifteen, 15),
            (WordCount::Eighteen, 18),
            (WordCount::TwentyOne, 21),
            (WordCount::TwentyFour, 24),
        ];
        for (count, words) in counts {
            let made = Mnemonic::generate(count, &mut Predictable::new(5), None).unwrap();
            assert_eq!(made.word_count(), words);
            assert_eq!(parse(&phrase(&made)).unwrap(), made);
            assert_eq!(WordCount::try_from(words).unwrap(), count);
        }
    }

    #[test]
    fn dice_change_what_is_generated() {
        let rolls = "4163526413552163416263541226154336152146315266443512356412631111";
        let dice = OperatorEntropy::dice(&text(rolls)).unwrap();
        let alone = Mnemonic::generate(WordCount::TwentyFour, &mut Predictable::new(5), None).unwrap();
        let mixed = Mnemonic::generate(WordCount::TwentyFour, &mut Predictable::new(5), Some(&dice)).unwrap();
        assert_ne!(alone, mixed);
    }

    #[test]
    fn a_broken_generator_makes_no_sentence() {
        struct Zeros;
        impl Entropy for Zeros {
            fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
                out.fill(0);
                Ok(())
            }
        }
        let refused = Mnemonic::generate(WordCount::Twelve, &mut Zeros, None).unwrap_err();
        assert_eq!(refused, MnemonicError::Entropy(EntropyError::Repetition));
    }
}
