//! `doctor`: is this machine cold?

use clap::Args;
use serde_json::json;
use strongroom_screen::{Report, Table};

use crate::doctor::{Examination, Weight};
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;

/// Say whether this machine is cold: interfaces, radios, routes, swap, hibernation, core dumps, clock, devices
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault doctor

COLD means that nothing on this machine could speak to anybody, as far as it can be told from inside; anything else is \
WARM, with exit code 8. Signing says the same in each reply. Needs no home; with one, the clock is compared with the journal.")]
pub(crate) struct Doctor {}

impl Doctor {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let Self {} = self;
        let newest = match Vault::open(session) {
            Ok(vault) => vault.chronicle.standing().newest,
            Err(VaultError::NoHome(_) | VaultError::NoHomeNamed) => None,
            Err(error) => {
                session.warn(format!("the clock is not compared with the journal: {error}"));
                None
            }
        };
        let found = Examination::of(&session.world.machine, session.now(), newest);
        let report = report(&found);
        if found.warmth().is_cold() { Ok(report) } else { Err(VaultError::Warm { report: Box::new(report) }) }
    }
}

fn report(found: &Examination) -> Report {
    let mut table = Table::new();
    let mut last = "";
    for finding in found.findings() {
        let subject = if finding.subject == last { "" } else { finding.subject };
        last = finding.subject;
        let mark = if finding.weight == Weight::Warm { "WARM" } else { "" };
        table.row([subject, mark, finding.words.as_str()]);
    }
    let verdict = found.warmth();
    let findings = found.findings().iter().map(|finding| {
        json!({ "subject": finding.subject, "weight": finding.weight.as_str(), "words": finding.words })
    });
    let data = json!({ "machine": verdict.as_str(), "findings": findings.collect::<Vec<_>>() });
    Report::new(format!("{table}\nThis machine is {verdict}.\n"), data)
}
