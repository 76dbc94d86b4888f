//! How much gas a call needs: exactly 21,000 for a payment to a plain account, estimated by every node otherwise.

use std::collections::BTreeMap;
use std::fmt;

use alloy_primitives::hex;
use serde_json::{Value, json};
use strongroom_evm_codec::Call as Errand;
use strongroom_network::{AgreementError, Answers, Call, NodeError, Panel, Question, RpcError};
use strongroom_protocol::{Address, Amount};

use crate::field::Field;

/// What every transaction costs before it does anything (Yellow Paper, appendix G, `G_transaction`).
pub(crate) const PLAIN: u64 = 21_000;

/// The most gas one transaction may ask for (EIP-7825).
const MOST: u64 = 16_777_216;

/// What decides how much gas a call needs: who calls what, and for a token whom it names. Amounts hardly matter, so
/// that a thousand payments of one token to one payee are one question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    sender: Address,
    to: String,
    /// Selector and first argument of the calldata.
    head: Vec<u8>,
}

impl Kind {
    pub(crate) fn of(sender: &Address, errand: &Errand) -> Self {
        let head = errand.calldata().iter().take(36).copied().collect();
        Self { sender: sender.clone(), to: errand.to(), head }
    }
}

/// What the nodes say to one kind of call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It needs this much, headroom included.
    Gas(u64),
    /// A node says that it would fail.
    Fails {
        /// Which.
        node: String,
        /// Its words.
        reason: String,
    },
    /// Too few answered, or they are too far apart.
    Unsettled(AgreementError),
}

/// Calls whose gas must be estimated, at most one of a kind: the one that moves most.
#[derive(Default)]
pub(crate) struct Estimates(BTreeMap<Kind, (Amount, Value, String)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Estimate {
    Gas(u64),
    Refused(String),
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gas(gas) => write!(f, "{gas}"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl Estimates {
    /// Adds a call that moves `amount`, of the coin or of a token.
    pub(crate) fn add(&mut self, sender: &Address, errand: &Errand, amount: Amount) {
        let kind = Kind::of(sender, errand);
        if self.0.get(&kind).is_none_or(|(largest, ..)| *largest < amount) {
            let object = json!({
                "from": sender.as_str(),
                "to": kind.to,
                "value": format!("{:#x}", errand.value().base_units()),
                "data": hex::encode_prefixed(errand.calldata()),
            });
            let about = format!("the gas that {sender} needs to call {}", kind.to);
            self.0.insert(kind, (amount, object, about));
        }
    }

    /// Asks every node for all of them, as if at the block `tag`.
    pub(crate) fn put(self, panel: &mut Panel<'_>, tag: &str) -> BTreeMap<Kind, Need> {
        let (kinds, questions): (Vec<_>, Vec<_>) = self
            .0
            .into_iter()
            .map(|(kind, (_, object, about))| {
                (kind, Question::new(Call::repeatable("eth_estimateGas", json!([object, tag])), about))
            })
            .unzip();
        if questions.is_empty() {
            return BTreeMap::new();
        }
        let answers = panel.ask(questions, |_, answer| read(answer));
        kinds.into_iter().zip(answers.into_iter().map(need)).collect()
    }
}

fn read(answer: Result<Value, RpcError>) -> Result<Estimate, NodeError> {
    match answer {
        Ok(value) => {
            let field = Field::answer("eth_estimateGas", &value);
            let gas = field.number()?;
            if gas < PLAIN {
                return Err(field.refuse("is less than any transaction needs"));
            }
            if gas > MOST {
                return Err(field.refuse("is more than one transaction may use (EIP-7825)"));
            }
            Ok(Estimate::Gas(gas))
        }
        // Not knowing the method or being busy says nothing about the call.
        Err(refusal) if refusal.is_limit() || matches!(refusal.code, -32700..=-32600) => Err(refusal.into()),
        Err(refusal) => Ok(Estimate::Refused(refusal.message)),
    }
}

/// The highest estimate and a fifth more, if the nodes' estimates lie within a quarter of each other. Tokens may need
/// more when it counts than when it was estimated; what is not used is not paid.
fn need(answers: Answers<Estimate>) -> Need {
    let refused = answers.given().iter().find_map(|(node, estimate)| match estimate {
        Estimate::Refused(reason) => Some(Need::Fails { node: node.clone(), reason: reason.clone() }),
        Estimate::Gas(_) => None,
    });
    if let Some(refused) = refused {
        return refused;
    }
    let estimates = answers.map(|estimate| match estimate {
        Estimate::Gas(gas) => gas,
        Estimate::Refused(_) => MOST,
    });
    let close = |low: &u64, high: &u64| *high <= low.saturating_add(low.div_euclid(4));
    match estimates.largest_if(close) {
        Ok(gas) => Need::Gas(gas.saturating_add(gas.div_ceil(5)).min(MOST)),
        Err(error) => Need::Unsettled(error),
    }
}
