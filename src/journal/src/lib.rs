//! The append-only, hash-chained record that claims slots before a key is asked.
//!
//! A journal is one file of framed lines. Each line names the hash of the line before it; the first names the house.
//! A line is on disk, synced, before [`Journal::append`] returns. A second small file, the *mark*, names the last line
//! that was acknowledged: a journal that ends before its mark has lost something and is refused, while an unfinished
//! line after the mark was never acknowledged and is cut off.
//!
//! What a truncated journal *and* mark would hide, the desk's memory shows: every request carries the last head the desk
//! knows of each vault, and a head that the journal does not contain is refused.
//!
//! A [`Place`] tells the home of a journal from a copy of it. Lines that a home lost come back as a [`VaultExport`]; from the same,
//! another vault of the house learns what was signed there.

mod entry;
mod error;
mod export;
mod file;
mod frame;
mod learned;
mod line;
mod mark;
mod place;

pub use entry::{DeskEntry, Entry, VaultEntry};
pub use error::JournalError;
pub use export::{Convoy, VaultExport};
pub use file::{Journal, Opened};
pub use learned::{LearnedClaims, LearningError, NewLine, Teaching};
pub use line::{Line, verify_lines};
pub use place::{FindPlace, Place};
