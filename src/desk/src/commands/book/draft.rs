//! The draft of the next address book: a file that `book add` and `book remove` write anew.

use std::path::Path;

use serde_json::{Value, json};
use strongroom_policy::book::{Book, BookError, Destination};
use strongroom_policy::lint::{Finding, Level, Surroundings, lint_book, lint_spelling};
use strongroom_policy::symbol::Symbol;
use strongroom_protocol::{BookId, Text, Timestamp};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::{chains, exit, failure, findings, signed_texts};

/// What the help of `book add` and `book remove` says of drafts.
pub(super) const ABOUT: &str = "The draft is written anew as a whole: it begins as a copy of the book in force, always carries the next epoch and the id\nof the book that it follows, and keeps no comments. Nothing counts before `book sign`, `book seal` and `book install`.";

/// The destinations that the draft has so far: those of the file, or of the book in force if there is no file yet.
pub(super) fn destinations(
    desk: &mut Desk<'_>,
    home: &Home,
    file: &Path,
) -> Result<Vec<Destination>, Failure> {
    if file == Path::new("-") || !file.exists() {
        return Ok(home.book.iter().flat_map(|book| book.destinations().cloned()).collect());
    }
    let signed = signed_texts::read(desk, file)?;
    if !signed.signatures().is_empty() {
        return Err(Failure::new(
            exit::USAGE,
            "draft-signed",
            format!("{} has signatures: what was signed is not edited", file.display()),
        )
        .hint("name another file with --file: the draft begins as a copy of the book in force"));
    }
    let draft = Book::unsigned(signed.text()).map_err(|error| failure::book(&error))?;
    if draft.house() != home.house {
        return Err(failure::book(&BookError::House { found: draft.house(), expected: home.house }));
    }
    Ok(draft.destinations().cloned().collect())
}

/// Writes the draft with these destinations, and says what there is to say against it.
pub(super) fn write(
    home: &Home,
    file: &Path,
    destinations: &[Destination],
    words: &str,
) -> Result<Report, Failure> {
    let text = match &home.book {
        Some(book) => book.next_draft(destinations),
        None => Book::draft(&home.house, 1, None, destinations),
    }
    .map_err(|error| Failure::new(exit::USAGE, "book", error.to_string()))?;
    let draft = Book::unsigned(&text).map_err(|error| failure::book(&error))?;
    // A draft is a file that these commands own, so unlike others it is replaced.
    strongroom_transport::replace(file, text.as_bytes()).map_err(failure::file)?;
    let path = file.display().to_string();
    let human = format!(
        "{path}: {words}; draft of epoch {}, {} destinations\n",
        draft.epoch(),
        draft.destinations().count()
    );
    let data = json!({
        "file": path,
        "book": draft.id().to_string(),
        "epoch": draft.epoch(),
        "previous": draft.previous().map(|id: BookId| id.to_string()),
        "destinations": draft.destinations().map(value).collect::<Vec<_>>(),
    });
    Ok(findings::warned(Report::new(human, data), &lint(home, &draft, None)))
}

/// Everything there is to say against a book.
pub(super) fn lint(home: &Home, book: &Book, now: Option<Timestamp>) -> Vec<Finding> {
    let around = Surroundings { genesis: Some(&home.genesis), policy: home.policy.as_ref(), book: None, now };
    let mut found = lint_book(book, around);
    if let Some(policy) = &home.policy {
        let of_book = lint_spelling(policy, Some(book), chains::codec);
        found.extend(of_book.into_iter().filter(|finding| finding.place.starts_with("destination ")));
    }
    found.sort_by_key(|finding| finding.level);
    found
}

/// Whether anything in it is an error.
pub(super) fn refused(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error)
}

/// A destination for scripts.
pub(super) fn value(entry: &Destination) -> Value {
    json!({
        "label": entry.label.as_str(),
        "chain": entry.chain.as_str(),
        "address": entry.address.as_str(),
        "class": entry.class.as_str(),
        "assets": entry.assets.iter().map(Symbol::as_str).collect::<Vec<_>>(),
        "memo": entry.memo.as_ref().map(Text::as_str),
        "not_before": entry.not_before.map(|time| time.to_string()),
        "not_after": entry.not_after.map(|time| time.to_string()),
    })
}
