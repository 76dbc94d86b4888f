//! One node, and one question to it.

use serde_json::Value;

use crate::transport::TransportError;

/// A node of some chain. Whatever it says is a claim.
pub trait Node: Send {
    /// What people call it: the name it was added under.
    fn name(&self) -> &str;

    /// Asks one question.
    ///
    /// # Errors
    /// [`NodeError`], the node's own refusal among them as [`NodeError::Rpc`].
    fn call(&mut self, call: &Call) -> Result<Value, NodeError>;

    /// Asks many questions. The answers stand in the order of the questions, one each.
    ///
    /// # Errors
    /// [`NodeError`] if any question stayed without an answer; a node's refusal to answer one is an answer.
    fn batch(&mut self, calls: &[Call]) -> Result<Vec<Result<Value, RpcError>>, NodeError>;
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    method: &'static str,
    params: Value,
    repeatable: bool,
}

impl Call {
    /// A question that may be asked twice without harm, because it changes nothing or because the second time finds
    /// the first already done.
    pub const fn repeatable(method: &'static str, params: Value) -> Self {
        Self { method, params, repeatable: true }
    }

    /// A question that must not be asked again when its answer got lost.
    pub const fn once(method: &'static str, params: Value) -> Self {
        Self { method, params, repeatable: false }
    }

    /// The method.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// Its parameters.
    pub const fn params(&self) -> &Value {
        &self.params
    }

    /// Whether it may be asked again when its answer got lost.
    pub const fn is_repeatable(&self) -> bool {
        self.repeatable
    }
}

/// Why a node gave no usable answer. The sentence goes on from the node's name: "alpha *did not answer in time*".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// Nothing came back.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Something came back that is no answer to the question.
    #[error("gave no proper answer: {place} {why}{}", quoted(.found))]
    Malformed {
        /// Where: a method and a field of its answer, such as `eth_feeHistory reward[3]`.
        place: String,
        /// What is wrong with it, going on from the place: "is not a hex quantity".
        why: &'static str,
        /// What was found, made fit for a screen; empty where nothing was.
        found: String,
    },
    /// The node understood and refused.
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

fn quoted(found: &str) -> String {
    if found.is_empty() { String::new() } else { format!(": {found}") }
}

impl NodeError {
    /// Whether the same question, asked a moment later, may well be answered.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_passing(),
            Self::Rpc(error) => error.is_limit(),
            Self::Malformed { .. } => false,
        }
    }
}

/// A node's refusal (JSON-RPC 2.0 §5.1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused: {message} (code {code})")]
pub struct RpcError {
    /// Its number.
    pub code: i64,
    /// Its words, made fit for a screen.
    pub message: String,
}

impl RpcError {
    /// Whether it is JSON-RPC's way of saying "too many questions": EIP-1474's -32005, or HTTP's number.
    pub const fn is_limit(&self) -> bool {
        matches!(self.code, -32005 | 429)
    }
}
