//! `request wrap`: make a request of an unsigned transaction built elsewhere.

use std::collections::BTreeSet;
use std::path::PathBuf;

use strongroom_protocol::{Account, Action, Amount, Facts, Intent, Item, Rung, Unsigned};
use strongroom_screen::{Failure, Report};

use crate::commands::pay::read_fee;
use crate::desk::Desk;
use crate::home::Home;
use crate::planning::proposal::{self, Proposal};
use crate::planning::versions::{self, Task};
use crate::planning::wish::{Payment, Quantity, Reader, Wish};
use crate::planning::{built, fee_cap, filing, precedent, preparer, settling, slots};
use crate::ssh::KeyChoice;
use crate::times::When;
use crate::{chains, exit};

/// The most bytes of the file.
const FILE_LIMIT: usize = 256 << 10;

/// What `request wrap` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  strongroom request wrap tx.hex --account \"Cold ETH\" --intent 'pay Exchange A 12.5 ETH' --reference INV-1042 --agent -o pay.req

The file holds one unsigned transaction in hexadecimal digits (EIP-2718). Its bytes must be exactly the ones that the
stated intent comes to; otherwise nothing is written.")]
pub struct Args {
    /// The unsigned transaction
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The paying account: the policy's label, its id or its address
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    /// What it is meant to do: 'pay TO AMOUNT ASSET'
    #[arg(long, value_name = "INTENT")]
    intent: String,
    /// The business reference: it pays once
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// Why, in people's words
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The most the fee may come to, in the chain's own coin [default: the tightest of the policy's caps]
    #[arg(long, value_name = "AMOUNT")]
    max_fee: Option<String>,
    /// Until when it is wanted: an instant, or a while from now
    #[arg(long, value_name = "TIME", default_value = "24h")]
    until: When,
    #[command(flatten)]
    key: KeyChoice,
    /// Where the request goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

/// Runs `request wrap`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    filing::check_target(desk, &args.out)?;
    let text = desk.read_text(&args.file, FILE_LIMIT)?;
    let unsigned = digits(&text).map(Unsigned).ok_or_else(|| {
        let words = format!("{} does not hold one transaction in hexadecimal digits", args.file.display());
        Failure::new(exit::DISAGREE, "not-hex", words)
    })?;
    let mut home = desk.open()?;
    let (payment, amount) = payment(&home, &args.intent, args.account, args.reference, args.reason)?;
    let account = &payment.account.record;
    let facts = read_foreign(account, &unsigned)?;
    let policy = home.policy()?;
    let max_fee = match &args.max_fee {
        Some(fee) => Some(read_fee(policy, &account.chain, fee)?),
        None => fee_cap::for_amount(policy, &payment.asset.id, amount),
    };
    let intent = Intent {
        account: payment.account.pinned.id,
        actions: vec![Action::Pay {
            asset: payment.asset.id.clone(),
            to: payment.payee.address.clone(),
            amount,
        }],
        max_fee: max_fee.unwrap_or_default(),
        not_after: args.until.from(desk.now()),
        reference: payment.reference.clone(),
        reason: payment.reason.clone(),
    };
    compare(&home, account, &intent, &facts, &unsigned)?;
    let preparer = preparer::choose(desk, policy, &args.key)?;
    let accounts = proposal::accounts([payment.account.as_ref()]);
    let mut warnings = settling::look(desk, &home, &proposal::chains_of(&accounts))?;
    let plan = proposal::plan(&home, &preparer, desk.now(), vec![intent])?;
    // Built as our own would be: for what the nodes say against it, and for the slot that it should take.
    let mut versions = versions::build(desk, &home, &plan, &accounts, &[Task::new(0, 1)])?;
    if let Some(own) = versions.items.first().and_then(|item| item.rungs.first()) {
        warnings.extend(compare_slots(account, &own.facts, &facts)?);
        versions.items = vec![Item { intent: 0, rungs: vec![Rung { facts, unsigned }] }];
    }
    let history = precedent::history(&home, &BTreeSet::new())?;
    let proposal = Proposal { plan, versions, accounts, history: &history, warnings };
    proposal.finish(desk, &mut home, &preparer, &args.key, &args.out, |_| false)
}

