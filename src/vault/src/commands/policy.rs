//! `policy`: the house rules that this vault judges by.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use strongroom_journal::VaultEntry;
use strongroom_policy::{Finding, Level, Policy as Rules, Surroundings, explain, lint, lint_spelling};
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::{ComparisonCode, Sealed};
use strongroom_screen::{Report, Table};
use strongroom_transport::replace;

use crate::chains::codecs;
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::{Vault, signed_text};

/// The policy that this vault judges by: install the next, show the one in force
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault policy install policy-3.txt")]
pub(crate) struct Policy {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Install(Install),
    Show(Show),
}

/// Put a policy in force that a quorum of the admins signed and that follows the one installed
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault policy install policy-3.txt")]
struct Install {
    /// The policy with the admins' signatures below it
    file: PathBuf,
}

/// Show the policy in force, in plain words
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault policy show")]
struct Show {}

impl Policy {
    pub(crate) const fn name(&self) -> &'static str {
        match self.verb {
            Verb::Install(_) => "policy install",
            Verb::Show(_) => "policy show",
        }
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        match self.verb {
            Verb::Install(install) => install.run(session),
            Verb::Show(_) => {
                let vault = Vault::open(session)?;
                let policy = vault.policy()?;
                let mut report = summary(policy, "in force");
                report.human = explain(policy);
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
        let policy = match Rules::open(&signed, &vault.house, &vault.genesis, vault.installed_policy()) {
            Ok(policy) => policy,
            Err(error) if error.is_already_installed() => {
                return Ok(summary(vault.policy()?, "in force already: nothing was changed"));
            }
            Err(source) => return Err(VaultError::Policy { path: self.file, source }),
        };
        check_own_accounts(&vault, &policy)?;
        let codecs = codecs();
        refuse_misspelt(&self.file, lint_spelling(&policy, None, |chain| codecs.of(chain)))?;
        if policy.station(&vault.station).is_none() {
            session.warn(VaultError::StationNotPinned(vault.station).to_string());
        }
        if session.now() < policy.not_before() {
            let from = policy.not_before();
            session.warn(format!("the policy begins at {from}: until then nothing is signed here"));
        }
        let (genesis, book, now) = (Some(&vault.genesis), vault.installed_book(), Some(session.now()));
        for finding in lint(&policy, Surroundings { genesis, policy: None, book, now }) {
            session.warn(format!("{}: {}: {}", finding.place, finding.problem, finding.remedy));
        }
        // The file is named by its id: a run that was interrupted here left the same text.
        replace(&vault.home.policy(&policy.id()), signed.to_string().as_bytes())?;
        let entry = VaultEntry::PolicyInstalled { policy: policy.id(), epoch: policy.epoch() };
        vault.chronicle.append(session.now(), entry)?;
        Ok(summary(&policy, "in force now"))
    }
}

/// The accounts that a policy gives to this station must be the ones enrolled here.
fn check_own_accounts(vault: &Vault, policy: &Rules) -> Result<(), VaultError> {
    let records = vault.accounts()?;
    for pinned in policy.accounts() {
        let record = records.get(&pinned.id);
        let ours = pinned.station == vault.station;
        let why = match record.map(Sealed::value) {
            None if ours => "which was never enrolled here",
            Some(_) if !ours => "which was enrolled here, to another station",
            Some(record) if (&record.chain, &record.address) != (&pinned.chain, &pinned.address) => {
                "with another chain or address than its record has"
            }
            _ => continue,
        };
        return Err(VaultError::ForeignAccount { account: pinned.id, why });
    }
    Ok(())
}

/// Refuses a text in which something is an error by the chains' own codecs: an address that no transaction can have is
/// never found, and a fee in another asset than the chain takes is never counted.
pub(super) fn refuse_misspelt(path: &Path, mut findings: Vec<Finding>) -> Result<(), VaultError> {
    findings.retain(|finding| finding.level == Level::Error);
    if findings.is_empty() { Ok(()) } else { Err(VaultError::Lint { path: path.to_owned(), findings }) }
}

fn summary(policy: &Rules, state: &str) -> Report {
    let mut table = Table::new();
    table.row(["Policy", &format!("epoch {}, {state}", policy.epoch())]);
    table.row(["Id", &policy.id().to_string()]);
    table.row(["Code", &ComparisonCode::of(policy.id().as_bytes()).to_string()]);
    let data = json!({
        "policy": policy.id().to_string(),
        "epoch": policy.epoch(),
        "state": state,
        "people": policy.persons().count(),
        "accounts": policy.accounts().map(|account| json!({
            "id": account.id.to_string(),
            "label": account.label.as_str(),
            "chain": account.chain.as_str(),
            "address": account.address.as_str(),
            "spend": account.spend,
        })).collect::<Vec<_>>(),
    });
    Report::new(table.to_string(), data)
}
