//! The house rules as data, and the judge that applies them. Pure: no files, clocks, sockets or randomness.

pub mod basis_points;
pub mod book;
mod book_file;
pub mod diff;
pub mod explain;
pub mod genesis;
pub mod judge;
pub mod lint;
pub mod look_alike;
pub mod policy;
pub mod policy_error;
mod policy_file;
mod policy_reading;
pub mod quorum;
pub mod recovery;
pub mod registry;
pub mod roster;
pub mod statement_check;
pub mod succession;
pub mod symbol;
#[cfg(test)]
mod test_support;
pub mod thaw;
mod toml_text;
pub mod totals;

pub use basis_points::BasisPoints;
pub use book::{Book, BookError, Destination};
pub use diff::{Change, Effect, diff_books, diff_policies};
pub use explain::{explain, explain_book};
pub use genesis::{Genesis, GenesisError};
pub use lint::{
    Finding, Level, Surroundings, lint, lint_book, lint_book_spelling, lint_book_text, lint_spelling,
    lint_text,
};
pub use look_alike::{look_alikes, resembles};
pub use policy::Policy;
pub use policy_error::PolicyError;
pub use quorum::QuorumError;
pub use recovery::{Recoverable, Recovery, RecoveryError};
pub use registry::{Asset, ChainRules, Limits, PinnedAccount, Tier};
pub use roster::{Duty, Person, Station};
pub use statement_check::{Reading, StatementDifference, Terms, expected_statement};
pub use succession::SuccessionError;
pub use symbol::Symbol;
pub use thaw::{Thaw, ThawError};
pub use toml_text::TomlError;
pub use totals::{Totals, TotalsError, totals};
