//! `thaw`: ends the freeze in force, by quorum.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use strongroom_journal::VaultEntry;
use strongroom_protocol::Name;
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Report, Table};

use crate::error::VaultError;
use crate::session::Session;
use crate::thaw_text::Thaw as ThawText;
use crate::vault::{Vault, signed_text};

/// End the freeze in force, by a text that names it and that a quorum of the admins signed
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
        let thaw = ThawText::read(signed.text(), vault.house)?;
        let quorum = vault.genesis.quorum(&signed, Namespace::Thaw);
        let signers = quorum.map_err(|source| VaultError::ThawQuorum { path: self.file.clone(), source })?;
        let by: Vec<String> = signers.into_iter().map(Name::to_string).collect();
        let freeze = vault.chronicle.standing().frozen.ok_or(VaultError::NotFrozen)?;
        if thaw.freeze != freeze {
            return Err(VaultError::OtherFreeze { found: thaw.freeze, expected: freeze });
        }
        vault.chronicle.append(session.now(), VaultEntry::Thawed { freeze })?;
        let mut table = Table::new();
        table.row(["House", "thawed"]);
        table.row(["Freeze", &freeze.to_string()]);
        table.row(["Signed by", &by.join(", ")]);
        let data = json!({ "state": "thawed", "freeze": freeze.to_string(), "signed_by": by });
        Ok(Report::new(table.to_string(), data))
    }
}
