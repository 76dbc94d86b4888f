//! `thaw`: the admins' quorum ends a freeze, which it names.

mod apply;
mod draft;
mod seal;
mod sign;

use std::path::PathBuf;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::signed_texts::{SealArgs, SignArgs};

/// What `thaw` is told.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Example:\n  strongroom thaw thaw.txt")]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The thaw with a quorum's signatures: ends the freeze of this desk
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Write the text that ends a freeze, to be signed by the admins
    Draft(draft::Args),
    /// Sign a thaw as an admin
    #[command(after_help = "Example:\n  strongroom thaw sign thaw-draft.txt --agent -o thaw.alice.sig")]
    Sign(SignArgs),
    /// Put a quorum's signatures below a thaw
    #[command(
        after_help = "Example:\n  strongroom thaw seal thaw-draft.txt thaw.alice.sig thaw.bob.sig -o thaw.txt"
    )]
    Seal(SealArgs),
}

/// Runs `thaw`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match (args.verb, args.file) {
        (Some(Verb::Draft(args)), _) => draft::run(&args, desk),
        (Some(Verb::Sign(args)), _) => sign::run(&args, desk),
        (Some(Verb::Seal(args)), _) => seal::run(&args, desk),
        (None, Some(file)) => apply::run(&file, desk),
        (None, None) => Err(Failure::new(crate::exit::USAGE, "usage", "a thaw is read from a file: name it")),
    }
}
