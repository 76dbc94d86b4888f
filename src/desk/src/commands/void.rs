//! `void`: spend a slot on nothing, so that what was signed for it can never land.

use std::collections::BTreeSet;
use std::path::PathBuf;

use strongroom_protocol::{Action, Intent, Text};
use strongroom_screen::{Failure, Report};

use super::pay::read_fee;
use crate::desk::Desk;
use crate::exit;
use crate::planning::proposal::{self, Proposal};
use crate::planning::versions::{self, Task};
use crate::planning::wish::Reader;
use crate::planning::{filing, precedent, preparer, settling, slots};
use crate::ssh::KeyChoice;
use crate::times::When;

/// What `void` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  strongroom void \"Cold ETH\" 7 --agent -o void-7.req

The void offers at least an eighth more than everything this desk ever wrote for the slot, so that nodes take it instead.
It is signed and sent like any other request; until it is final, what it replaces can still land.")]
pub struct Args {
    /// The account: the policy's label, its id or its address
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The slot: its number (nonce), or its whole text
    #[arg(value_name = "SLOT")]
    slot: String,
    /// The business reference [default: the slot in words]
    #[arg(long, value_name = "TEXT")]
    reference: Option<Text>,
    /// Why, in people's words
    #[arg(long, value_name = "TEXT")]
    reason: Option<Text>,
    /// The most the fee may come to, in the chain's own coin [default: the policy's cap]
    #[arg(long, value_name = "AMOUNT")]
    max_fee: Option<String>,
    /// Until when it is wanted: an instant, or a while from now
    #[arg(long, value_name = "TIME", default_value = "24h")]
    until: When,
    /// How many versions to have signed, each with a higher fee than the one before
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    ladder: u8,
    #[command(flatten)]
    key: KeyChoice,
    /// Where the request goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

/// Runs `void`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    filing::check_target(desk, &args.out)?;
    let mut home = desk.open()?;
    let own = Reader::new(&home)?.account(&args.account)?;
    let policy = home.policy()?;
    let preparer = preparer::choose(desk, policy, &args.key)?;
    let slot = slots::read(&own.record, &args.slot)
        .map_err(|error| Failure::new(exit::USAGE, "slot", format!("no slot of this account: {error}")))?;
    let number = slots::place(&slot).map_or(0, |(_, number)| number);
    let chain = &own.pinned.chain;
    let max_fee = match &args.max_fee {
        Some(fee) => read_fee(policy, chain, fee)?,
        None => policy.chain(chain).map(|rules| rules.max_fee).ok_or_else(|| {
            Failure::new(exit::POLICY, "fee-absolute", format!("{chain} has no fee cap in the policy"))
        })?,
    };
    let usual = || format!("void of nonce {number}, {}", own.pinned.address).parse();
    let reference = match args.reference {
        Some(reference) => reference,
        None => usual().map_err(|error| Failure::new(exit::USAGE, "reference", format!("{error}")))?,
    };
    let intent = Intent {
        account: own.pinned.id,
        actions: vec![Action::Void { slot: slot.clone() }],
        max_fee,
        not_after: args.until.from(desk.now()),
        reference,
        reason: args.reason,
    };
    let accounts = proposal::accounts([own.as_ref()]);
    let warnings = settling::look(desk, &home, &proposal::chains_of(&accounts))?;
    let history = precedent::history(&home, &BTreeSet::new())?;
    let wanted = BTreeSet::from([slot.clone()]);
    let beats = precedent::versions_for(&home, &wanted)?.remove(&slot).unwrap_or_default();
    let plan = proposal::plan(&home, &preparer, desk.now(), vec![intent])?;
    let task = Task { slot: Some(slot.clone()), beats, ..Task::new(0, usize::from(args.ladder)) };
    let versions = versions::build(desk, &home, &plan, &accounts, &[task])?;
    let proposal = Proposal { plan, versions, accounts, history: &history, warnings };
    proposal.finish(desk, &mut home, &preparer, &args.key, &args.out, |held| *held == slot)
}
