//! `account import`: take in account records that vaults wrote.

use std::path::PathBuf;

use serde_json::{Value, json};
use strongroom_protocol::canonical::Document as _;
use strongroom_protocol::{Account, Bundle, Sealed};
use strongroom_screen::{Failure, Report, Table};

use super::words;
use crate::desk::Desk;
use crate::failure;
use crate::home::{account_failure, accounts};

/// What `account import` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom account import cold-eth.account cold-pol.account\n\nA record is signed by the vault that wrote it. Until the policy pins that vault's station, nobody can say whose signature it is."
)]
pub(super) struct Args {
    /// Records, as `strongroom-vault enroll` wrote them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    // All are checked before any is kept.
    let mut checked = Vec::new();
    for file in &args.files {
        let bytes = desk.read_file(file, Sealed::<Account>::LIMIT.saturating_add(64))?;
        let record: Sealed<Account> = Bundle::read(&bytes).map_err(|error| failure::bundle(file, &error))?;
        let standing = accounts::check(&home, &record).map_err(|error| {
            let failure = account_failure(&error);
            Failure { message: format!("{}: {}", file.display(), failure.message), ..failure }
        })?;
        checked.push((record, standing));
    }
    let mut table = Table::new();
    let mut list: Vec<Value> = Vec::new();
    for (record, standing) in &checked {
        let new = home.store.add_account(record)?;
        let account = record.value();
        let (state, text) = words(*standing);
        let kept = if new { "new" } else { "known already" };
        table.row([account.label.as_str(), account.chain.as_str(), account.address.as_str(), kept, text]);
        list.push(json!({
            "id": account.id().to_string(),
            "label": account.label.as_str(),
            "chain": account.chain.as_str(),
            "address": account.address.as_str(),
            "station": account.station.to_string(),
            "station_key": record.signature().public_key().map(|key| key.to_string()).unwrap_or_default(),
            "state": state,
            "new": new,
        }));
    }
    Ok(Report::new(table.to_string(), json!({ "accounts": list })))
}
