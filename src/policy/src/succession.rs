//! Epochs: a newer text follows the one installed, and no older one comes back.

use std::fmt::Display;

/// Why a policy or a book does not follow the one that is installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SuccessionError {
    /// Epochs count from 1.
    #[error("epoch 0 does not exist: the first is 1")]
    Zero,
    /// The first has none before it.
    #[error("epoch 1 is the first and names no previous one: remove the line `previous`")]
    FirstWithPrevious,
    /// A later one must say what it follows.
    #[error("epoch {0} must name the id of the one it follows: add the line `previous = \"…\"`")]
    NoPrevious(u64),
    /// Exactly this one is installed.
    #[error("{0} is installed already: nothing is to be done")]
    AlreadyInstalled(String),
    /// An older or equal epoch. Taking it would undo what the admins decided since.
    #[error(
        "epoch {found} is not newer than epoch {installed}, which is installed: ask the admins for a newer one"
    )]
    Stale {
        /// The epoch offered.
        found: u64,
        /// The epoch installed.
        installed: u64,
    },
    /// It follows another one.
    #[error(
        "it follows {previous}, but {installed} is installed: install those between them first, in order"
    )]
    Gap {
        /// What it says it follows.
        previous: String,
        /// What is installed.
        installed: String,
    },
}

/// A text's place in the row: its id, its epoch, and the id of the one it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Succession<Id> {
    pub(crate) id: Id,
    pub(crate) epoch: u64,
    pub(crate) previous: Option<Id>,
}

impl<Id: Copy + PartialEq + Display> Succession<Id> {
    /// Whether epoch and previous id go together at all.
    pub(crate) fn check(&self) -> Result<(), SuccessionError> {
        match (self.epoch, self.previous) {
            (0, _) => Err(SuccessionError::Zero),
            (1, Some(_)) => Err(SuccessionError::FirstWithPrevious),
            (2.., None) => Err(SuccessionError::NoPrevious(self.epoch)),
            _ => Ok(()),
        }
    }

    /// Whether it may take the place of the installed one.
    pub(crate) fn follows(&self, installed: &Self) -> Result<(), SuccessionError> {
        if self.id == installed.id {
            return Err(SuccessionError::AlreadyInstalled(self.id.to_string()));
        }
        if self.epoch <= installed.epoch {
            return Err(SuccessionError::Stale { found: self.epoch, installed: installed.epoch });
        }
        if self.previous != Some(installed.id) {
            return Err(SuccessionError::Gap {
                previous: self.previous.map_or_else(|| "nothing".to_owned(), |id| id.to_string()),
                installed: installed.id.to_string(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(id: u8, epoch: u64, previous: Option<u8>) -> Succession<u8> {
        Succession { id, epoch, previous }
    }

    #[test]
    fn epoch_and_previous_go_together() {
        assert_eq!(place(1, 0, None).check(), Err(SuccessionError::Zero));
        assert_eq!(place(1, 1, Some(0)).check(), Err(SuccessionError::FirstWithPrevious));
        assert_eq!(place(1, 2, None).check(), Err(SuccessionError::NoPrevious(2)));
        assert!(place(1, 1, None).check().is_ok());
        assert!(place(1, 2, Some(0)).check().is_ok());
    }

    #[test]
    fn only_the_next_one_follows() {
        let installed = place(7, 4, Some(6));
        assert_eq!(installed.follows(&installed), Err(SuccessionError::AlreadyInstalled("7".into())));
        for epoch in [1, 3, 4] {
            assert_eq!(
                place(8, epoch, Some(7)).follows(&installed),
                Err(SuccessionError::Stale { found: epoch, installed: 4 })
            );
        }
        assert!(matches!(place(9, 6, Some(8)).follows(&installed), Err(SuccessionError::Gap { .. })));
        assert!(place(8, 5, Some(7)).follows(&installed).is_ok());
        assert!(place(8, 9, Some(7)).follows(&installed).is_ok(), "epochs may be skipped, texts may not");
    }
}
