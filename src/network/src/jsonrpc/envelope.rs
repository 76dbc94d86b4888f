//! The outer form of questions and answers: JSON-RPC 2.0 §4 to §6.

use serde_json::{Map, Value, json};

use crate::node::{Call, NodeError, RpcError};
use crate::said::said;

pub(super) fn question(id: u64, call: &Call) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": call.method(), "params": call.params()})
}

fn malformed(why: &'static str, found: &str) -> NodeError {
    NodeError::Malformed { place: "the response".to_owned(), why, found: said(found) }
}

/// Reads JSON of a bounded size. The bound on its depth is the parser's own.
pub(super) fn parse(bytes: &[u8], limit: usize) -> Result<Value, NodeError> {
    if bytes.len() > limit {
        return Err(malformed("is longer than it was allowed to be", ""));
    }
    serde_json::from_slice(bytes).map_err(|error| malformed("is not JSON", &error.to_string()))
}

/// The answer to the one question that was asked.
pub(super) fn single(answer: Value, id: u64) -> Result<Result<Value, RpcError>, NodeError> {
    let (found, answer) = opened(answer)?;
    match (found, &answer) {
        (Some(found), _) if found == id => Ok(answer),
        // JSON-RPC 2.0 §5: a node that could not read the question does not know its id.
        (None, Err(_)) => Ok(answer),
        _ => Err(malformed("carries an id that was not asked under", "")),
    }
}

/// The answers to the questions `first`, `first + 1`, …, put in order.
pub(super) fn matched(
    answers: Vec<Value>,
    first: u64,
    count: usize,
) -> Result<Vec<Result<Value, RpcError>>, NodeError> {
    let mut places: Vec<Option<Result<Value, RpcError>>> = Vec::new();
    places.resize_with(count, || None);
    for answer in answers {
        let (id, answer) = opened(answer)?;
        let place = id
            .and_then(|id| id.checked_sub(first))
            .and_then(|offset| usize::try_from(offset).ok())
            .and_then(|offset| places.get_mut(offset))
            .ok_or_else(|| malformed("holds an answer to a question that was not asked", ""))?;
        if place.replace(answer).is_some() {
            return Err(malformed("holds two answers to one question", ""));
        }
    }
    places
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| malformed("lacks the answer to one of the questions", ""))
}

/// What a node said that answered a batch with something else than an array.
pub(super) fn batch_refusal(answer: Value) -> Result<RpcError, NodeError> {
    match opened(answer)? {
        (_, Err(refusal)) => Ok(refusal),
        (_, Ok(_)) => Err(malformed("is a single result where many were asked for", "")),
    }
}

/// Takes an answer apart: its id, if it has one, and its result or error, of which it must have exactly one.
fn opened(answer: Value) -> Result<(Option<u64>, Result<Value, RpcError>), NodeError> {
    let Value::Object(mut answer) = answer else {
        return Err(malformed("is not a JSON-RPC object", ""));
    };
    if answer.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(malformed("is not of JSON-RPC version 2.0", ""));
    }
    let id = match answer.remove("id") {
        None | Some(Value::Null) => None,
        Some(id) => Some(id.as_u64().ok_or_else(|| malformed("carries an id that was not asked under", ""))?),
    };
    let error = answer.remove("error").filter(|error| !error.is_null());
    match (answer.remove("result"), error) {
        (Some(result), None) => Ok((id, Ok(result))),
        (None | Some(Value::Null), Some(Value::Object(error))) => Ok((id, Err(refusal(&error)?))),
        (None | Some(Value::Null), Some(_)) => Err(malformed("carries an error that is not an object", "")),
        (Some(_), Some(_)) => Err(malformed("carries both a result and an error", "")),
        (None, None) => Err(malformed("carries neither a result nor an error", "")),
    }
}

fn refusal(error: &Map<String, Value>) -> Result<RpcError, NodeError> {
    let code = error.get("code").and_then(Value::as_i64);
    let message = error.get("message").and_then(Value::as_str);
    match (code, message) {
        (Some(code), Some(message)) => Ok(RpcError { code, message: said(message) }),
        _ => Err(malformed("carries an error without a code and a message", "")),
    }
}
