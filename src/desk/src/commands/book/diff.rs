//! `book diff`: what changes from one book to another.

use std::path::{Path, PathBuf};

use strongroom_policy::book::Book;
use strongroom_policy::diff::diff_books;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::{failure, findings, signed_texts};

/// What `book diff` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom book diff book-1.txt book.toml")]
pub(super) struct Args {
    /// The old book; left out, it is the one in force here
    #[arg(value_name = "OLD")]
    first: PathBuf,
    /// The new book
    #[arg(value_name = "NEW")]
    second: Option<PathBuf>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let (old, new) = match &args.second {
        Some(second) => (read(desk, &args.first)?, read(desk, second)?),
        None => (desk.open()?.book()?.clone(), read(desk, &args.first)?),
    };
    Ok(findings::changes(&diff_books(&old, &new)))
}

pub(super) fn read(desk: &mut Desk<'_>, file: &Path) -> Result<Book, Failure> {
    let signed = signed_texts::read(desk, file)?;
    Book::unsigned(signed.text()).map_err(|error| failure::book(&error))
}
