//! `account`: the records that vaults wrote.

mod address;
mod balances;
mod import;
mod list;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::home::accounts::Standing;

/// What `account` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Take in account records that vaults wrote
    Import(import::Args),
    /// List the accounts, and what they hold
    List(list::Args),
    /// Print the address of an account that the policy pins
    Address(address::Args),
}

/// Runs `account`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.verb {
        Verb::Import(args) => import::run(&args, desk),
        Verb::List(args) => list::run(&args, desk),
        Verb::Address(args) => address::run(&args, desk),
    }
}

/// The stable word for what a home can say of a record, and words for people.
const fn words(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Pinned => ("pinned", "pinned by the policy"),
        Standing::Unpinned => ("unpinned", "its station is pinned, the account is not yet"),
        Standing::Unverified => ("unverified", "unverified until a policy pins its station"),
    }
}
