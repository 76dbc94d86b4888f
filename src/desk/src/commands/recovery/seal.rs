//! `recovery seal`: put a quorum's signatures below a recovery.

use serde_json::json;
use strongroom_policy::Recovery;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::signed_texts::{self, SealArgs};

pub(super) fn run(args: &SealArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let signed = signed_texts::gather(desk, args)?;
    let recovery = super::read(&home, &signed)?;
    Recovery::open(&signed, home.house, &home.genesis).map_err(super::refused)?;
    desk.write_file(&args.out, signed.to_string().as_bytes())?;
    let out = args.out.display().to_string();
    let human = format!(
        "{}{out}: for `strongroom-vault recover`, at that very place, once\n",
        super::table(&home, &recovery)
    );
    let data = json!({
        "file": out,
        "station": recovery.station.to_string(),
        "head": { "sequence": recovery.head.sequence, "hash": recovery.head.hash.to_string() },
    });
    Ok(Report::new(human, data))
}
