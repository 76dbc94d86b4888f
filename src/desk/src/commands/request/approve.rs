//! `request approve`: sign a statement that approves the plan.

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request approve` is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `request approve`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args {} = args;
    desk.open()?;
    Err(Failure::new(crate::exit::FAILED, "unfinished", "this command is not finished yet"))
}
