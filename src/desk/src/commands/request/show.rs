//! `request show`: show what a request does, read from its own bytes.

use std::path::PathBuf;

use strongroom_policy::Book;
use strongroom_protocol::HouseId;
use strongroom_screen::{Failure, Output, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::reading::directory::Directory;
use crate::reading::page::{Page, Preparer};
use crate::{exit, failure, requested, signed_texts};

/// What `request show` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom request show withdrawal.request\n\nIt needs neither home nor network. Without the house's policy at hand, names are what somebody claims.\nExit code 5 if the bytes of a line are not what its intent and facts give."
)]
pub struct Args {
    /// The request, alone or packed with approvals; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// An address book to name payees by, where none is installed. Its names are shown as claimed
    #[arg(long, value_name = "FILE")]
    book: Option<PathBuf>,
    /// Show every line of a long request
    #[arg(long)]
    all: bool,
}

/// Runs `request show`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let read = requested::read(desk, &args.file)?;
    let book = args.book.as_ref().map(|path| claimed_book(desk, path)).transpose()?;
    let (home, warning) = surroundings(desk, read.request.plan.value().house);
    let names = Directory {
        policy: home.as_ref().and_then(|home| home.policy.as_ref()),
        book: home.as_ref().and_then(|home| home.book.as_ref()),
        claimed_book: book.as_ref(),
    };
    let all = args.all || desk.output == Output::Json;
    let page = Page::of(&read.request, &read.document, names, all);
    let human = if desk.output == Output::Json { String::new() } else { page.text(names) };
    let mut report = Report::new(human, page.value(names));
    report.warnings.extend(warning);
    if let Some((line, why)) = page.wrong().first() {
        let message = format!("line {line}: {why}");
        return Err(Failure::new(exit::DISAGREE, "rebuild", message)
            .hint("nothing of this request should be approved or signed")
            .showing(report));
    }
    if let Preparer::Wrong(why) = page.preparer() {
        return Err(Failure::new(exit::DISAGREE, "preparer", format!("the preparer's signature: {why}"))
            .showing(report));
    }
    Ok(report)
}

fn claimed_book(desk: &mut Desk<'_>, path: &std::path::Path) -> Result<Book, Failure> {
    let signed = signed_texts::read(desk, path)?;
    Book::unsigned(signed.text()).map_err(|error| failure::book(&error))
}

/// The home, if there is one and it is the plan's house's. Showing goes on without it.
fn surroundings(desk: &Desk<'_>, house: HouseId) -> (Option<Home>, Option<String>) {
    match desk.open_if_any() {
        Ok(Some(home)) if home.house == house => (Some(home), None),
        Ok(Some(home)) => {
            let words = format!(
                "this desk is of house {}, the request of another: all names are claimed",
                home.house
            );
            (None, Some(words))
        }
        Ok(None) => (None, None),
        Err(failure) => {
            (None, Some(format!("the home is not used, so all names are claimed: {}", failure.message)))
        }
    }
}
