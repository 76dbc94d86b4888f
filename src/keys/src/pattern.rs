//! Patterns that show that something meant to be random is not.

/// How many different symbols there are.
pub(crate) fn different<T: PartialEq>(symbols: &[T]) -> usize {
    symbols
        .iter()
        .enumerate()
        .filter(|(index, symbol)| !symbols.iter().take(*index).any(|s| s == *symbol))
        .count()
}

/// Whether the whole is one part, at most half as long, over and over; the last time may be cut short.
pub(crate) fn is_periodic<T: PartialEq>(symbols: &[T]) -> bool {
    let half = symbols.len().div_euclid(2);
    (1..=half).any(|period| symbols.iter().zip(symbols.iter().skip(period)).all(|(a, b)| a == b))
}

/// Whether each symbol is the one before plus a constant, as in `abcdef` and `97531`.
pub(crate) fn is_sequence(symbols: &[u32]) -> bool {
    let step = |(a, b): (&u32, &u32)| b.wrapping_sub(*a);
    let mut steps = symbols.iter().zip(symbols.iter().skip(1)).map(step);
    steps.next().is_some_and(|first| steps.all(|other| other == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(text: &str) -> Vec<u32> {
        text.chars().map(u32::from).collect()
    }

    #[test]
    fn different_symbols_are_counted_once() {
        assert_eq!(different(&symbols("abacab")), 3);
        assert_eq!(different(&symbols("")), 0);
    }

    #[test]
    fn periods_are_found_even_when_cut_short() {
        for text in ["aaaa", "abab", "ababa", "abcabc", "abcabcab"] {
            assert!(is_periodic(&symbols(text)), "{text}");
        }
        for text in ["", "a", "ab", "aab", "abcab", "abcdab"] {
            assert!(!is_periodic(&symbols(text)), "{text}");
        }
    }

    #[test]
    fn sequences_are_found_in_either_direction() {
        for text in ["abcdef", "97531", "zyx", "aaa"] {
            assert!(is_sequence(&symbols(text)), "{text}");
        }
        for text in ["", "a", "abd", "13524"] {
            assert!(!is_sequence(&symbols(text)), "{text}");
        }
    }
}
