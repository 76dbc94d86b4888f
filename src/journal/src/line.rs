//! One line of a journal.

use minicbor::{Decode, Encode};
use strongroom_protocol::{Head, JournalHash, Timestamp, bundle, canonical};

use crate::entry::Entry;
use crate::error::JournalError;

/// One line: an entry, when it was written, and the line it follows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Line<E> {
    /// Its number, from 1.
    #[n(0)]
    pub sequence: u64,
    /// Hash of the line before; the house's id for the first.
    #[n(1)]
    pub previous: JournalHash,
    /// When, by the clock of the machine that wrote it.
    #[n(2)]
    pub at: Timestamp,
    /// What happened.
    #[n(3)]
    pub entry: E,
}

impl<E: Entry> canonical::Document for Line<E> {
    const SCHEMA: &'static str = E::LINE_SCHEMA;
    const LIMIT: usize = bundle::BUNDLE_LIMIT;
}

impl<E: Entry> Line<E> {
    /// Reads a line's exact bytes and checks that it follows `before`.
    ///
    /// # Errors
    /// The words for what is wrong with it.
    pub(crate) fn read(bytes: &[u8], before: Head) -> Result<Self, String> {
        let line: Self = canonical::decode(bytes).map_err(|error| error.to_string())?;
        if Some(line.sequence) != before.sequence.checked_add(1) {
            return Err(format!("it calls itself line {}", line.sequence));
        }
        if line.previous != before.hash {
            return Err(format!("it follows {}, but the line before it is {}", line.previous, before.hash));
        }
        Ok(line)
    }

    /// The head of a journal that ends with this line, whose exact bytes are `bytes`.
    pub(crate) fn head(&self, bytes: &[u8]) -> Head {
        Head { sequence: self.sequence, hash: JournalHash::of(bytes) }
    }
}

/// Checks that lines, as a reply carries them, lead from one head to another, and reads them.
///
/// # Errors
/// [`JournalError::Damaged`] for the first line that does not follow, or if the last is not the head claimed.
pub fn verify_lines<'a, E: Entry>(
    since: Head,
    lines: impl IntoIterator<Item = &'a [u8]>,
    head: Head,
) -> Result<Vec<Line<E>>, JournalError> {
    let mut at = since;
    let mut read = Vec::new();
    let damaged = |at: Head, why| JournalError::Damaged {
        path: "the lines in the reply".into(),
        sequence: at.sequence.saturating_add(1),
        why,
    };
    for bytes in lines {
        let line = Line::<E>::read(bytes, at).map_err(|why| damaged(at, why))?;
        at = line.head(bytes);
        read.push(line);
    }
    if at == head {
        Ok(read)
    } else {
        Err(damaged(at, format!("the lines end at {}, not at the head claimed", at.hash)))
    }
}
