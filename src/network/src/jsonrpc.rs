//! A node that speaks JSON-RPC 2.0 over a transport, and is not trusted to speak it well.

mod envelope;

use serde_json::Value;

use crate::node::{Call, Node, NodeError, RpcError};
use crate::retry::{Pause, Retry};
use crate::transport::{Transport, TransportError};

/// How much is asked at once and how much is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most questions in one batch; 0 and 1 mean that nothing is asked in batches.
    pub batch: usize,
    /// The most bytes taken in as the answer to one question.
    pub answer_bytes: usize,
    /// The most bytes taken in as the answer to a batch.
    pub batch_bytes: usize,
}

impl Default for Limits {
    /// 100 questions a batch, which common providers accept; 1 MiB an answer and 4 MiB a batch, which hold any block
    /// header and any hundred receipts of payments.
    fn default() -> Self {
        Self { batch: 100, answer_bytes: 1 << 20, batch_bytes: 4 << 20 }
    }
}

/// A node behind a transport.
///
/// Answers are matched to questions by id, in whatever order they come; an answer to nothing that was asked, two
/// answers to one question, or a question without an answer, and the whole batch is refused. A node that does not
/// take batches is asked one by one from then on. What may be asked again is asked again, a bounded number of times,
/// when nothing came back or the node said that it was busy.
#[derive(Debug)]
pub struct JsonRpc<T, P> {
    name: String,
    transport: T,
    pause: P,
    limits: Limits,
    retry: Retry,
    next_id: u64,
    takes_batches: bool,
}

impl<T: Transport, P: Pause> JsonRpc<T, P> {
    /// A node by its name, the way to it, and the way to wait.
    pub fn new(name: impl Into<String>, transport: T, pause: P) -> Self {
        Self {
            name: name.into(),
            transport,
            pause,
            limits: Limits::default(),
            retry: Retry::default(),
            next_id: 1,
            takes_batches: true,
        }
    }

    /// The same node with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same node with another patience.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// An id that no earlier question of this node had.
    fn take_ids(&mut self, count: usize) -> u64 {
        let first = self.next_id;
        self.next_id = self.next_id.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        first
    }

    /// Asks until there is an answer, a lasting failure, or no attempt left.
    fn persist<A>(
        &mut self,
        repeatable: bool,
        mut ask: impl FnMut(&mut Self) -> Result<A, NodeError>,
    ) -> Result<A, NodeError> {
        let longest = self.retry.longest;
        let pauses = self.retry.pauses();
        for pause in pauses.take_while(|_| repeatable) {
            match ask(self) {
                Err(error) if error.is_passing() => {
                    self.pause.pause(wish(&error).unwrap_or(pause).min(longest));
                }
                done => return done,
            }
        }
        ask(self)
    }

    fn ask_one(&mut self, call: &Call) -> Result<Value, NodeError> {
        let id = self.take_ids(1);
        let body = envelope::question(id, call).to_string();
        let bytes = self.transport.post(body.as_bytes(), self.limits.answer_bytes)?;
        let answer = envelope::parse(&bytes, self.limits.answer_bytes)?;
        Ok(envelope::single(answer, id)??)
    }

    /// Asks a chunk as one batch; `None` if the node does not take it as such.
    fn ask_chunk(&mut self, calls: &[Call]) -> Result<Option<Batch>, NodeError> {
        let first = self.take_ids(calls.len());
        let questions: Vec<_> = (first..).zip(calls).map(|(id, call)| envelope::question(id, call)).collect();
        let body = Value::Array(questions).to_string();
        let bytes = match self.transport.post(body.as_bytes(), self.limits.batch_bytes) {
            Ok(bytes) => bytes,
            // One by one each has room of its own.
            Err(TransportError::Oversized { .. }) => return Ok(None),
            Err(TransportError::Status { code: 400 | 405 | 413 | 422 | 501, .. }) => {
                self.takes_batches = false;
                return Ok(None);
            }
            Err(other) => return Err(other.into()),
        };
        match envelope::parse(&bytes, self.limits.batch_bytes)? {
            Value::Array(answers) => envelope::matched(answers, first, calls.len()).map(Some),
            other => {
                let refusal = envelope::batch_refusal(other)?;
                if refusal.is_limit() {
                    return Err(refusal.into());
                }
                self.takes_batches = false;
                Ok(None)
            }
        }
    }

    /// Asks a chunk in the way the node takes it.
    fn ask_some(&mut self, calls: &[Call]) -> Result<Batch, NodeError> {
        let repeatable = calls.iter().all(Call::is_repeatable);
        let batched = if self.takes_batches && calls.len() > 1 {
            self.persist(repeatable, |node| node.ask_chunk(calls))?
        } else {
            None
        };
        let Some(mut answers) = batched else {
            return calls.iter().map(|call| refusal_is_answer(self.call(call))).collect();
        };
        for (answer, call) in answers.iter_mut().zip(calls) {
            if call.is_repeatable() && answer.as_ref().is_err_and(RpcError::is_limit) {
                *answer = refusal_is_answer(self.call(call))?;
            }
        }
        Ok(answers)
    }
}

type Batch = Vec<Result<Value, RpcError>>;

/// How long the node asked to be left alone.
fn wish(error: &NodeError) -> Option<std::time::Duration> {
    match error {
        NodeError::Transport(TransportError::Status { retry_after, .. }) => *retry_after,
        _ => None,
    }
}

fn refusal_is_answer(answer: Result<Value, NodeError>) -> Result<Result<Value, RpcError>, NodeError> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(NodeError::Rpc(refusal)) => Ok(Err(refusal)),
        Err(other) => Err(other),
    }
}

impl<T: Transport, P: Pause> Node for JsonRpc<T, P> {
    fn name(&self) -> &str {
        &self.name
    }

    fn call(&mut self, call: &Call) -> Result<Value, NodeError> {
        self.persist(call.is_repeatable(), |node| node.ask_one(call))
    }

    fn batch(&mut self, calls: &[Call]) -> Result<Batch, NodeError> {
        let mut answers = Vec::with_capacity(calls.len());
        for chunk in calls.chunks(self.limits.batch.max(1)) {
            answers.append(&mut self.ask_some(chunk)?);
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests;
