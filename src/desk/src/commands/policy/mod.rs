//! `policy`: the house rules. The desk's copy is advice; the vaults' is law.

mod diff;
mod explain;
mod install;
mod lint;
mod seal;
mod show;
mod sign;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::signed_texts::{SealArgs, SignArgs};

/// What `policy` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Say what is wrong or unwise in a policy
    Lint(lint::Args),
    /// Say what changes from one policy to another, and whether it loosens or tightens
    Diff(diff::Args),
    /// Sign a policy as an admin
    #[command(after_help = "Example:\n  strongroom policy sign policy-2.toml --agent -o policy-2.alice.sig")]
    Sign(SignArgs),
    /// Put a quorum's signatures below a policy
    #[command(
        after_help = "Example:\n  strongroom policy seal policy-2.toml policy-2.alice.sig policy-2.bob.sig -o policy-2.txt"
    )]
    Seal(SealArgs),
    /// Use a policy that a quorum of admins signed
    Install(install::Args),
    /// Show which policy is in force here
    Show(show::Args),
    /// Put a policy in plain words
    Explain(explain::Args),
}

/// Runs `policy`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.verb {
        Verb::Lint(args) => lint::run(&args, desk),
        Verb::Diff(args) => diff::run(&args, desk),
        Verb::Sign(args) => sign::run(&args, desk),
        Verb::Seal(args) => seal::run(&args, desk),
        Verb::Install(args) => install::run(&args, desk),
        Verb::Show(args) => show::run(&args, desk),
        Verb::Explain(args) => explain::run(&args, desk),
    }
}
