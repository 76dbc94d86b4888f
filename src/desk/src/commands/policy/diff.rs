//! `policy diff`: what changes from one policy to another.

use std::path::{Path, PathBuf};

use strongroom_policy::diff::diff_policies;
use strongroom_policy::policy::Policy;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::{failure, findings, signed_texts};

/// What `policy diff` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom policy diff policy-1.txt policy-2.toml")]
pub(super) struct Args {
    /// The old policy; left out, it is the one in force here
    #[arg(value_name = "OLD")]
    first: PathBuf,
    /// The new policy
    #[arg(value_name = "NEW")]
    second: Option<PathBuf>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let (old, new) = match &args.second {
        Some(second) => (read(desk, &args.first)?, read(desk, second)?),
        None => (desk.open()?.policy()?.clone(), read(desk, &args.first)?),
    };
    Ok(findings::changes(&diff_policies(&old, &new)))
}

pub(super) fn read(desk: &mut Desk<'_>, file: &Path) -> Result<Policy, Failure> {
    let signed = signed_texts::read(desk, file)?;
    Policy::unsigned(signed.text()).map_err(|error| failure::policy(&error))
}
