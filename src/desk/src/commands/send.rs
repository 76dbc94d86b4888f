//! `send`: send what was signed and follow it to finality.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `send` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `send`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
