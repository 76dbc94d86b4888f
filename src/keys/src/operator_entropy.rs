//! What the operator adds to the machine's randomness, so that the machine's generator is not trusted alone.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::{self, Entropy, EntropyError};
use crate::pattern;
use crate::secret::{Passphrase, Secret, SecretError, SecretWriter};

/// Fewest rolls of a six-sided die: 50 hold 129 bits.
pub const DICE_ROLLS: usize = 50;
/// Fewest characters of typed text. How much a person's typing holds is anyone's guess: dice are better.
pub const TYPED_CHARACTERS: usize = 64;
/// Fewest different faces or characters; sound dice show at least five in 50 rolls, but for one time in 10^7.
const DICE_FACES: usize = 5;
const TYPED_DIFFERENT: usize = 12;
/// Most times one face may come in a row: ten equal rolls come once in 10^5 series of 100.
const DICE_RUN: usize = 9;

/// Bytes of the machine's randomness in each mixture: 512 bits, so that 256 come out full.
const MACHINE_BYTES: usize = 64;
/// HKDF's salt: keeps these mixtures apart from every other use of HKDF.
const SALT: &[u8] = b"strongroom-entropy-v1";

/// Dice rolls or typed text, checked for the grossest faults. Never the only source: it is mixed with the
/// machine's own bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct OperatorEntropy(Secret);

