//! Waiting for finality.

use std::time::Duration;

use strongroom_screen::{Failure, Progress};

use super::errand::Errand;
use super::handing::{self, Outcomes};
use crate::desk::Desk;
use crate::following::fate::FateKind;
use crate::following::round::{self, Round};

/// Between two looks while something is in no block yet.
const SOON: Duration = Duration::from_secs(6);
/// Between two looks while only finality is missing.
const LATER: Duration = Duration::from_secs(24);

/// How long is waited, and for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The longest.
    pub(super) longest: Duration,
    /// After how long in no block the next version of a line is sent.
    pub(super) climb_after: Option<Duration>,
}

/// Looks again and again until everything is final or patience ends. Gives the last trouble with nodes, if it lasts.
///
/// # Errors
/// A failure if the home cannot be used any more, or the desk was frozen meanwhile and something would have to be sent.
pub(super) fn wait(
    desk: &mut Desk<'_>,
    errand: &mut Errand,
    last: &mut Round,
    outcomes: &mut Outcomes,
    patience: Patience,
) -> Result<Option<String>, Failure> {
    let progress = desk.waiting("following to finality");
    let quiet = Progress::new("", 0, true);
    let mut pause = desk.world.transports.pause();
    let (mut waited, mut trouble) = (Duration::ZERO, None);
    while waited < patience.longest && !errand.is_settled(&desk.open()?)? {
        let next = if last.fates.values().any(|fate| is_early(&fate.kind)) { SOON } else { LATER };
        let next = next.min(patience.longest.saturating_sub(waited));
        pause.pause(next);
        waited = waited.saturating_add(next);
        let mut home = desk.open()?;
        let transports = desk.world.transports.as_ref();
        match round::look(&mut home, transports, &errand.slots(), desk.now()) {
            Ok(round) => (*last, trouble) = (round, None),
            // Nodes come and go; waiting is for that too.
            Err(failure) => {
                trouble = Some(failure.message);
                continue;
            }
        }
        let climbed = patience.climb_after.is_some_and(|after| errand.climb(last, waited, after));
        let dropped = last.fates.values().any(|fate| fate.kind == FateKind::Dropped);
        if climbed || dropped {
            if let Some(freeze) = home.log(desk.now())?.freeze().cloned() {
                errand.check_freeze(&home, &freeze)?;
            }
            let outgoing = errand.outgoing(&home, last)?;
            outcomes.extend(handing::hand(&mut home, transports, &outgoing, desk.now(), &quiet)?);
            errand.note_sent(&outgoing, waited);
        }
        progress.say(&format!("following to finality, {}", words(last)));
    }
    Ok(trouble)
}

const fn is_early(kind: &FateKind) -> bool {
    matches!(kind, FateKind::Unsent | FateKind::Dropped | FateKind::Pending { .. })
}

fn words(round: &Round) -> String {
    let heights: Vec<_> =
        round.as_of.iter().map(|(chain, as_of)| format!("{chain} at {}", as_of.block)).collect();
    heights.join(", ")
}
