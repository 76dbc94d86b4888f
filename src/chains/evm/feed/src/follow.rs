//! Where nonces stand.
//!
//! A nonce is judged by two heights on which all nodes agree: the newest block that all have, and the newest that all
//! call final. Receipts are asked for after the sender's transaction counts at those heights, so that a nonce that is
//! spent without any version of ours having a receipt was spent by something else.

mod judge;

use std::collections::BTreeMap;

use alloy_primitives as evm;
use serde_json::{Value, json};
use strongroom_evm_codec::{Network, Nonce, parse_slot};
use strongroom_network::{
    AgreementError, Answers, Call, FeedError, Followed, NodeError, Panel, Question, Track, TransactionId,
};
use strongroom_protocol::{Address, ChainId};

use crate::anchor::{Anchor, tag};
use crate::field::Field;
use crate::inquiry::{Inquiry, narrow, number};
use crate::receipt::Sighting;
use judge::{Counts, Evidence};

/// A track whose slot was understood.
struct Pursuit<'a> {
    track: &'a Track,
    nonce: Nonce,
    sender: evm::Address,
}

/// Says where some slots stand.
pub(crate) fn follow(
    panel: &mut Panel<'_>,
    chain: &ChainId,
    network: &Network,
    tracks: &[Track],
) -> Result<Followed, FeedError> {
    let pursuits: Vec<_> = tracks.iter().map(|track| pursuit(chain, track)).collect::<Result<_, _>>()?;
    let anchor = Anchor::find(panel, chain, network)?;
    anchor.check_finalized(panel)?;
    let counts = counts(panel, &anchor, &pursuits);
    let evidence = sightings(panel, &counts, &pursuits);
    anchor.still_stands(panel)?;
    let standings = pursuits
        .iter()
        .zip(evidence)
        .map(|(pursuit, evidence)| {
            let counts =
                counts.get(&pursuit.nonce.sender).cloned().unwrap_or_else(|| Err(nobody(pursuit)))?;
            judge::judge(pursuit.track, pursuit.nonce.nonce, counts, &anchor, evidence)
        })
        .collect();
    Ok(Followed { as_of: anchor.as_of, finalized: anchor.finalized, standings })
}

fn pursuit<'a>(chain: &ChainId, track: &'a Track) -> Result<Pursuit<'a>, FeedError> {
    let foreign =
        |why: String| FeedError::Foreign { what: format!("slot {}", track.slot), chain: chain.clone(), why };
    let nonce = parse_slot(&track.slot).map_err(|error| foreign(error.to_string()))?;
    if nonce.chain != *chain {
        return Err(foreign(format!("it is of {}", nonce.chain)));
    }
    let sender = nonce.sender.as_str().parse().map_err(|_| foreign("its sender is no address".to_owned()))?;
    let ids = track.versions.iter().map(|version| &version.id);
    if let Some(other) = ids.into_iter().find(|id| !is_hash(id)) {
        return Err(foreign(format!("{other} is no transaction hash")));
    }
    Ok(Pursuit { track, nonce, sender })
}

fn is_hash(id: &TransactionId) -> bool {
    Field::answer("", &json!(id.as_str())).hash().is_ok_and(|hash| hash == id.as_str())
}

fn nobody(pursuit: &Pursuit<'_>) -> AgreementError {
    let question = format!("the nonce of {}", pursuit.nonce.sender);
    AgreementError::TooFew { question, answered: Vec::new(), failures: Vec::new() }
}

/// How many transactions each sender had sent, at the agreed and at the final height.
fn counts(
    panel: &mut Panel<'_>,
    anchor: &Anchor,
    pursuits: &[Pursuit<'_>],
) -> BTreeMap<Address, Result<Counts, AgreementError>> {
    let mut senders: Vec<_> = pursuits.iter().map(|pursuit| pursuit.nonce.sender.clone()).collect();
    senders.sort();
    senders.dedup();
    let heights = [Some(anchor.as_of.block), anchor.finalized];
    let mut inquiry = Inquiry::default();
    for sender in &senders {
        for height in heights.into_iter().flatten() {
            let about = format!("the nonce of {sender} at block {height}");
            inquiry.add("eth_getTransactionCount", json!([sender.as_str(), tag(height)]), about, number);
        }
    }
    let mut answers = inquiry.put(panel);
    let mut next = || answers.next().map(|answers| answers.agreed().map(narrow)).transpose();
    senders
        .into_iter()
        .map(|sender| {
            let newest = next();
            let fixed = if anchor.finalized.is_some() { next() } else { Ok(None) };
            let counts = newest.and_then(|newest| {
                Ok(Counts { newest: newest.unwrap_or_default(), fixed: fixed?.unwrap_or_default() })
            });
            (sender, counts)
        })
        .collect()
}

/// What the nodes say of every version: receipts where the nonce is spent, and whether they know it where it is not.
fn sightings(
    panel: &mut Panel<'_>,
    counts: &BTreeMap<Address, Result<Counts, AgreementError>>,
    pursuits: &[Pursuit<'_>],
) -> Vec<Evidence> {
    let spent = |pursuit: &Pursuit<'_>| {
        let counts = counts.get(&pursuit.nonce.sender);
        counts
            .and_then(|counts| counts.as_ref().ok())
            .is_some_and(|counts| counts.newest > pursuit.nonce.nonce)
    };
    let of = |wanted: bool| {
        let chosen = pursuits.iter().filter(move |pursuit| spent(pursuit) == wanted);
        chosen.flat_map(|pursuit| pursuit.track.versions.iter().map(move |version| (pursuit, &version.id)))
    };
    let (landed, waiting): (Vec<_>, Vec<_>) = (of(true).collect(), of(false).collect());
    let mut receipts = ask(panel, "eth_getTransactionReceipt", &landed, Sighting::read).into_iter();
    let mut known =
        ask(panel, "eth_getTransactionByHash", &waiting, |answer, id, _| is_known(answer, id)).into_iter();
    pursuits
        .iter()
        .map(|pursuit| {
            let versions = pursuit.track.versions.len();
            if spent(pursuit) {
                Evidence::Receipts(receipts.by_ref().take(versions).collect())
            } else {
                Evidence::Known(known.by_ref().take(versions).collect())
            }
        })
        .collect()
}

fn ask<T>(
    panel: &mut Panel<'_>,
    method: &'static str,
    versions: &[(&Pursuit<'_>, &TransactionId)],
    read: impl Fn(&Value, &TransactionId, evm::Address) -> Result<T, NodeError>,
) -> Vec<Answers<T>> {
    if versions.is_empty() {
        return Vec::new();
    }
    let questions = versions
        .iter()
        .map(|(_, id)| {
            Question::new(Call::repeatable(method, json!([id.as_str()])), format!("what became of {id}"))
        })
        .collect();
    panel.ask(questions, |place, answer| match versions.get(place) {
        Some((pursuit, id)) => read(&answer?, id, pursuit.sender),
        None => Err(Field::answer(method, &Value::Null).refuse("was not asked for")),
    })
}

/// Reads the answer to `eth_getTransactionByHash`: whether the node knows the transaction at all.
fn is_known(answer: &Value, id: &TransactionId) -> Result<bool, NodeError> {
    let transaction = Field::answer("eth_getTransactionByHash", answer);
    if transaction.is_null() {
        return Ok(false);
    }
    let hash = transaction.required("hash")?;
    if hash.hash()? == id.as_str() {
        Ok(true)
    } else {
        Err(hash.refuse("is not the transaction that was asked about"))
    }
}
