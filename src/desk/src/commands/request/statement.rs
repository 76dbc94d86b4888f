//! `request statement`: write the statement that an approver signs.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request statement` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `request statement`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
