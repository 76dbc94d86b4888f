//! `thaw sign`: sign a thaw as an admin.

use strongroom_policy::thaw::Thaw;
use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::failure;
use crate::signed_texts::{self, SignArgs};

pub(super) fn run(args: &SignArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let text = signed_texts::read(desk, &args.file)?;
    Thaw::read(text.text(), home.house).map_err(failure::thaw)?;
    signed_texts::sign(desk, args, &text, &home.genesis, Namespace::Thaw)
}
