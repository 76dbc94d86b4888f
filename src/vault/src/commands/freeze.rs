//! `freeze`: nothing but voids and returns is signed from here on.

use clap::Args;
use serde_json::{Value, json};
use strongroom_journal::VaultEntry;
use strongroom_policy::Thaw;
use strongroom_protocol::{JournalHash, Name, Text};
use strongroom_screen::{Report, Table};
use strongroom_signing::Freeze as OpenFreeze;

use crate::error::VaultError;
use crate::pressed::Pressed;
use crate::session::Session;
use crate::vault::Vault;

/// Stop every payment to strangers at this vault, at once; one person is enough
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault freeze --by alice --reason \"laptop of the preparer is missing\"

A quorum of the admins ends it: they sign the text that this prints, in namespace strongroom-thaw. A house that is frozen \
already is frozen once more, and stays frozen until every freeze has its own thaw.")]
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
        let head =
            vault.chronicle.append(session.now(), VaultEntry::Frozen { by: self.by, reason: self.reason })?;
        // What owners have pressed for a payment that is to be stopped must not lie about.
        Pressed::forget(&vault.home.pressed())?;
        let thaw = Thaw { house: vault.house, freeze: head.hash };
        Ok(report(&thaw, &vault.chronicle.standing().frozen))
    }
}

fn report(thaw: &Thaw, open: &[OpenFreeze]) -> Report {
    let freeze: JournalHash = thaw.freeze;
    let mut table = Table::new();
    table.row(["House", "frozen"]);
    table.row(["Freeze", &freeze.to_string()]);
    rows(&mut table, open);
    let text = format!(
        "{table}\nTo end this freeze, a quorum of the admins signs this text; the house stays frozen until every freeze \
         has its own thaw:\n\n{}",
        thaw.text()
    );
    let data = json!({
        "state": "frozen",
        "freeze": freeze.to_string(),
        "thaw_text": thaw.text(),
        "open": values(open),
    });
    Report::new(text, data)
}

/// Every freeze that no thaw has ended, as rows.
pub(super) fn rows(table: &mut Table, open: &[OpenFreeze]) {
    for freeze in open {
        let words =
            format!("{}, by {} since {}: {:?}", freeze.line, freeze.by, freeze.at, freeze.reason.as_str());
        table.row(["Open", &words]);
    }
}

/// Every freeze that no thaw has ended, for scripts.
pub(super) fn values(open: &[OpenFreeze]) -> Vec<Value> {
    let value = |freeze: &OpenFreeze| {
        json!({
            "freeze": freeze.line.to_string(),
            "by": freeze.by.as_str(),
            "reason": freeze.reason.as_str(),
            "at": freeze.at.to_string(),
        })
    };
    open.iter().map(value).collect()
}
