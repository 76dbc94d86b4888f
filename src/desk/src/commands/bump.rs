//! `bump`: build versions of a request with higher fees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use strongroom_protocol::{Amount, Intent, Request, Slot};
use strongroom_screen::{Failure, Report};

use super::pay::{no_key, read_fee};
use crate::desk::Desk;
use crate::exit;
use crate::home::Home;
use crate::planning::again::{self, Again};
use crate::planning::preparer::OptionalKey;
use crate::planning::proposal::{self, Accounts, Proposal};
use crate::planning::versions::{self, Task};
use crate::planning::{filing, precedent, preparer, standings};
use crate::requested;
use crate::times::When;

/// What `bump` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  strongroom bump pay.req -o faster.req
  strongroom bump pay.req --max-fee 0.02 --agent -o dearer.req

Within the plan's fee caps the plan and its approvals stay. A higher cap is a new plan: the same payments and references
on the same slots, signed by its preparer and approved again. Lines that landed are left out. At most one of all versions
of a slot can land.")]
pub struct Args {
    /// The request: its file, or the first digits of its id
    #[arg(value_name = "REQUEST")]
    request: String,
    /// The most the fee of each line may come to, in the chain's own coin [default: the plan's caps]
    #[arg(long, value_name = "AMOUNT")]
    max_fee: Option<String>,
    /// Until when a new plan is wanted: an instant, or a while from now
    #[arg(long, value_name = "TIME", default_value = "24h")]
    until: When,
    /// How many versions to have signed, each with a higher fee than the one before
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    ladder: u8,
    #[command(flatten)]
    key: OptionalKey,
    /// Where the new request goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

/// Runs `bump`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Args { request: which, max_fee, until, ladder, key, out } = args;
    filing::check_target(desk, &out)?;
    let mut home = desk.open()?;
    let stored = requested::find(desk, &home, &which)?;
    let request = requested::decode(&stored)?;
    let accounts = proposal::accounts_of_plan(&home, request.plan.value())?;
    let fates = standings::of(desk, &home, &request)?;
    let (free, warnings) = again::unmined(&request, &fates);
    if free.is_empty() {
        return Err(again::nothing_left(&warnings));
    }
    let caps = caps(&home, &request, &accounts, &free, max_fee.as_deref())?;
    let history = precedent::history(&home, &BTreeSet::new())?;
    let wanted = again::slots(&free);
    let mut beats = precedent::versions_for(&home, &wanted)?;
    let mut task = |number: u32, slot: &Slot, max_fee: Option<Amount>| Task {
        slot: Some(slot.clone()),
        beats: beats.remove(slot).unwrap_or_default(),
        max_fee,
        ..Task::new(number, usize::from(ladder))
    };
    let shared = |slot: &Slot| wanted.contains(slot);
    if !caps.beyond {
        let tasks: Vec<_> = free
            .iter()
            .map(|(intent, slot)| task(*intent, slot, caps.by_intent.get(intent).copied()))
            .collect();
        let versions = versions::build(desk, &home, request.plan.value(), &accounts, &tasks)?;
        let again = Again { plan: request.plan, versions, accounts, history, warnings };
        return again.finish(desk, &mut home, &out, shared);
    }
    let key = key
        .choice()
        .ok_or_else(|| no_key().hint("a fee above the plan's cap is a new plan, which its preparer signs"))?;
    let preparer = preparer::choose(desk, home.policy()?, &key)?;
    let not_after = until.from(desk.now());
    let (mut intents, mut tasks) = (Vec::new(), Vec::new());
    for (place, (number, slot)) in (0u32..).zip(&free) {
        let Some(old) = intent(&request, *number) else { continue };
        let max_fee = caps.by_intent.get(number).map_or(old.max_fee, |cap| old.max_fee.max(*cap));
        tasks.push(task(place, slot, None));
        intents.push(Intent { max_fee, not_after: old.not_after.max(not_after), ..old.clone() });
    }
    let plan = proposal::plan(&home, &preparer, desk.now(), intents)?;
    let versions = versions::build(desk, &home, &plan, &accounts, &tasks)?;
    let accounts =
        accounts.into_iter().filter(|(id, _)| plan.intents.iter().any(|intent| intent.account == *id));
    let accounts = accounts.collect();
    let proposal = Proposal { plan, versions, accounts, history: &history, warnings };
    proposal.finish(desk, &mut home, &preparer, &key, &out, shared)
}

fn intent(request: &Request, number: u32) -> Option<&Intent> {
    let intents = &request.plan.value().intents;
    usize::try_from(number).ok().and_then(|place| intents.get(place))
}

/// The caps that were asked for.
struct Caps {
    by_intent: BTreeMap<u32, Amount>,
    /// Whether one of them is above its intent's.
    beyond: bool,
}

fn caps(
    home: &Home,
    request: &Request,
    accounts: &Accounts,
    free: &BTreeMap<u32, Slot>,
    asked: Option<&str>,
) -> Result<Caps, Failure> {
    let mut caps = Caps { by_intent: BTreeMap::new(), beyond: false };
    let Some(asked) = asked else { return Ok(caps) };
    for number in free.keys() {
        let found =
            intent(request, *number).and_then(|intent| Some((intent, accounts.get(&intent.account)?)));
        let Some((intent, account)) = found else {
            let words = format!("line {} has no account here", u64::from(*number).saturating_add(1));
            return Err(Failure::new(exit::DISAGREE, "shape", words));
        };
        let cap = read_fee(home.policy()?, &account.chain, asked)?;
        caps.beyond |= cap > intent.max_fee;
        caps.by_intent.insert(*number, cap);
    }
    Ok(caps)
}
