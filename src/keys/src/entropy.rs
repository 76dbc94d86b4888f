//! Randomness as an argument, and tests that a broken generator does not pass.

use crate::secret::Secret;

/// Bytes drawn and thrown away before each use, so that the health tests have enough to judge by
/// (SP 800-90B §4.3 requirement 4: at least 1024 samples at start-up).
const SAMPLE: usize = 1024;
/// The most bytes of one draw.
pub const DRAW_LIMIT: usize = 256;
/// Repetition count test, SP 800-90B §4.4.1: `C = 1 + ceil(-log2(alpha) / H)`, with the 8 bits a byte that the
/// system's generator claims, and alpha = 2^-40: a sound generator is refused once in about 10^9 draws.
const REPETITION_CUTOFF: usize = 6;
/// Adaptive proportion test, SP 800-90B §4.4.2: the window for samples of more than one bit.
const PROPORTION_WINDOW: usize = 512;
/// Its cutoff, `1 + critbinom(512, 2^-8, 1 - 2^-40)`.
const PROPORTION_CUTOFF: usize = 19;
/// Bytes of the blocks of which no two may be equal in one draw: a generator with a short cycle repeats them.
const BLOCK: usize = 16;

/// A source of random bytes.
pub trait Entropy {
    /// Fills the whole slice.
    ///
    /// # Errors
    /// [`EntropyError::Source`] if there are no bytes to be had. It must never fill less and say nothing.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's generator: getrandom(2), which waits until it was seeded.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(out).map_err(|error| EntropyError::Source(error.to_string()))
    }
}

/// Why no key is made from these random bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntropyError {
    /// The source gave none.
    #[error(
        "the system's random generator gave nothing ({0}): no key was made; check getrandom(2) and the sandbox"
    )]
    Source(String),
    /// One byte many times over.
    #[error(
        "the random generator repeats one byte {REPETITION_CUTOFF} times in a row: it is broken (SP 800-90B §4.4.1). No key was made; use another machine"
    )]
    Repetition,
    /// One byte far too often.
    #[error(
        "the random generator favours one byte: it is broken (SP 800-90B §4.4.2). No key was made; use another machine"
    )]
    Proportion,
    /// The same block twice.
    #[error(
        "the random generator repeats itself: it is broken, or this machine is a copy that was resumed. No key was made; use another machine"
    )]
    Cycle,
    /// More asked than one draw gives.
    #[error("{0} random bytes were asked for at once; a draw has at most {DRAW_LIMIT}")]
    TooMany(usize),
}

/// Draws `length` tested bytes.
///
/// A sample of 1024 bytes is drawn first and thrown away; it and the bytes themselves must pass the two health tests
/// of SP 800-90B §4.4 and hold no 16-byte block twice. The tests find a generator that is broken; a weak or a
/// dishonest one passes, which is why [`crate::operator_entropy`] mixes in what the operator brings.
///
/// # Errors
/// [`EntropyError`]: the source fails or its bytes do not pass.
pub fn draw(entropy: &mut dyn Entropy, length: usize) -> Result<Secret, EntropyError> {
    if length > DRAW_LIMIT {
        return Err(EntropyError::TooMany(length));
    }
    let mut drawn = Secret::zeroed::<{ SAMPLE + DRAW_LIMIT }>();
    let end = SAMPLE.saturating_add(length);
    let (sample, rest) = drawn.expose_mut().split_at_mut(SAMPLE);
    let bytes = rest.get_mut(..length).ok_or(EntropyError::TooMany(length))?;
    entropy.fill(sample)?;
    entropy.fill(bytes)?;
    let mut secret = Secret::zeroed::<DRAW_LIMIT>();
    for (to, from) in secret.expose_mut().iter_mut().zip(bytes.iter()) {
        *to = *from;
    }
    secret.truncate(length);
    check(drawn.expose().get(..end).ok_or(EntropyError::TooMany(length))?)?;
    Ok(secret)
}

