//! What lint found, for the screen and for scripts.

use serde_json::{Value, json};
use strongroom_policy::diff::{Change, loosens};
use strongroom_policy::lint::{Finding, Level};
use strongroom_screen::{Failure, Report};

use crate::exit;

/// A report of findings about a file; a refusal if any of them is an error.
///
/// # Errors
/// A failure with the report inside it.
pub fn judged(what: &str, findings: &[Finding]) -> Result<Report, Failure> {
    let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
    let mut human = lines(findings);
    if findings.is_empty() {
        human = format!("{what}: nothing to say against it\n");
    }
    let report = Report::new(human, json!({ "findings": values(findings), "errors": errors }));
    match errors {
        0 => Ok(report),
        _ => Err(Failure::new(exit::POLICY, "lint", format!("{what}: {errors} of the findings are errors"))
            .showing(report)),
    }
}

/// Findings for scripts.
pub fn values(findings: &[Finding]) -> Vec<Value> {
    let value = |finding: &Finding| {
        json!({
            "level": finding.level.to_string(),
            "code": finding.code,
            "place": finding.place,
            "problem": finding.problem,
            "remedy": finding.remedy,
        })
    };
    findings.iter().map(value).collect()
}

/// A report with each finding as a warning.
pub fn warned(report: Report, findings: &[Finding]) -> Report {
    findings.iter().fold(report, |report, finding| report.warn(finding.to_string()))
}

/// A report of differences.
pub fn changes(changes: &[Change]) -> Report {
    let mut human = lines(changes);
    human.push_str(match (changes.is_empty(), loosens(changes)) {
        (true, _) => "no difference in what the two allow\n",
        (false, true) => "Something is loosened: read it twice.\n",
        (false, false) => "Nothing is loosened.\n",
    });
    let values: Vec<_> = changes
        .iter()
        .map(|change| json!({ "effect": change.effect.as_str(), "place": change.place, "what": change.what }))
        .collect();
    Report::new(human, json!({ "changes": values, "loosens": loosens(changes) }))
}

fn lines<T: std::fmt::Display>(items: &[T]) -> String {
    items.iter().flat_map(|item| [item.to_string(), "\n".to_owned()]).collect()
}
