//! The comparison code: 128 bits of an id that people read to each other.

use std::fmt;

/// Crockford's base 32: no I, L, O or U, so that it survives being read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters in each group: 26 characters carry 128 bits.
const GROUPS: [usize; 6] = [5, 5, 4, 4, 4, 4];

/// The first 128 bits of an id in six groups of Crockford base 32, such as `0G3QK-…`.
///
/// 128 bits, because whoever prepares a plan can search for one whose short code collides.
#[derive(Clone, PartialEq, Eq)]
pub struct ComparisonCode(Vec<String>);

impl ComparisonCode {
    /// The code of an id's 32 bytes.
    pub fn of(id: &[u8; 32]) -> Self {
        let bits = |index: usize| {
            // Five bits from bit 5·index on, most significant first; beyond 128 bits zeros.
            (0..5usize).fold(0usize, |value, offset| {
                let bit = index.saturating_mul(5).saturating_add(offset);
                let set = bit < 128
                    && id.get(bit / 8).is_some_and(|byte| byte >> (7usize.saturating_sub(bit % 8)) & 1 == 1);
                (value << 1) | usize::from(set)
            })
        };
        let mut index = 0usize;
        let groups = GROUPS.iter().map(|length| {
            (0..*length)
                .map(|_| {
                    let symbol = ALPHABET.get(bits(index)).copied().unwrap_or(b'0');
                    index = index.saturating_add(1);
                    char::from(symbol)
                })
                .collect()
        });
        Self(groups.collect())
    }

    /// The groups in order.
    pub fn groups(&self) -> &[String] {
        &self.0
    }

    /// Whether `typed` is group number `index` (from 0). Case is ignored; I and L mean 1, O means 0 (Crockford).
    pub fn group_is(&self, index: usize, typed: &str) -> bool {
        let normal: String = typed
            .trim()
            .chars()
            .map(|c| match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            })
            .collect();
        self.0.get(index).is_some_and(|group| *group == normal)
    }
}

impl fmt::Display for ComparisonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.join("-"))
    }
}

impl fmt::Debug for ComparisonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ComparisonCode({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_carries_the_first_128_bits() {
        let mut id = [0u8; 32];
        assert_eq!(ComparisonCode::of(&id).to_string(), "00000-00000-0000-0000-0000-0000");
        id[..16].fill(0xff);
        // 25 characters of five ones, then three ones and two zero bits of padding.
        assert_eq!(ComparisonCode::of(&id).to_string(), "ZZZZZ-ZZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZW");
        let before = ComparisonCode::of(&id);
        id[16] = 1;
        assert_eq!(ComparisonCode::of(&id), before, "bits beyond 128 are not shown");
        for bit in 0..128 {
            let mut other = id;
            other[bit / 8] ^= 0x80 >> (bit % 8);
            assert_ne!(ComparisonCode::of(&other), before, "bit {bit} is not in the code");
        }
    }

    #[test]
    fn groups_are_compared_as_people_type_them() {
        let code = ComparisonCode::of(&[0; 32]);
        assert!(code.group_is(2, " ooOO "));
        assert!(!code.group_is(2, "0001"));
        assert!(!code.group_is(6, "0000"));
        assert!(!code.group_is(0, ""));
    }
}
