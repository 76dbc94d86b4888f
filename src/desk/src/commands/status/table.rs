//! All requests, and the gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use strongroom_protocol::{ComparisonCode, Slot};
use strongroom_screen::{Failure, Report, Table};

use crate::commands::send::counts_text;
use crate::following::item_state;
use crate::home::Home;
use crate::requested;
use crate::store::requests::{self, StoredRequest};
use crate::store::reservations::{self, Hold, Reservation};

/// Digits of an id that people are shown: enough to name it by.
const ID_SHOWN: usize = 12;

/// The table of requests.
pub(super) fn report(home: &Home) -> Result<Report, Failure> {
    let all = requests::all(home.store.connection()).map_err(|error| home.store.error(error))?;
    let (mut table, mut values) = (Table::new().right(&[3]), Vec::new());
    if !all.is_empty() {
        table.row(["request", "plan's code", "state", "lines", "", "block"]);
    }
    for stored in &all {
        values.push(row(home, stored, &mut table)?);
    }
    let (gaps_text, gaps) = gaps(home)?;
    let (seen_text, seen) = super::as_of(home)?;
    let requests = if all.is_empty() { "no requests\n".to_owned() } else { table.to_string() };
    let human = format!("{requests}{gaps_text}\n{seen_text}");
    Ok(Report::new(human, json!({ "requests": values, "gaps": gaps, "as_of": seen })))
}

fn row(home: &Home, stored: &StoredRequest, table: &mut Table) -> Result<Value, Failure> {
    let request = requested::decode(stored)?;
    let states = item_state::of_request(home, &stored.id, &request)?;
    let code = ComparisonCode::of(stored.plan.as_bytes()).to_string();
    let block = states.iter().filter_map(|state| state.block).max();
    let id = stored.id.to_string();
    let short: String = id.chars().take(ID_SHOWN).collect();
    table.row([
        short,
        code.clone(),
        stored.state.to_string(),
        states.len().to_string(),
        counts_text(&states).trim_end().to_owned(),
        block.map(|block| block.to_string()).unwrap_or_default(),
    ]);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for state in &states {
        let count = counts.entry(state.kind.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    Ok(json!({
        "request": id,
        "plan": stored.plan.to_string(),
        "code": code,
        "created_at": stored.created_at.to_string(),
        "state": stored.state.as_str(),
        "lines": states.len(),
        "counts": counts,
        "block": block,
    }))
}

/// Slots that were given up after they may have been signed, each with the command that closes it.
fn gaps(home: &Home) -> Result<(String, Vec<Value>), Failure> {
    let open = reservations::open(home.store.connection()).map_err(|error| home.store.error(error))?;
    let (mut text, mut values, mut seen) = (String::new(), Vec::new(), BTreeSet::<Slot>::new());
    for gap in open.iter().filter(|held| held.state == Hold::Gap) {
        if !seen.insert(gap.slot.clone()) {
            continue;
        }
        if text.is_empty() {
            text.push_str("\nOpen gaps: later payments of the account wait behind them, and what was signed for them may still land\n");
        }
        let command = void(home, gap);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {}  {command}", gap.slot);
        values.push(
            json!({ "slot": gap.slot.as_str(), "request": gap.request.to_string(), "command": command }),
        );
    }
    Ok((text, values))
}

/// The exact command that voids a gap.
fn void(home: &Home, gap: &Reservation) -> String {
    let label = home.policy.as_ref().and_then(|policy| policy.account(&gap.account));
    let account =
        label.map_or_else(|| gap.account.to_string(), |pinned| format!("{:?}", pinned.label.as_str()));
    format!("strongroom void {account} {} --agent -o void.request", gap.slot)
}
