//! `request approvals`: who approved a plan, and what is missing.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use strongroom_policy::judge::{Approval, Refusal, Rule, read_approvals};
use strongroom_policy::roster::Duty;
use strongroom_policy::statement_check::Reading;
use strongroom_protocol::{ComparisonCode, Name, PlanId, Request, Verdict};
use strongroom_screen::{Failure, Report, Table};

use super::approve::refusal_values;
use crate::desk::Desk;
use crate::home::Home;
use crate::reading::approval_files;
use crate::reading::opinion::{self, Opinion};
use crate::requested;

/// What `request approvals` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom request approvals withdrawal.request withdrawal.*.sig\n\nExit code 0 if the approvals would do today; 3 if more are needed, 5 or 6 if one does not hold or has ended."
)]
pub struct Args {
    /// The request, alone or packed with approvals
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Signed statements, or bare signatures NAME.sig beside their statements NAME
    #[arg(value_name = "SIG")]
    signatures: Vec<PathBuf>,
}

/// Runs `request approvals`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let read = requested::read(desk, &args.file)?;
    let texts = approval_files::read_all(desk, &read.approvals, &args.signatures)?;
    let approvals = read_approvals(&texts, home.policy()?).map_err(|refusal| opinion::refused(&refusal))?;
    let opinion = opinion::judge(&mut home, &read.request, &approvals, desk.now())?;
    Ok(report(&home, &read.request, &approvals, &opinion, desk))
}

/// Whether a refusal is about the approvals: the rest is for `show` and `approve` to say.
fn concerns_approvals(refusal: &Refusal) -> bool {
    matches!(
        refusal.rule,
        Rule::Statement | Rule::StatementExpiry | Rule::Rejection | Rule::Duties | Rule::Quorum
    )
}

fn report(
    home: &Home,
    request: &Request,
    approvals: &[Approval],
    opinion: &Opinion,
    desk: &Desk<'_>,
) -> Report {
    let plan = PlanId::of(request.plan.bytes());
    let refusals: Vec<_> =
        opinion.refusals().into_iter().filter(|refusal| concerns_approvals(refusal)).collect();
    let (approvers, needed) = (opinion.approvers(), opinion.needed());
    let mut head = Table::new();
    head.row(["plan", &plan.to_string()]);
    head.row(["code", &ComparisonCode::of(plan.as_bytes()).to_string()]);
    head.row(["needed", &format!("{needed} approvals, for what leaves in a day as far as this desk knows")]);
    let mut table = Table::new().indent(2);
    for approval in approvals {
        let statement = &approval.statement;
        let touch = if approval.security_key { "asked for a touch" } else { "" };
        let word = if statement.verdict == Verdict::Approve { "approves" } else { "REJECTS" };
        let until = format!("until {}", statement.valid_until);
        let ended = if statement.valid_until < desk.now() { "ENDED" } else { "" };
        table.row([statement.person.as_str(), word, &until, ended, &approval.key, touch]);
    }
    let mut human = format!("{head}\n{table}");
    for refusal in &refusals {
        // Writing to a String cannot fail.
        let _ = writeln!(human, "  {refusal}");
    }
    let asked = still_asked(home, request, approvals);
    if refusals.is_empty() {
        human.push_str("These approvals would do today. The vault counts by its own journal.\n");
    } else if !asked.is_empty() && refusals.iter().any(|refusal| refusal.rule == Rule::Quorum) {
        let names: Vec<_> = asked.iter().map(Name::as_str).collect();
        let _ = writeln!(human, "Could still approve: {}", names.join(", "));
    }
    let data = json!({
        "plan": plan.to_string(),
        "needed": needed,
        "approvers": approvers.iter().map(Name::as_str).collect::<Vec<_>>(),
        "missing": usize::try_from(needed).unwrap_or(usize::MAX).saturating_sub(approvers.len()),
        "could_approve": asked.iter().map(Name::as_str).collect::<Vec<_>>(),
        "statements": approvals.iter().map(|approval| statement_value(home, request, approval)).collect::<Vec<_>>(),
        "refusals": refusal_values(&refusals),
        "enough": refusals.is_empty(),
    });
    let mut report = Report::new(human, data);
    report.exit = refusals.first().map_or(0, |refusal| refusal.exit().code());
    report
}

/// Approvers who have not spoken yet and may.
fn still_asked(home: &Home, request: &Request, approvals: &[Approval]) -> Vec<Name> {
    let spoken = |name: &Name| approvals.iter().any(|approval| approval.statement.person == *name);
    let preparer = &request.plan.value().prepared_by;
    let people = home.policy.iter().flat_map(|policy| policy.with_duty(Duty::Approver));
    people
        .filter(|person| person.name != *preparer && !spoken(&person.name))
        .map(|person| person.name.clone())
        .collect()
}

fn statement_value(home: &Home, request: &Request, approval: &Approval) -> Value {
    let statement = &approval.statement;
    let reading = home.policy.as_ref().zip(home.book.as_ref());
    let reading = reading.and_then(|(policy, book)| Reading::of(request.plan.value(), policy, book).ok());
    json!({
        "person": statement.person.as_str(),
        "verdict": statement.verdict.as_str(),
        "key": approval.key,
        "security_key": approval.security_key,
        "signed_at": statement.signed_at.to_string(),
        "valid_until": statement.valid_until.to_string(),
        "about_this_plan": reading.is_some_and(|reading| reading.compare(statement).is_ok()),
    })
}
