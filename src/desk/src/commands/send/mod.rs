//! `send`: send what was signed and follow it to finality.

mod errand;
mod handing;
mod outcome;
mod waiting;

use std::time::Duration;

use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::following::round;
use crate::requested;

pub(crate) use outcome::counts_text;

use errand::Errand;
use waiting::Patience;

/// What `send` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom send 3f9ac2 --wait=30m\n\nIt can be said as often as one likes: nothing is paid twice by it. The journal says what is sent before a node hears of it.\nExit code 0: every line is final and did what it was to do. 7: sent, not final yet. 1: a line failed, or its slot was taken by something else."
)]
pub struct Args {
    /// The request: the first digits of its id, or its file
    #[arg(value_name = "REQUEST")]
    request: String,
    /// Follow until everything is final, at most so long [default with --wait alone: 1h]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "1h")]
    wait: Option<humantime::Duration>,
    /// Send this version of each line, counted from 1, the cheapest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rung: Option<u32>,
    /// While waiting, send the next version of a line that no block took for so long
    #[arg(long, value_name = "DURATION", requires = "wait")]
    climb_after: Option<humantime::Duration>,
}

/// Runs `send`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let stored = requested::find(desk, &home, &args.request)?;
    let mut errand = Errand::of(&mut home, &stored, args.rung, desk.now())?;
    // Where things stand comes first: what landed is not sent again, and nodes that disagree stop everything.
    let transports = desk.world.transports.as_ref();
    let mut last = round::look(&mut home, transports, &errand.slots(), desk.now())?;
    let outgoing = errand.outgoing(&home, &last)?;
    let progress = desk.progress("sending", outgoing.len());
    let mut outcomes = handing::hand(&mut home, transports, &outgoing, desk.now(), &progress)?;
    drop(progress);
    errand.note_sent(&outgoing, Duration::ZERO);
    let mut trouble = None;
    if !outgoing.is_empty() {
        match round::look(&mut home, transports, &errand.slots(), desk.now()) {
            Ok(round) => last = round,
            Err(failure) => trouble = Some(failure.message),
        }
    }
    // Others must be able to write, freeze among them, while this one waits.
    drop(home);
    if let Some(wait) = args.wait {
        let patience = Patience { longest: wait.into(), climb_after: args.climb_after.map(Duration::from) };
        trouble = waiting::wait(desk, &mut errand, &mut last, &mut outcomes, patience)?;
    }
    outcome::report(desk, &errand, &last, &outcomes, trouble)
}
