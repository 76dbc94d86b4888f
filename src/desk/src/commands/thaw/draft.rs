//! `thaw draft`: write the text that ends a freeze.

use std::path::PathBuf;

use serde_json::json;
use strongroom_policy::thaw::Thaw;
use strongroom_protocol::JournalHash;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `thaw draft` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom thaw draft --freeze 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 -o thaw-draft.txt\n\nEach desk and each vault has a freeze of its own, which its own `freeze` printed."
)]
pub(super) struct Args {
    /// The freeze, as `freeze` printed it
    #[arg(long, value_name = "HASH")]
    freeze: JournalHash,
    /// Where the text goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let thaw = Thaw { house: home.house, freeze: args.freeze };
    desk.write_file(&args.out, thaw.text().as_bytes())?;
    let out = args.out.display().to_string();
    let human =
        format!("{out}: to be signed by {} admins with `strongroom thaw sign`\n", home.genesis.threshold);
    Ok(Report::new(human, json!({ "file": out, "freeze": args.freeze.to_string() })))
}
