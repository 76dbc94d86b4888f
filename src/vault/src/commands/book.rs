//! `book`: the address book that this vault pays by.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use strongroom_journal::VaultEntry;
use strongroom_policy::{Book as Destinations, Surroundings, explain_book, lint_book, lint_book_spelling};
use strongroom_protocol::ComparisonCode;
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_screen::{Report, Table};
use strongroom_transport::replace;

use super::policy::refuse_misspelt;
use crate::chains::codecs;
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::{Vault, signed_text};

/// The address book that this vault pays by: install the next, show the one in force
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault book install book-3.txt")]
pub(crate) struct Book {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Install(Install),
    Show(Show),
}

/// Put an address book in force that a quorum of the admins signed and that follows the one installed
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault book install book-3.txt")]
struct Install {
    /// The book with the admins' signatures below it
    file: PathBuf,
}

/// Show the address book in force
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault book show")]
struct Show {}

impl Book {
    pub(crate) const fn name(&self) -> &'static str {
        match self.verb {
            Verb::Install(_) => "book install",
            Verb::Show(_) => "book show",
        }
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        match self.verb {
            Verb::Install(install) => install.run(session),
            Verb::Show(_) => {
                let vault = Vault::open(session)?;
                let book = vault.book()?;
                let mut report = summary(book, "in force");
                report.human = explain_book(book);
                Ok(report)
            }
        }
    }
}

impl Install {
    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let bytes = session.read(&self.file, SIGNED_TEXT_LIMIT)?;
        let signed = signed_text(&self.file, &bytes)?;
        let mut vault = Vault::open(session)?;
        let book = match Destinations::open(&signed, &vault.house, &vault.genesis, vault.installed_book()) {
            Ok(book) => book,
            Err(error) if error.is_already_installed() => {
                return Ok(summary(vault.book()?, "in force already: nothing was changed"));
            }
            Err(source) => return Err(VaultError::Book { path: self.file, source }),
        };
        let codecs = codecs();
        refuse_misspelt(&self.file, lint_book_spelling(&book, |chain| codecs.of(chain)))?;
        let (policy, now) = (vault.installed_policy(), Some(session.now()));
        for finding in lint_book(&book, Surroundings { genesis: None, policy, book: None, now }) {
            session.warn(format!("{}: {}: {}", finding.place, finding.problem, finding.remedy));
        }
        // The file is named by its id: a run that was interrupted here left the same text.
        replace(&vault.home.book(&book.id()), signed.to_string().as_bytes())?;
        let entry = VaultEntry::BookInstalled { book: book.id(), epoch: book.epoch() };
        vault.chronicle.append(session.now(), entry)?;
        Ok(summary(&book, "in force now"))
    }
}

fn summary(book: &Destinations, state: &str) -> Report {
    let mut table = Table::new();
    table.row(["Address book", &format!("epoch {}, {state}", book.epoch())]);
    table.row(["Id", &book.id().to_string()]);
    table.row(["Code", &ComparisonCode::of(book.id().as_bytes()).to_string()]);
    table.row(["Destinations", &book.destinations().count().to_string()]);
    let data = json!({
        "book": book.id().to_string(),
        "epoch": book.epoch(),
        "state": state,
        "destinations": book.destinations().map(|entry| json!({
            "label": entry.label.as_str(),
            "class": entry.class.as_str(),
            "chain": entry.chain.as_str(),
            "address": entry.address.as_str(),
        })).collect::<Vec<_>>(),
    });
    Report::new(table.to_string(), data)
}
