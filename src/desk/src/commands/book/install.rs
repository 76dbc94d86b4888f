//! `book install`: use a book that a quorum of admins signed.

use std::path::PathBuf;

use serde_json::json;
use strongroom_journal::DeskEntry;
use strongroom_policy::book::Book;
use strongroom_policy::diff::diff_books;
use strongroom_policy::lint::lint_book_spelling;
use strongroom_protocol::ComparisonCode;
use strongroom_screen::{Failure, Report};

use super::draft;
use crate::desk::Desk;
use crate::store::DocumentKind;
use crate::{chains, failure, findings, signed_texts};

/// What `book install` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom book install book-2.txt\n\nCompare the code with what the vaults show when they install it. Installing what is installed does nothing."
)]
pub(super) struct Args {
    /// The book with a quorum's signatures
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let signed = signed_texts::read(desk, &args.file)?;
    let now = desk.now();
    let book = match Book::open(&signed, &home.house, &home.genesis, home.book.as_ref()) {
        Ok(book) => book,
        Err(error) if error.is_already_installed() => {
            return match &home.book {
                Some(book) => Ok(report(book, "in force already")),
                None => Err(failure::book(&error)),
            };
        }
        Err(error) => return Err(failure::book(&error)),
    };
    findings::judged("the book is not installed", &lint_book_spelling(&book, chains::codec))?;
    let (id, epoch) = (book.id(), book.epoch());
    home.record(now, DeskEntry::BookInstalled { book: id, epoch })?;
    home.store.add_document(DocumentKind::Book, &id.to_string(), epoch, &signed, now)?;
    let mut installed = report(&book, "in force");
    if let Some(old) = &home.book {
        installed.human.push_str(&findings::changes(&diff_books(old, &book)).human);
    }
    Ok(findings::warned(installed, &draft::lint(&home, &book, Some(now))))
}

fn report(book: &Book, state: &str) -> Report {
    let code = ComparisonCode::of(book.id().as_bytes());
    let human =
        format!("address book of epoch {} {state}\n  id    {}\n  code  {code}\n", book.epoch(), book.id());
    let data = json!({
        "book": book.id().to_string(),
        "code": code.to_string(),
        "epoch": book.epoch(),
        "destinations": book.destinations().count(),
        "state": state,
    });
    Report::new(human, data)
}
