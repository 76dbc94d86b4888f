//! The online language: asking nodes, making them agree, sending and following.
//!
//! Nothing here opens a connection: bytes travel through a [`Transport`] that is handed in, and waiting is done by a
//! [`Pause`] that is handed in. No node is believed: what two of them do not say alike is an error that names who said
//! what, and nothing a node sends can do more than waste a bounded amount of memory and be refused.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | [`node`] | one node and one question to it | |
//! | [`transport`] | what carries bytes to a node and back | |
//! | [`jsonrpc`] | a node that speaks JSON-RPC over a transport | JSON-RPC 2.0 |
//! | [`retry`] | when to ask again, and how long to wait before | RFC 9110 §10.2.3, §15.6 |
//! | [`agreement`] | several nodes asked the same thing | |
//! | [`feed`] | what a chain tells the desk, and carries for it | |
//! | [`facts`] | what the desk wants to build, and what it needs for that | |
//! | [`standing`] | where a slot stands, from unknown to final | |

pub mod agreement;
pub mod facts;
pub mod feed;
pub mod jsonrpc;
pub mod node;
pub mod retry;
pub mod said;
pub mod standing;
pub mod transport;

pub use agreement::{AgreementError, Answers, Failure, Panel, Question};
pub use facts::{FactsError, Findings, Ladder, Notice, Obstacle, Want};
pub use feed::{AsOf, Balances, Described, Feed, FeedError, Holding, NodeState};
pub use jsonrpc::{JsonRpc, Limits};
pub use node::{Call, Node, NodeError, RpcError};
pub use retry::{Pause, Retry, Sleep};
pub use standing::{
    Followed, Landing, Outcome, Sent, Standing, Submission, Track, TransactionId, TransactionIdError, Version,
};
pub use transport::{Transport, TransportError};
