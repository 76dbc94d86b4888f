//! One request, line by line.

use serde_json::{Value, json};
use strongroom_protocol::{ComparisonCode, RequestId};
use strongroom_screen::{Failure, Report, Table};

use crate::commands::send::counts_text;
use crate::following::item_state;
use crate::home::Home;
use crate::store::{requests, reservations, transactions};
use crate::{exit, requested};

/// One request's lines, versions and slots.
pub(super) fn report(home: &Home, id: &RequestId) -> Result<Report, Failure> {
    let store = &home.store;
    let error = |error| store.error(error);
    let stored = requests::find(store.connection(), id).map_err(error)?.ok_or_else(|| {
        Failure::new(exit::NOT_READY, "unknown-request", format!("{id} is no request of this desk"))
    })?;
    let request = requested::decode(&stored)?;
    let states = item_state::of_request(home, id, &request)?;
    let code = ComparisonCode::of(stored.plan.as_bytes()).to_string();
    let mut head = Table::new();
    head.row(["request", &id.to_string()]);
    head.row(["plan", &stored.plan.to_string()]);
    head.row(["code", &code]);
    head.row(["written", &stored.created_at.to_string()]);
    head.row(["state", stored.state.as_str()]);
    let mut table = Table::new().indent(2).right(&[0]);
    for state in &states {
        table.row([
            state.line.to_string(),
            state.kind.as_str().to_owned(),
            state.slot.as_ref().map(ToString::to_string).unwrap_or_default(),
            state.transaction.clone().unwrap_or_default(),
            state.block.map(|block| format!("block {block}")).unwrap_or_default(),
            state.note.clone().unwrap_or_default(),
        ]);
    }
    let slots = reservations::of_request(store.connection(), id).map_err(error)?;
    let versions = transactions::of_request(store.connection(), id).map_err(error)?;
    let (seen_text, seen) = super::as_of(home)?;
    let human = format!("{head}\n{}{table}\n{seen_text}", counts_text(&states));
    let lines: Vec<_> = states.iter().map(item_state::ItemState::value).collect();
    let slots: Vec<_> = slots
        .iter()
        .map(|held| {
            json!({ "line": u64::from(held.intent).saturating_add(1), "slot": held.slot.as_str(), "hold": held.state.as_str() })
        })
        .collect();
    let data = json!({
        "request": id.to_string(),
        "plan": stored.plan.to_string(),
        "code": code,
        "created_at": stored.created_at.to_string(),
        "state": stored.state.as_str(),
        "lines": lines,
        "slots": slots,
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
        "as_of": seen,
    });
    Ok(Report::new(human, data))
}

fn version(signed: &transactions::StoredTransaction) -> Value {
    json!({
        "line": u64::from(signed.intent).saturating_add(1),
        "version": u64::from(signed.rung).saturating_add(1),
        "transaction": signed.hash,
        "slot": signed.slot.as_str(),
        "state": signed.state.as_str(),
        "first_sent_at": signed.first_sent_at.map(|at| at.to_string()),
        "block": signed.block,
        "note": signed.note,
    })
}
