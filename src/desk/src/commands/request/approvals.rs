//! `request approvals`: count the approvals at hand.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request approvals` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `request approvals`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
