//! Lint: what is wrong or unwise in a policy or an address book, where, and what to do about it.

mod books;
mod limits;
mod people;
mod spelling;
#[cfg(test)]
mod tests;

use std::fmt;

use strongroom_protocol::Timestamp;

use crate::book::Book;
use crate::genesis::Genesis;
use crate::policy::Policy;

pub use books::{lint_book, lint_book_text};
pub use spelling::{lint_book_spelling, lint_spelling};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It cannot be installed, or should not be.
    Error,
    /// It works, but somebody should know.
    Warning,
}

/// One thing that lint found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Its stable name, for programs.
    pub code: &'static str,
    /// Where: the entry of the file.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// What else is known when a policy or a book is linted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The house's genesis.
    pub genesis: Option<&'a Genesis>,
    /// The policy that a book is to work with.
    pub policy: Option<&'a Policy>,
    /// The book that a policy is to work with.
    pub book: Option<&'a Book>,
    /// The present.
    pub now: Option<Timestamp>,
}

impl Finding {
    fn new(
        level: Level,
        code: &'static str,
        place: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { level, code, place: place.into(), problem: problem.into(), remedy: remedy.into() }
    }

    fn error(
        code: &'static str,
        place: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(Level::Error, code, place, problem, remedy)
    }

    fn warning(
        code: &'static str,
        place: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(Level::Warning, code, place, problem, remedy)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}] {}: {}: {}", self.level, self.code, self.place, self.problem, self.remedy)
    }
}

/// Everything about a policy that follows from itself alone. [`Policy::open`] refuses what is an error here.
pub(crate) fn soundness(policy: &Policy) -> Vec<Finding> {
    let mut findings = people::lint_people(policy);
    findings.extend(limits::lint_limits(policy));
    findings
}

/// Everything about a policy, errors first.
pub fn lint(policy: &Policy, around: Surroundings<'_>) -> Vec<Finding> {
    let mut findings = soundness(policy);
    findings.extend(lint_dates(policy, around.now));
    if let Some(genesis) = around.genesis {
        findings.extend(lint_genesis(policy, genesis));
    }
    match around.book {
        Some(book) => findings.extend(books::lint_together(policy, book)),
        None => findings.extend(books::resembling(None, Some(policy))),
    }
    sorted(findings)
}

/// Everything about the text of a policy. What cannot be read is one finding, and the last one.
pub fn lint_text(text: &str, around: Surroundings<'_>) -> Vec<Finding> {
    match Policy::unsigned(text) {
        Ok(policy) => lint(&policy, around),
        Err(error) => vec![unreadable("policy", &error)],
    }
}

fn unreadable(place: &str, error: &dyn fmt::Display) -> Finding {
    Finding::error("unreadable", place, error.to_string(), "correct it and lint again")
}

/// Errors first, otherwise in the order found.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.level);
    findings
}

fn lint_dates(policy: &Policy, now: Option<Timestamp>) -> Vec<Finding> {
    match (policy.review_by(), now) {
        (None, _) => vec![Finding::warning(
            "no-review-date",
            "review_by",
            "nobody is reminded to look at this policy again",
            "write a date within a year",
        )],
        (Some(review), Some(now)) if review <= now => vec![Finding::warning(
            "review-overdue",
            "review_by",
            format!("the policy was to be reviewed by {review}"),
            "review it, and have the admins sign it anew with a later date",
        )],
        (Some(review), _) if review <= policy.not_before() => vec![Finding::warning(
            "review-before-start",
            "review_by",
            "the review is due before the policy begins",
            "write a date after not_before",
        )],
        _ => Vec::new(),
    }
}

fn lint_genesis(policy: &Policy, genesis: &Genesis) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(error) = policy.check_admin_keys(genesis) {
        findings.push(Finding::error(
            "admin-key",
            "genesis",
            error.to_string(),
            "give each person a key of their own, under one name",
        ));
    }
    if usize::try_from(genesis.threshold).is_ok_and(|threshold| threshold == genesis.admins.len()) {
        findings.push(Finding::warning(
            "admins-no-redundancy",
            "genesis",
            format!("all {} admins must sign every change: one lost key ends the house", genesis.threshold),
            "found the house with more admins than its threshold",
        ));
    }
    findings
}
