//! `request`: show, approve, refresh, carry and give up requests.

pub mod abandon;
pub mod approvals;
pub mod approve;
pub mod pack;
pub mod refresh;
pub mod reject;
pub mod show;
pub mod split;
pub mod statement;
pub mod wrap;

use clap::Subcommand;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `request` is told.
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what a request does, read from its own bytes
    Show(show::Args),
    /// Write the statement that an approver signs
    Statement(statement::Args),
    /// Sign a statement that approves the plan
    Approve(approve::Args),
    /// Sign a statement that rejects the plan
    Reject(reject::Args),
    /// Count the approvals at hand
    Approvals(approvals::Args),
    /// Put a request and its approvals into one file for the vault
    Pack(pack::Args),
    /// Build the same plan again on fresh facts; approvals stay
    Refresh(refresh::Args),
    /// Give up a request that nobody signed, and free its slots
    Abandon(abandon::Args),
    /// Leave out lines of a request
    Split(split::Args),
    /// Make a request of an unsigned transaction built elsewhere
    Wrap(wrap::Args),
}

/// Runs `request`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.command {
        Command::Show(args) => show::run(&args, desk),
        Command::Statement(args) => statement::run(&args, desk),
        Command::Approve(args) => approve::run(&args, desk),
        Command::Reject(args) => reject::run(&args, desk),
        Command::Approvals(args) => approvals::run(&args, desk),
        Command::Pack(args) => pack::run(&args, desk),
        Command::Refresh(args) => refresh::run(args, desk),
        Command::Abandon(args) => abandon::run(args, desk),
        Command::Split(args) => split::run(args, desk),
        Command::Wrap(args) => wrap::run(args, desk),
    }
}
