//! `request split`: leave out lines of a request.

use std::collections::BTreeSet;
use std::path::PathBuf;

use strongroom_journal::DeskEntry;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;
use crate::planning::again::Again;
use crate::planning::proposal;
use crate::planning::versions::Versions;
use crate::planning::{filing, giving_up, precedent};
use crate::requested;
use crate::store::requests::{self, RequestState};

/// What `request split` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  strongroom request split batch.req --drop 3,7-9 -o rest.req

Lines are counted as the plan counts them, from 1. The plan and its approvals stay; the request that is split is given up,
and the slots of the lines left out become free if they are the highest of their account, and gaps to be voided if not.")]
pub struct Args {
    /// The request: its file, or the first digits of its id
    #[arg(value_name = "REQUEST")]
    request: String,
    /// Lines to leave out: numbers and ranges
    #[arg(long, value_name = "LINES", required = true, value_delimiter = ',')]
    drop: Vec<Lines>,
    /// Where the request with the other lines goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

/// One line, or a range of them, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lines {
    first: u32,
    last: u32,
}

/// A text that names no lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no lines: write numbers and ranges from 1, such as 3 or 7-9")]
struct LinesError(String);

impl std::str::FromStr for Lines {
    type Err = LinesError;

    fn from_str(text: &str) -> Result<Self, LinesError> {
        let refused = || LinesError(text.chars().take(40).collect());
        let number = |digits: &str| digits.trim().parse::<u32>().ok().filter(|number| *number > 0);
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err(refused()),
        }
    }
}

/// Runs `request split`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args { request: which, drop: leave_out, out } = args;
    filing::check_target(desk, &out)?;
    let mut home = desk.open()?;
    let stored = requested::find(desk, &home, &which)?;
    giving_up::check_unsigned(&home, &stored)?;
    if stored.state == RequestState::Abandoned {
        let words = format!("request {} was given up already", stored.id);
        return Err(Failure::new(exit::FAILED, "abandoned", words));
    }
    let request = requested::decode(&stored)?;
    let there: BTreeSet<u32> = request.items.iter().map(|item| item.intent.saturating_add(1)).collect();
    if let Some(none) = leave_out.iter().find(|lines| there.range(lines.first..=lines.last).next().is_none())
    {
        let words = format!("the request has no line {} to {}", none.first, none.last);
        return Err(Failure::new(exit::USAGE, "no-such-line", words));
    }
    let dropped = |intent: u32| {
        let line = intent.saturating_add(1);
        leave_out.iter().any(|lines| (lines.first..=lines.last).contains(&line))
    };
    let items: Vec<_> = request.items.iter().filter(|item| !dropped(item.intent)).cloned().collect();
    if items.is_empty() {
        let words = "no line would be left: give the request up with `strongroom request abandon`";
        return Err(Failure::new(exit::USAGE, "nothing-left", words));
    }
    let held: BTreeSet<_> = filing::slots_of(&request).into_iter().map(|(_, _, slot)| slot).collect();
    let accounts = proposal::accounts_of_plan(&home, request.plan.value())?;
    let history = precedent::history(&home, &BTreeSet::new())?;
    let versions = Versions { items, ..Versions::default() };
    let again = Again { plan: request.plan, versions, accounts, history, warnings: Vec::new() };
    let mut report = again.finish(desk, &mut home, &out, |slot| held.contains(slot))?;
    home.record(desk.now(), DeskEntry::Abandoned { request: stored.id })?;
    let transaction = home.store.transaction()?;
    let gone = giving_up::let_go(&transaction, &stored.id)
        .and_then(|gone| {
            requests::set_state(&transaction, &stored.id, RequestState::Abandoned).map(|()| gone)
        })
        .and_then(|gone| transaction.commit().map(|()| gone))
        .map_err(|error| home.store.error(error))?;
    let (words, data) = giving_up::describe(&home, &gone);
    report.human = format!("{}\nRequest {} is given up.\n{words}", report.human, stored.id);
    if let Some(fields) = report.data.as_object_mut() {
        fields.insert("given_up".to_owned(), serde_json::json!(stored.id.to_string()));
        fields.insert("slots".to_owned(), data);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbers_and_ranges_from_one() {
        assert_eq!("3".parse(), Ok(Lines { first: 3, last: 3 }));
        assert_eq!("7-9".parse(), Ok(Lines { first: 7, last: 9 }));
        for bad in ["", "0", "0-3", "9-7", "-3", "3-", "a", "1-2-3", "1.5"] {
            assert!(bad.parse::<Lines>().is_err(), "{bad:?} passed");
        }
    }
}
