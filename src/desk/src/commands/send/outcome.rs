//! What came of sending, in words and as an exit code.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use strongroom_network::{FeedError, Sent, Submission};
use strongroom_screen::{Failure, Report, Table};

use super::errand::Errand;
use super::handing::Outcomes;
use crate::desk::Desk;
use crate::following::item_state::{self, ItemKind, ItemState};
use crate::following::round::Round;
use crate::{exit, failure};

/// Lines that are shown to people; the rest is counted. `status` shows all.
const SHOWN: usize = 40;

/// The end of `send`.
///
/// # Errors
/// Exit code 1 if a line failed or something else took its slot.
pub(super) fn report(
    desk: &Desk<'_>,
    errand: &Errand,
    last: &Round,
    outcomes: &Outcomes,
    trouble: Option<String>,
) -> Result<Report, Failure> {
    let home = desk.open()?;
    let states = item_state::of_request(&home, &errand.id, &errand.request)?;
    let mut table = Table::new().indent(2).right(&[0]);
    for state in shown(&states) {
        table.row(row(state, last, outcomes));
    }
    let mut human = format!("request {}\n{}{table}", errand.id, counts_text(&states));
    // Writing to a String cannot fail.
    let hidden = states.len().saturating_sub(SHOWN);
    if states.len() > SHOWN {
        let _ = writeln!(human, "  and {hidden} more: `strongroom status {}` shows all", errand.id);
    }
    for (chain, as_of) in &last.as_of {
        let _ = writeln!(human, "as of block {} of {chain}, {}", as_of.block, as_of.time);
    }
    let mut report = Report::new(human, data(errand, &states, last, outcomes));
    report.warnings.extend(trouble.map(|words| format!("nobody can say more at present: {words}")));
    end(&states, last, report)
}

/// How many lines stand how, in words.
pub(crate) fn counts_text(states: &[ItemState]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for state in states {
        let count = counts.entry(state.kind.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    let words: Vec<_> = counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{}\n", words.join(", "))
}

/// Trouble first, so that it is never among what is cut off.
fn shown(states: &[ItemState]) -> Vec<&ItemState> {
    let (bad, good): (Vec<_>, Vec<_>) = states.iter().partition(|state| state.kind.is_bad());
    bad.into_iter().chain(good).take(SHOWN).collect()
}

fn row(state: &ItemState, last: &Round, outcomes: &Outcomes) -> [String; 5] {
    let hash = state.transaction.clone().unwrap_or_default();
    let block = state.block.map(|block| format!("block {block}")).unwrap_or_default();
    let unsaid = state.slot.as_ref().and_then(|slot| last.unsaid.get(slot)).map(ToString::to_string);
    let handed = outcomes
        .get(&hash)
        .map(handed)
        .filter(|_| !matches!(state.kind, ItemKind::Confirmed | ItemKind::Final));
    let words: Vec<_> = [handed, state.note.clone(), unsaid].into_iter().flatten().collect();
    [state.line.to_string(), state.kind.as_str().to_owned(), hash, block, words.join("; ")]
}

/// What nodes did with a transaction, in words.
fn handed(sent: &Sent) -> String {
    match sent.verdict() {
        Submission::Accepted => "taken by nodes".to_owned(),
        Submission::AlreadyKnown => "already known".to_owned(),
        Submission::Rejected { .. } => "refused by every node".to_owned(),
        _ => "unknown whether any node took it".to_owned(),
    }
}

fn data(errand: &Errand, states: &[ItemState], last: &Round, outcomes: &Outcomes) -> Value {
    let lines: Vec<_> = states
        .iter()
        .map(|state| {
            let mut value = state.value();
            let sent = state.transaction.as_ref().and_then(|hash| outcomes.get(hash));
            let unsaid = state.slot.as_ref().and_then(|slot| last.unsaid.get(slot));
            if let Some(map) = value.as_object_mut() {
                map.insert("nodes".to_owned(), sent.map_or(Value::Null, sent_value));
                map.insert("unknown".to_owned(), unsaid.map_or(Value::Null, |why| why.to_string().into()));
            }
            value
        })
        .collect();
    let as_of: Vec<_> = last
        .as_of
        .iter()
        .map(|(chain, as_of)| json!({ "chain": chain.as_str(), "block": as_of.block, "time": as_of.time.to_string() }))
        .collect();
    json!({ "request": errand.id.to_string(), "lines": lines, "as_of": as_of })
}

fn sent_value(sent: &Sent) -> Value {
    let nodes = sent.outcomes.iter().map(|(node, outcome)| {
        let (word, reason) = match outcome {
            Submission::Accepted => ("accepted", None),
            Submission::AlreadyKnown => ("already-known", None),
            Submission::Rejected { reason } => ("rejected", Some(reason)),
            Submission::Unknown { reason } => ("unknown", Some(reason)),
            _ => ("unknown", None),
        };
        json!({ "node": node, "outcome": word, "reason": reason })
    });
    nodes.collect()
}

fn end(states: &[ItemState], last: &Round, mut report: Report) -> Result<Report, Failure> {
    let first = |wanted: fn(&ItemKind) -> bool| states.iter().find(|state| wanted(&state.kind));
    let bad = first(|kind| matches!(kind, ItemKind::Alarm))
        .or_else(|| first(|kind| matches!(kind, ItemKind::Failed)))
        .or_else(|| first(ItemKind::is_bad));
    if let Some(state) = bad {
        let words = state.note.clone().unwrap_or_else(|| "it did not do what it was to do".to_owned());
        let message = format!("line {}: {words}", state.line);
        return Err(Failure::new(exit::FAILED, state.kind.as_str(), message).showing(report));
    }
    // A line that was held back because nobody can say where it stands was not sent: 7 would say that it was.
    let mut held = states.iter().filter(|state| state.kind == ItemKind::Signed);
    if let Some(why) = held.find_map(|state| last.unsaid.get(state.slot.as_ref()?)) {
        return Err(failure::feed(&FeedError::Agreement(why.clone())).showing(report));
    }
    let unsigned = first(|kind| matches!(kind, ItemKind::Unsigned));
    if let Some(state) = unsigned {
        let words = format!("line {} is not signed, as far as was taken in here", state.line);
        if states.iter().all(|state| matches!(state.kind, ItemKind::Final | ItemKind::Unsigned)) {
            return Err(Failure::new(exit::NOT_READY, "unsigned", words).showing(report));
        }
        report = report.warn(words);
    }
    if states.iter().any(|state| state.kind != ItemKind::Final) {
        report.exit = exit::UNCONFIRMED;
    }
    Ok(report)
}
