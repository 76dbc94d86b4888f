//! Which app is open: the one question that every app and the dashboard answer.

use crate::apdu::{Answer, Command};
use crate::error::LedgerError;

/// The open app, as it names itself. Hostile text, but short and printable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenApp {
    /// Its name, such as `Ethereum`; the dashboard is `BOLOS`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What the device was asked to do.
const DOING: &str = "name its open app";

/// The form of the answer that is known.
const FORM: u8 = 1;

/// The longest name or version.
const TEXT_LIMIT: usize = 32;

impl OpenApp {
    /// The question: `B0 01 00 00 00`.
    pub const fn command() -> Command {
        Command::bare(0xb0, 0x01, 0, 0)
    }

    /// Closes the app, as the vendor's own programs do: `B0 A7 00 00 00`. What it was told is forgotten with it. Not
    /// recorded, so nothing may depend on it.
    pub const fn quit() -> Command {
        Command::bare(0xb0, 0xa7, 0, 0)
    }

    /// Reads `01 | length name | length version | length flags`.
    ///
    /// # Errors
    /// [`LedgerError::Answer`] if it is not of this form to the last byte.
    pub fn read(answer: &Answer) -> Result<Self, LedgerError> {
        let refused = |why: &'static str| LedgerError::Answer { doing: DOING, why };
        let Some((&FORM, rest)) = answer.data.split_first() else {
            return Err(refused("its form is not known"));
        };
        let (name, rest) = field(rest).ok_or_else(|| refused("it is cut off"))?;
        let (version, rest) = field(rest).ok_or_else(|| refused("it is cut off"))?;
        let (_flags, rest) = field(rest).ok_or_else(|| refused("it is cut off"))?;
        if !rest.is_empty() {
            return Err(refused("bytes follow it"));
        }
        let text = |bytes: &[u8]| {
            let printable = bytes.len() <= TEXT_LIMIT && bytes.iter().all(|b| matches!(b, b' '..=b'~'));
            printable.then(|| String::from_utf8_lossy(bytes).into_owned())
        };
        let words = || refused("its name is not a short printable text");
        Ok(Self { name: text(name).ok_or_else(words)?, version: text(version).ok_or_else(words)? })
    }
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;
    use crate::status::Status;

    fn read(data: &[u8]) -> Result<OpenApp, LedgerError> {
        OpenApp::read(&Answer { data: data.to_vec(), status: Status::Done })
    }

    #[test]
    fn the_recorded_answer_is_read_and_no_part_of_it() {
        let recorded = hex!("0108457468657265756d06312e32322e300100");
        let app = read(&recorded).unwrap();
        assert_eq!((app.name.as_str(), app.version.as_str()), ("Ethereum", "1.22.0"));
        assert_eq!(OpenApp::command().encode(), hex!("b001000000"));
        for end in 0..recorded.len() {
            assert!(read(&recorded[..end]).is_err(), "{end}");
        }
        assert!(read(&[recorded.as_slice(), &[0]].concat()).is_err());
        assert!(read(&[&[2], &recorded[1..]].concat()).is_err(), "another form");
    }

    #[test]
    fn names_that_would_write_to_a_terminal_are_refused() {
        for name in [b"\x1b[2J".as_slice(), "Ethereum\u{202e}".as_bytes(), b"a\n", &[b'x'; 33]] {
            let length = u8::try_from(name.len()).unwrap();
            assert!(read(&[&[1, length], name, &[1, b'1', 1, 0]].concat()).is_err(), "{name:?}");
        }
    }
}
