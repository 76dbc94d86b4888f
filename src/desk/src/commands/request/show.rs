//! `request show`: show what a request does, read from its own bytes.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request show` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `request show`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
