//! `thaw sign`: sign a thaw as an admin.

use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::signed_texts::{self, SignArgs};
use crate::thaw_text::{Thaw, ThawError};

pub(super) fn run(args: &SignArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let text = signed_texts::read(desk, &args.file)?;
    let thaw = Thaw::unsigned(text.text())?;
    if thaw.house != home.house {
        return Err(ThawError::House { found: thaw.house, expected: home.house }.into());
    }
    signed_texts::sign(desk, args, &text, &home.genesis, Namespace::Thaw)
}
