//! `request wrap`: make a request of an unsigned transaction built elsewhere.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request wrap` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `request wrap`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
