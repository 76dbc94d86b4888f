//! A journal line in words.

use serde_json::{Value, json};
use strongroom_journal::DeskEntry;

/// The entry's stable name, its words, and its fields for scripts.
pub(super) fn of(entry: &DeskEntry) -> (&'static str, String, Value) {
    match entry {
        DeskEntry::Opened { house } => {
            ("opened", format!("house {house}"), json!({ "house": house.to_string() }))
        }
        DeskEntry::Reserved { request, plan, slots } => {
            let slots: Vec<_> = slots.iter().map(ToString::to_string).collect();
            let words = format!("request {request}, slots {}", slots.join(", "));
            let fields = json!({ "request": request.to_string(), "plan": plan.to_string(), "slots": slots });
            ("reserved", words, fields)
        }
        DeskEntry::Abandoned { request } => {
            ("abandoned", format!("request {request}"), json!({ "request": request.to_string() }))
        }
        DeskEntry::Imported { request, station, head } => {
            let fields = json!({
                "request": request.to_string(), "station": station.to_string(), "head": head.to_string()
            });
            ("imported", format!("reply to request {request} by station {station}"), fields)
        }
        DeskEntry::Sent { request, intent, transaction } => {
            let fields =
                json!({ "request": request.to_string(), "intent": intent, "transaction": transaction });
            ("sent", format!("{transaction} for intent {intent} of request {request}"), fields)
        }
        DeskEntry::Settled { slot, transaction, success } => {
            let end = if *success { "done" } else { "without effect" };
            let fields = json!({ "slot": slot.to_string(), "transaction": transaction, "success": success });
            ("settled", format!("{slot} by {transaction}: {end}"), fields)
        }
        DeskEntry::PolicyInstalled { policy, epoch } => {
            let fields = json!({ "policy": policy.to_string(), "epoch": epoch });
            ("policy-installed", format!("epoch {epoch}, {policy}"), fields)
        }
        DeskEntry::BookInstalled { book, epoch } => {
            let fields = json!({ "book": book.to_string(), "epoch": epoch });
            ("book-installed", format!("epoch {epoch}, {book}"), fields)
        }
        DeskEntry::TornTail { bytes } => (
            "torn-tail",
            format!("{bytes} bytes of an unfinished line were cut off"),
            json!({ "bytes": bytes }),
        ),
        DeskEntry::Frozen { by, reason } => {
            let fields = json!({ "by": by.as_str(), "reason": reason.as_str() });
            ("frozen", format!("by {by}: {reason:?}"), fields)
        }
        DeskEntry::Thawed { freeze } => {
            ("thawed", format!("the freeze {freeze}"), json!({ "freeze": freeze.to_string() }))
        }
        // A line of a kind that this version cannot name is shown as it is.
        other => ("other", format!("{other:?}"), Value::Null),
    }
}
