//! `journal verify`: check every line, the mark of the last one, and the store beside it.

use serde_json::json;
use strongroom_journal::{DeskEntry, Line};
use strongroom_policy::book::Book;
use strongroom_policy::policy::Policy;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;
use crate::home::Log;

pub(super) fn run(desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let (mut policy, mut book) = (None, None);
    let each = |line: &Line<DeskEntry>, _| match &line.entry {
        DeskEntry::PolicyInstalled { policy: id, .. } => policy = Some(*id),
        DeskEntry::BookInstalled { book: id, .. } => book = Some(*id),
        _ => {}
    };
    let head = Log::read(&home.journal_path(), home.house, desk.now(), each)?.head();
    let stored = (home.policy.as_ref().map(Policy::id), home.book.as_ref().map(Book::id));
    for (what, agrees) in [("policy", policy == stored.0), ("book", book == stored.1)] {
        if !agrees {
            let message =
                format!("the journal records another {what} as installed than the store has in force");
            let hint = format!("install the right one again with `strongroom {what} install FILE`");
            return Err(Failure::new(exit::DAMAGED, "store-differs", message).hint(hint));
        }
    }
    let human = format!("{} lines, every one in its place\n  head  {}\n", head.sequence, head.hash);
    let data = json!({ "lines": head.sequence, "head": head.hash.to_string() });
    Ok(Report::new(human, data))
}
