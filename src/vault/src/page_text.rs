//! A review for people.

use std::fmt::Write;

use strongroom_policy::Policy;
use strongroom_protocol::Amount;
use strongroom_screen::Table;
use strongroom_signing::{Preview, Sight};

use crate::money::show;
use crate::page::{Deed, LineRow, Page, Party};

/// Refusals of one rule that are told in words.
const WORDS_SHOWN: usize = 10;
/// Digits of an id that are enough to tell files apart.
const ID_SHOWN: usize = 16;

impl Page {
    /// The whole page. Writing to a String cannot fail, so results are dropped.
    pub(crate) fn text(&self, policy: &Policy) -> String {
        let mut text = String::new();
        self.head(&mut text);
        self.sums(policy, &mut text);
        self.items(policy, &mut text);
        self.verdict(&mut text);
        text
    }

    fn head(&self, text: &mut String) {
        let short = |id: &str| id.chars().take(ID_SHOWN).collect::<String>();
        let mut table = Table::new();
        table.row(["Request", &format!("{}…", short(&self.request.to_string()))]);
        table.row(["Plan", &format!("{}…", short(&self.plan.to_string()))]);
        table.row(["Prepared", &format!("by {} at {}", self.prepared_by, self.prepared_at)]);
        table.row(["Policy", &format!("epoch {}, {}…", self.policy.1, short(&self.policy.0))]);
        table.row(["Book", &format!("epoch {}, {}…", self.book.1, short(&self.book.0))]);
        table.row(["Machine", self.machine.as_str()]);
        for words in &self.warm {
            table.row(["", words]);
        }
        for (place, (station, line)) in self.others.iter().enumerate() {
            let heading = if place == 0 { "Other vaults" } else { "" };
            let learned = match line {
                0 => "nothing learned of it".to_owned(),
                line => format!("learned up to line {line}"),
            };
            table.row([heading, &format!("{station}: {learned}")]);
        }
        let _ = write!(text, "{table}");
    }

    fn sums(&self, policy: &Policy, text: &mut String) {
        let _ = writeln!(text, "\nTotals, by the bytes");
        let mut table = Table::new().indent(2).right(&[0]);
        for row in &self.totals {
            let amount = match row.amount {
                Some(amount) => show(policy, &row.asset, amount),
                None => format!("more of {} than a chain can carry", row.asset),
            };
            table.row([amount, format!("to {}", row.class), count(row.count, "payment")]);
        }
        if self.totals.is_empty() {
            table.row(["nothing leaves"]);
        }
        let _ = write!(text, "{table}");
        let _ = writeln!(text, "\nFees, at most");
        let mut table = Table::new().indent(2).right(&[0]);
        for (asset, amount) in &self.fees {
            table.row([show(policy, asset, *amount), format!("on {}", asset.chain())]);
        }
        let _ = write!(text, "{table}");
    }

    fn items(&self, policy: &Policy, text: &mut String) {
        let (items, intents) = self.counts;
        let part = if items == intents { String::new() } else { format!(" of the plan's {intents}") };
        let _ = writeln!(text, "\nLines: {items}{part}");
        if self.unread > 0 {
            let _ = writeln!(text, "  {} cannot be read: see the refusals", self.unread);
        }
        let mut last = None;
        for line in &self.lines {
            if last.is_some_and(|last: u64| last.saturating_add(1) < line.number) && items == intents {
                let _ = writeln!(text, "  …");
            }
            last = Some(line.number);
            line_text(line, policy, text);
        }
        let shown = self.lines.len().saturating_add(self.unread);
        if shown < items {
            let _ = writeln!(text, "  {} lines are not shown: --all shows them", items.saturating_sub(shown));
        }
    }

