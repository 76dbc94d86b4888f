//! `thaw seal`: put a quorum's signatures below a thaw.

use serde_json::json;
use strongroom_policy::thaw::Thaw;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::failure;
use crate::signed_texts::{self, SealArgs};

pub(super) fn run(args: &SealArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let signed = signed_texts::gather(desk, args)?;
    let (Thaw { freeze, .. }, _) = Thaw::open(&signed, home.house, &home.genesis).map_err(failure::thaw)?;
    desk.write_file(&args.out, signed.to_string().as_bytes())?;
    let out = args.out.display().to_string();
    let human = format!("{out}: ends the freeze {freeze}\n");
    Ok(Report::new(human, json!({ "file": out, "freeze": freeze.to_string() })))
}
