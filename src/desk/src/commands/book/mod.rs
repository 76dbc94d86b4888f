//! `book`: the address book. The desk's copy is advice; the vaults' is law.

mod add;
mod diff;
mod draft;
mod install;
mod list;
mod remove;
mod seal;
mod sign;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::signed_texts::{SealArgs, SignArgs};

/// What `book` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Add a destination to the draft of the next book
    Add(add::Args),
    /// Remove a destination from the draft of the next book
    Remove(remove::Args),
    /// Say what changes from one book to another, and whether it loosens or tightens
    Diff(diff::Args),
    /// Sign a book as an admin
    #[command(after_help = "Example:\n  strongroom book sign book.toml --agent -o book.alice.sig")]
    Sign(SignArgs),
    /// Put a quorum's signatures below a book
    #[command(
        after_help = "Example:\n  strongroom book seal book.toml book.alice.sig book.bob.sig -o book-2.txt"
    )]
    Seal(SealArgs),
    /// Use a book that a quorum of admins signed
    Install(install::Args),
    /// List the destinations
    List(list::Args),
}

/// Runs `book`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.verb {
        Verb::Add(args) => add::run(args, desk),
        Verb::Remove(args) => remove::run(&args, desk),
        Verb::Diff(args) => diff::run(&args, desk),
        Verb::Sign(args) => sign::run(&args, desk),
        Verb::Seal(args) => seal::run(&args, desk),
        Verb::Install(args) => install::run(&args, desk),
        Verb::List(args) => list::run(&args, desk),
    }
}
