//! `node`: the nodes that are asked about a chain.

mod add;
mod check;
mod list;
mod remove;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `node` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Add a node of a chain
    Add(add::Args),
    /// List the nodes, their addresses without what may be a key
    List(list::Args),
    /// Remove a node
    Remove(remove::Args),
    /// Ask every node for chain, height and newest blocks, and say where they disagree
    Check(check::Args),
}

/// Runs `node`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.verb {
        Verb::Add(args) => add::run(args, desk),
        Verb::List(args) => list::run(&args, desk),
        Verb::Remove(args) => remove::run(&args, desk),
        Verb::Check(args) => check::run(&args, desk),
    }
}