/// Why what the operator gave is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorEntropyError {
    /// Too little.
    #[error("{found} {unit} are too few: {needed} are needed at least")]
    TooFew {
        /// How many there were.
        found: usize,
        /// How many there must be.
        needed: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// Something that is no face of a die.
    #[error("character {position} is no roll of a die: write each roll as 1 to 6, with or without spaces")]
    NotARoll {
        /// Its place, from 1.
        position: usize,
    },
    /// Rolls or text that no dice and no free typing give.
    #[error(
        "this is not random ({reason}): use a fair die and write down each roll, without leaving any out"
    )]
    NotRandom {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Too much.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl OperatorEntropy {
    /// Rolls of a six-sided die, as digits 1 to 6; spaces and line ends between them do not count.
    ///
    /// # Errors
    /// [`OperatorEntropyError`]: fewer than 50 rolls, other characters, or rolls that repeat a pattern.
    pub fn dice(rolls: &Passphrase) -> Result<Self, OperatorEntropyError> {
        let mut faces = SecretWriter::new();
        for (index, character) in rolls.expose().chars().enumerate() {
            match character {
                '1'..='6' => faces.push(character.encode_utf8(&mut [0; 4]).as_bytes())?,
                _ if character.is_whitespace() => {}
                _ => return Err(OperatorEntropyError::NotARoll { position: index.saturating_add(1) }),
            }
        }
        let faces = faces.finish();
        let enough = Enough { needed: DICE_ROLLS, unit: "rolls", different: DICE_FACES };
        check(faces.expose(), &enough)?;
        if faces.expose().chunk_by(|a, b| a == b).any(|run| run.len() > DICE_RUN) {
            return Err(OperatorEntropyError::NotRandom { reason: "one face comes ten times in a row" });
        }
        Ok(Self(faces))
    }

    /// Text typed at random.
    ///
    /// # Errors
    /// [`OperatorEntropyError`]: fewer than 64 characters, too few different ones, or a repeated pattern.
    pub fn typed(text: &Passphrase) -> Result<Self, OperatorEntropyError> {
        let mut kept = SecretWriter::new();
        kept.push(text.expose().as_bytes())?;
        let kept = kept.finish();
        let characters: Zeroizing<Vec<u32>> = Zeroizing::new(text.expose().chars().map(u32::from).collect());
        let enough =
            Enough { needed: TYPED_CHARACTERS, unit: "typed characters", different: TYPED_DIFFERENT };
        check(&characters, &enough)?;
        Ok(Self(kept))
    }
}

struct Enough {
    needed: usize,
    unit: &'static str,
    different: usize,
}

fn check<T: PartialEq>(symbols: &[T], enough: &Enough) -> Result<(), OperatorEntropyError> {
    let Enough { needed, unit, different } = *enough;
    if symbols.len() < needed {
        return Err(OperatorEntropyError::TooFew { found: symbols.len(), needed, unit });
    }
    if pattern::different(symbols) < different {
        return Err(OperatorEntropyError::NotRandom { reason: "too few different ones" });
    }
    if pattern::is_periodic(symbols) {
        return Err(OperatorEntropyError::NotRandom { reason: "a pattern repeats" });
    }
    Ok(())
}

/// Fills `out` from the machine's generator and, if given, from what the operator brought.
///
/// HKDF (RFC 5869) with SHA-256: 64 bytes of the machine's generator, then the operator's bytes with their length
/// before them, are extracted under a fixed salt and expanded under `purpose`. As long as either source cannot be
/// guessed, the result cannot; the machine can spoil it only by knowing the operator's bytes before it gives its own.
///
/// # Errors
/// [`EntropyError`]: the machine's generator fails or is found broken. The operator's bytes never stand in for it.
pub(crate) fn mix(
    entropy: &mut dyn Entropy,
    operator: Option<&OperatorEntropy>,
    purpose: &str,
    out: &mut [u8],
) -> Result<(), EntropyError> {
    let machine = entropy::draw(entropy, MACHINE_BYTES)?;
    let operator = operator.map_or(&[][..], |operator| operator.0.expose());
    let length = u64::try_from(operator.len()).unwrap_or(u64::MAX).to_be_bytes();
    let mut extract = hkdf::HkdfExtract::<Sha256>::new(Some(SALT));
    extract.input_ikm(machine.expose());
    extract.input_ikm(&length);
    extract.input_ikm(operator);
    let (_, expand): (_, Hkdf<Sha256>) = extract.finalize();
    expand.expand(purpose.as_bytes(), out).map_err(|_| EntropyError::TooMany(out.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::tests::Predictable;

    /// 60 rolls of a fair die.
    const ROLLS: &str = "41635 26413 55216 34162 63541 22615 43361 52146 31526 64435 12356 41263";

    fn dice(rolls: &str) -> Result<OperatorEntropy, OperatorEntropyError> {
        OperatorEntropy::dice(&Passphrase::take(rolls.to_owned()).unwrap())
    }

    fn typed(text: &str) -> Result<OperatorEntropy, OperatorEntropyError> {
        OperatorEntropy::typed(&Passphrase::take(text.to_owned()).unwrap())
    }

    fn mixed(seed: u64, operator: Option<&OperatorEntropy>, purpose: &str) -> [u8; 32] {
        let mut out = [0; 32];
        mix(&mut Predictable::new(seed), operator, purpose, &mut out).unwrap();
        out
    }

    #[test]
    fn spaces_between_rolls_do_not_count() {
        assert_eq!(dice(ROLLS), dice(&ROLLS.replace(' ', "\n")));
        assert_eq!(dice(ROLLS), dice(&ROLLS.replace(' ', "")));
    }

    #[test]
    fn too_few_rolls_are_refused() {
        let few: String = ROLLS.replace(' ', "").chars().take(49).collect();
        let refused = OperatorEntropyError::TooFew { found: 49, needed: 50, unit: "rolls" };
        assert_eq!(dice(&few).unwrap_err(), refused);
        assert!(refused.to_string().starts_with("49 rolls are too few"));
    }

    #[test]
    fn what_no_die_shows_is_refused_with_its_place() {
        for (bad, position) in [("7", 1), ("123a", 4), ("12 0", 4)] {
            assert_eq!(dice(bad).unwrap_err(), OperatorEntropyError::NotARoll { position });
        }
    }

    #[test]
    fn rolls_that_are_not_random_are_refused() {
        let unsound =
            ["1".repeat(60), "123456".repeat(10), "1234".repeat(20), format!("{}{}", "6".repeat(10), ROLLS)];
        for rolls in unsound {
            assert!(matches!(dice(&rolls), Err(OperatorEntropyError::NotRandom { .. })), "{rolls}");
        }
    }

    #[test]
    fn typed_text_must_be_long_and_varied() {
        assert!(typed("the quick brown fox jumps over 13 lazy dogs, while Zoë counts ~ 77 & more").is_ok());
        assert!(matches!(typed("short"), Err(OperatorEntropyError::TooFew { found: 5, .. })));
        assert!(matches!(typed(&"asdfjkl;".repeat(9)), Err(OperatorEntropyError::NotRandom { .. })));
        assert!(matches!(typed(&"abcdefghijklmnop".repeat(5)), Err(OperatorEntropyError::NotRandom { .. })));
    }

    #[test]
    fn each_source_alone_changes_the_result() {
        let one = dice(ROLLS).unwrap();
        let other = dice(&ROLLS.chars().rev().collect::<String>()).unwrap();
        let all = [
            mixed(1, None, "a"),
            mixed(2, None, "a"),
            mixed(1, Some(&one), "a"),
            mixed(1, Some(&other), "a"),
            mixed(2, Some(&one), "a"),
            mixed(1, Some(&one), "b"),
        ];
        for (index, value) in all.iter().enumerate() {
            assert!(!all.iter().skip(index + 1).any(|later| later == value));
        }
        assert_eq!(mixed(1, Some(&one), "a"), mixed(1, Some(&one), "a"));
    }

    #[test]
    fn the_mixture_is_hkdf_as_documented() {
        // Computed from RFC 5869 with another implementation, from the same predictable source and rolls.
        let rolls = dice(ROLLS).unwrap();
        let known = KNOWN.map(|word| u64::from_str_radix(word, 16).unwrap().to_be_bytes()).concat();
        assert_eq!(mixed(1, Some(&rolls), "purpose").to_vec(), known);
    }

    const KNOWN: [&str; 4] = ["2cd177bc88595748", "6199957deb8c49ca", "c7d48a8670e8b3ec", "75944e72deeaf90b"];

    #[test]
    fn dice_do_not_stand_in_for_a_broken_generator() {
        struct Zeros;
        impl Entropy for Zeros {
            fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
                Ok(())
            }
        }
        let rolls = dice(ROLLS).unwrap();
        let refused = mix(&mut Zeros, Some(&rolls), "a", &mut [0; 32]).unwrap_err();
        assert_eq!(refused, EntropyError::Repetition);
    }
}
