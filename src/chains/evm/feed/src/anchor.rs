//! The block that everything is read at: the newest that every node has, with the hash that all give it.

use std::fmt;

use serde_json::{Value, json};
use strongroom_evm_codec::Network;
use strongroom_network::{AsOf, Call, FeedError, Node, NodeError, NodeState, Panel, Question, RpcError};
use strongroom_protocol::{ChainId, Timestamp};

use crate::field::Field;
use crate::rules::Rules;

/// The agreed block, and what is agreed about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Which block it is.
    pub as_of: AsOf,
    /// What its gas cost at least, in wei a unit; `None` on a chain without EIP-1559.
    pub base_fee: Option<u128>,
    /// The height up to which all nodes say that nothing can be replaced; `None` where one does not say.
    pub finalized: Option<u64>,
}

/// What a node says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearing {
    Chain(u64),
    Height(u64),
    Finalized(Option<u64>),
}

impl fmt::Display for Bearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(id) => write!(f, "eip155:{id}"),
            Self::Height(height) | Self::Finalized(Some(height)) => write!(f, "{height}"),
            Self::Finalized(None) => f.write_str("nothing"),
        }
    }
}

fn bearings(chain: &ChainId) -> Vec<Question> {
    vec![
        Question::new(
            Call::repeatable("eth_chainId", json!([])),
            format!("which chain it serves for {chain}"),
        ),
        Question::new(Call::repeatable("eth_blockNumber", json!([])), "the height of the newest block"),
        Question::new(
            Call::repeatable("eth_getBlockByNumber", json!(["finalized", false])),
            "the height of the newest final block",
        ),
    ]
}

fn read_bearing(place: usize, answer: Result<Value, RpcError>) -> Result<Bearing, NodeError> {
    match place {
        0 => Field::answer("eth_chainId", &answer?).number().map(Bearing::Chain),
        1 => Field::answer("eth_blockNumber", &answer?).number().map(Bearing::Height),
        // A chain that has not come so far yet, or a node that does not know the tag, answers null or refuses.
        _ => match answer {
            Err(refusal) if refusal.is_limit() => Err(refusal.into()),
            Err(_) | Ok(Value::Null) => Ok(Bearing::Finalized(None)),
            Ok(block) => {
                let height = Field::answer("eth_getBlockByNumber", &block).required("number")?.number()?;
                Ok(Bearing::Finalized(Some(height)))
            }
        },
    }
}

impl Anchor {
    /// Finds the block to read everything at.
    ///
    /// A node cannot make us read at a block of its choice: one that claims an old or a future height is too far from
    /// the others, and every node must give the block the same hash.
    pub(crate) fn find(panel: &mut Panel<'_>, chain: &ChainId, network: &Network) -> Result<Self, FeedError> {
        let mut answers = panel.ask(bearings(chain), read_bearing).into_iter();
        let (Some(chains), Some(heights), Some(finals)) = (answers.next(), answers.next(), answers.next())
        else {
            return Err(FeedError::NoNodes(chain.clone()));
        };
        let served = chains.agreed()?;
        if served != Bearing::Chain(network.id) {
            return Err(FeedError::OtherChain { expected: chain.clone(), found: served.to_string() });
        }
        let height = common_height(heights.enough()?, Rules::of(network).lag)?;
        let finalized = finals.enough()?.into_iter().map(|(_, bearing)| match bearing {
            Bearing::Finalized(Some(finalized)) => Some(finalized.min(height)),
            _ => None,
        });
        let finalized = finalized.min().flatten();
        let header = header(panel, height)?;
        let as_of =
            AsOf { block: height, block_id: header.hash, time: Timestamp::from_unix(header.timestamp) };
        Ok(Self { as_of, base_fee: header.base_fee, finalized })
    }

    /// Makes sure that the block is still the one it was, so that answers given in between belong together.
    pub(crate) fn still_stands(&self, panel: &mut Panel<'_>) -> Result<(), FeedError> {
        if header(panel, self.as_of.block)?.hash == self.as_of.block_id {
            Ok(())
        } else {
            Err(FeedError::Reorganised { block: self.as_of.block })
        }
    }

    /// Makes sure that all nodes give the final block the same hash: then they are on one chain for good.
    pub(crate) fn check_finalized(&self, panel: &mut Panel<'_>) -> Result<(), FeedError> {
        match self.finalized {
            Some(height) => header(panel, height).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The block's number as nodes want it.
    pub(crate) fn tag(&self) -> String {
        tag(self.as_of.block)
    }
}

/// A block's number as nodes want it.
pub(crate) fn tag(height: u64) -> String {
    format!("{height:#x}")
}

/// The lowest of the nodes' newest heights, unless they are too far apart to be compared.
fn common_height(given: Vec<(String, Bearing)>, allowed: u64) -> Result<u64, FeedError> {
    let found: Vec<_> = given
        .into_iter()
        .filter_map(|(node, bearing)| match bearing {
            Bearing::Height(height) => Some((node, height)),
            _ => None,
        })
        .collect();
    let lowest = found.iter().map(|(_, height)| *height).min().unwrap_or_default();
    let highest = found.iter().map(|(_, height)| *height).max().unwrap_or_default();
    if highest.saturating_sub(lowest) > allowed {
        return Err(FeedError::Lag { found, allowed });
    }
    Ok(lowest)
}

/// What is agreed about a block.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Header {
    hash: String,
    timestamp: u64,
    base_fee: Option<u128>,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.hash, Timestamp::from_unix(self.timestamp))?;
        self.base_fee.map_or(Ok(()), |fee| write!(f, " with a base fee of {fee} wei"))
    }
}

fn header(panel: &mut Panel<'_>, height: u64) -> Result<Header, FeedError> {
    const METHOD: &str = "eth_getBlockByNumber";
    let call = Call::repeatable(METHOD, json!([tag(height), false]));
    let answers = panel.ask_one(Question::new(call, format!("block {height}")), |answer| {
        let answer = answer?;
        let block = Field::answer(METHOD, &answer);
        if block.is_null() {
            return Err(block.refuse("is missing, although it is not above its newest"));
        }
        let number = block.required("number")?;
        if number.number()? != height {
            return Err(number.refuse("is not the number that was asked for"));
        }
        Ok(Header {
            hash: block.required("hash")?.hash()?,
            timestamp: block.required("timestamp")?.number()?,
            base_fee: block.member("baseFeePerGas")?.map(|fee| fee.price()).transpose()?,
        })
    });
    Ok(answers.agreed()?)
}

/// How one node does.
pub(crate) fn state(node: &mut dyn Node, chain: &ChainId) -> NodeState {
    let calls: Vec<_> = bearings(chain).into_iter().map(|question| question.call).collect();
    let answers = node.batch(&calls);
    let said = |place: usize| match &answers {
        Ok(answers) => {
            answers.get(place).cloned().ok_or_else(unanswered).and_then(|answer| read_bearing(place, answer))
        }
        Err(error) => Err(error.clone()),
    };
    NodeState {
        node: node.name().to_owned(),
        chain: said(0).and_then(|bearing| bearing.to_string().parse().map_err(|_| unanswered())),
        height: said(1).and_then(|bearing| match bearing {
            Bearing::Height(height) => Ok(height),
            _ => Err(unanswered()),
        }),
        finalized: said(2).and_then(|bearing| match bearing {
            Bearing::Finalized(height) => Ok(height),
            _ => Err(unanswered()),
        }),
    }
}

fn unanswered() -> NodeError {
    NodeError::Malformed { place: "the batch".to_owned(), why: "lacks an answer", found: String::new() }
}
