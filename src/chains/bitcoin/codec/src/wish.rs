//! What an intent asks of the chain, and the transaction that carries it out under facts.

use bitcoin::{OutPoint, ScriptBuf};
use strongroom_protocol::{
    Account, Action, Address, Amount, BitcoinFacts, BitcoinInput, BitcoinOutput, BuildError, Facts, Intent,
    Keychain, Slot,
};

use crate::address;
use crate::previous;
use crate::slot::parse_slot;
use crate::spend::{Coin, Output, Spend, SpendError};
use crate::wallet::Holder;

/// A payment of an intent.
struct Payment {
    to: Address,
    script: ScriptBuf,
    satoshi: u64,
}

/// The transaction that carries out `intent` of `account` under `facts`.
pub(crate) fn spend(
    account: &Account,
    intent: &Intent,
    facts: &Facts,
) -> Result<(Holder, Spend), BuildError> {
    let holder = Holder::of(account)?;
    let Facts::Bitcoin(facts) = facts else {
        return Err(BuildError::Facts("they are of another family of chains".to_owned()));
    };
    let wanted = wanted(&holder, intent)?;
    let coins = (1usize..)
        .zip(&facts.inputs)
        .map(|(number, input)| coin(&holder, number, input))
        .collect::<Result<Vec<_>, _>>()?;
    let payments = match wanted {
        Wanted::Payments(payments) => payments,
        Wanted::Void(outpoint) => {
            if !coins.iter().any(|coin| coin.outpoint == outpoint) {
                let why = format!("the slot to be voided is {outpoint}, and they do not spend it");
                return Err(BuildError::Facts(why));
            }
            Vec::new()
        }
    };
    let outputs = outputs(&holder, &payments, facts)?;
    let spend = Spend { version: facts.version, locktime: facts.locktime, coins, outputs };
    spend.check(&holder).map_err(refused)?;
    Ok((holder, spend))
}

enum Wanted {
    Payments(Vec<Payment>),
    Void(OutPoint),
}

fn wanted(holder: &Holder, intent: &Intent) -> Result<Wanted, BuildError> {
    if let [Action::Void { slot }] = intent.actions.as_slice() {
        return void(holder, slot).map(Wanted::Void);
    }
    if intent.actions.is_empty() {
        return Err(unsupported(holder, "the intent does nothing".to_owned()));
    }
    let payments = intent.actions.iter().map(|action| match action {
        Action::Pay { asset, to, amount } if asset.as_str() == holder.wallet.network.native => {
            payment(holder, to, *amount)
        }
        Action::Pay { asset, .. } => {
            let native = holder.wallet.network.native;
            Err(unsupported(holder, format!("{asset} is not its coin, {native}, and it knows no other")))
        }
        Action::Void { .. } => {
            Err(unsupported(holder, "a void pays nobody, and so stands alone in its intent".to_owned()))
        }
        _ => Err(unsupported(holder, "it only pays and voids".to_owned())),
    });
    payments.collect::<Result<_, _>>().map(Wanted::Payments)
}

fn payment(holder: &Holder, to: &Address, amount: Amount) -> Result<Payment, BuildError> {
    let script = address::script_of(&holder.chain, to)?;
    let satoshi = u64::try_from(amount.base_units())
        .map_err(|_| unsupported(holder, format!("there are not {amount} satoshi to pay {to}")))?;
    Ok(Payment { to: to.clone(), script, satoshi })
}

fn void(holder: &Holder, slot: &Slot) -> Result<OutPoint, BuildError> {
    let of = parse_slot(slot).map_err(|error| unsupported(holder, error.to_string()))?;
    if of.chain != holder.chain {
        return Err(unsupported(holder, format!("the slot {slot} is not of {}", holder.chain)));
    }
    Ok(of.outpoint)
}

fn coin(holder: &Holder, number: usize, input: &BitcoinInput) -> Result<Coin, BuildError> {
    let facts = |why: String| BuildError::Facts(format!("the transaction before input {number}: {why}"));
    let previous = previous::read(&input.previous).map_err(|error| facts(error.to_string()))?;
    let outpoint = OutPoint { txid: previous.compute_txid(), vout: input.vout };
    let lock = holder
        .wallet
        .lock(input.keychain, input.index)
        .ok_or_else(|| facts(format!("the account has no script at index {}", input.index)))?;
    Ok(Coin { previous, outpoint, sequence: input.sequence, lock })
}

/// The outputs in the facts' order: each payment once, and the change once if there is any.
fn outputs(holder: &Holder, payments: &[Payment], facts: &BitcoinFacts) -> Result<Vec<Output>, BuildError> {
    let refused = |why: String| BuildError::Facts(why);
    let mut paid = vec![false; payments.len()];
    let mut outputs = Vec::with_capacity(facts.outputs.len());
    for (number, output) in (1usize..).zip(&facts.outputs) {
        outputs.push(match output {
            BitcoinOutput::Payment { action } => {
                let place = usize::try_from(*action).unwrap_or(usize::MAX);
                let (Some(payment), Some(paid)) = (payments.get(place), paid.get_mut(place)) else {
                    return Err(refused(format!("output {number} is of action {action}, which pays nobody")));
                };
                if std::mem::replace(paid, true) {
                    return Err(refused(format!("output {number} pays action {action} a second time")));
                }
                let Payment { to, script, satoshi } = payment;
                Output::Payment { to: to.clone(), script: script.clone(), satoshi: *satoshi }
            }
            BitcoinOutput::Change => change(holder, facts, number)?,
        });
    }
    if let Some(place) = paid.iter().position(|paid| !paid) {
        return Err(refused(format!("no output pays action {place}")));
    }
    if facts.change.is_some() && !facts.outputs.contains(&BitcoinOutput::Change) {
        return Err(refused("the change has no place among the outputs".to_owned()));
    }
    Ok(outputs)
}

fn change(holder: &Holder, facts: &BitcoinFacts, number: usize) -> Result<Output, BuildError> {
    let refused = |why: &str| BuildError::Facts(format!("output {number} is change, and {why}"));
    let change = facts.change.as_ref().ok_or_else(|| refused("no change is stated"))?;
    let satoshi =
        u64::try_from(change.amount.base_units()).map_err(|_| refused("there are not so many satoshi"))?;
    let lock = holder
        .wallet
        .lock(Keychain::Change, change.index)
        .ok_or_else(|| refused("the account has no script at its index"))?;
    Ok(Output::Change { lock: Box::new(lock), satoshi })
}

fn refused(error: SpendError) -> BuildError {
    match error {
        SpendError::Payee { to, why } => BuildError::Payee { to, why: why.to_owned() },
        error => BuildError::Facts(error.to_string()),
    }
}

fn unsupported(holder: &Holder, why: String) -> BuildError {
    BuildError::Unsupported { chain: holder.chain.clone(), why }
}
