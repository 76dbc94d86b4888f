//! `request abandon`: give up a request that nobody signed.

use serde_json::json;
use strongroom_journal::DeskEntry;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::planning::giving_up;
use crate::requested;
use crate::store::requests::{self, RequestState};

/// What `request abandon` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  strongroom request abandon 3f2a9c

The highest slots of an account's row become free for the next payment. The others are gaps: what comes after them
cannot land before they are voided, and the commands for that are printed. Destroy every copy of the file: whether a
vault has signed it is not known here before its reply is imported.")]
pub struct Args {
    /// The request: its file, or the first digits of its id
    #[arg(value_name = "REQUEST")]
    request: String,
}

/// Runs `request abandon`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args { request } = args;
    let mut home = desk.open()?;
    let stored = requested::find(desk, &home, &request)?;
    giving_up::check_unsigned(&home, &stored)?;
    // Journaled first: giving up twice changes nothing, and freed slots that nobody wrote down would.
    home.record(desk.now(), DeskEntry::Abandoned { request: stored.id })?;
    let transaction = home.store.transaction()?;
    let gone = giving_up::let_go(&transaction, &stored.id)
        .and_then(|gone| {
            requests::set_state(&transaction, &stored.id, RequestState::Abandoned).map(|()| gone)
        })
        .and_then(|gone| transaction.commit().map(|()| gone))
        .map_err(|error| home.store.error(error))?;
    let (words, mut data) = giving_up::describe(&home, &gone);
    if let Some(fields) = data.as_object_mut() {
        fields.insert("request".to_owned(), json!(stored.id.to_string()));
    }
    Ok(Report::new(format!("Request {} is given up.\n{words}", stored.id), data))
}
