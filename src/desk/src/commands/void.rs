//! `void`: spend a slot on nothing, so that what was signed for it can never land.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `void` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `void`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
