//! `policy explain`: a policy in plain words.

use std::path::PathBuf;

use serde_json::json;
use strongroom_policy::explain::explain;
use strongroom_screen::{Failure, Report};

use super::diff;
use crate::desk::Desk;

/// What `policy explain` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom policy explain policy-2.toml")]
pub(super) struct Args {
    /// The policy, signed or not; left out, it is the one in force here
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let policy = match &args.file {
        Some(file) => diff::read(desk, file)?,
        None => desk.open()?.policy()?.clone(),
    };
    let words = explain(&policy);
    let data = json!({ "policy": policy.id().to_string(), "epoch": policy.epoch(), "text": words });
    Ok(Report::new(words, data))
}
