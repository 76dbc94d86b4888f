//! `account list`: the accounts, and what they hold.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use strongroom_policy::policy::Policy;
use strongroom_protocol::{AccountId, Address, ChainId};
use strongroom_screen::{Failure, Report, Table};

use super::balances::{self, Held};
use super::words;
use crate::desk::Desk;
use crate::home::{Home, account_failure, accounts};

/// What `account list` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom account list --balances")]
pub(super) struct Args {
    /// Ask the nodes what each account holds of each asset that the policy lists
    #[arg(long)]
    balances: bool,
}

/// One account as it is listed.
pub(super) struct Row {
    pub(super) id: AccountId,
    pub(super) label: String,
    pub(super) chain: ChainId,
    pub(super) address: Address,
    state: &'static str,
    text: String,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let rows = rows(&home)?;
    let held = if args.balances { balances::of(desk, &home, &rows)? } else { BTreeMap::new() };
    let mut table = Table::new();
    let mut list: Vec<Value> = Vec::new();
    for row in &rows {
        table.row([row.label.as_str(), row.chain.as_str(), row.address.as_str(), &row.text]);
        let own = held.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        for Held { words, .. } in own {
            table.row(["", "", words]);
        }
        let amounts: Vec<_> = own.iter().map(|held| held.value.clone()).collect();
        list.push(json!({
            "id": row.id.to_string(),
            "label": row.label,
            "chain": row.chain.as_str(),
            "address": row.address.as_str(),
            "state": row.state,
            "balances": args.balances.then_some(amounts),
        }));
    }
    let human = if table.is_empty() {
        "no accounts: take in records with `strongroom account import FILE`\n".to_owned()
    } else {
        table.to_string()
    };
    Ok(Report::new(human, json!({ "accounts": list })))
}

/// Every account that has a record here or that the policy pins.
fn rows(home: &Home) -> Result<Vec<Row>, Failure> {
    let stored = home.store.accounts()?;
    let mut rows = Vec::new();
    for account in &stored {
        let record = account.record.value();
        let (state, text) = match accounts::check(home, &account.record) {
            Ok(standing) => {
                let (state, text) = words(standing);
                (state, text.to_owned())
            }
            Err(error) => ("refused", account_failure(&error).message),
        };
        let pinned = home.policy.as_ref().and_then(|policy| policy.account(&account.id));
        rows.push(Row {
            id: account.id,
            label: pinned.map_or_else(|| record.label.to_string(), |pinned| pinned.label.to_string()),
            chain: record.chain.clone(),
            address: record.address.clone(),
            state,
            text,
        });
    }
    let unrecorded = home.policy.iter().flat_map(Policy::accounts);
    for pinned in unrecorded.filter(|pinned| stored.iter().all(|account| account.id != pinned.id)) {
        rows.push(Row {
            id: pinned.id,
            label: pinned.label.to_string(),
            chain: pinned.chain.clone(),
            address: pinned.address.clone(),
            state: "no-record",
            text: "pinned by the policy, but its record is not here".to_owned(),
        });
    }
    Ok(rows)
}
