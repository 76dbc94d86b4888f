//! A page for scripts.

use serde_json::{Value, json};
use strongroom_protocol::Address;

use super::directory::Directory;
use super::page::{Deed, Page, Party, PolicyStanding, Preparer, Row};

impl Page {
    /// The whole page. Amounts are decimal strings.
    pub fn value(&self, names: Directory<'_>) -> Value {
        let mut value = self.document(names);
        if let Some(fields) = value.as_object_mut().filter(|_| !self.vaults.is_empty()) {
            let vaults = self.vaults.iter();
            let vaults = vaults.map(|(station, line)| json!({ "station": station.as_str(), "line": line }));
            fields.insert("vaults".to_owned(), vaults.collect());
        }
        value
    }

    fn document(&self, names: Directory<'_>) -> Value {
        let totals: Vec<_> = self
            .totals
            .iter()
            .map(|row| {
                json!({
                    "class": row.class,
                    "payments": row.count,
                    "sum": row.amount.map(|amount| names.amount_value(&row.asset, amount)),
                    "asset": row.asset.as_str(),
                })
            })
            .collect();
        let fees: Vec<_> = self
            .fees
            .iter()
            .map(|(asset, amount)| amount.map(|amount| names.amount_value(asset, amount)))
            .collect();
        let (verified, key, why) = match &self.preparer {
            Preparer::Verified => (Some(true), None, None),
            Preparer::Claimed { key } => (None, Some(key), None),
            Preparer::Wrong(why) => (Some(false), None, Some(why)),
        };
        json!({
            "request": self.request.to_string(),
            "plan": self.plan.to_string(),
            "code": self.code.to_string(),
            "house": self.house.to_string(),
            "policy": self.policy.to_string(),
            "policy_here": match self.standing {
                PolicyStanding::None => "none",
                PolicyStanding::InForce => "in-force",
                PolicyStanding::Other => "other",
            },
            "prepared_by": self.prepared_by.as_str(),
            "prepared_at": self.prepared_at.to_string(),
            "preparer": { "verified": verified, "claimed_key": key, "wrong": why },
            "items": self.counts.0,
            "intents": self.counts.1,
            "totals": totals,
            "max_fees": fees,
            "bytes_match": self.wrong.is_empty(),
            "lines": self.rows.iter().map(|row| row_value(row, names)).collect::<Vec<_>>(),
        })
    }
}

fn party(party: &Party) -> Value {
    let label = party.label.as_ref();
    json!({
        "address": party.address.as_ref().map(Address::as_str),
        "label": label.map(|label| label.text.as_str()),
        "claimed": label.map(|label| label.claimed),
        "class": label.and_then(|label| label.class.as_deref()),
        "own": label.is_some_and(|label| label.own),
    })
}

fn row_value(row: &Row, names: Directory<'_>) -> Value {
    let effects: Vec<_> = row
        .deeds
        .iter()
        .map(|deed| match deed {
            Deed::Pay { asset, amount, to } => {
                json!({ "kind": "pay", "amount": names.amount_value(asset, *amount), "to": party(to) })
            }
            Deed::Grant { asset, amount, spender } => {
                json!({ "kind": "grant", "amount": names.amount_value(asset, *amount), "spender": party(spender) })
            }
            Deed::SpendSlot => json!({ "kind": "spend-slot" }),
        })
        .collect();
    json!({
        "line": row.number,
        "chain": row.chain,
        "account": party(&row.account),
        "effects": effects,
        "max_fee": row.fee.as_ref().map(|(asset, fee)| names.amount_value(asset, *fee)),
        "slots": row.slots,
        "nonce": row.nonce,
        "versions": row.versions,
        "not_after": row.not_after.to_string(),
        "reference": row.reference,
        "reason": row.reason,
        "wrong": row.errors,
    })
}
