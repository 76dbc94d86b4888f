//! `house sign`: sign the founding text as one of its admins.

use strongroom_policy::genesis::Genesis;
use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::failure;
use crate::signed_texts::{self, SignArgs};

pub(super) fn run(args: &SignArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let text = signed_texts::read(desk, &args.file)?;
    let genesis = Genesis::unsigned(text.text()).map_err(|error| failure::genesis(&error))?;
    desk.stamp(&genesis);
    signed_texts::sign(desk, args, &text, &genesis, Namespace::House)
}
