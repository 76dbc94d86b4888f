//! Nodes that lie, fail and contradict each other.

#![allow(clippy::arithmetic_side_effects)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::*;
use crate::transport::TransportError;

type Answer = Result<Value, NodeError>;

struct Fake {
    name: &'static str,
    answer: Box<dyn Fn(&Call) -> Answer + Send>,
    asked: Arc<AtomicUsize>,
}

impl Node for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn call(&mut self, call: &Call) -> Answer {
        (self.answer)(call)
    }

    fn batch(&mut self, calls: &[Call]) -> Result<Vec<Result<Value, RpcError>>, NodeError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        calls
            .iter()
            .map(|call| match (self.answer)(call) {
                Ok(value) => Ok(Ok(value)),
                Err(NodeError::Rpc(refusal)) => Ok(Err(refusal)),
                Err(other) => Err(other),
            })
            .collect()
    }
}

fn node(name: &'static str, answer: impl Fn(&Call) -> Answer + Send + 'static) -> Box<dyn Node> {
    Box::new(Fake { name, answer: Box::new(answer), asked: Arc::default() })
}

fn says(name: &'static str, value: u64) -> Box<dyn Node> {
    node(name, move |_| Ok(json!(value)))
}

fn dead(name: &'static str) -> Box<dyn Node> {
    node(name, |_| Err(TransportError::Timeout.into()))
}

fn refuses(name: &'static str) -> Box<dyn Node> {
    node(name, |_| Err(RpcError { code: -32000, message: "header not found".to_owned() }.into()))
}

fn number(answer: Result<Value, RpcError>) -> Result<u64, NodeError> {
    answer?.as_u64().ok_or(NodeError::Malformed {
        place: "the count".to_owned(),
        why: "is not a number",
        found: String::new(),
    })
}

fn ask(nodes: &mut [Box<dyn Node>]) -> Answers<u64> {
    let question = Question::new(Call::repeatable("count", json!([])), "the count of alice");
    Panel::new(nodes).ask_one(question, number)
}

#[test]
fn two_that_agree_are_enough() {
    assert_eq!(ask(&mut [says("alpha", 7), says("beta", 7)]).agreed(), Ok(7));
    assert_eq!(ask(&mut [says("alpha", 7), dead("beta"), says("gamma", 7)]).agreed(), Ok(7));
}

#[test]
fn one_is_not_enough_and_the_others_failures_are_named() {
    let words = |nodes: &mut [Box<dyn Node>]| ask(nodes).agreed().unwrap_err().to_string();
    assert_eq!(
        words(&mut [says("alpha", 7)]),
        "only alpha told the count of alice. At least 2 nodes must answer: add one, or mend those that fail"
    );
    assert_eq!(
        words(&mut [says("alpha", 7), dead("beta"), refuses("gamma")]),
        "only alpha told the count of alice: beta did not answer in time; gamma refused: header not found \
         (code -32000). At least 2 nodes must answer: add one, or mend those that fail"
    );
    assert_eq!(
        words(&mut []),
        "no node told the count of alice. At least 2 nodes must answer: add one, or mend those that fail"
    );
    let silly = node("beta", |_| Ok(json!("seven")));
    assert!(
        words(&mut [says("alpha", 7), silly])
            .contains("beta gave no proper answer: the count is not a number")
    );
}

#[test]
fn a_majority_counts_for_nothing() {
    let mut nodes = [says("alpha", 7), says("beta", 7), says("gamma", 7), says("delta", 8)];
    let refused = ask(&mut nodes).agreed().unwrap_err();
    assert_eq!(
        refused,
        AgreementError::Disagreement {
            question: "the count of alice".to_owned(),
            answers: [("alpha", "7"), ("beta", "7"), ("gamma", "7"), ("delta", "8")]
                .map(|(node, answer)| (node.to_owned(), answer.to_owned()))
                .to_vec(),
        }
    );
    assert!(refused.to_string().starts_with(
        "the nodes disagree about the count of alice: alpha says 7, beta says 7, gamma says 7, delta says 8."
    ));
}

#[test]
fn estimates_may_differ_a_little() {
    let close = |low: &u64, high: &u64| *high <= low + low / 4;
    let largest = |nodes: &mut [Box<dyn Node>]| ask(nodes).largest_if(close);
    assert_eq!(largest(&mut [says("alpha", 125), says("beta", 100)]), Ok(125));
    assert_eq!(largest(&mut [says("alpha", 100), says("beta", 100)]), Ok(100));
    let far = largest(&mut [says("alpha", 126), says("beta", 100), says("gamma", 110)]).unwrap_err();
    assert!(matches!(far, AgreementError::Disagreement { answers, .. } if answers.len() == 3));
    assert!(matches!(largest(&mut [says("alpha", 100)]), Err(AgreementError::TooFew { .. })));
}

#[test]
fn each_question_of_a_round_is_judged_by_itself() {
    let first = |call: &Call| Ok(call.params()[0].clone());
    let liar = |call: &Call| Ok(if call.params()[0] == 2 { json!(9) } else { call.params()[0].clone() });
    let shy = |call: &Call| {
        if call.params()[0] == 3 {
            Err(RpcError { code: -32000, message: "no".to_owned() }.into())
        } else {
            Ok(call.params()[0].clone())
        }
    };
    let mut nodes = [node("alpha", first), node("beta", liar), node("gamma", shy)];
    let questions = (1..=4)
        .map(|count| Question::new(Call::repeatable("count", json!([count])), format!("count {count}")))
        .collect();
    let answers = Panel::new(&mut nodes).ask(questions, |_, answer| number(answer));
    let agreed: Vec<_> = answers.into_iter().map(Answers::agreed).collect();
    assert_eq!(agreed[0], Ok(1));
    assert!(
        matches!(&agreed[1], Err(AgreementError::Disagreement { question, .. }) if question == "count 2")
    );
    assert_eq!(agreed[2], Ok(3), "two answered");
    assert_eq!(agreed[3], Ok(4));
}

#[test]
fn a_dead_node_is_waited_for_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let dead = Box::new(Fake {
        name: "beta",
        answer: Box::new(|_| Err(TransportError::Timeout.into())),
        asked: Arc::clone(&asked),
    });
    let mut nodes: [Box<dyn Node>; 3] = [says("alpha", 1), dead, refuses("gamma")];
    let mut panel = Panel::new(&mut nodes);
    let question = || Question::new(Call::repeatable("count", json!([])), "the count");
    for _ in 0..3 {
        let refused = panel.ask_one(question(), number).agreed().unwrap_err();
        let AgreementError::TooFew { failures, .. } = refused else { panic!("{refused}") };
        assert_eq!(failures.len(), 2, "the dead node is still named");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
