//! `journal`: what this desk wrote down.

mod export;
mod show;
mod verify;
mod words;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `journal` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Print the lines in order
    Show(show::Args),
    /// Write down what this desk knows of a vault's journal, for a home that lost it
    Export(export::Args),
    /// Check every line, the mark of the last one, and the store beside it
    #[command(after_help = "Example:\n  strongroom journal verify")]
    Verify,
}

/// Runs `journal`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.verb {
        Verb::Show(args) => show::run(&args, desk),
        Verb::Export(args) => export::run(&args, desk),
        Verb::Verify => verify::run(desk),
    }
}
