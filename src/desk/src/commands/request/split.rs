//! `request split`: leave out lines of a request.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request split` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `request split`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
