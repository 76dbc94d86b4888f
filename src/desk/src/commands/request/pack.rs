//! `request pack`: put a request and its approvals into one file for the vault.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request pack` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `request pack`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
