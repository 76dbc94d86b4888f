//! Commands and answers (ISO 7816-4, short form), as they stand inside the frames.

use crate::framing::COMMAND_LIMIT;
use crate::status::Status;

/// The most bytes of a command's data.
pub const DATA_LIMIT: usize = 255;

/// A command: class, instruction, two parameters and up to 255 bytes. The length byte is always written.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// CLA: which app is meant.
    pub class: u8,
    /// INS: what it is to do.
    pub instruction: u8,
    /// P1.
    pub p1: u8,
    /// P2.
    pub p2: u8,
    data: Vec<u8>,
}

/// An answer: bytes, and a status word that says what they are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it says. Some apps give bytes with a bad status as well.
    pub data: Vec<u8>,
    /// How it went.
    pub status: Status,
}

/// Why bytes are no command or answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApduError {
    /// More data than a command takes.
    #[error("a command takes {DATA_LIMIT} bytes of data, not {0}")]
    Data(usize),
    /// A command whose length byte does not fit its length, or without one.
    #[error("a command of {bytes} bytes that announces {announced} bytes of data")]
    Length {
        /// Its length.
        bytes: usize,
        /// What its fifth byte says; nothing if there is none.
        announced: usize,
    },
    /// Too short to hold a status word.
    #[error("an answer of {0} byte(s), which is too short for a status word")]
    NoStatus(usize),
}

impl Command {
    /// A command with data.
    ///
    /// # Errors
    /// [`ApduError::Data`] if there are more than 255 bytes.
    pub fn new(class: u8, instruction: u8, p1: u8, p2: u8, data: Vec<u8>) -> Result<Self, ApduError> {
        if data.len() > DATA_LIMIT {
            return Err(ApduError::Data(data.len()));
        }
        Ok(Self { class, instruction, p1, p2, data })
    }

    /// A command without data.
    pub const fn bare(class: u8, instruction: u8, p1: u8, p2: u8) -> Self {
        Self { class, instruction, p1, p2, data: Vec::new() }
    }

    /// Its data.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let length = u8::try_from(self.data.len()).unwrap_or(u8::MAX);
        let mut bytes = Vec::with_capacity(COMMAND_LIMIT);
        bytes.extend_from_slice(&[self.class, self.instruction, self.p1, self.p2, length]);
        bytes.extend_from_slice(&self.data);
        bytes
    }

    /// Reads a command, as a device does.
    ///
    /// # Errors
    /// [`ApduError::Length`] if the data is not as long as it says.
    pub fn decode(bytes: &[u8]) -> Result<Self, ApduError> {
        let length = |announced: usize| ApduError::Length { bytes: bytes.len(), announced };
        let ([class, instruction, p1, p2, announced], data) =
            bytes.split_first_chunk().ok_or_else(|| length(0))?;
        if usize::from(*announced) != data.len() {
            return Err(length(usize::from(*announced)));
        }
        Self::new(*class, *instruction, *p1, *p2, data.to_vec())
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { class, instruction, p1, p2, data } = self;
        write!(f, "Command({class:02x} {instruction:02x} {p1:02x} {p2:02x}, {} bytes)", data.len())
    }
}

impl Answer {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        [self.data.as_slice(), &self.status.word().to_be_bytes()].concat()
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`ApduError::NoStatus`] if there are less than two bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, ApduError> {
        let (data, status) = bytes.split_last_chunk().ok_or(ApduError::NoStatus(bytes.len()))?;
        Ok(Self { data: data.to_vec(), status: u16::from_be_bytes(*status).into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_survive_their_encoding() {
        let command = Command::new(0xe0, 0x02, 1, 0, vec![1, 2, 3]).unwrap();
        assert_eq!(command.encode(), [0xe0, 2, 1, 0, 3, 1, 2, 3]);
        assert_eq!(Command::decode(&command.encode()), Ok(command));
        assert_eq!(Command::bare(0xb0, 1, 0, 0).encode(), [0xb0, 1, 0, 0, 0]);
        let longest = Command::new(0xe0, 4, 0, 0, vec![9; 255]).unwrap();
        assert_eq!(longest.encode().len(), COMMAND_LIMIT);
        assert_eq!(Command::new(0xe0, 4, 0, 0, vec![9; 256]), Err(ApduError::Data(256)));
    }

    #[test]
    fn commands_that_lie_about_their_length_are_refused() {
        for (bytes, announced) in [
            (&[][..], 0),
            (&[0xe0, 6, 0, 0], 0),
            (&[0xe0, 2, 0, 0, 255, 0], 255),
            (&[0xe0, 2, 0, 0, 0, 1], 0),
        ] {
            assert_eq!(Command::decode(bytes), Err(ApduError::Length { bytes: bytes.len(), announced }));
        }
    }

    #[test]
    fn answers_keep_the_bytes_of_a_bad_status() {
        // Recorded: Ethereum 1.22.0 answers e0026a87 to a command whose length byte lies.
        let answer = Answer::decode(&[0xe0, 0x02, 0x6a, 0x87]).unwrap();
        assert_eq!(answer, Answer { data: vec![0xe0, 0x02], status: Status::Length });
        assert_eq!(answer.encode(), [0xe0, 0x02, 0x6a, 0x87]);
        assert_eq!(Answer::decode(&[0x90]), Err(ApduError::NoStatus(1)));
        assert_eq!(Answer::decode(&[]), Err(ApduError::NoStatus(0)));
    }
}
