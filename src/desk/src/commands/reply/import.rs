//! `reply import`: from sealed replies to transactions that can be sent.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use strongroom_journal::DeskEntry;
use strongroom_protocol::bundle::BUNDLE_LIMIT;
use strongroom_protocol::{Bundle, Reply, Sealed, canonical};
use strongroom_screen::{Failure, Report, Table};

use super::check::{Checked, check};
use crate::desk::Desk;
use crate::home::Home;
use crate::store::replies::{self, StoredReply};
use crate::store::requests::{self, RequestState};
use crate::store::transactions::{self, StoredTransaction, TransactionState};
use crate::store::{StoreError, heads};
use crate::{chains, failure};

/// What `reply import` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Replies that vaults wrote
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let mut human = String::new();
    let mut data = Vec::new();
    let mut warnings = Vec::new();
    for path in &args.files {
        let bytes = desk.read_file(path, BUNDLE_LIMIT)?;
        let sealed: Sealed<Reply> = Bundle::read(&bytes).map_err(|error| failure::bundle(path, &error))?;
        let checked = check(&home, &sealed)?;
        let now = desk.now();
        take_in(&mut home, &sealed, &checked, now)?;
        let (lines, value) = describe(path, &sealed, &checked);
        human.push_str(&lines);
        data.push(value);
        if !sealed.value().machine.is_cold() {
            warnings.push(format!(
                "{}: signed on a WARM machine: something on it could speak to somebody; ask its operator what `strongroom-vault doctor` says there",
                path.display()
            ));
        }
        for request in &checked.unexplained {
            warnings.push(format!(
                "this vault claimed slots for request {request}, which was never written here: find out who asked for it"
            ));
        }
    }
    let mut report = Report::new(human, json!({ "replies": data }));
    report.warnings = warnings;
    Ok(report)
}

/// Journals the reply, then remembers it with its transactions and the vault's head, all or nothing.
fn take_in(
    home: &mut Home,
    sealed: &Sealed<Reply>,
    checked: &Checked,
    now: strongroom_protocol::Timestamp,
) -> Result<(), Failure> {
    let reply = sealed.value();
    let entry = DeskEntry::Imported { request: reply.request, station: reply.station, head: reply.head.hash };
    home.record(now, entry)?;
    let rows = rows(checked)?;
    let path = home.path.clone();
    let transaction = home.store.transaction()?;
    let stored =
        StoredReply { request: reply.request, station: reply.station, document: canonical::encode(sealed) };
    let write = || -> rusqlite::Result<()> {
        replies::insert(&transaction, &stored, now)?;
        heads::advance(&transaction, &reply.station, &reply.head)?;
        rows.iter().try_for_each(|row| transactions::insert(&transaction, row))?;
        if matches!(checked.stored.state, RequestState::Open | RequestState::Abandoned) {
            requests::set_state(&transaction, &reply.request, RequestState::Signed)?;
        }
        Ok(())
    };
    write().and_then(|()| transaction.commit()).map_err(|error| StoreError::sqlite(&path, error))?;
    Ok(())
}

fn rows(checked: &Checked) -> Result<Vec<StoredTransaction>, Failure> {
    let lost = || Failure::new(crate::exit::FAILED, "chain", "a transaction's chain is not spoken here");
    let mut rows = Vec::with_capacity(checked.transactions.len());
    for assembled in &checked.transactions {
        let hash = chains::transaction_id(&assembled.slot, &assembled.raw).ok_or_else(lost)?;
        rows.push(StoredTransaction {
            hash,
            request: checked.stored.id,
            intent: assembled.intent,
            rung: assembled.rung,
            slot: assembled.slot.clone(),
            raw: assembled.raw.0.clone(),
            state: TransactionState::Signed,
            first_sent_at: None,
            block: None,
            note: None,
        });
    }
    Ok(rows)
}

fn describe(path: &Path, sealed: &Sealed<Reply>, checked: &Checked) -> (String, Value) {
    let reply = sealed.value();
    let (signed, asked) = (reply.items.len(), checked.request.items.len());
    let mut table = Table::new();
    table
        .row(["reply", &path.display().to_string()])
        .row(["request", &reply.request.to_string()])
        .row(["station", &reply.station.to_string()])
        .row(["signed", &format!("{signed} of {asked} items, every signature verified")])
        .row(["machine", reply.machine.as_str()])
        .row(["vault's journal", &format!("{} lines, {}", reply.head.sequence, reply.head.hash)]);
    let value = json!({
        "file": path.display().to_string(),
        "request": reply.request.to_string(),
        "plan": reply.plan.to_string(),
        "station": reply.station.to_string(),
        "signed": signed,
        "asked": asked,
        "machine": reply.machine.as_str(),
        "head": { "sequence": reply.head.sequence.to_string(), "hash": reply.head.hash.to_string() },
        "unexplained": checked.unexplained.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    (format!("{table}\n"), value)
}
