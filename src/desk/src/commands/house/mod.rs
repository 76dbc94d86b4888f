//! `house`: found a house. Its admins sign one text, whose hash the house is called by for ever.

mod draft;
mod seal;
mod show;
mod sign;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::signed_texts::{SealArgs, SignArgs};

/// What `house` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Write the founding text: admins, their keys, and how many of them change the rules
    Draft(draft::Args),
    /// Sign the founding text as one of its admins
    #[command(after_help = "Example:\n  strongroom house sign house.txt --agent -o house.alice.sig")]
    Sign(SignArgs),
    /// Put every admin's signature below the founding text: the admins file that `init` takes
    #[command(
        after_help = "Example:\n  strongroom house seal house.txt house.alice.sig house.bob.sig -o admins.txt"
    )]
    Seal(SealArgs),
    /// Show a founding text, who has signed it, and the house's comparison code
    Show(show::Args),
}

/// Runs `house`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.verb {
        Verb::Draft(args) => draft::run(&args, desk),
        Verb::Sign(args) => sign::run(&args, desk),
        Verb::Seal(args) => seal::run(&args, desk),
        Verb::Show(args) => show::run(&args, desk),
    }
}
