//! `freeze`: from here on this desk sends nothing but voids and returns.

use serde_json::json;
use strongroom_journal::DeskEntry;
use strongroom_protocol::{Name, Text};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;
use crate::home::Home;

/// What `freeze` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom freeze --by alice --reason \"a laptop is missing\"\n\nOne person freezes; a quorum of admins thaws, with `strongroom thaw`. Freeze every desk and every vault."
)]
pub struct Args {
    /// Who says so, by the name in the policy or among the admins
    #[arg(long, value_name = "NAME")]
    by: Name,
    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

/// Runs `freeze`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    if !is_known(&home, &args.by) {
        return Err(Failure::new(
            exit::USAGE,
            "person",
            format!("{} is neither a person of the policy nor an admin of the house", args.by),
        )
        .hint("write the name as `strongroom policy explain` shows it"));
    }
    let now = desk.now();
    let (freeze, words) = if let Some(freeze) = home.log(now)?.freeze() {
        (freeze.line, format!("frozen already, by {} since {}: {}", freeze.by, freeze.at, freeze.reason))
    } else {
        let words = format!("frozen by {}: {}", args.by, args.reason);
        let head = home.record(now, DeskEntry::Frozen { by: args.by, reason: args.reason })?;
        (head.hash, words)
    };
    let human = format!(
        "{words}\n  freeze  {freeze}\nFrom here on this desk sends only voids and returns. Freeze the vaults too.\n"
    );
    Ok(Report::new(human, json!({ "freeze": freeze.to_string(), "state": "frozen" })))
}

fn is_known(home: &Home, name: &Name) -> bool {
    home.genesis.admins.contains_key(name)
        || home.policy.as_ref().is_some_and(|policy| policy.person(name).is_some())
}
