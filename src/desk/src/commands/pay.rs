//! `pay`: build one unsigned withdrawal, or many from a CSV file.

mod batch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use strongroom_network::Holding;
use strongroom_policy::policy::Policy;
use strongroom_protocol::{AccountId, Action, Amount, AssetId, ChainId, Intent, Timestamp};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::planning::preparer::OptionalKey;
use crate::planning::proposal::{self, Proposal};
use crate::planning::versions::{self, Task};
use crate::planning::wish::{Payment, Quantity, Reader, Wish};
use crate::planning::{fee_cap, filing, precedent, preparer, settling};
use crate::ssh::KeyChoice;
use crate::store::reservations;
use crate::times::When;
use crate::{exit, failure};

/// What `pay` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  strongroom pay \"Cold ETH\" \"Exchange A\" 12.5 ETH --reference INV-1042 --agent -o pay.req
  strongroom pay \"Cold ETH\" 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 all USDT --reference SWEEP-7 --key alice.pub -o pay.req
  strongroom pay --batch payments.csv --check
  strongroom pay --batch payments.csv --agent -o batch.req

The CSV file begins with the line account,to,amount,asset,reference,reason.
The preparer whose key signs the plan must be one of the policy's.")]
pub struct Args {
    /// The paying account: the policy's label, its id or its address
    #[arg(value_name = "ACCOUNT", required_unless_present = "batch")]
    account: Option<String>,
    /// Who is paid: a label of the address book or of an own account, or an address in checksummed form
    #[arg(value_name = "TO", required_unless_present = "batch")]
    to: Option<String>,
    /// How much, as a decimal number, or `all`
    #[arg(value_name = "AMOUNT", required_unless_present = "batch")]
    amount: Option<String>,
    /// In what: a symbol of the registry on the account's chain, or a CAIP-19 id
    #[arg(value_name = "ASSET", required_unless_present = "batch")]
    asset: Option<String>,
    /// The business reference: it pays once
    #[arg(long, value_name = "TEXT", required_unless_present = "batch")]
    reference: Option<String>,
    /// Why, in people's words
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The most the fee may come to, in the chain's own coin [default: the tightest of the policy's caps]
    #[arg(long, value_name = "AMOUNT")]
    max_fee: Option<String>,
    /// Until when it is wanted: an instant, or a while from now
    #[arg(long, value_name = "TIME", default_value = "24h")]
    until: When,
    /// How many versions to have signed, each with a higher fee than the one before
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    ladder: u8,
    /// Pay every line of a CSV file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["account", "to", "amount", "asset", "reference", "reason", "max_fee"])]
    batch: Option<PathBuf>,
    /// Judge every line, write nothing
    #[arg(long, requires = "batch", conflicts_with = "out")]
    check: bool,
    #[command(flatten)]
    key: OptionalKey,
    /// Where the request goes
    #[arg(short = 'o', long = "out", value_name = "FILE", required_unless_present = "check")]
    out: Option<PathBuf>,
}

/// What holds for every payment of one command.
#[derive(Clone, Copy)]
struct Terms {
    not_after: Timestamp,
    rungs: usize,
}

/// Runs `pay`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let terms = Terms { not_after: args.until.from(desk.now()), rungs: usize::from(args.ladder) };
    if terms.not_after <= desk.now() {
        return Err(Failure::new(exit::USAGE, "until", format!("{} is over already", terms.not_after)));
    }
    let key = args.key.choice();
    let wish = Wish {
        account: args.account.unwrap_or_default(),
        to: args.to.unwrap_or_default(),
        amount: args.amount.unwrap_or_default(),
        asset: args.asset.unwrap_or_default(),
        reference: args.reference.unwrap_or_default(),
        reason: args.reason.unwrap_or_default(),
    };
    match (args.batch, args.out, key) {
        // Without a file to write there is --check, or the command line would have been refused.
        (Some(file), None, _) => batch::check(desk, &file, terms),
        (_, Some(_), None) => Err(no_key()),
        (Some(file), Some(out), Some(key)) => batch::write(desk, &file, terms, &key, &out),
        (None, Some(out), Some(key)) => single(desk, &wish, args.max_fee.as_deref(), terms, &key, &out),
        (None, None, _) => Err(Failure::new(exit::USAGE, "usage", "say with -o where the request goes")),
    }
}

/// Nobody was named to sign.
pub(super) fn no_key() -> Failure {
    Failure::new(
        exit::USAGE,
        "key",
        "a preparer signs the plan: say with --agent or --key PUB whose key that is",
    )
}

fn single(
    desk: &mut Desk<'_>,
    wish: &Wish,
    max_fee: Option<&str>,
    terms: Terms,
    key: &KeyChoice,
    out: &Path,
) -> Result<Report, Failure> {
    filing::check_target(desk, out)?;
    let mut home = desk.open()?;
    let payment = Reader::new(&home)?.read(wish)?;
    let preparer = preparer::choose(desk, home.policy()?, key)?;
    let max_fee = max_fee.map(|fee| read_fee(home.policy()?, &payment.asset.chain, fee)).transpose()?;
    let accounts = proposal::accounts([payment.account.as_ref()]);
    let mut warnings = look_alikes([&payment]);
    warnings.extend(settling::look(desk, &home, &proposal::chains_of(&accounts))?);
    let held = balances(desk, &home, [&payment])?;
    warnings.extend(spoken_for(&home, &payment)?);
    let intent = intent(home.policy()?, &payment, max_fee, terms, &held)?;
    let plan = proposal::plan(&home, &preparer, desk.now(), vec![intent])?;
    let versions = versions::build(desk, &home, &plan, &accounts, &[Task::new(0, terms.rungs)])?;
    let history = precedent::history(&home, &BTreeSet::new())?;
    let proposal = Proposal { plan, versions, accounts, history: &history, warnings };
    proposal.finish(desk, &mut home, &preparer, key, out, |_| false)
}

