//! `freeze`: nothing but voids and returns is signed from here on.

use clap::Args;
use serde_json::json;
use strongroom_journal::VaultEntry;
use strongroom_protocol::{JournalHash, Name, Text};
use strongroom_screen::{Report, Table};

use crate::error::VaultError;
use crate::session::Session;
use crate::thaw_text::Thaw;
use crate::vault::Vault;

/// Stop every payment to strangers at this vault, at once; one person is enough
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault freeze --by alice --reason \"laptop of the preparer is missing\"

A quorum of the admins ends it: they sign the text that this prints, in namespace strongroom-thaw.")]
pub(crate) struct Freeze {
    /// Who says so: an admin, or somebody in the policy
    #[arg(long, value_name = "NAME")]
    by: Name,
    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

impl Freeze {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let mut vault = Vault::open(session)?;
        let known = vault.genesis.admins.contains_key(&self.by)
            || vault.installed_policy().is_some_and(|policy| policy.person(&self.by).is_some());
        if !known {
            return Err(VaultError::Nobody(self.by));
        }
        if let Some(freeze) = vault.chronicle.standing().frozen {
            let thaw = Thaw { house: vault.house, freeze };
            return Ok(report(&thaw, "frozen already: nothing was changed"));
        }
        let head =
            vault.chronicle.append(session.now(), VaultEntry::Frozen { by: self.by, reason: self.reason })?;
        Ok(report(&Thaw { house: vault.house, freeze: head.hash }, "frozen"))
    }
}

fn report(thaw: &Thaw, state: &str) -> Report {
    let freeze: JournalHash = thaw.freeze;
    let mut table = Table::new();
    table.row(["House", state]);
    table.row(["Freeze", &freeze.to_string()]);
    let text = format!("{table}\nTo end it, a quorum of the admins signs this text:\n\n{}", thaw.text());
    Report::new(text, json!({ "state": state, "freeze": freeze.to_string(), "thaw_text": thaw.text() }))
}
