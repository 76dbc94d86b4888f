//! A feed: what a chain tells the desk, and what it carries for it.

use std::collections::BTreeSet;

use strongroom_protocol::{Address, Amount, AssetId, ChainId, RawTx, Slot, Text, Timestamp};

use crate::agreement::AgreementError;
use crate::facts::{Findings, Want};
use crate::node::NodeError;
use crate::standing::{Followed, Sent, Track, TransactionId};

/// One chain as seen through its nodes.
///
/// Everything it reports was said alike by at least two nodes, and read at one block that they agree on. What it was
/// not told in agreement is an error, never a guess.
pub trait Feed {
    /// The chain.
    fn chain(&self) -> &ChainId;

    /// How each node does. Never an error: what is wrong with a node is in its state.
    fn check(&mut self) -> Vec<NodeState>;

    /// What is needed to build transactions for some intents. `taken` are the slots that are reserved already; each
    /// want without a slot of its own gets the next one that is free on the chain and not among them.
    ///
    /// # Errors
    /// [`FeedError`] if nothing can be said for any of them. What is wrong with one alone is in its place.
    fn facts(&mut self, wants: &[Want<'_>], taken: &BTreeSet<Slot>) -> Result<Findings, FeedError>;

    /// The id that the chain knows a signed transaction by.
    fn id_of(&self, transaction: &RawTx) -> TransactionId;

    /// Sends signed transactions to every node. Sending the same again does no harm.
    ///
    /// # Errors
    /// [`FeedError::NoNodes`] if there is nobody to send to. What each node did is in its place.
    fn send(&mut self, transactions: &[RawTx]) -> Result<Vec<Sent>, FeedError>;

    /// Where some slots stand.
    ///
    /// # Errors
    /// [`FeedError`] if nothing can be said for any of them. What is wrong with one alone is in its place.
    fn follow(&mut self, tracks: &[Track]) -> Result<Followed, FeedError>;

    /// What some addresses hold.
    ///
    /// # Errors
    /// [`FeedError`] if the nodes do not agree on all of it.
    fn balances(&mut self, holdings: &[Holding]) -> Result<Balances, FeedError>;

    /// What some assets say of themselves. Advice at most: symbols and decimals that count are those of the registry
    /// that the policy pins.
    ///
    /// # Errors
    /// [`FeedError`] if the nodes do not agree on all of it.
    fn describe(&mut self, assets: &[AssetId]) -> Result<Vec<Described>, FeedError>;
}

/// The block that something was read at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// Its height.
    pub block: u64,
    /// Its id, in the chain's own writing.
    pub block_id: String,
    /// Its time, by its producer's clock. Nodes that all stand still agree too: hold this against a clock.
    pub time: Timestamp,
}

/// What to look up: what an address holds of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The address.
    pub address: Address,
    /// The asset.
    pub asset: AssetId,
}

/// What some addresses hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balances {
    /// The block it was read at.
    pub as_of: AsOf,
    /// For each holding in order, the base units.
    pub amounts: Vec<Amount>,
}

/// What an asset says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The asset.
    pub asset: AssetId,
    /// Its decimals; `None` if it does not say.
    pub decimals: Option<u8>,
    /// Its symbol; `None` if it does not say, or says something that is no fit text.
    pub symbol: Option<Text>,
}

/// How one node does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// Its name.
    pub node: String,
    /// The chain it serves, by its own word.
    pub chain: Result<ChainId, NodeError>,
    /// The height of its newest block.
    pub height: Result<u64, NodeError>,
    /// The height up to which it says that nothing can be replaced; `None` where it does not say.
    pub finalized: Result<Option<u64>, NodeError>,
}

/// Why a feed can say nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The chain has no nodes at all.
    #[error("{0} has no nodes: add at least two with `strongroom node add`")]
    NoNodes(ChainId),
    /// The chain is not one of this family that is supported.
    #[error("{0} is not a supported chain")]
    Chain(ChainId),
    /// Too few nodes answered, or they disagree.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
    /// The nodes agree that they serve another chain.
    #[error("the nodes of {expected} serve {found}: remove them and add nodes of the right chain")]
    OtherChain {
        /// The chain they were added for.
        expected: ChainId,
        /// The one they serve.
        found: String,
    },
    /// Some nodes are too far behind the others for what they say to be compared.
    #[error(
        "the nodes' newest blocks are further apart than {allowed}: {}. Wait for those behind to catch up, or remove them",
        heights(.found)
    )]
    Lag {
        /// Each node and the height of its newest block.
        found: Vec<(String, u64)>,
        /// The most blocks they may be apart.
        allowed: u64,
    },
    /// The chain changed its mind about recent blocks while it was being asked.
    #[error("block {block} was replaced while the nodes were being asked: ask again")]
    Reorganised {
        /// The block that all had agreed on.
        block: u64,
    },
    /// Something of another chain, or in another form than this chain's, was asked about.
    #[error("{what} cannot be looked up on {chain}: {why}")]
    Foreign {
        /// What.
        what: String,
        /// The feed's chain.
        chain: ChainId,
        /// What is wrong with it.
        why: String,
    },
}

fn heights(found: &[(String, u64)]) -> String {
    let said: Vec<_> = found.iter().map(|(node, height)| format!("{node} is at {height}")).collect();
    said.join(", ")
}
