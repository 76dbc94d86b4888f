//! `policy install`: use a policy that a quorum of admins signed.

use std::path::PathBuf;

use serde_json::json;
use strongroom_journal::DeskEntry;
use strongroom_policy::diff::diff_policies;
use strongroom_policy::lint::lint_spelling;
use strongroom_policy::policy::Policy;
use strongroom_protocol::{ComparisonCode, Timestamp};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::store::DocumentKind;
use crate::{chains, failure, findings, signed_texts};

/// What `policy install` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom policy install policy-2.txt\n\nCompare the code with what the vaults show when they install it. Installing what is installed does nothing."
)]
pub(super) struct Args {
    /// The policy with a quorum's signatures
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let signed = signed_texts::read(desk, &args.file)?;
    let now = desk.now();
    let policy = match Policy::open(&signed, &home.house, &home.genesis, home.policy.as_ref()) {
        Ok(policy) => policy,
        Err(error) if error.is_already_installed() => {
            return match &home.policy {
                Some(policy) => Ok(report(policy, "in force already", now)),
                None => Err(failure::policy(&error)),
            };
        }
        Err(error) => return Err(failure::policy(&error)),
    };
    findings::judged("the policy is not installed", &lint_spelling(&policy, None, chains::codec))?;
    let (id, epoch) = (policy.id(), policy.epoch());
    // The journal first: a store that lacks what the journal names is found out, the other way round it would not be.
    home.record(now, DeskEntry::PolicyInstalled { policy: id, epoch })?;
    home.store.add_document(DocumentKind::Policy, &id.to_string(), epoch, &signed, now)?;
    let mut installed = report(&policy, "in force", now);
    if let Some(old) = &home.policy {
        let changes = diff_policies(old, &policy);
        installed.human.push_str(&findings::changes(&changes).human);
    }
    home.policy = Some(policy);
    missing_records(installed, &home)
}

fn report(policy: &Policy, state: &str, now: Timestamp) -> Report {
    let code = ComparisonCode::of(policy.id().as_bytes());
    let human =
        format!("policy of epoch {} {state}\n  id    {}\n  code  {code}\n", policy.epoch(), policy.id());
    let data = json!({
        "policy": policy.id().to_string(),
        "code": code.to_string(),
        "epoch": policy.epoch(),
        "not_before": policy.not_before().to_string(),
        "state": state,
    });
    let report = Report::new(human, data);
    if policy.not_before() > now {
        report.warn(format!(
            "it counts only from {} on: until then every request is refused",
            policy.not_before()
        ))
    } else {
        report
    }
}

/// Warns of pinned accounts whose records are not here or are refused.
fn missing_records(report: Report, home: &Home) -> Result<Report, Failure> {
    let mut report = report;
    for pinned in home.policy()?.accounts() {
        if let Err(error) = home.own(pinned) {
            report = report.warn(error.to_string());
        }
    }
    Ok(report)
}
