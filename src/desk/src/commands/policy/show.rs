//! `policy show`: which policy is in force here.

use std::path::PathBuf;

use serde_json::json;
use strongroom_protocol::ComparisonCode;
use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Failure, Report, Table};

use crate::desk::Desk;
use crate::exit;
use crate::home::HomeError;
use crate::store::DocumentKind;

/// What `policy show` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom policy show -o policy-1.txt\n\nFor the next one take a copy without the signatures, raise `epoch` by one and set `previous` to the id shown."
)]
pub(super) struct Args {
    /// Write the text with its signatures here
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let policy = home.policy()?;
    let stored = home.store.newest_document(DocumentKind::Policy)?.ok_or(HomeError::NoPolicy)?;
    if let Some(out) = &args.out {
        desk.write_file(out, stored.text.to_string().as_bytes())?;
    }
    let signers = home
        .genesis
        .signers(&stored.text, Namespace::Policy)
        .map_err(|error| Failure::new(exit::DISAGREE, "signature", error.to_string()))?;
    let signers: Vec<_> = signers.iter().map(ToString::to_string).collect();
    let code = ComparisonCode::of(policy.id().as_bytes());
    let review = policy.review_by().map_or_else(|| "no date".to_owned(), |date| date.to_string());
    let mut table = Table::new();
    table.row(["epoch", &policy.epoch().to_string()]);
    table.row(["id", &policy.id().to_string()]);
    table.row(["code", &code.to_string()]);
    table.row(["in force from", &policy.not_before().to_string()]);
    table.row(["to be reviewed by", &review]);
    table.row(["signed by", &signers.join(", ")]);
    table.row(["installed here", &stored.installed_at.to_string()]);
    table.row(["people", &policy.persons().count().to_string()]);
    table.row(["vaults", &policy.stations().count().to_string()]);
    table.row(["accounts", &policy.accounts().count().to_string()]);
    table.row(["assets", &policy.assets().count().to_string()]);
    let data = json!({
        "policy": policy.id().to_string(),
        "code": code.to_string(),
        "epoch": policy.epoch(),
        "previous": policy.previous().map(|id| id.to_string()),
        "not_before": policy.not_before().to_string(),
        "review_by": policy.review_by().map(|date| date.to_string()),
        "signed_by": signers,
        "installed_at": stored.installed_at.to_string(),
        "approvals": policy.approvals(),
    });
    Ok(Report::new(table.to_string(), data))
}
