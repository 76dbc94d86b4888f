//! `freeze`: from here on this desk sends nothing but voids and returns.

use std::time::Duration;

use serde_json::{Value, json};
use strongroom_journal::{DeskEntry, JournalError};
use strongroom_protocol::{Name, Text, Timestamp};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;
use crate::home::{Freeze, Home, HomeError};

/// How often the journal is tried, and the pause between.
const ATTEMPTS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(250);

/// What `freeze` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom freeze --by alice --reason \"a laptop is missing\"\n\nOne person freezes; a quorum of admins thaws, with `strongroom thaw`, each freeze by itself. Freeze every desk and every vault."
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
    wait_for_journal(desk, &mut home, now)?;
    let words = format!("frozen by {}: {}", args.by, args.reason);
    let freeze = home.record(now, DeskEntry::Frozen { by: args.by, reason: args.reason })?.hash;
    let open = home.log(now)?.freezes();
    let human = format!(
        "{words}\n  freeze  {freeze}\n{}From here on this desk sends only voids and returns, until every freeze has its own \
         thaw. Freeze the vaults too.\n",
        lines(open)
    );
    Ok(Report::new(human, json!({ "freeze": freeze.to_string(), "state": "frozen", "open": values(open) })))
}

/// Every freeze that no thaw has ended, a line each.
pub(super) fn lines(open: &[Freeze]) -> String {
    let line = |freeze: &Freeze| {
        format!(
            "  open    {}, by {} since {}: {:?}\n",
            freeze.line,
            freeze.by,
            freeze.at,
            freeze.reason.as_str()
        )
    };
    open.iter().map(line).collect()
}

/// Every freeze that no thaw has ended, for scripts.
pub(super) fn values(open: &[Freeze]) -> Vec<Value> {
    let value = |freeze: &Freeze| {
        json!({
            "freeze": freeze.line.to_string(),
            "by": freeze.by.as_str(),
            "reason": freeze.reason.as_str(),
            "at": freeze.at.to_string(),
        })
    };
    open.iter().map(value).collect()
}

/// Opens the journal, waiting a while for whoever has it open: an alarm is not turned away for a sending in progress.
fn wait_for_journal(desk: &Desk<'_>, home: &mut Home, now: Timestamp) -> Result<(), Failure> {
    let mut pause = desk.world.transports.pause();
    for _ in 0..ATTEMPTS {
        match home.log(now) {
            Err(HomeError::Journal(JournalError::InUse(_))) => pause.pause(PAUSE),
            other => return other.map(|_| ()).map_err(Failure::from),
        }
    }
    Ok(home.log(now).map(|_| ())?)
}

fn is_known(home: &Home, name: &Name) -> bool {
    home.genesis.admins.contains_key(name)
        || home.policy.as_ref().is_some_and(|policy| policy.person(name).is_some())
}
