//! The operator's comparison: groups of the plan's code that this screen has not shown.

use strongroom_protocol::{ComparisonCode, JournalHash};

/// Groups of the code that a review shows; the rest must come from the approvers' screens.
const SHOWN: usize = 2;
/// Groups that are asked for.
const ASKED: usize = 2;

/// Which groups the operator must type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    code: ComparisonCode,
    asked: Vec<usize>,
}

/// A challenge that was met. Only [`Challenge::meet`] makes one.
#[derive(Debug)]
pub struct Confirmation {
    pub(crate) code: ComparisonCode,
}

impl Challenge {
    /// Chooses among the groups not shown, by the journal's head, which no desk can foresee or fix.
    pub(crate) fn new(code: ComparisonCode, head: &JournalHash) -> Self {
        let hidden = code.groups().len().saturating_sub(SHOWN);
        let mut open: Vec<usize> = (SHOWN..code.groups().len()).collect();
        let mut asked: Vec<usize> = head
            .as_bytes()
            .iter()
            .take(ASKED.min(hidden))
            .filter_map(|byte| {
                let index = usize::from(*byte).checked_rem(open.len())?;
                Some(open.remove(index))
            })
            .collect();
        asked.sort_unstable();
        Self { code, asked }
    }

    /// The code with the groups not shown as dots.
    pub fn shown(&self) -> String {
        let groups = self.code.groups().iter().enumerate().map(|(index, group)| {
            if index < SHOWN { group.clone() } else { "·".repeat(group.chars().count()) }
        });
        groups.collect::<Vec<_>>().join("-")
    }

    /// Which groups are asked for, counted from 1 as people do.
    pub fn asked(&self) -> Vec<usize> {
        self.asked.iter().map(|index| index.saturating_add(1)).collect()
    }

    /// Compares what was typed: the groups asked for, in order, or the whole code.
    ///
    /// # Errors
    /// Gives the challenge back if anything differs.
    pub fn meet(self, typed: &str) -> Result<Confirmation, Self> {
        let words: Vec<_> =
            typed.split(|c: char| c == '-' || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
        let whole: Vec<usize> = (0..self.code.groups().len()).collect();
        let places = if words.len() == whole.len() { &whole } else { &self.asked };
        let met = words.len() == places.len()
            && places.iter().zip(&words).all(|(place, word)| self.code.group_is(*place, word));
        if met { Ok(Confirmation { code: self.code }) } else { Err(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_that_were_not_shown_are_asked_and_only_they_pass() {
        for byte in 0..=255u8 {
            let code = ComparisonCode::of(&[0xA7; 32]);
            let challenge = Challenge::new(code.clone(), &JournalHash::from_bytes([byte; 32]));
            let asked = challenge.asked();
            assert_eq!(asked.len(), 2);
            assert!(asked.iter().all(|group| (3..=6).contains(group)), "{asked:?}");
            let right: Vec<_> = asked.iter().map(|group| code.groups()[group - 1].clone()).collect();
            let shown = code.groups()[..2].join(" ");
            let challenge = challenge.meet("").unwrap_err().meet(&shown).unwrap_err();
            let challenge =
                challenge.meet(&right[0]).unwrap_err().meet(&format!("{} 0000", right[0])).unwrap_err();
            assert!(challenge.clone().meet(&right.join(" ").to_lowercase()).is_ok());
            assert!(challenge.meet(&code.to_string()).is_ok());
        }
    }
}
