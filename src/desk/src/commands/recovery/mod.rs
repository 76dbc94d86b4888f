//! `recovery`: the admins' quorum lets a vault's home that was copied, restored or moved go on from one head.

mod seal;
mod sign;

use strongroom_policy::{Recovery, RecoveryError};
use strongroom_protocol::{Head, SignedText};
use strongroom_screen::{Failure, Report, Table};

use crate::desk::Desk;
use crate::home::Home;
use crate::reading::memory::StationMemory;
use crate::signed_texts::{SealArgs, SignArgs};
use crate::{exit, failure};

/// What `recovery` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom recovery sign recovery-draft.txt --agent -o recovery.erin.sig\n\nThe draft is what `strongroom-vault recover draft` wrote. Before it, bring the vault what this desk knows of it: `strongroom journal export --vault`."
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show what a recovery says, hold it against what this desk knows, and sign it as an admin
    #[command(
        after_help = "Example:\n  strongroom recovery sign recovery-draft.txt --agent -o recovery.erin.sig"
    )]
    Sign(SignArgs),
    /// Put a quorum's signatures below a recovery
    #[command(
        after_help = "Example:\n  strongroom recovery seal recovery-draft.txt recovery.erin.sig recovery.frank.sig -o recovery.txt"
    )]
    Seal(SealArgs),
}

/// Runs `recovery`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    match args.verb {
        Verb::Sign(args) => sign::run(&args, desk),
        Verb::Seal(args) => seal::run(&args, desk),
    }
}

/// Reads a recovery and refuses one by which the vault would forget what this desk knows that it wrote.
fn read(home: &Home, text: &SignedText) -> Result<Recovery, Failure> {
    let recovery = Recovery::read(text.text(), home.house).map_err(refused)?;
    if let Some(known) = StationMemory::of(home, &recovery.station)?.differs(&recovery.head) {
        return Err(Failure::new(
            exit::DISAGREE,
            "vault-head",
            format!(
                "the recovery goes on from {}, but this desk knows that the vault wrote {}: what stands there would be forgotten",
                words(&recovery.head),
                words(&known)
            ),
        )
        .hint("bring the vault its lines first: `strongroom journal export --vault`, then `strongroom-vault journal import`"));
    }
    Ok(recovery)
}

/// What an admin should read before signing.
fn table(home: &Home, recovery: &Recovery) -> Table {
    let station = home.policy.as_ref().and_then(|policy| policy.station(&recovery.station));
    let name = station.map_or_else(|| "(not in the policy)".to_owned(), |station| station.name.to_string());
    let mut table = Table::new();
    table
        .row(["vault", &format!("{name}, {}", recovery.station)])
        .row(["goes on from", &words(&recovery.head)])
        .row(["place", recovery.place.as_str()])
        .row(["reason", &format!("{:?}", recovery.reason.as_str())])
        .row(["counts until", &recovery.valid_until.to_string()]);
    for head in &recovery.unknown {
        table.row(["not in the home", &format!("{}, which an approver knows of", words(head))]);
    }
    table
}

fn words(head: &Head) -> String {
    format!("line {}, {}", head.sequence, head.hash)
}

/// A recovery that is refused.
#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn refused(error: RecoveryError) -> Failure {
    let (exit, code) = match &error {
        RecoveryError::Quorum(error) => failure::quorum(error),
        RecoveryError::House { .. } => (exit::DISAGREE, "house"),
        _ => (exit::DAMAGED, "recovery"),
    };
    Failure::new(exit, code, error.to_string())
}
