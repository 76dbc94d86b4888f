//! `policy lint`: what is wrong or unwise in a policy.

use std::path::PathBuf;

use strongroom_policy::lint::{Finding, Surroundings, lint_spelling, lint_text};
use strongroom_policy::policy::Policy;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::{chains, findings, signed_texts};

/// What `policy lint` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom policy lint policy-2.toml\n\nIn a home the house's admins, its book and today's date are considered too. Exit code 3 if anything is an error."
)]
pub(super) struct Args {
    /// The policy, signed or not
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open_if_any()?;
    let signed = signed_texts::read(desk, &args.file)?;
    findings::judged(&args.file.display().to_string(), &lint(desk, home.as_ref(), signed.text()))
}

/// Everything there is to say against the text of a policy.
pub(super) fn lint(desk: &Desk<'_>, home: Option<&Home>, text: &str) -> Vec<Finding> {
    let around = Surroundings {
        genesis: home.map(|home| &home.genesis),
        policy: None,
        book: home.and_then(|home| home.book.as_ref()),
        now: Some(desk.now()),
    };
    let mut findings = lint_text(text, around);
    if let Ok(policy) = Policy::unsigned(text) {
        findings.extend(lint_spelling(&policy, None, chains::codec));
    }
    findings.sort_by_key(|finding| finding.level);
    findings
}
