//! The layer against transports that misbehave in every way a node or the road to it can.

#![allow(clippy::arithmetic_side_effects)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::*;

type Reply = Box<dyn Fn(&Value) -> Result<Vec<u8>, TransportError> + Send>;

/// Answers each post with the next reply of a script, and keeps what was posted.
#[derive(Clone, Default)]
struct Script {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    posts: Arc<Mutex<Vec<Value>>>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Script {
    fn then(self, reply: impl Fn(&Value) -> Result<Vec<u8>, TransportError> + Send + 'static) -> Self {
        self.replies.lock().unwrap().push_back(Box::new(reply));
        self
    }

    fn fail(self, error: TransportError) -> Self {
        self.then(move |_| Err(error.clone()))
    }

    fn say(self, body: Value) -> Self {
        self.then(move |_| Ok(body.to_string().into_bytes()))
    }

    fn raw(self, body: &'static [u8]) -> Self {
        self.then(move |_| Ok(body.to_vec()))
    }

    fn node(&self) -> JsonRpc<Self, Self> {
        JsonRpc::new("alpha", self.clone(), self.clone())
    }

    fn posts(&self) -> Vec<Value> {
        self.posts.lock().unwrap().clone()
    }

    fn pauses(&self) -> Vec<u128> {
        self.pauses.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

impl Transport for Script {
    fn post(&mut self, body: &[u8], limit: usize) -> Result<Vec<u8>, TransportError> {
        let body: Value = serde_json::from_slice(body).unwrap();
        self.posts.lock().unwrap().push(body.clone());
        let reply = self.replies.lock().unwrap().pop_front().expect("asked more often than scripted");
        reply(&body).and_then(|answer| {
            if answer.len() > limit { Err(TransportError::Oversized { limit }) } else { Ok(answer) }
        })
    }
}

impl Pause for Script {
    fn pause(&mut self, duration: Duration) {
        self.pauses.lock().unwrap().push(duration);
    }
}

/// An honest answer: each question's first parameter.
fn echo(question: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": question["id"], "result": question["params"][0]})
}

fn echo_all(body: &Value) -> Vec<Value> {
    body.as_array().expect("a batch").iter().map(echo).collect()
}

// Of the form that a script takes.
#[allow(clippy::unnecessary_wraps)]
fn honest(body: &Value) -> Result<Vec<u8>, TransportError> {
    let answer = if body.is_array() { Value::Array(echo_all(body)) } else { echo(body) };
    Ok(answer.to_string().into_bytes())
}

fn bent(bend: impl Fn(&mut Vec<Value>) + Send + 'static) -> Script {
    Script::default().then(move |body| {
        let mut answers = echo_all(body);
        bend(&mut answers);
        Ok(Value::Array(answers).to_string().into_bytes())
    })
}

fn ask(param: u64) -> Call {
    Call::repeatable("echo", json!([param]))
}

fn asks(count: u64) -> Vec<Call> {
    (0..count).map(ask).collect()
}

fn values(answers: Vec<Result<Value, RpcError>>) -> Vec<u64> {
    answers.into_iter().map(|answer| answer.unwrap().as_u64().unwrap()).collect()
}

fn busy(code: u16) -> TransportError {
    TransportError::Status { code, retry_after: None }
}

#[test]
fn a_question_is_asked_in_the_standards_form_under_a_new_id_each_time() {
    let script = Script::default().then(honest).then(honest);
    let mut node = script.node();
    assert_eq!(node.call(&ask(7)).unwrap(), 7);
    assert_eq!(node.call(&ask(8)).unwrap(), 8);
    assert_eq!(
        script.posts(),
        [
            json!({"jsonrpc": "2.0", "id": 1, "method": "echo", "params": [7]}),
            json!({"jsonrpc": "2.0", "id": 2, "method": "echo", "params": [8]}),
        ]
    );
}

#[test]
fn a_refusal_is_named_and_a_null_result_is_a_result() {
    let script = Script::default()
        .say(json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "nonce too\u{1b} low", "data": {}}}))
        .say(json!({"jsonrpc": "2.0", "id": 2, "result": null}))
        .say(json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "parse error"}}));
    let mut node = script.node();
    let refused = node.call(&ask(1)).unwrap_err();
    assert_eq!(refused.to_string(), "refused: nonce too\\u{1b} low (code -32000)");
    assert_eq!(node.call(&ask(1)).unwrap(), Value::Null);
    assert!(matches!(node.call(&ask(1)), Err(NodeError::Rpc(RpcError { code: -32700, .. }))));
}

