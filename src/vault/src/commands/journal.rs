//! `journal`: what this vault did.

mod import;
mod verify;
mod words;

use clap::{Args, Subcommand};
use serde_json::json;
use strongroom_journal::{Line, VaultEntry};
use strongroom_screen::{Report, Table};

use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;
use words::{data, describe, head_data};

/// What this vault did, line by line
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault journal show --last 20")]
pub(crate) struct Journal {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Show(Show),
    Verify(Verify),
    Import(import::Import),
}

/// Show the journal's lines
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault journal show --last 20
  strongroom-vault journal show --json")]
struct Show {
    /// Only so many of the last lines
    #[arg(long, value_name = "COUNT")]
    last: Option<usize>,
    /// The same as --output json
    #[arg(long)]
    json: bool,
}

/// Check every line: the chain, the mark, and that no claim contradicts an earlier one
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault journal verify")]
struct Verify {}

impl Journal {
    pub(crate) const fn name(&self) -> &'static str {
        match self.verb {
            Verb::Show(_) => "journal show",
            Verb::Verify(_) => "journal verify",
            Verb::Import(_) => "journal import",
        }
    }

    pub(crate) const fn asks_for_json(&self) -> bool {
        matches!(self.verb, Verb::Show(Show { json: true, .. }))
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let verb = match self.verb {
            Verb::Import(import) => return import.run(session),
            other => other,
        };
        let vault = Vault::open(session)?;
        let lines = vault.lines()?;
        match verb {
            Verb::Show(show) => show.report(&vault, &lines),
            _ => verify::verify(&vault, &lines),
        }
    }
}

impl Show {
    fn report(&self, vault: &Vault, lines: &[Line<VaultEntry>]) -> Result<Report, VaultError> {
        let skipped = self.last.map_or(0, |last| lines.len().saturating_sub(last));
        let lines: Vec<_> = lines.iter().skip(skipped).collect();
        let (head, recovering) = (vault.chronicle.head(), vault.chronicle.recovering());
        let mut text = format!("{}\nHead: line {}, {}\n", table(&lines), head.sequence, head.hash);
        let aside = recovering.lines()?;
        if !aside.is_empty() {
            let lines: Vec<_> = aside.iter().collect();
            text.push_str("\nBeside the journal, while this home is recovering:\n\n");
            text.push_str(&table(&lines).to_string());
            text.push('\n');
        }
        let document = json!({
            "head": head_data(head),
            "place": recovering.place().to_string(),
            "recovering": recovering.why(),
            "lines": lines.into_iter().map(data).collect::<Vec<_>>(),
            "aside": aside.iter().map(data).collect::<Vec<_>>(),
        });
        Ok(Report::new(text, document))
    }
}

fn table(lines: &[&Line<VaultEntry>]) -> Table {
    let mut table = Table::new().right(&[0]);
    for line in lines {
        let (event, words) = describe(&line.entry);
        table.row([line.sequence.to_string(), line.at.to_string(), event.to_owned(), words]);
    }
    table
}
