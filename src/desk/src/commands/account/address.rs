//! `account address`: print the address of an account that the policy pins.

use serde_json::json;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `account address` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom account address \"Cold ETH\"\n\nOnly accounts that the installed policy pins are printed, after their vault's record was verified: give no other address to anybody who pays the house."
)]
pub(super) struct Args {
    /// The account, by the policy's label or by id
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let own = desk.open()?.own_account(&args.account)?;
    let pinned = &own.pinned;
    let human = format!(
        "{}\n\n  {}\n  {} on {}, {}\n",
        pinned.address,
        pinned.address.grouped(),
        pinned.label,
        pinned.chain,
        own.record.provenance.as_str()
    );
    let data = json!({
        "id": pinned.id.to_string(),
        "label": pinned.label.as_str(),
        "chain": pinned.chain.as_str(),
        "address": pinned.address.as_str(),
        "caip10": pinned.address.on(&pinned.chain),
        "path": own.record.key.path,
        "provenance": own.record.provenance.as_str(),
    });
    Ok(Report::new(human, data))
}
