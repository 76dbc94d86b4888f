//! `book sign`: sign a book as an admin.

use strongroom_policy::book::{Book, BookError};
use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Failure, Report};

use super::draft;
use crate::desk::Desk;
use crate::signed_texts::{self, SignArgs};
use crate::{failure, findings};

pub(super) fn run(args: &SignArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let text = signed_texts::read(desk, &args.file)?;
    let book = Book::unsigned(text.text()).map_err(|error| failure::book(&error))?;
    if book.house() != home.house {
        return Err(failure::book(&BookError::House { found: book.house(), expected: home.house }));
    }
    let found = draft::lint(&home, &book, Some(desk.now()));
    if draft::refused(&found) {
        return findings::judged(&args.file.display().to_string(), &found);
    }
    let report = signed_texts::sign(desk, args, &text, &home.genesis, Namespace::Book)?;
    Ok(findings::warned(report, &found))
}
