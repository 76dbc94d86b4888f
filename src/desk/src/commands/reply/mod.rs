//! `reply`: take in what vaults signed, and hand it on.

mod check;
mod export;
mod import;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `reply` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Verify vaults' replies against this desk's own copies and take the signatures in
    #[command(after_help = "Example:\n  strongroom reply import /media/stick/withdrawal.reply")]
    Import(import::Args),
    /// Write the signed transactions of a request, for another way of sending them
    #[command(after_help = "Example:\n  strongroom reply export 3f9ac2 --as raw -o signed.txt")]
    Export(export::Args),
}

/// Runs `reply`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.command {
        Command::Import(args) => import::run(&args, desk),
        Command::Export(args) => export::run(&args, desk),
    }
}
