//! `thaw FILE`: end the freeze of this desk.

use std::path::Path;

use serde_json::json;
use strongroom_journal::DeskEntry;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::thaw_text::Thaw;
use crate::{exit, signed_texts};

pub(super) fn run(file: &Path, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let signed = signed_texts::read(desk, file)?;
    let now = desk.now();
    let Some(freeze) = home.log(now)?.freeze().map(|freeze| freeze.line) else {
        return Err(Failure::new(
            exit::POLICY,
            "not-frozen",
            "this desk is not frozen: there is nothing to thaw",
        ));
    };
    let thaw = Thaw::open(&signed, home.house, &home.genesis, freeze)?;
    home.record(now, DeskEntry::Thawed { freeze: thaw.freeze })?;
    let human = format!("thawed: the freeze {freeze} is over on this desk\n");
    Ok(Report::new(human, json!({ "freeze": freeze.to_string(), "state": "normal" })))
}