#[test]
fn answers_that_are_no_answers_are_refused() {
    for (body, why) in [
        (json!({"jsonrpc": "2.0", "id": 2, "result": 1}), "carries an id that was not asked under"),
        (json!({"jsonrpc": "2.0", "id": "1", "result": 1}), "carries an id that was not asked under"),
        (json!({"jsonrpc": "2.0", "id": 1.0, "result": 1}), "carries an id that was not asked under"),
        (json!({"jsonrpc": "2.0", "id": -1, "result": 1}), "carries an id that was not asked under"),
        (json!({"jsonrpc": "2.0", "result": 1}), "carries an id that was not asked under"),
        (
            json!({"jsonrpc": "2.0", "id": 2, "error": {"code": 1, "message": ""}}),
            "carries an id that was not asked under",
        ),
        (json!({"id": 1, "result": 1}), "is not of JSON-RPC version 2.0"),
        (json!({"jsonrpc": "1.0", "id": 1, "result": 1}), "is not of JSON-RPC version 2.0"),
        (json!({"jsonrpc": "2.0", "id": 1}), "carries neither a result nor an error"),
        (json!({"jsonrpc": "2.0", "id": 1, "error": null}), "carries neither a result nor an error"),
        (
            json!({"jsonrpc": "2.0", "id": 1, "result": 1, "error": {"code": 1, "message": ""}}),
            "carries both a result and an error",
        ),
        (json!({"jsonrpc": "2.0", "id": 1, "error": "no"}), "carries an error that is not an object"),
        (
            json!({"jsonrpc": "2.0", "id": 1, "error": {"message": "no"}}),
            "carries an error without a code and a message",
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 1e300, "message": "no"}}),
            "carries an error without a code and a message",
        ),
        (json!([{"jsonrpc": "2.0", "id": 1, "result": 1}]), "is not a JSON-RPC object"),
        (json!("ok"), "is not a JSON-RPC object"),
    ] {
        let refused = Script::default().say(body.clone()).node().call(&ask(1)).unwrap_err();
        assert!(
            matches!(&refused, NodeError::Malformed { why: found, .. } if *found == why),
            "{body}: {refused}"
        );
    }
}

#[test]
fn what_is_not_json_is_refused_however_deep_it_goes() {
    static DEEP: [u8; 100_000] = [b'['; 100_000];
    for body in [b"".as_slice(), b"<html>busy</html>", b"{\"jsonrpc\"", b"\xff\xfe", b"{} {}", &DEEP] {
        let refused = Script::default().raw(body).node().call(&ask(1)).unwrap_err();
        assert!(matches!(&refused, NodeError::Malformed { why: "is not JSON", .. }), "{refused}");
    }
}

#[test]
fn an_answer_beyond_its_size_is_refused() {
    let script = Script::default().say(json!({"jsonrpc": "2.0", "id": 1, "result": "x".repeat(2000)}));
    let limits = Limits { answer_bytes: 1000, ..Limits::default() };
    let refused = script.node().with_limits(limits).call(&ask(1)).unwrap_err();
    assert_eq!(refused, TransportError::Oversized { limit: 1000 }.into());
    assert!(script.pauses().is_empty(), "a flood was asked for twice");
    // A transport that pays no heed to the limit.
    assert!(envelope::parse(&[b' '; 1001], 1000).is_err());
}