/// The payment that `--intent` states.
fn payment(
    home: &Home,
    intent: &str,
    account: String,
    reference: String,
    reason: Option<String>,
) -> Result<(Payment, Amount), Failure> {
    let malformed = || {
        let words = format!("{intent:?} states no intent: write 'pay TO AMOUNT ASSET'");
        Failure::new(exit::USAGE, "intent", words)
    };
    let rest = intent.trim().strip_prefix("pay ").ok_or_else(malformed)?;
    let (rest, asset) = rest.trim().rsplit_once(' ').ok_or_else(malformed)?;
    let (to, amount) = rest.trim().rsplit_once(' ').ok_or_else(malformed)?;
    let wish = Wish {
        account,
        to: to.trim().to_owned(),
        amount: amount.to_owned(),
        asset: asset.to_owned(),
        reference,
        reason: reason.unwrap_or_default(),
    };
    let payment = Reader::new(home)?.read(&wish)?;
    match payment.quantity {
        Quantity::Exactly(amount) => Ok((payment, amount)),
        Quantity::All => Err(Failure::new(exit::USAGE, "amount", "the bytes pay a number: state it")),
    }
}

/// Bytes in hexadecimal digits, with or without 0x, in one line.
fn digits(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    let nibbles: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    nibbles?
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from((high << 4) | low).ok(),
            _ => None,
        })
        .collect()
}

/// The facts in somebody else's bytes. A new family of chains is one arm here.
fn read_foreign(account: &Account, unsigned: &Unsigned) -> Result<Facts, Failure> {
    match account.chain.namespace() {
        "eip155" => strongroom_evm_codec::read_foreign(account, unsigned)
            .map_err(|error| Failure::new(exit::DISAGREE, "decode", error.to_string())),
        _ => Err(Failure::new(exit::USAGE, "chain", format!("{} is not spoken here", account.chain))),
    }
}

/// Refuses bytes that are not the ones that the intent comes to.
fn compare(
    home: &Home,
    account: &Account,
    intent: &Intent,
    facts: &Facts,
    unsigned: &Unsigned,
) -> Result<(), Failure> {
    let refused = |words: String| Failure::new(exit::DISAGREE, "intent", words);
    let codec = chains::codec(&account.chain)
        .ok_or_else(|| refused(format!("{} is not spoken here", account.chain)))?;
    let built = codec.build(account, intent, facts).map_err(|error| refused(error.to_string()))?;
    if built == *unsigned {
        return Ok(());
    }
    let read = codec.decode(account, unsigned).map_err(|error| refused(error.to_string()))?;
    let deeds: Vec<_> = read
        .effects()
        .moves
        .iter()
        .map(|movement| {
            format!("pay {} to {}", built::show(home, &movement.asset, movement.amount), movement.to)
        })
        .chain(
            read.effects()
                .grants
                .iter()
                .map(|grant| format!("change what {} may take of {}", grant.spender, grant.asset)),
        )
        .collect();
    let deeds = if deeds.is_empty() { "do something else".to_owned() } else { deeds.join(", and ") };
    Err(refused(format!("the bytes are not what the intent comes to: they {deeds}")))
}

/// Holds the slot in the bytes against the next one that is free.
fn compare_slots(account: &Account, own: &Facts, foreign: &Facts) -> Result<Option<String>, Failure> {
    let number = |facts| slots::of(account, facts).as_ref().and_then(slots::place).map(|(_, number)| number);
    match (number(own), number(foreign)) {
        (Some(next), Some(found)) if found < next => Err(Failure::new(
            exit::FAILED,
            "slot-spent",
            format!(
                "nonce {found} is spent or reserved: the next free one is {next}; build the transaction again"
            ),
        )),
        (Some(next), Some(found)) if found > next => {
            Ok(Some(format!("nonce {found} cannot land before nonce {next} and all between are spent")))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_read_whole_or_not_at_all() {
        assert_eq!(digits("0x02fF\n"), Some(vec![2, 255]));
        assert_eq!(digits("02ff"), Some(vec![2, 255]));
        for bad in ["", "0x", "0x0", "02 ff", "0xzz", "02\nff", "0x+1", "é0"] {
            assert_eq!(digits(bad), None, "{bad:?}");
        }
    }
}
