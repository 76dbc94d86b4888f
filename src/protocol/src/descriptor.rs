//! Output descriptors: which scripts an account's coins are locked by, and which keys open them (BIP-380).

use std::fmt;
use std::str::FromStr;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

/// The most characters of a [`Descriptor`]: twenty keys with their origins.
pub const DESCRIPTOR_LIMIT: usize = 4096;

/// A public output descriptor with its checksum, such as `wpkh([d34db33f/84'/0'/0']xpub…/<0;1>/*)#8zl0zxma`.
///
/// Known of it are its characters, its length and that its checksum holds (BIP-380 §"Checksum"). What it says, a
/// chain's codec reads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Descriptor(String);

/// Why a text is no descriptor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorError {
    /// Longer than allowed.
    #[error("the descriptor has {found} characters; {DESCRIPTOR_LIMIT} are allowed")]
    TooLong {
        /// Characters found.
        found: usize,
    },
    /// A character that descriptors are not written with.
    #[error("character {position} of the descriptor is none that descriptors are written with (BIP-380)")]
    Character {
        /// Its place, from 1.
        position: usize,
    },
    /// It does not end in `#` and eight characters.
    #[error("the descriptor has no checksum: it ends in # and eight characters (BIP-380); copy it whole")]
    NoChecksum,
    /// The checksum is another one.
    #[error(
        "the descriptor's checksum is {found}, but its characters give {expected}: at least one is wrong, get it again"
    )]
    Checksum {
        /// The checksum found.
        found: String,
        /// The one that its characters give.
        expected: String,
    },
}

/// The characters of a descriptor by their number (BIP-380 §"Character Set").
const INPUT: &str = "0123456789()[],'/*abcdefgh@:$%{}\
                     IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~\
                     ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
/// The characters of a checksum by their number: those of BIP-173.
const CHECKSUM: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Characters of a checksum.
const CHECKSUM_LENGTH: usize = 8;
/// The code's generator polynomials (BIP-380 §"Checksum").
const GENERATORS: [u64; 5] = [0xf5_dee5_1989, 0xa9_fdca_3312, 0x1b_ab10_e32d, 0x37_06b1_677a, 0x64_4d62_6ffd];

/// One step of the BCH code over GF(32).
fn step(state: u64, symbol: u64) -> u64 {
    let top = state >> 35;
    let mut next = ((state & 0x7_ffff_ffff) << 5) ^ symbol;
    for (bit, generator) in GENERATORS.iter().enumerate() {
        if (top >> bit) & 1 == 1 {
            next ^= generator;
        }
    }
    next
}

/// The checksum of the characters before `#`.
fn checksum(body: &str) -> Result<String, DescriptorError> {
    let mut state = 1u64;
    let (mut class, mut classes) = (0u64, 0u8);
    for (index, c) in body.chars().enumerate() {
        let refused = || DescriptorError::Character { position: index.saturating_add(1) };
        // Every character of the set is one byte, so its place in bytes is its number.
        let number = INPUT.find(c).and_then(|place| u64::try_from(place).ok()).ok_or_else(refused)?;
        state = step(state, number & 31);
        // Three characters' upper halves make one more symbol, in base 3.
        class = class.saturating_mul(3).saturating_add(number >> 5);
        classes = classes.saturating_add(1);
        if classes == 3 {
            state = step(state, class);
            (class, classes) = (0, 0);
        }
    }
    if classes > 0 {
        state = step(state, class);
    }
    for _ in 0..CHECKSUM_LENGTH {
        state = step(state, 0);
    }
    state ^= 1;
    Ok((0..CHECKSUM_LENGTH)
        .rev()
        .filter_map(|place| usize::try_from((state >> (place.saturating_mul(5))) & 31).ok())
        .filter_map(|number| CHECKSUM.get(number).copied())
        .map(char::from)
        .collect())
}

impl Descriptor {
    /// The characters, checksum included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Descriptor {
    type Err = DescriptorError;