#[test]
fn batches_are_split_and_answers_may_come_in_any_order() {
    let reversed = |body: &Value| {
        let mut answers = echo_all(body);
        answers.reverse();
        Ok(Value::Array(answers).to_string().into_bytes())
    };
    let script = Script::default().then(reversed).then(reversed).then(reversed);
    let mut node = script.node();
    assert_eq!(values(node.batch(&asks(250)).unwrap()), (0..250).collect::<Vec<_>>());
    let sizes: Vec<_> = script.posts().iter().map(|post| post.as_array().unwrap().len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(node.batch(&[]).unwrap(), []);
}

#[test]
fn a_refusal_within_a_batch_is_an_answer() {
    let script = bent(|answers| {
        answers[1] =
            json!({"jsonrpc": "2.0", "id": answers[1]["id"], "error": {"code": 3, "message": "reverted"}});
    });
    let answers = script.node().batch(&asks(3)).unwrap();
    assert_eq!(answers[0], Ok(json!(0)));
    assert_eq!(answers[1], Err(RpcError { code: 3, message: "reverted".to_owned() }));
    assert_eq!(answers[2], Ok(json!(2)));
}

#[test]
fn batches_that_do_not_match_their_questions_are_refused() {
    let refusal = |script: Script| match script.node().batch(&asks(3)) {
        Err(NodeError::Malformed { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(bent(|a| drop(a.pop()))), "lacks the answer to one of the questions");
    assert_eq!(refusal(bent(Vec::clear)), "lacks the answer to one of the questions");
    assert_eq!(refusal(bent(|a| a[2]["id"] = a[0]["id"].clone())), "holds two answers to one question");
    assert_eq!(refusal(bent(|a| a.push(a[0].clone()))), "holds two answers to one question");
    let foreign = "holds an answer to a question that was not asked";
    assert_eq!(refusal(bent(|a| a[2]["id"] = json!(4))), foreign);
    assert_eq!(refusal(bent(|a| a[2]["id"] = json!(u64::MAX))), foreign);
    assert_eq!(refusal(bent(|a| a[2]["id"] = json!(0))), foreign);
    assert_eq!(refusal(bent(|a| a[2]["id"] = Value::Null)), foreign);
    assert_eq!(refusal(bent(|a| a[2] = json!(7))), "is not a JSON-RPC object");
    let single = Script::default().say(json!({"jsonrpc": "2.0", "id": 1, "result": 1}));
    assert_eq!(refusal(single), "is a single result where many were asked for");
}

#[test]
fn an_earlier_answer_played_back_is_refused() {
    let script = Script::default().then(honest).say(json!({"jsonrpc": "2.0", "id": 1, "result": 7}));
    let mut node = script.node();
    assert_eq!(node.call(&ask(7)).unwrap(), 7);
    assert!(matches!(node.call(&ask(8)), Err(NodeError::Malformed { .. })));
}

#[test]
fn a_node_that_takes_no_batches_is_asked_one_by_one_from_then_on() {
    let no = json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "batches are not supported"}});
    for refusing in [
        Script::default().say(no),
        Script::default().fail(busy(400)),
        Script::default().fail(busy(405)),
        Script::default().fail(busy(413)),
    ] {
        let script = refusing.then(honest).then(honest).then(honest).then(honest);
        let mut node = script.node();
        assert_eq!(values(node.batch(&asks(2)).unwrap()), [0, 1]);
        assert_eq!(values(node.batch(&asks(2)).unwrap()), [0, 1]);
        let batched = script.posts().iter().filter(|post| post.is_array()).count();
        assert_eq!((batched, script.posts().len()), (1, 5), "it was offered another batch");
    }
}

