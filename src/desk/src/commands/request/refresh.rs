//! `request refresh`: build the same plan again on fresh facts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use strongroom_protocol::Slot;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::planning::again::{self, Again};
use crate::planning::proposal;
use crate::planning::standings::{self, Fate};
use crate::planning::versions::{self, Task};
use crate::planning::{filing, precedent};
use crate::requested;

/// What `request refresh` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  strongroom request refresh pay.req -o pay-2.req

The plan stays as it is, byte for byte, and with it every approval. Each line keeps its slot, unless the chain says that
something else has spent it; lines that landed are left out.")]
pub struct Args {
    /// The request: its file, or the first digits of its id
    #[arg(value_name = "REQUEST")]
    request: String,
    /// How many versions to have signed, each with a higher fee than the one before
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    ladder: u8,
    /// Where the new request goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

/// Runs `request refresh`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args { request: which, ladder, out } = args;
    filing::check_target(desk, &out)?;
    let mut home = desk.open()?;
    let stored = requested::find(desk, &home, &which)?;
    let request = requested::decode(&stored)?;
    let accounts = proposal::accounts_of_plan(&home, request.plan.value())?;
    let fates = standings::of(desk, &home, &request)?;
    let foreign: BTreeSet<Slot> =
        fates.iter().filter(|(_, fate)| **fate == Fate::Foreign).map(|(slot, _)| slot.clone()).collect();
    let history = precedent::history(&home, &foreign)?;
    let slots = filing::slots_of(&request);
    let mut signed = precedent::signed_for(&home, &slots.iter().map(|(_, _, slot)| slot.clone()).collect())?;
    let mut warnings = Vec::new();
    let mut tasks = Vec::new();
    let mut kept = BTreeSet::new();
    for (intent, _, slot) in slots {
        let line = u64::from(intent).saturating_add(1);
        let task = Task::new(intent, usize::from(ladder));
        match fates.get(&slot) {
            Some(Fate::Landed) => {
                warnings.push(format!("line {line} is left out: it landed in slot {slot}"));
            }
            Some(Fate::Foreign) => {
                warnings.push(format!(
                    "line {line} gets another slot: {slot} is spent by something that no reply imported here explains; if its own vault signed it, the vault will refuse to pay it twice"
                ));
                tasks.push(task);
            }
            _ => {
                let beats = signed.remove(&slot).unwrap_or_default();
                kept.insert(slot.clone());
                tasks.push(Task { slot: Some(slot), beats, ..task });
            }
        }
    }
    if tasks.is_empty() {
        return Err(again::nothing_left(&warnings));
    }
    let versions = versions::build(desk, &home, request.plan.value(), &accounts, &tasks)?;
    let again = Again { plan: request.plan, versions, accounts, history, warnings };
    again.finish(desk, &mut home, &out, |slot| kept.contains(slot))
}