/// A fee as people type it: a decimal number of the chain's own coin.
pub(super) fn read_fee(policy: &Policy, chain: &ChainId, text: &str) -> Result<Amount, Failure> {
    let native = policy.native(chain).ok_or_else(|| {
        Failure::new(
            exit::POLICY,
            "asset",
            format!("the registry has no asset that fees on {chain} are paid in"),
        )
    })?;
    let fee = Amount::from_decimal(text, native.decimals)
        .map_err(|error| Failure::new(exit::USAGE, "max-fee", format!("the fee is refused: {error}")))?;
    let cap = policy.chain(chain).map(|rules| rules.max_fee);
    match cap.filter(|cap| fee > *cap) {
        Some(cap) => Err(Failure::new(
            exit::POLICY,
            "fee-absolute",
            format!("{} is over the policy's cap of {} for one item", native.show(fee), native.show(cap)),
        )),
        None => Ok(fee),
    }
}

/// What the accounts of payments of everything hold.
type Held = BTreeMap<(AccountId, AssetId), Amount>;

fn balances<'a>(
    desk: &Desk<'_>,
    home: &Home,
    payments: impl IntoIterator<Item = &'a Payment>,
) -> Result<Held, Failure> {
    let mut wanted: BTreeMap<&ChainId, BTreeMap<(AccountId, &AssetId), Holding>> = BTreeMap::new();
    for payment in payments.into_iter().filter(|payment| payment.quantity == Quantity::All) {
        let pinned = &payment.account.pinned;
        let holding = Holding { address: pinned.address.clone(), asset: payment.asset.id.clone() };
        wanted.entry(&pinned.chain).or_default().insert((pinned.id, &payment.asset.id), holding);
    }
    let mut held = Held::new();
    for (chain, holdings) in wanted {
        let mut feed = home.feed(desk.world.transports.as_ref(), chain)?;
        let asked: Vec<_> = holdings.values().cloned().collect();
        let found = feed.balances(&asked).map_err(|error| failure::feed(&error))?;
        let keys = holdings.keys().map(|(account, asset)| (*account, (*asset).clone()));
        held.extend(keys.zip(found.amounts));
    }
    Ok(held)
}

/// The intent that a payment comes to.
fn intent(
    policy: &Policy,
    payment: &Payment,
    max_fee: Option<Amount>,
    terms: Terms,
    held: &Held,
) -> Result<Intent, Failure> {
    let asset = &payment.asset;
    let id = payment.account.pinned.id;
    let unknown =
        || Failure::new(exit::POLICY, "asset", format!("{} has no fee cap in the policy", asset.chain));
    let (amount, max_fee) = match payment.quantity {
        Quantity::Exactly(amount) => {
            let cap = || fee_cap::for_amount(policy, &asset.id, amount);
            (amount, max_fee.or_else(cap).ok_or_else(unknown)?)
        }
        Quantity::All => {
            let held = held.get(&(id, asset.id.clone())).copied().unwrap_or_default();
            let native = policy.chain(&asset.chain).is_some_and(|rules| rules.native == asset.id);
            let cap = || {
                if native { fee_cap::for_all(policy, &asset.id, held) } else { policy.max_fee(&asset.id) }
            };
            let fee = max_fee.or_else(cap).ok_or_else(unknown)?;
            let kept = if native { fee } else { Amount::ZERO };
            let amount = held.checked_sub(kept).filter(|amount| !amount.is_zero()).ok_or_else(|| {
                let words = format!(
                    "{} holds {}, which leaves nothing to pay",
                    payment.account.pinned.label,
                    asset.show(held)
                );
                Failure::new(exit::FAILED, "insufficient", words)
            })?;
            (amount, fee)
        }
    };
    Ok(Intent {
        account: id,
        actions: vec![Action::Pay { asset: asset.id.clone(), to: payment.payee.address.clone(), amount }],
        max_fee,
        not_after: terms.not_after,
        reference: payment.reference.clone(),
        reason: payment.reason.clone(),
    })
}

/// Warnings about payees that could be mistaken for others, one a payee.
fn look_alikes<'a>(payments: impl IntoIterator<Item = &'a Payment>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut warnings = Vec::new();
    for payment in payments {
        let payee = &payment.payee;
        if !payee.resembles.is_empty() && seen.insert(payee.address.clone()) {
            warnings.push(format!(
                "{} ({:?}) begins and ends like {}, and is another address: compare all of it",
                payee.address,
                payee.label,
                payee.resembles.join(" and ")
            ));
        }
    }
    warnings
}

/// Everything that an account holds may be spoken for already.
fn spoken_for(home: &Home, payment: &Payment) -> Result<Option<String>, Failure> {
    if payment.quantity != Quantity::All {
        return Ok(None);
    }
    let open = reservations::open(home.store.connection()).map_err(|error| home.store.error(error))?;
    let id = payment.account.pinned.id;
    let count = open.iter().filter(|reservation| reservation.account == id).count();
    Ok((count > 0).then(|| {
        format!(
            "{count} slots of {} are reserved for requests that have not landed: what they pay is not taken off",
            payment.account.pinned.label
        )
    }))
}
