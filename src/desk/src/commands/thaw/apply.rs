//! `thaw FILE`: end a freeze of this desk.

use std::path::Path;

use serde_json::json;
use strongroom_journal::DeskEntry;
use strongroom_policy::thaw::Thaw;
use strongroom_screen::{Failure, Report};

use crate::commands::freeze::{lines, values};
use crate::desk::Desk;
use crate::{exit, failure, signed_texts};

pub(super) fn run(file: &Path, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let signed = signed_texts::read(desk, file)?;
    let now = desk.now();
    let open: Vec<_> = home.log(now)?.freezes().iter().map(|freeze| freeze.line).collect();
    if open.is_empty() {
        return Err(Failure::new(
            exit::POLICY,
            "not-frozen",
            "this desk is not frozen: there is nothing to thaw",
        ));
    }
    let (thaw, _) = Thaw::open(&signed, home.house, &home.genesis).map_err(failure::thaw)?;
    let freeze = thaw.ends(open).map_err(failure::thaw)?;
    home.record(now, DeskEntry::Thawed { freeze })?;
    let open = home.log(now)?.freezes();
    let (words, state) = match open.len() {
        0 => (format!("thawed: the freeze {freeze} is over on this desk\n"), "normal"),
        more => (
            format!(
                "the freeze {freeze} is over, but this desk stays frozen by {more} more: each needs a thaw of its own\n"
            ),
            "frozen",
        ),
    };
    let human = words + &lines(open);
    Ok(Report::new(human, json!({ "freeze": freeze.to_string(), "state": state, "open": values(open) })))
}
