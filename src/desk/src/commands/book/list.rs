//! `book list`: the destinations.

use std::path::PathBuf;

use serde_json::json;
use strongroom_policy::explain::explain_book;
use strongroom_protocol::ComparisonCode;
use strongroom_screen::{Failure, Report};

use super::{diff, draft};
use crate::desk::Desk;

/// What `book list` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom book list --file book.toml")]
pub(super) struct Args {
    /// A book or a draft; left out, it is the book in force here
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let book = match &args.file {
        Some(file) => diff::read(desk, file)?,
        None => desk.open()?.book()?.clone(),
    };
    let data = json!({
        "book": book.id().to_string(),
        "code": ComparisonCode::of(book.id().as_bytes()).to_string(),
        "epoch": book.epoch(),
        "destinations": book.destinations().map(draft::value).collect::<Vec<_>>(),
    });
    Ok(Report::new(explain_book(&book), data))
}
