//! A review for scripts.

use serde_json::{Value, json};
use strongroom_policy::Policy;
use strongroom_signing::{Preview, Refusal, Sight};

use crate::money::data;
use crate::page::{Deed, LineRow, Page, Party};

impl Page {
    /// The page as the `data` of a result.
    pub(crate) fn data(&self, policy: &Policy) -> Value {
        let mut data = self.document(policy);
        if let Some(fields) = data.as_object_mut().filter(|_| !self.others.is_empty()) {
            let others = self.others.iter();
            let others =
                others.map(|(station, line)| json!({ "station": station.as_str(), "learned": line }));
            fields.insert("other_vaults".to_owned(), others.collect());
        }
        data
    }

    fn document(&self, policy: &Policy) -> Value {
        json!({
            "request": self.request.to_string(),
            "plan": self.plan.to_string(),
            "prepared_by": self.prepared_by.as_str(),
            "prepared_at": self.prepared_at.to_string(),
            "policy": { "id": self.policy.0, "epoch": self.policy.1 },
            "book": { "id": self.book.0, "epoch": self.book.1 },
            "machine": { "verdict": self.machine.as_str(), "warm": self.warm },
            "items": self.counts.0,
            "intents": self.counts.1,
            "unread": self.unread,
            "totals": self.totals.iter().map(|row| json!({
                "asset": row.asset.as_str(),
                "class": row.class,
                "count": row.count,
                "amount": row.amount.map(|amount| amount.to_string()),
                "display": row.amount.map(|amount| crate::money::show(policy, &row.asset, amount)),
            })).collect::<Vec<_>>(),
            "fees": self.fees.iter().map(|(asset, amount)| data(policy, asset, *amount)).collect::<Vec<_>>(),
            "lines": self.lines.iter().map(|line| line_data(line, policy)).collect::<Vec<_>>(),
            "approved_by": self.approvers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "approvals_needed": self.needed,
            "passed": self.refusals.is_empty(),
            "rules": self.rules.iter().map(|rule| json!({
                "rule": rule.name, "checked": rule.checked, "refused": rule.refused,
            })).collect::<Vec<_>>(),
            "refusals": self.refusals.iter().map(refusal_data).collect::<Vec<_>>(),
            "code_shown": self.code,
        })
    }
}

/// A refusal for scripts.
pub(crate) fn refusal_data(refusal: &Refusal) -> Value {
    json!({
        "rule": refusal.rule.name(),
        "line": refusal.intent.map(|intent| u64::from(intent).saturating_add(1)),
        "exit": refusal.exit().code(),
        "words": refusal.words,
    })
}

fn party(party: &Party) -> Value {
    json!({ "label": party.label, "address": party.address.as_str() })
}

fn line_data(line: &LineRow, policy: &Policy) -> Value {
    json!({
        "line": line.number,
        "account": party(&line.account),
        "does": line.deeds.iter().map(|deed| deed_data(deed, policy)).collect::<Vec<_>>(),
        "fee_cap": data(policy, &line.fee_asset, line.fee_cap),
        "slots": line.slots,
        "versions": line.versions,
        "ours": line.ours,
        "not_after": line.not_after.to_string(),
        "reference": line.reference,
        "reason": line.reason,
        "device": line.preview.as_ref().map(preview_data),
    })
}

fn preview_data(preview: &Preview) -> Value {
    let blind = match &preview.sight {
        Sight::Blind(why) => Some(why),
        Sight::Clear => None,
    };
    let screens: Vec<_> = preview.screens.iter().map(|screen| json!([screen.title, screen.text])).collect();
    json!({ "screens": screens, "blind": blind })
}

fn deed_data(deed: &Deed, policy: &Policy) -> Value {
    match deed {
        Deed::Pay { asset, amount, to, class, own } => json!({
            "kind": "pay", "to": party(to), "class": class, "own": own, "amount": data(policy, asset, *amount),
        }),
        Deed::Grant { asset, amount, spender } => json!({
            "kind": "grant", "spender": party(spender), "amount": data(policy, asset, *amount),
        }),
        Deed::SpendSlot => json!({ "kind": "spend-slot" }),
    }
}
