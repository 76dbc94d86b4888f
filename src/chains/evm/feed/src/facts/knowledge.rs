//! What the nodes said, as far as facts need it.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::U256;
use serde_json::json;
use strongroom_network::{AgreementError, Answers, FeedError, NodeError, Panel};
use strongroom_protocol::{Address, Amount, AssetId};

use super::draft::Draft;
use crate::anchor::Anchor;
use crate::field::Field;
use crate::gas::{Estimates, Kind, Need, PLAIN};
use crate::inquiry::{Inquiry, narrow, number, quantity};
use crate::market::Market;
use crate::rules::Rules;
use crate::token;
use strongroom_network::Obstacle;

/// The most bytes of code that an account is expected to have.
const CODE_LIMIT: usize = 1 << 19;

/// An account that sends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sender {
    /// Its next nonce.
    pub nonce: u64,
    /// What it holds of the chain's coin.
    pub coin: Amount,
}

/// Everything that is agreed, and what is only said.
pub(super) struct Knowledge {
    pub market: Market,
    pub rules: Rules,
    pub native: AssetId,
    pub senders: BTreeMap<Address, Sender>,
    /// What each node says of each sender's transactions, waiting ones included. Not agreed: pools differ.
    pub waiting: Vec<(Address, Answers<U256>)>,
    /// What each sender holds of each token.
    pub tokens: BTreeMap<(Address, AssetId), Result<Amount, AgreementError>>,
    /// Bytes of code at each address that is paid in coin.
    codes: BTreeMap<String, Result<U256, AgreementError>>,
    /// What kinds of calls need that are no plain payments.
    needs: BTreeMap<Kind, Need>,
}

impl Knowledge {
    /// Asks for everything in two rounds: state and prices, then gas.
    pub(super) fn gather(
        panel: &mut Panel<'_>,
        anchor: &Anchor,
        rules: Rules,
        native: AssetId,
        drafts: &[&Draft<'_>],
    ) -> Result<Self, FeedError> {
        let senders: BTreeSet<_> = drafts.iter().map(|draft| draft.sender.clone()).collect();
        let tokens: BTreeSet<_> = drafts.iter().filter_map(|draft| draft.token_spent()).collect();
        let payees: BTreeSet<_> = drafts.iter().filter_map(|draft| draft.plain_payee()).collect();
        let (tag, height) = (anchor.tag(), anchor.as_of.block);
        let mut inquiry = Inquiry::default();
        Market::ask(&mut inquiry, anchor);
        for sender in &senders {
            ask_of_sender(&mut inquiry, sender, anchor);
        }
        for (sender, asset, owner) in &tokens {
            let about = format!("what {sender} holds of {asset} at block {height}");
            let params = token::balance_params(asset.reference(), *owner, &tag);
            inquiry.add("eth_call", params, about, token::read_balance);
        }
        for payee in &payees {
            let about = format!("the size of the code at {payee}");
            inquiry.add("eth_getCode", json!([payee, tag]), about, code_size);
        }
        let chain = native.chain();
        let mut answers = inquiry.put(panel);
        let mut next = || answers.next().ok_or_else(|| FeedError::NoNodes(chain.clone()));
        let market = Market::read(next()?, anchor, rules)?;
        let mut known = Self {
            market,
            rules,
            native,
            senders: BTreeMap::new(),
            waiting: Vec::new(),
            tokens: BTreeMap::new(),
            codes: BTreeMap::new(),
            needs: BTreeMap::new(),
        };
        for sender in senders {
            let nonce = narrow(next()?.agreed()?);
            known.waiting.push((sender.clone(), next()?));
            let coin = Amount::from_base_units(next()?.agreed()?);
            known.senders.insert(sender, Sender { nonce, coin });
        }
        for (sender, asset, _) in tokens {
            known.tokens.insert((sender, asset), next()?.agreed().map(Amount::from_base_units));
        }
        for payee in payees {
            known.codes.insert(payee, next()?.agreed());
        }
        known.needs = known.estimates(drafts).put(panel, &tag);
        Ok(known)
    }

    /// The calls that are no plain payments. Where it is not agreed whether a payee has code, nothing is asked.
    fn estimates(&self, drafts: &[&Draft<'_>]) -> Estimates {
        let mut estimates = Estimates::default();
        for draft in drafts {
            let code = draft.plain_payee().and_then(|payee| self.codes.get(&payee));
            let needless = code.is_some_and(|code| code.as_ref().map_or(true, U256::is_zero));
            if !needless {
                estimates.add(&draft.sender, &draft.errand, draft.amount);
            }
        }
        estimates
    }

    /// The gas limit of a call.
    pub(super) fn gas(&self, draft: &Draft<'_>) -> Result<u64, Obstacle> {
        match draft.plain_payee().and_then(|payee| self.codes.get(&payee)) {
            Some(Ok(code)) if code.is_zero() => return Ok(PLAIN),
            Some(Err(error)) => return Err(error.clone().into()),
            _ => {}
        }
        match self.needs.get(&Kind::of(&draft.sender, &draft.errand)) {
            Some(Need::Gas(gas)) => Ok(*gas),
            Some(Need::Fails { node, reason }) => {
                Err(Obstacle::WouldFail { node: node.clone(), reason: reason.clone() })
            }
            Some(Need::Unsettled(error)) => Err(error.clone().into()),
            None => Err(super::draft::refusal("no gas was estimated for it")),
        }
    }
}

fn ask_of_sender(inquiry: &mut Inquiry, sender: &Address, anchor: &Anchor) {
    const COUNT: &str = "eth_getTransactionCount";
    let (tag, height) = (anchor.tag(), anchor.as_of.block);
    inquiry.add(
        COUNT,
        json!([sender.as_str(), tag]),
        format!("the nonce of {sender} at block {height}"),
        number,
    );
    let about = format!("the waiting transactions of {sender}");
    inquiry.add(COUNT, json!([sender.as_str(), "pending"]), about, number);
    let about = format!("the balance of {sender} at block {height}");
    inquiry.add("eth_getBalance", json!([sender.as_str(), tag]), about, quantity);
}

fn code_size(field: &Field<'_>) -> Result<U256, NodeError> {
    field.bytes(CODE_LIMIT).map(|code| U256::from(code.len()))
}
