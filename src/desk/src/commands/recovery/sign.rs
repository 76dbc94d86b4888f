//! `recovery sign`: sign a recovery as an admin.

use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::signed_texts::{self, SignArgs};

pub(super) fn run(args: &SignArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let text = signed_texts::read(desk, &args.file)?;
    let recovery = super::read(&home, &text)?;
    let mut report = signed_texts::sign(desk, args, &text, &home.genesis, Namespace::Recovery)?;
    report.human = format!("{}{}", super::table(&home, &recovery), report.human);
    if !recovery.unknown.is_empty() {
        report = report.warn(
            "an approver knows lines that this home does not have: signing says that they were never written, or are lost",
        );
    }
    Ok(report)
}