#[test]
fn a_batch_too_long_to_be_answered_at_once_is_asked_one_by_one_this_time() {
    let script =
        Script::default().then(|_| Ok(vec![b' '; (4 << 20) + 1])).then(honest).then(honest).then(honest);
    let mut node = script.node();
    assert_eq!(values(node.batch(&asks(2)).unwrap()), [0, 1]);
    assert_eq!(values(node.batch(&asks(2)).unwrap()), [0, 1]);
    assert!(script.posts()[3].is_array());
}

#[test]
fn what_failed_in_passing_is_asked_again_with_growing_pauses() {
    let script = Script::default().fail(TransportError::Timeout).fail(busy(429)).fail(busy(503)).then(honest);
    assert_eq!(script.node().call(&ask(7)).unwrap(), 7);
    assert_eq!(script.pauses(), [250, 500, 1000]);
    let script = Script::default().fail(busy(502)).then(honest);
    assert_eq!(values(script.node().batch(&asks(3)).unwrap()), [0, 1, 2]);
}

#[test]
fn patience_ends() {
    let down = || TransportError::Unreachable { why: "connection refused".to_owned() };
    let script = (0..4).fold(Script::default(), |script, _| script.fail(down()));
    assert_eq!(script.node().call(&ask(1)).unwrap_err(), down().into());
    assert_eq!(script.posts().len(), 4);
}

#[test]
fn a_node_may_ask_for_a_longer_pause_but_not_for_any() {
    let wait =
        |seconds| TransportError::Status { code: 429, retry_after: Some(Duration::from_secs(seconds)) };
    let script = Script::default().fail(wait(3)).fail(wait(1 << 40)).then(honest);
    assert_eq!(script.node().call(&ask(7)).unwrap(), 7);
    assert_eq!(script.pauses(), [3_000, 10_000]);
}

#[test]
fn what_will_not_pass_is_not_asked_again() {
    for lasting in [busy(401), busy(403), busy(404)] {
        let script = Script::default().fail(lasting.clone());
        assert_eq!(script.node().call(&ask(1)).unwrap_err(), lasting.clone().into());
        let script = Script::default().fail(lasting.clone());
        assert_eq!(script.node().batch(&asks(2)).unwrap_err(), lasting.into());
    }
}

#[test]
fn what_must_not_be_repeated_is_not() {
    let script = Script::default().fail(TransportError::Timeout);
    let refused = script.node().call(&Call::once("pay", json!([1]))).unwrap_err();
    assert_eq!(refused, TransportError::Timeout.into());
    // One such question in a batch is enough.
    let script = Script::default().fail(TransportError::Timeout);
    let calls = [ask(1), Call::once("pay", json!([1]))];
    assert!(script.node().batch(&calls).is_err());
    assert_eq!(script.posts().len(), 1);
}

#[test]
fn a_node_that_counts_questions_is_asked_more_slowly() {
    let limit = json!({"code": -32005, "message": "limit exceeded"});
    let refused = |body: &Value| {
        Ok(json!({"jsonrpc": "2.0", "id": body["id"], "error": {"code": -32005, "message": "limit exceeded"}})
            .to_string()
            .into_bytes())
    };
    let script = Script::default().then(refused).then(honest);
    assert_eq!(script.node().call(&ask(7)).unwrap(), 7);
    assert_eq!(script.pauses(), [250]);
    // Some of a batch: those alone are asked again.
    let some = limit.clone();
    let script = bent(move |answers| {
        answers[2] = json!({"jsonrpc": "2.0", "id": answers[2]["id"], "error": some});
    })
    .then(honest);
    assert_eq!(values(script.node().batch(&asks(4)).unwrap()), [0, 1, 2, 3]);
    // The batch as a whole: it is a pause that is wanted, not smaller questions.
    let script = Script::default().say(json!({"jsonrpc": "2.0", "id": null, "error": limit})).then(honest);
    assert_eq!(values(script.node().batch(&asks(2)).unwrap()), [0, 1]);
    assert!(script.posts()[1].is_array());
}
