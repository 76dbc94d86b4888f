//! The operator's comparison: groups of the plan's code that this screen has not shown.

use strongroom_protocol::ComparisonCode;

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
    /// Chooses among the groups not shown, by random bytes of this run. Nothing that a desk knows will do, and it knows the
    /// journal's head: it would look for another plan that agrees in the very groups that will be asked for.
    pub(crate) fn new(code: ComparisonCode, seed: &[u8; 32]) -> Self {
        let hidden = code.groups().len().saturating_sub(SHOWN);
        let mut open: Vec<usize> = (SHOWN..code.groups().len()).collect();
        let mut asked: Vec<usize> = seed
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
        let met = self.are(&self.asked, typed);
        if met { Ok(Confirmation { code: self.code }) } else { self.meet_whole(typed) }
    }

    /// Compares what was given beforehand, by somebody who cannot know which groups would be asked for: the whole code.
    ///
    /// # Errors
    /// Gives the challenge back if anything differs.
    pub fn meet_whole(self, given: &str) -> Result<Confirmation, Self> {
        let whole: Vec<usize> = (0..self.code.groups().len()).collect();
        let met = self.are(&whole, given);
        if met { Ok(Confirmation { code: self.code }) } else { Err(self) }
    }

    fn are(&self, places: &[usize], typed: &str) -> bool {
        let words: Vec<_> = typed
            .split(|c: char| c == '-' || c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .collect();
        words.len() == places.len()
            && places.iter().zip(&words).all(|(place, word)| self.code.group_is(*place, word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_groups_can_be_asked_for() {
        let code = ComparisonCode::of(&[0xA7; 32]);
        let asked = |one: u8, two: u8| {
            let mut seed = [0; 32];
            (seed[0], seed[1]) = (one, two);
            Challenge::new(code.clone(), &seed).asked()
        };
        let pairs: std::collections::BTreeSet<_> =
            (0..=255).flat_map(|one| [0, 1, 2].map(|two| asked(one, two))).collect();
        assert_eq!(pairs.len(), 6, "{pairs:?}");
    }

    #[test]
    fn only_groups_that_were_not_shown_are_asked_and_only_they_pass() {
        for byte in 0..=255u8 {
            let code = ComparisonCode::of(&[0xA7; 32]);
            let challenge = Challenge::new(code.clone(), &[byte; 32]);
            let asked = challenge.asked();
            assert_eq!(asked.len(), 2);
            assert!(asked.iter().all(|group| (3..=6).contains(group)), "{asked:?}");
            let right: Vec<_> = asked.iter().map(|group| code.groups()[group - 1].clone()).collect();
            let shown = code.groups()[..2].join(" ");
            let challenge = challenge.meet("").unwrap_err().meet(&shown).unwrap_err();
            let challenge =
                challenge.meet(&right[0]).unwrap_err().meet(&format!("{} 0000", right[0])).unwrap_err();
            let challenge = challenge.meet_whole(&right.join(" ")).unwrap_err();
            assert!(challenge.clone().meet(&right.join(" ").to_lowercase()).is_ok());
            assert!(challenge.clone().meet_whole(&code.to_string()).is_ok());
            assert!(challenge.meet(&code.to_string()).is_ok());
        }
    }
}
