//! Settings of the Ethereum app: `flags | major | minor | patch`.

use crate::apdu::{Answer, Command};
use crate::error::LedgerError;
use crate::evm::{CLASS, instruction};

/// What the app may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Whether it signs what it cannot show.
    pub blind_allowed: bool,
}

impl Configuration {
    /// The question.
    pub const fn command() -> Command {
        Command::bare(CLASS, instruction::CONFIGURATION, 0, 0)
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`LedgerError::Answer`] if it is not four bytes.
    pub fn read(answer: &Answer) -> Result<Self, LedgerError> {
        let [flags, _major, _minor, _patch] = answer.data.as_slice() else {
            return Err(LedgerError::Answer { doing: "tell its settings", why: "they have four bytes" });
        };
        Ok(Self { blind_allowed: flags & 1 == 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    #[test]
    fn the_recorded_settings_are_read() {
        let read = |data: &[u8]| Configuration::read(&Answer { data: data.to_vec(), status: Status::Done });
        assert_eq!(Configuration::command().encode(), [0xe0, 6, 0, 0, 0]);
        assert_eq!(read(&[2, 1, 22, 0]), Ok(Configuration { blind_allowed: false }));
        assert_eq!(read(&[3, 1, 22, 0]), Ok(Configuration { blind_allowed: true }));
        for other in [&[][..], &[3, 1, 22], &[3, 1, 22, 0, 0]] {
            assert!(read(other).is_err());
        }
    }
}