    fn from_str(text: &str) -> Result<Self, DescriptorError> {
        if text.len() > DESCRIPTOR_LIMIT {
            return Err(DescriptorError::TooLong { found: text.chars().count() });
        }
        let (body, found) = text.rsplit_once('#').ok_or(DescriptorError::NoChecksum)?;
        if let Some(index) = text.chars().position(|c| !INPUT.contains(c)) {
            return Err(DescriptorError::Character { position: index.saturating_add(1) });
        }
        if found.len() != CHECKSUM_LENGTH {
            return Err(DescriptorError::NoChecksum);
        }
        let expected = checksum(body)?;
        if found == expected {
            Ok(Self(text.to_owned()))
        } else {
            Err(DescriptorError::Checksum { found: found.to_owned(), expected })
        }
    }
}

impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Descriptor({})", self.0)
    }
}

impl<C> Encode<C> for Descriptor {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Descriptor {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        d.str()?.parse().map_err(|error: DescriptorError| minicbor::decode::Error::message(error).at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BIP-380, "Test Vectors": a descriptor whose checksum holds.
    const RAW: &str = "raw(deadbeef)#89f8spxm";

    #[test]
    fn the_standards_vectors_hold() {
        assert_eq!(RAW.parse::<Descriptor>().unwrap().as_str(), RAW);
        for (bad, refusal) in [
            ("raw(deadbeef)", DescriptorError::NoChecksum),
            ("raw(deadbeef)#", DescriptorError::NoChecksum),
            ("raw(deadbeef)#89f8spxmx", DescriptorError::NoChecksum),
            ("raw(deadbeef)#89f8spx", DescriptorError::NoChecksum),
            (
                "raw(dedbeef)#89f8spxm",
                DescriptorError::Checksum {
                    found: "89f8spxm".to_owned(),
                    expected: checksum("raw(dedbeef)").unwrap(),
                },
            ),
            // The last # begins the checksum, and seven characters are none.
            ("raw(deadbeef)##9f8spxm", DescriptorError::NoChecksum),
            ("raw(Ü)#00000000", DescriptorError::Character { position: 5 }),
        ] {
            assert_eq!(bad.parse::<Descriptor>(), Err(refusal), "{bad}");
        }
    }

    #[test]
    fn any_other_character_breaks_the_checksum() {
        let good = "wpkh([73c5da0a/84'/0'/0']xpub6CatWdiZiodmUeTDp8LT5or8nmbKNcuyvz7WyksVFkKB4RHwCD3XyuvPEbvqAQY3rAPshWcMLoP2fMFMKHPJ4ZeZXYVUhLv1VMrjPC7PW6V/<0;1>/*)";
        let text = format!("{good}#{}", checksum(good).unwrap());
        assert!(text.parse::<Descriptor>().is_ok());
        for place in 0..text.len() {
            for other in ['q', '0', '\'', 'h', 'A', '*'] {
                let mut altered: Vec<char> = text.chars().collect();
                if altered[place] == other {
                    continue;
                }
                altered[place] = other;
                let altered: String = altered.into_iter().collect();
                assert!(altered.parse::<Descriptor>().is_err(), "{altered}");
            }
        }
        let long = "x".repeat(DESCRIPTOR_LIMIT + 1);
        assert_eq!(long.parse::<Descriptor>(), Err(DescriptorError::TooLong { found: DESCRIPTOR_LIMIT + 1 }));
    }

    #[test]
    fn refused_text_is_refused_at_decode_too() {
        let bytes = minicbor::to_vec("raw(deadbeef)#89f8spxq").unwrap();
        assert!(minicbor::decode::<Descriptor>(&bytes).is_err());
        let bytes = minicbor::to_vec(RAW).unwrap();
        assert_eq!(minicbor::decode::<Descriptor>(&bytes).unwrap().to_string(), RAW);
    }
}
