//! `thaw`: ends one freeze, by quorum. The house stays frozen until every freeze has ended.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use strongroom_journal::VaultEntry;
use strongroom_policy::Thaw as ThawText;
use strongroom_protocol::Name;
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_screen::{Report, Table};

use super::freeze::{rows, values};
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::{Vault, signed_text};

/// End a freeze, by a text that names it and that a quorum of the admins signed
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault thaw thaw.txt

The text is what `freeze` printed, with the admins' signatures in namespace strongroom-thaw below it.")]
pub(crate) struct Thaw {
    /// The thaw with the admins' signatures below it
    file: PathBuf,
}

impl Thaw {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let bytes = session.read(&self.file, SIGNED_TEXT_LIMIT)?;
        let signed = signed_text(&self.file, &bytes)?;
        let mut vault = Vault::open(session)?;
        vault.check_not_recovering(session)?;
        let (thaw, signers) = ThawText::open(&signed, vault.house, &vault.genesis)?;
        let by: Vec<String> = signers.into_iter().map(Name::to_string).collect();
        let open = &vault.chronicle.standing().frozen;
        if open.is_empty() {
            return Err(VaultError::NotFrozen);
        }
        let freeze = thaw.ends(open.iter().map(|freeze| freeze.line))?;
        vault.chronicle.append(session.now(), VaultEntry::Thawed { freeze })?;
        let open = &vault.chronicle.standing().frozen;
        let (words, state) = match open.len() {
            0 => ("thawed".to_owned(), "thawed"),
            more => (format!("still frozen, by {more} more: each needs a thaw of its own"), "frozen"),
        };
        let mut table = Table::new();
        table.row(["House", &words]);
        table.row(["Freeze", &format!("{freeze} is over")]);
        table.row(["Signed by", &by.join(", ")]);
        rows(&mut table, open);
        let data = json!({
            "state": state,
            "freeze": freeze.to_string(),
            "signed_by": by,
            "open": values(open),
        });
        Ok(Report::new(table.to_string(), data))
    }
}