fn check(bytes: &[u8]) -> Result<(), EntropyError> {
    if bytes.windows(REPETITION_CUTOFF).any(|run| run.iter().all(|byte| run.first() == Some(byte))) {
        return Err(EntropyError::Repetition);
    }
    // The standard judges windows one after another for as long as a generator runs. We see it only once, and so look
    // at the window from every byte on.
    let favoured = |window: &[u8]| {
        window.iter().filter(|byte| window.first() == Some(*byte)).count() >= PROPORTION_CUTOFF
    };
    if bytes.windows(PROPORTION_WINDOW).any(favoured) {
        return Err(EntropyError::Proportion);
    }
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let cycle = blocks.iter().enumerate().any(|(index, block)| blocks.iter().take(index).any(|b| b == block));
    if cycle { Err(EntropyError::Cycle) } else { Ok(()) }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
pub(crate) mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// Sound but predictable bytes, for tests alone: SHA-256 of a counter.
    pub(crate) struct Predictable {
        pub(crate) seed: u64,
        counter: u64,
    }

    impl Predictable {
        pub(crate) fn new(seed: u64) -> Self {
            Self { seed, counter: 0 }
        }
    }

    impl Entropy for Predictable {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
            for chunk in out.chunks_mut(32) {
                let digest = Sha256::new()
                    .chain_update(self.seed.to_le_bytes())
                    .chain_update(self.counter.to_le_bytes())
                    .finalize();
                chunk.copy_from_slice(&digest[..chunk.len()]);
                self.counter += 1;
            }
            Ok(())
        }
    }

    /// A sound source, spoilt by a rule for each byte's place.
    struct Spoilt<F: FnMut(usize, &mut u8)>(Predictable, F);

    impl<F: FnMut(usize, &mut u8)> Entropy for Spoilt<F> {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
            self.0.fill(out)?;
            out.iter_mut().enumerate().for_each(|(place, byte)| (self.1)(place, byte));
            Ok(())
        }
    }

    fn refused(rule: impl FnMut(usize, &mut u8)) -> EntropyError {
        draw(&mut Spoilt(Predictable::new(7), rule), 32).unwrap_err()
    }

    #[test]
    fn the_systems_generator_passes_and_never_says_the_same() {
        let one = draw(&mut SystemEntropy, 32).unwrap();
        let two = draw(&mut SystemEntropy, 32).unwrap();
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
    }

    #[test]
    fn two_hundred_sound_sources_pass() {
        for seed in 0..200 {
            draw(&mut Predictable::new(seed), 64).unwrap();
        }
    }

    #[test]
    fn zeros_and_any_stuck_byte_are_refused() {
        assert_eq!(refused(|_, byte| *byte = 0), EntropyError::Repetition);
        assert_eq!(refused(|_, byte| *byte = 0xa5), EntropyError::Repetition);
    }

    #[test]
    fn a_source_that_leaves_the_end_empty_is_refused() {
        // The sample is sound; only the bytes that would become the key are not.
        struct Partial(u32);
        impl Entropy for Partial {
            fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
                self.0 += 1;
                if self.0 == 1 { Predictable::new(1).fill(out) } else { Ok(()) }
            }
        }
        assert_eq!(draw(&mut Partial(0), 32).unwrap_err(), EntropyError::Repetition);
    }

    #[test]
    fn a_source_stuck_for_six_bytes_is_refused_and_for_five_is_not() {
        let stuck = |length: usize| {
            let rule = move |place, byte: &mut u8| {
                if (100..100 + length).contains(&place) {
                    *byte = 9;
                }
            };
            draw(&mut Spoilt(Predictable::new(7), rule), 16).map(|_| ())
        };
        assert_eq!(stuck(6), Err(EntropyError::Repetition));
        assert_eq!(stuck(5), Ok(()));
    }

    #[test]
    fn a_biased_source_is_refused() {
        let biased = refused(|place, byte| {
            if place.is_multiple_of(8) {
                *byte = 0x42;
            }
        });
        assert_eq!(biased, EntropyError::Proportion);
    }

    #[test]
    fn a_source_that_starts_over_is_refused() {
        struct Restarting;
        impl Entropy for Restarting {
            fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
                Predictable::new(3).fill(out)
            }
        }
        assert_eq!(draw(&mut Restarting, 32).unwrap_err(), EntropyError::Cycle);
    }

    #[test]
    fn a_short_cycle_is_refused() {
        let pool: Vec<u8> = (0..=255).collect();
        assert_eq!(refused(|place, byte| *byte = pool[place % 256]), EntropyError::Cycle);
    }

    #[test]
    fn a_source_that_fails_is_an_error() {
        struct Failing;
        impl Entropy for Failing {
            fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
                Err(EntropyError::Source("not seeded".to_owned()))
            }
        }
        assert_eq!(draw(&mut Failing, 32).unwrap_err(), EntropyError::Source("not seeded".to_owned()));
        assert_eq!(draw(&mut SystemEntropy, 257).unwrap_err(), EntropyError::TooMany(257));
    }
}
