//! A page for people. Writing to a String cannot fail, so results are dropped.

use std::fmt::Write as _;

use strongroom_protocol::{Address, Amount};
use strongroom_screen::Table;

use super::directory::Directory;
use super::page::{Deed, Page, Party, PolicyStanding, Preparer, Row};

impl Page {
    /// The whole page.
    pub fn text(&self, names: Directory<'_>) -> String {
        let mut text = String::new();
        self.sums(names, &mut text);
        self.head(&mut text);
        self.items(names, &mut text);
        self.end(&mut text);
        text
    }

    fn sums(&self, names: Directory<'_>, text: &mut String) {
        let _ = writeln!(text, "Leaves, by the bytes");
        let mut table = Table::new().indent(2).right(&[0]);
        for row in &self.totals {
            let amount = match row.amount {
                Some(amount) => names.amount(&row.asset, amount),
                None => format!("more of {} than any chain can carry", row.asset),
            };
            let class = row
                .class
                .as_ref()
                .map_or_else(|| "to payees in no list".to_owned(), |class| format!("to {class}"));
            let class =
                if self.standing == PolicyStanding::None { "to payees below".to_owned() } else { class };
            table.row([amount, class, count(row.count, "payment")]);
        }
        if self.totals.is_empty() {
            table.row(["nothing"]);
        }
        let _ = write!(text, "{table}");
        let _ = writeln!(text, "Fees, at most");
        let mut table = Table::new().indent(2).right(&[0]);
        for (asset, amount) in &self.fees {
            let amount = amount.map_or_else(
                || format!("more of {asset} than there is"),
                |amount| names.amount(asset, amount),
            );
            table.row([amount, format!("on {}", asset.chain())]);
        }
        let _ = write!(text, "{table}");
    }

    fn head(&self, text: &mut String) {
        let signed = match &self.preparer {
            Preparer::Verified => "signed with a key that the policy gives them".to_owned(),
            Preparer::Claimed { key } => {
                format!("claimed: signed with {key}, and no policy here says whose that is")
            }
            Preparer::Wrong(why) => format!("WRONG: {why}"),
        };
        let policy = match self.standing {
            PolicyStanding::None => format!("{}  (not at hand: names are claimed)", self.policy),
            PolicyStanding::InForce => format!("{}  (in force here)", self.policy),
            PolicyStanding::Other => format!("{}  (NOT the one in force here)", self.policy),
        };
        let mut table = Table::new();
        table.row(["Request", &self.request.to_string()]);
        table.row(["Plan", &self.plan.to_string()]);
        table.row(["House", &self.house.to_string()]);
        table.row(["Policy", &policy]);
        table.row(["Prepared", &format!("by {} at {}", self.prepared_by, self.prepared_at)]);
        table.row(["", &signed]);
        for (place, (station, line)) in self.vaults.iter().enumerate() {
            let heading = if place == 0 { "Vaults" } else { "" };
            let told = match line {
                None => "NOT NAMED by the request: no vault will pay".to_owned(),
                Some(0) => "nothing known of its journal".to_owned(),
                Some(line) => format!("known up to line {line}"),
            };
            table.row([heading, &format!("{station}: {told}")]);
        }
        let _ = write!(text, "\n{table}");
    }

    fn items(&self, names: Directory<'_>, text: &mut String) {
        let (items, intents) = self.counts;
        let part = if items == intents { String::new() } else { format!(" of the plan's {intents}") };
        let _ = writeln!(text, "\nLines: {items}{part}");
        let mut next = 0;
        for row in &self.rows {
            if row.place > next {
                let _ = writeln!(text, "\n  …");
            }
            next = row.place.saturating_add(1);
            row_text(row, names, text);
        }
        let hidden = items.saturating_sub(self.rows.len());
        if hidden > 0 {
            let _ = writeln!(text, "\n  {hidden} lines are not shown: --all shows them");
        }
    }

    fn end(&self, text: &mut String) {
        let _ = match self.wrong.as_slice() {
            [] => writeln!(text, "\nEvery line's bytes are exactly what its intent and facts give."),
            wrong => writeln!(
                text,
                "\nWRONG BYTES in {}: they are not what intent and facts give. Do not approve.",
                count(wrong.len(), "line")
            ),
        };
        let _ = writeln!(text, "\nComparison code of the plan  {}", self.code);
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn party(party: &Party) -> String {
    let address = party.address.as_ref().map_or_else(|| "(no address)".to_owned(), Address::grouped);
    match &party.label {
        Some(label) if label.claimed => format!("{:?} (claimed)  {address}", label.text),
        Some(label) => format!("{}  {address}", label.text),
        None => format!("(in no list here)  {address}"),
    }
}

fn row_text(row: &Row, names: Directory<'_>, text: &mut String) {
    let _ = writeln!(text, "\n  {}  from {}  on {}", row.number, party(&row.account), row.chain);
    let indent = " ".repeat(row.number.to_string().len().saturating_add(4));
    for error in &row.errors {
        let _ = writeln!(text, "{indent}WRONG: {error}");
    }
    for deed in &row.deeds {
        let _ = writeln!(text, "{indent}{}", deed_text(deed, names));
    }
    if let Some((asset, fee)) = &row.fee {
        let _ = write!(text, "{indent}fee at most {}", names.amount(asset, *fee));
        if row.versions > 1 {
            let _ = write!(text, "   {} versions", row.versions);
        }
        let _ = writeln!(text, "   until {}", row.not_after);
    }
    for slot in &row.slots {
        let _ = writeln!(text, "{indent}slot {slot}");
    }
    // What people wrote comes after the facts, and quoted.
    let _ = writeln!(text, "{indent}reference {:?}", row.reference);
    if let Some(reason) = &row.reason {
        let _ = writeln!(text, "{indent}reason {reason:?}");
    }
}

fn deed_text(deed: &Deed, names: Directory<'_>) -> String {
    match deed {
        Deed::Pay { asset, amount, to } => {
            let own = if to.label.as_ref().is_some_and(|label| label.own) { "  (our own)" } else { "" };
            format!("pays {} to {}{own}", names.amount(asset, *amount), party(to))
        }
        Deed::Grant { asset, amount, spender } if amount.is_zero() => {
            format!("takes back the allowance of {} from {}", names.asset(asset), party(spender))
        }
        Deed::Grant { asset, amount, spender } => {
            let much = if *amount == Amount::MAX {
                "WITHOUT LIMIT".to_owned()
            } else {
                names.amount(asset, *amount)
            };
            format!("lets {} take {much}", party(spender))
        }
        Deed::SpendSlot => "spends its slot on nothing".to_owned(),
    }
}
