//! The feed of an Ethereum-like chain.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::json;
use strongroom_evm_codec::{Network, erc20_asset, native_asset};
use strongroom_network::{
    Balances, Call, Described, Feed, FeedError, Findings, Followed, Holding, Node, NodeError, NodeState,
    Panel, Question, RpcError, Sent, Track, TransactionId, Want,
};
use strongroom_protocol::{Address, Amount, AssetId, ChainId, RawTx, Slot};

use crate::anchor::{self, Anchor};
use crate::field::Field;
use crate::inquiry::{Inquiry, quantity};
use crate::{facts, follow, submission, token};

/// The decimals of every coin of this family.
const COIN_DECIMALS: u8 = 18;

/// Ethereum, Polygon or one of their test networks, as its nodes tell it.
pub struct EvmFeed {
    chain: ChainId,
    network: &'static Network,
    nodes: Vec<Box<dyn Node>>,
}

impl fmt::Debug for EvmFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.nodes.iter().map(|node| node.name()).collect();
        f.debug_struct("EvmFeed").field("chain", &self.chain).field("nodes", &names).finish_non_exhaustive()
    }
}

impl EvmFeed {
    /// The feed of a chain through these nodes. Each should be somebody else's: two names for one machine agree on
    /// anything.
    ///
    /// # Errors
    /// [`FeedError::Chain`] if the chain is not a supported one of this family.
    pub fn new(chain: &ChainId, nodes: Vec<Box<dyn Node>>) -> Result<Self, FeedError> {
        let network = Network::of(chain).map_err(|_| FeedError::Chain(chain.clone()))?;
        Ok(Self { chain: chain.clone(), network, nodes })
    }

    fn foreign(&self, what: &dyn fmt::Display, why: &dyn fmt::Display) -> FeedError {
        FeedError::Foreign { what: what.to_string(), chain: self.chain.clone(), why: why.to_string() }
    }

    /// The contract that keeps a token; none if the asset is the chain's own coin.
    fn contract(&self, asset: &AssetId) -> Result<Option<Address>, FeedError> {
        let native = native_asset(&self.chain).map_err(|error| self.foreign(asset, &error))?;
        if *asset == native {
            return Ok(None);
        }
        let contract: Address = asset.reference().parse().map_err(|error| self.foreign(asset, &error))?;
        let same = erc20_asset(&self.chain, &contract).map_err(|error| self.foreign(asset, &error))?;
        if same == *asset {
            Ok(Some(contract))
        } else {
            Err(self
                .foreign(asset, &format!("it is neither its coin, {native}, nor one of its ERC-20 tokens")))
        }
    }

    /// The bytes of an address that must be one of this chain, in canonical form.
    fn address(&self, address: &Address) -> Result<alloy_primitives::Address, FeedError> {
        // An address is canonical exactly if it makes a token's name.
        erc20_asset(&self.chain, address).map_err(|error| self.foreign(address, &error))?;
        address.as_str().parse().map_err(|_| self.foreign(address, &"it is no address"))
    }
}

impl Feed for EvmFeed {
    fn chain(&self) -> &ChainId {
        &self.chain
    }

    fn check(&mut self) -> Vec<NodeState> {
        self.nodes.iter_mut().map(|node| anchor::state(node.as_mut(), &self.chain)).collect()
    }

    fn facts(&mut self, wants: &[Want<'_>], taken: &BTreeSet<Slot>) -> Result<Findings, FeedError> {
        facts::find(&mut Panel::new(&mut self.nodes), &self.chain, self.network, wants, taken)
    }

    fn id_of(&self, transaction: &RawTx) -> TransactionId {
        submission::id_of(transaction)
    }

    fn send(&mut self, transactions: &[RawTx]) -> Result<Vec<Sent>, FeedError> {
        if self.nodes.is_empty() {
            return Err(FeedError::NoNodes(self.chain.clone()));
        }
        Ok(submission::send(&mut self.nodes, transactions))
    }

    fn follow(&mut self, tracks: &[Track]) -> Result<Followed, FeedError> {
        follow::follow(&mut Panel::new(&mut self.nodes), &self.chain, self.network, tracks)
    }

    fn balances(&mut self, holdings: &[Holding]) -> Result<Balances, FeedError> {
        let mut read = Vec::new();
        for Holding { address, asset } in holdings {
            read.push((address, asset, self.address(address)?, self.contract(asset)?));
        }
        let mut panel = Panel::new(&mut self.nodes);
        let anchor = Anchor::find(&mut panel, &self.chain, self.network)?;
        let (tag, height) = (anchor.tag(), anchor.as_of.block);
        let mut inquiry = Inquiry::default();
        for (address, asset, owner, contract) in read {
            let about = format!("what {address} holds of {asset} at block {height}");
            match contract {
                None => inquiry.add("eth_getBalance", json!([address.as_str(), tag]), about, quantity),
                Some(contract) => {
                    let params = token::balance_params(contract.as_str(), owner, &tag);
                    inquiry.add("eth_call", params, about, token::read_balance);
                }
            }
        }
        let amounts = inquiry
            .put(&mut panel)
            .map(|answers| answers.agreed().map(Amount::from_base_units))
            .collect::<Result<_, _>>()?;
        Ok(Balances { as_of: anchor.as_of, amounts })
    }

    fn describe(&mut self, assets: &[AssetId]) -> Result<Vec<Described>, FeedError> {
        let contracts: Vec<_> = assets.iter().map(|asset| self.contract(asset)).collect::<Result<_, _>>()?;
        let mut panel = Panel::new(&mut self.nodes);
        let anchor = Anchor::find(&mut panel, &self.chain, self.network)?;
        assets
            .iter()
            .zip(contracts)
            .map(|(asset, contract)| match contract {
                None => Ok(Described { asset: asset.clone(), decimals: Some(COIN_DECIMALS), symbol: None }),
                Some(contract) => describe(&mut panel, asset, &contract, &anchor.tag()),
            })
            .collect()
    }
}

/// Asks a token what it says of itself. A token that refuses to say is one that does not say.
fn describe(
    panel: &mut Panel<'_>,
    asset: &AssetId,
    contract: &Address,
    tag: &str,
) -> Result<Described, FeedError> {
    let question =
        |params, what| Question::new(Call::repeatable("eth_call", params), format!("the {what} of {asset}"));
    let decimals = panel
        .ask_one(question(token::decimals_params(contract.as_str(), tag), "decimals"), |answer| {
            silent_or(answer, token::read_decimals)
        });
    let symbol = panel.ask_one(question(token::symbol_params(contract.as_str(), tag), "symbol"), |answer| {
        silent_or(answer, token::read_symbol)
    });
    Ok(Described { asset: asset.clone(), decimals: decimals.agreed()?.0, symbol: symbol.agreed()?.0 })
}

/// What a token says of itself, if it does.
#[derive(Debug, PartialEq)]
struct Claim<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Claim<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(claim) => claim.fmt(f),
            None => f.write_str("nothing"),
        }
    }
}

fn silent_or<T>(
    answer: Result<serde_json::Value, RpcError>,
    read: fn(&Field<'_>) -> Result<Option<T>, NodeError>,
) -> Result<Claim<T>, NodeError> {
    match answer {
        Err(refusal) if refusal.is_limit() => Err(refusal.into()),
        Err(_) => Ok(Claim(None)),
        Ok(value) => read(&Field::answer("eth_call", &value)).map(Claim),
    }
}
