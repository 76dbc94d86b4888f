//! What both programs print: calm tables for people, one versioned JSON document for scripts, one exit code.
//!
//! A command returns a [`Report`] or a [`Failure`]; [`finish`] prints it. With `--output json` exactly one document of
//! schema `strongroom.result.v1` goes to standard output, everything else to standard error.

mod progress;
mod report;
mod table;

pub use progress::Progress;
pub use report::{Failure, Output, Report, finish};
pub use table::Table;