    fn verdict(&self, text: &mut String) {
        let names: Vec<_> = self.approvers.iter().map(ToString::to_string).collect();
        let by = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        let _ = writeln!(text, "\nApproved by {by}; {} needed", self.needed);
        let _ = writeln!(text, "\nRules");
        let mut table = Table::new().indent(2).right(&[1]);
        for rule in &self.rules {
            let outcome = match rule.refused {
                0 => "passed".to_owned(),
                refused => format!("REFUSED {refused}"),
            };
            table.row([rule.name, &count(rule.checked, "check"), &outcome]);
        }
        let _ = write!(text, "{table}");
        if !self.refusals.is_empty() {
            let _ = writeln!(text, "\nRefused");
            self.refused(text);
        }
        let _ = writeln!(text, "\nComparison code  {}", self.code);
        if self.refusals.is_empty() {
            let _ = writeln!(
                text,
                "  `sign` asks for two of its hidden groups: they come from the approvers' screens"
            );
        }
    }
}

impl Page {
    /// The words of the refusals; of a rule that refused often, the first few unless all are wanted.
    fn refused(&self, text: &mut String) {
        for rule in self.rules.iter().filter(|rule| rule.refused > 0) {
            let words = self.refusals.iter().filter(|refusal| refusal.rule.name() == rule.name);
            let most = if self.all { usize::MAX } else { WORDS_SHOWN };
            let mut shown = 0usize;
            for refusal in words.take(most) {
                let _ = writeln!(text, "  {refusal}");
                shown = shown.saturating_add(1);
            }
            if shown < rule.refused {
                let _ = writeln!(text, "  {}: and {} more", rule.name, rule.refused.saturating_sub(shown));
            }
        }
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn party(party: &Party) -> String {
    match &party.label {
        Some(label) => format!("{label}  {}", party.address.grouped()),
        None => format!("(nobody we know)  {}", party.address.grouped()),
    }
}

fn line_text(line: &LineRow, policy: &Policy, text: &mut String) {
    let ours = if line.ours { "" } else { "  (another station's)" };
    let _ = writeln!(text, "\n  {}  from {}{ours}", line.number, party(&line.account));
    let indent = " ".repeat(line.number.to_string().len().saturating_add(4));
    for deed in &line.deeds {
        let _ = writeln!(text, "{indent}{}", deed_text(deed, policy));
    }
    let _ = write!(text, "{indent}fee at most {}", show(policy, &line.fee_asset, line.fee_cap));
    if !line.facts.is_empty() {
        let _ = write!(text, "   {}", line.facts);
    }
    if line.versions > 1 {
        let _ = write!(text, "   {} versions", line.versions);
    }
    let _ = writeln!(text, "   until {}", line.not_after);
    // What people wrote comes after the facts, and quoted.
    let _ = writeln!(text, "{indent}reference {:?}", line.reference);
    if let Some(reason) = &line.reason {
        let _ = writeln!(text, "{indent}reason {reason:?}");
    }
    if let Some(preview) = line.preview.as_ref().filter(|_| line.ours) {
        preview_text(preview, &indent, text);
    }
}

/// What the owner is to find on the device, before anybody presses a button there.
fn preview_text(preview: &Preview, indent: &str, text: &mut String) {
    let _ = writeln!(text, "{indent}on the device");
    let inner = format!("{indent}  ");
    let mut table = Table::new().indent(inner.len());
    for screen in &preview.screens {
        table.row([screen.title.as_str(), &screen.text]);
    }
    let _ = write!(text, "{table}");
    if let Sight::Blind(why) = &preview.sight {
        let _ = writeln!(text, "{indent}BLIND: the device does not show what it signs: {why}");
    }
}

fn deed_text(deed: &Deed, policy: &Policy) -> String {
    match deed {
        Deed::Pay { asset, amount, to, own, .. } => {
            let own = if *own { "  (our own)" } else { "" };
            format!("pays {} to {}{own}", show(policy, asset, *amount), party(to))
        }
        Deed::Grant { asset, amount, spender } if amount.is_zero() => {
            let symbol =
                policy.asset(asset).map_or_else(|| asset.to_string(), |asset| asset.symbol.to_string());
            format!("takes back the allowance of {symbol} from {}", party(spender))
        }
        Deed::Grant { asset, amount, spender } => {
            let much = if *amount == Amount::MAX {
                "WITHOUT LIMIT".to_owned()
            } else {
                show(policy, asset, *amount)
            };
            format!("lets {} take {much}", party(spender))
        }
        Deed::SpendSlot => "spends its slot on nothing".to_owned(),
    }
}
