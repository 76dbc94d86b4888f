//! Sending, and what a node's answer to it means.

use alloy_primitives::hex;
use serde_json::{Value, json};
use strongroom_network::{Call, Node, NodeError, RpcError, Sent, Submission, TransactionId};
use strongroom_protocol::RawTx;

use crate::field::Field;

const METHOD: &str = "eth_sendRawTransaction";

/// What nodes say that have the transaction already: go-ethereum, Erigon, Reth, Bor, Besu, Nethermind, Anvil,
/// `OpenEthereum`. Compared in lower case.
const KNOWN: &[&str] = &[
    "already known",
    "alreadyknown",
    "known transaction",
    "already imported",
    "already exists",
    "existing tx with same hash",
    "already in mempool",
    "already in the mempool",
];

/// What nodes say of a nonce that is spent, perhaps by this very transaction.
const SPENT: &[&str] = &["nonce too low", "nonce is too low", "oldnonce", "old nonce", "nonce is below"];

/// What nodes say that will not take it as things are.
const REJECTED: &[&str] = &[
    "underpriced",
    "replacementnotallowed",
    "could not replace",
    "fee too low",
    "feetoolow",
    "gas price below",
    "gas price is below",
    "gas price too low",
    "less than block base fee",
    "insufficient funds",
    "insufficientfunds",
    "upfront cost exceeds",
    "intrinsic gas",
    "exceeds block gas limit",
    "gaslimitexceeded",
    "gas limit too high",
    "exceeds the configured cap",
    "nonce too high",
    "noncetoofarinfuture",
    "nonce too far",
    "txpool is full",
    "account limit exceeded",
    "in-flight transaction limit",
    "invalid sender",
    "chain id",
    "wrongchainid",
    "invalid signature",
    "not supported",
    "replay-protected",
    "higher than max fee per gas",
    "rlp",
];

/// The id that the chain knows a signed transaction by.
pub(crate) fn id_of(transaction: &RawTx) -> TransactionId {
    TransactionId::from_hash(strongroom_evm_codec::transaction_hash(transaction).as_bytes())
}

/// Sends transactions to every node, in order.
pub(crate) fn send(nodes: &mut [Box<dyn Node>], transactions: &[RawTx]) -> Vec<Sent> {
    let mut all: Vec<_> = transactions
        .iter()
        .map(|transaction| Sent { id: id_of(transaction), outcomes: Vec::new() })
        .collect();
    // The same transaction cannot be taken twice, so that sending it again finds it known and does no harm.
    let calls: Vec<_> = transactions
        .iter()
        .map(|transaction| Call::repeatable(METHOD, json!([hex::encode_prefixed(&transaction.0)])))
        .collect();
    for node in nodes {
        let name = node.name().to_owned();
        match node.batch(&calls) {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for sent in &mut all {
                    let outcome = answers.next().map_or_else(lost, |answer| read(&sent.id, answer));
                    sent.outcomes.push((name.clone(), outcome));
                }
            }
            // Some of them may have arrived before it failed.
            Err(error) => {
                for sent in &mut all {
                    sent.outcomes.push((name.clone(), Submission::Unknown { reason: error.to_string() }));
                }
            }
        }
    }
    all
}

fn lost() -> Submission {
    Submission::Unknown { reason: "the node gave no answer".to_owned() }
}

fn read(id: &TransactionId, answer: Result<Value, RpcError>) -> Submission {
    let answer = match answer {
        Ok(answer) => answer,
        Err(refusal) => return refused(refusal),
    };
    let field = Field::answer(METHOD, &answer);
    let unknown = |error: NodeError| Submission::Unknown { reason: error.to_string() };
    match field.hash() {
        Ok(hash) if hash == id.as_str() => Submission::Accepted,
        Ok(_) => unknown(field.refuse("is the id of another transaction")),
        Err(error) => unknown(error),
    }
}

/// What a refusal means. What is not recognised means nothing: the transaction may or may not be on its way.
fn refused(refusal: RpcError) -> Submission {
    let words = refusal.message.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    if says(KNOWN) {
        return Submission::AlreadyKnown;
    }
    let reason = refusal.message;
    if says(SPENT) {
        return Submission::Unknown { reason };
    }
    // EIP-1474: method not found, invalid parameters, transaction rejected.
    if says(REJECTED) || matches!(refusal.code, -32601 | -32602 | -32003) {
        return Submission::Rejected { reason };
    }
    Submission::Unknown { reason }
}
