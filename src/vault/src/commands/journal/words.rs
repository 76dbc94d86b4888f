//! A journal's lines in words, for people and for scripts.

use serde_json::{Value, json};
use strongroom_journal::{Line, VaultEntry};
use strongroom_protocol::{Claim, Head, JournalHash, Name, canonical};

/// A head, for scripts.
pub(super) fn head_data(head: Head) -> Value {
    json!({ "sequence": head.sequence, "hash": head.hash.to_string() })
}

/// A line, for scripts.
pub(super) fn data(line: &Line<VaultEntry>) -> Value {
    json!({
        "sequence": line.sequence,
        "at": line.at.to_string(),
        "hash": JournalHash::of(&canonical::encode(line)).to_string(),
        "event": describe(&line.entry).0,
        "detail": detail(&line.entry),
    })
}

/// The lines that a recovery took in from beside the journal. What is no line said nothing.
fn lines_of(entry: &VaultEntry) -> Vec<Line<VaultEntry>> {
    entry.aside().filter_map(|bytes| canonical::decode(bytes).ok()).collect()
}

/// A line's event and what it says, for people.
pub(super) fn describe(entry: &VaultEntry) -> (&'static str, String) {
    match entry {
        VaultEntry::Opened { station, .. } => ("opened", format!("station {station}")),
        VaultEntry::PolicyInstalled { policy, epoch } => ("policy", format!("epoch {epoch}, {policy}")),
        VaultEntry::BookInstalled { book, epoch } => ("book", format!("epoch {epoch}, {book}")),
        VaultEntry::KeyAdded { key, provenance, .. } => ("key", format!("{key}, {}", provenance.as_str())),
        VaultEntry::Enrolled { account } => ("enrolled", account.to_string()),
        VaultEntry::Claimed { request, operator, approvers, claims, .. } => {
            let by: Vec<_> = approvers.iter().map(Name::as_str).collect();
            let (count, by) = (claims.len(), by.join(", "));
            ("claimed", format!("{request}, {count} item(s), operator {operator}, approved by {by}"))
        }
        VaultEntry::Signed { request, machine, .. } => {
            ("signed", format!("{request}, on a {machine} machine"))
        }
        VaultEntry::Refused { rule, exit, why, .. } => ("refused", format!("{rule} (exit {exit}): {why}")),
        VaultEntry::Frozen { by, reason } => ("frozen", format!("by {by}: {:?}", reason.as_str())),
        VaultEntry::Thawed { freeze } => ("thawed", format!("freeze {freeze}")),
        VaultEntry::TornTail { bytes } => {
            ("torn-tail", format!("{bytes} bytes of an unfinished line were cut off"))
        }
        VaultEntry::Rejected { plan, by } => ("rejected", format!("plan {plan}, by {by}")),
        VaultEntry::Recovering { why, .. } => ("recovering", why.to_string()),
        VaultEntry::Vouched { by, head } => {
            ("vouched", format!("{by} knows line {}, {}, which is not here", head.sequence, head.hash))
        }
        VaultEntry::Recovered { by, place, aside, .. } => {
            let by: Vec<_> = by.iter().map(Name::as_str).collect();
            let (by, count) = (by.join(", "), aside.len());
            ("recovered", format!("by the word of {by}, at {place}; {count} line(s) from beside the journal"))
        }
        VaultEntry::Learned { station, after, lines, claimed, .. } => {
            let count: usize = claimed.iter().map(|part| part.claims.len()).sum();
            let end = after.sequence.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
            ("learned", format!("of station {station}, up to its line {end}: {count} claim(s)"))
        }
        VaultEntry::Forked { station, line, .. } => {
            ("forked", format!("station {station} sealed two different lines {line}: that vault was copied"))
        }
        _ => ("other", "a line of a later version".to_owned()),
    }
}

