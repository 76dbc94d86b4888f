//! `journal show`: print the lines in order.

use serde_json::{Value, json};
use strongroom_journal::{DeskEntry, Line};
use strongroom_screen::{Failure, Report, Table};

use super::words;
use crate::desk::Desk;
use crate::home::Log;

/// What `journal show` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom journal show --after 120")]
pub(super) struct Args {
    /// Leave out the lines up to this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: u64,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let mut table = Table::new().right(&[0]);
    let mut lines: Vec<Value> = Vec::new();
    let each = |line: &Line<DeskEntry>, hash| {
        if line.sequence <= args.after {
            return;
        }
        let (kind, text, fields) = words::of(&line.entry);
        table.row([line.sequence.to_string(), line.at.to_string(), kind.to_owned(), text]);
        lines.push(json!({
            "sequence": line.sequence,
            "at": line.at.to_string(),
            "hash": ToString::to_string(&hash),
            "kind": kind,
            "entry": fields,
        }));
    };
    Log::read(&home.journal_path(), home.house, desk.now(), each)?;
    Ok(Report::new(table.to_string(), json!({ "lines": lines })))
}
