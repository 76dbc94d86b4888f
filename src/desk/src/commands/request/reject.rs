//! `request reject`: sign a statement that rejects a plan. One is enough to stop it.

use strongroom_protocol::Verdict;
use strongroom_screen::{Failure, Report};

use super::approve::{Saying, say};
use crate::desk::Desk;

/// What `request reject` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom request reject withdrawal.request --agent -o withdrawal.bob.sig\n\nOne rejection stops a plan for good: a changed plan is another plan. It can be signed whatever is wrong with the request."
)]
pub struct Args {
    #[command(flatten)]
    saying: Saying,
}

/// Runs `request reject`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    say(&args.saying, Verdict::Reject, desk)
}
