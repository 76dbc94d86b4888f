//! What is wrong, line by line.

use serde_json::json;
use strongroom_network::{AgreementError, FactsError, FeedError, Obstacle};
use strongroom_policy::judge::Refusal;
use strongroom_policy::policy::Policy;
use strongroom_protocol::{Amount, AssetId};
use strongroom_screen::{Failure, Report, Table};

use crate::{exit, failure};

/// What is wrong with one line of a file, or with the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The line, from 1; none for the whole, or where nobody counts lines.
    pub line: Option<u64>,
    /// The exit code.
    pub exit: u8,
    /// A stable name.
    pub code: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Trouble {
    /// A failure as one line's trouble.
    pub fn of(line: Option<u64>, failure: &Failure) -> Self {
        let hint = failure.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
        let message = format!("{}{hint}", failure.message);
        Self { line, exit: failure.exit, code: failure.code.clone(), message }
    }

    /// A refusal of the judge.
    pub fn refused(line: Option<u64>, refusal: &Refusal) -> Self {
        Self {
            line,
            exit: refusal.exit().code(),
            code: refusal.rule.name().to_owned(),
            message: refusal.words.clone(),
        }
    }

    /// What stands in the way of facts, with amounts as people read them.
    pub fn obstacle(line: Option<u64>, error: &FactsError, policy: &Policy) -> Self {
        let show = |asset: &AssetId, amount: Amount| {
            policy
                .asset(asset)
                .map_or_else(|| format!("{amount} base units of {asset}"), |asset| asset.show(amount))
        };
        let (exit, code, message) = match error.obstacle.as_ref() {
            Obstacle::Cap { asset, allowed, needed } => (
                exit::POLICY,
                "fee-cap",
                format!(
                    "{} in fees are allowed, and {} are needed now: wait for lower fees, or allow at least so much with --max-fee",
                    show(asset, *allowed),
                    show(asset, *needed)
                ),
            ),
            Obstacle::Insufficient { account, asset, held, needed } => (
                exit::FAILED,
                "insufficient",
                format!(
                    "{account} holds {}, and {} are needed for this and what comes before it, fees included: fund the account, or leave payments out",
                    show(asset, *held),
                    show(asset, *needed)
                ),
            ),
            Obstacle::SlotSpent { .. } => (exit::FAILED, "slot-spent", error.obstacle.to_string()),
            Obstacle::WouldFail { .. } => (exit::FAILED, "would-fail", error.obstacle.to_string()),
            Obstacle::Agreement(AgreementError::TooFew { .. }) => {
                (exit::NOT_READY, "too-few-nodes", error.obstacle.to_string())
            }
            Obstacle::Agreement(_) => (exit::FAILED, "nodes-disagree", error.obstacle.to_string()),
            _ => (exit::FAILED, "unsupported", error.obstacle.to_string()),
        };
        Self { line, exit, code: code.to_owned(), message }
    }

    /// A chain that says nothing to go by.
    pub fn feed(error: &FeedError) -> Self {
        Self::of(None, &failure::feed(error))
    }
}

/// The end of a command that met trouble. `file` names the file whose lines are counted.
pub fn failure_of(file: Option<&str>, mut troubles: Vec<Trouble>) -> Failure {
    troubles.sort_by_key(|trouble| trouble.line);
    let worst = troubles.iter().find(|trouble| trouble.exit == exit::USAGE).or_else(|| troubles.first());
    let Some(worst) = worst.cloned() else {
        return Failure::new(exit::FAILED, "trouble", "something is wrong that nobody named");
    };
    if let ([_], None) = (troubles.as_slice(), file) {
        return Failure::new(worst.exit, worst.code, worst.message);
    }
    let mut table = Table::new();
    for trouble in &troubles {
        let place = match (file, trouble.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (Some(file), None) => file.to_owned(),
            (None, Some(line)) => format!("line {line}"),
            (None, None) => "the whole".to_owned(),
        };
        table.row([place, trouble.code.clone(), trouble.message.clone()]);
    }
    let listed: Vec<_> = troubles
        .iter()
        .map(|trouble| json!({ "line": trouble.line, "code": trouble.code, "message": trouble.message }))
        .collect();
    let message = match file {
        Some(file) => format!("{} problems in {file}: nothing was written", troubles.len()),
        None => format!("{} problems: nothing was written", troubles.len()),
    };
    Failure::new(worst.exit, worst.code, message)
        .showing(Report::new(table.to_string(), json!({ "problems": listed })))
}
