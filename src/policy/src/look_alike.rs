//! What people take for each other: names, labels and addresses that look alike.

use std::collections::BTreeMap;

use strongroom_protocol::{Address, ChainId};

/// Characters at each end of an address that people compare, and that a forger searches for.
const ENDS: usize = 4;

/// The same text for all short names that people could take for each other.
pub(crate) fn skeleton(text: &str) -> String {
    let folded: String = text
        .chars()
        .filter_map(|c| match c.to_ascii_lowercase() {
            '.' | '-' => None,
            '0' => Some('o'),
            '1' | 'i' => Some('l'),
            '2' => Some('z'),
            '5' | '$' => Some('s'),
            '8' => Some('b'),
            '₮' => Some('t'),
            other => Some(other),
        })
        .collect();
    folded.replace("rn", "m").replace("vv", "w")
}

/// Whether letters of scripts with look-alike alphabets stand side by side, such as Latin and Cyrillic.
pub(crate) fn mixes_scripts(text: &str) -> bool {
    let script = |c: char| match u32::from(c) {
        _ if !c.is_alphabetic() => None,
        0x0041..=0x024f | 0x1e00..=0x1eff => Some("latin"),
        0x0370..=0x03ff | 0x1f00..=0x1fff => Some("greek"),
        0x0400..=0x052f | 0x1c80..=0x1c8f | 0x2de0..=0x2dff | 0xa640..=0xa69f => Some("cyrillic"),
        0x0530..=0x058f => Some("armenian"),
        0x13a0..=0x13ff | 0xab70..=0xabbf => Some("cherokee"),
        // Letters dressed as other letters: superscripts, full width, mathematical.
        0x1d00..=0x1dbf | 0x2070..=0x209f | 0x2100..=0x214f | 0xff00..=0xffef | 0x1d400..=0x1d7ff => {
            Some("dressed")
        }
        _ => None,
    };
    let mut scripts = text.chars().filter_map(script);
    scripts.next().is_some_and(|first| scripts.any(|other| other != first))
}

/// The first and last four characters after any `0x`, without regard to case: all that most people look at.
fn ends(address: &Address) -> (String, String) {
    let text = address.as_str();
    let body: Vec<char> = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase().chars().collect();
    let head = body.iter().take(ENDS).collect();
    let tail = body.iter().skip(body.len().saturating_sub(ENDS)).collect();
    (head, tail)
}

/// Whether two different addresses begin and end alike, as one made to be mistaken for the other does.
pub fn resembles(one: &Address, other: &Address) -> bool {
    one != other && ends(one) == ends(other)
}

/// Groups of different addresses of one chain that begin and end alike.
pub fn look_alikes<'a>(
    addresses: impl IntoIterator<Item = (&'a ChainId, &'a Address)>,
) -> Vec<(&'a ChainId, Vec<&'a Address>)> {
    let mut groups: BTreeMap<_, Vec<&Address>> = BTreeMap::new();
    for (chain, address) in addresses {
        let group = groups.entry((chain, ends(address))).or_default();
        if !group.contains(&address) {
            group.push(address);
        }
    }
    groups
        .into_iter()
        .filter(|(_, group)| group.len() > 1)
        .map(|((chain, _), group)| (chain, group))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn a_forged_end_is_seen() {
        let real = address("0xdAC17F958D2ee523a2206206994597C13D831ec7");
        let forged = address("0xDaC1000000000000000000000000000000001EC7");
        let other = address("0xdAC17F958D2ee523a2206206994597C13D831ec8");
        assert!(resembles(&real, &forged));
        assert!(!resembles(&real, &other));
        assert!(!resembles(&real, &real), "an address is no look-alike of itself");
        let (main, polygon): (ChainId, ChainId) =
            ("eip155:1".parse().unwrap(), "eip155:137".parse().unwrap());
        let found = look_alikes([(&main, &real), (&polygon, &forged), (&main, &other), (&main, &real)]);
        assert!(found.is_empty(), "on one chain only: {found:?}");
        let found = look_alikes([(&main, &real), (&main, &other), (&main, &forged)]);
        assert_eq!(found, [(&main, vec![&real, &forged])]);
    }

    #[test]
    fn letters_of_other_alphabets_among_ours_are_seen() {
        for bad in ["Krаken", "Βinance", "Bi\u{1d427}ance", "Ｋraken"] {
            assert!(mixes_scripts(bad), "{bad}");
        }
        for good in ["Kraken 2", "Überweisung", "Биржа", "取引所 Kraken", "Κατάθεση"] {
            assert!(!mixes_scripts(good), "{good}");
        }
    }
}