/// What a line says, for scripts.
pub(super) fn detail(entry: &VaultEntry) -> Value {
    match entry {
        VaultEntry::Opened { house, station, place } => json!({
            "house": house.to_string(),
            "station": station.to_string(),
            "place": place.map(|place| place.to_string()),
        }),
        VaultEntry::PolicyInstalled { policy, epoch } => {
            json!({ "policy": policy.to_string(), "epoch": epoch })
        }
        VaultEntry::BookInstalled { book, epoch } => json!({ "book": book.to_string(), "epoch": epoch }),
        VaultEntry::KeyAdded { key, provenance, .. } => {
            json!({ "key": key.as_str(), "made": provenance.as_str() })
        }
        VaultEntry::Enrolled { account } => json!({ "account": account.to_string() }),
        VaultEntry::Claimed { request, plan, policy, book, operator, approvers, claims } => json!({
            "request": request.to_string(),
            "plan": plan.to_string(),
            "policy": policy.to_string(),
            "book": book.to_string(),
            "operator": operator.as_str(),
            "approved_by": approvers.iter().map(Name::as_str).collect::<Vec<_>>(),
            "claims": claims.iter().map(claim_data).collect::<Vec<_>>(),
        }),
        VaultEntry::Signed { request, signatures, machine } => json!({
            "request": request.to_string(),
            "signatures": signatures.to_string(),
            "machine": machine.as_str(),
        }),
        VaultEntry::Refused { request, rule, exit, why } => json!({
            "request": request.map(|request| request.to_string()),
            "rule": rule.as_str(),
            "exit": exit,
            "words": why.as_str(),
        }),
        VaultEntry::Frozen { by, reason } => json!({ "by": by.as_str(), "reason": reason.as_str() }),
        VaultEntry::Thawed { freeze } => json!({ "freeze": freeze.to_string() }),
        VaultEntry::TornTail { bytes } => json!({ "bytes": bytes }),
        VaultEntry::Rejected { plan, by } => json!({ "plan": plan.to_string(), "by": by.as_str() }),
        VaultEntry::Recovering { head, place, why } => {
            json!({ "head": head_data(*head), "place": place.to_string(), "why": why.as_str() })
        }
        VaultEntry::Vouched { by, head } => json!({ "by": by.as_str(), "head": head_data(*head) }),
        VaultEntry::Recovered { recovery, by, place, .. } => json!({
            "recovery": recovery.to_string(),
            "signed_by": by.iter().map(Name::as_str).collect::<Vec<_>>(),
            "place": place.to_string(),
            "aside": lines_of(entry).iter().map(data).collect::<Vec<_>>(),
        }),
        VaultEntry::Learned { station, after, lines, claimed, rejected } => json!({
            "station": station.to_string(),
            "after": head_data(*after),
            "lines": lines.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "claimed": claimed.iter().map(|part| json!({
                "at": part.at.to_string(),
                "plan": part.plan.to_string(),
                "claims": part.claims.iter().map(claim_data).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "rejected": rejected.iter().map(|(plan, by)| json!({
                "plan": plan.to_string(), "by": by.as_str(),
            })).collect::<Vec<_>>(),
        }),
        VaultEntry::Forked { station, line, known, told } => json!({
            "station": station.to_string(),
            "line": line,
            "known": known.to_string(),
            "told": told.to_string(),
        }),
        _ => Value::Null,
    }
}

/// A claim, for scripts.
fn claim_data(claim: &Claim) -> Value {
    json!({
        "line": u64::from(claim.intent).saturating_add(1),
        "account": claim.account.to_string(),
        "slots": claim.slots.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "reference": claim.reference.as_str(),
        "fee_cap": { "asset": claim.fee_asset.as_str(), "amount": claim.fee_cap.to_string() },
        "payments": claim.payments.iter().map(|payment| json!({
            "asset": payment.asset.as_str(),
            "to": payment.to.as_str(),
            "amount": payment.amount.to_string(),
            "own": payment.own,
        })).collect::<Vec<_>>(),
    })
}
