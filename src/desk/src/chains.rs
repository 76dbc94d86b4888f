//! The chains this desk speaks. A new family is one line in each of the two tables here.

use strongroom_evm_codec::EvmCodec;
use strongroom_evm_feed::EvmFeed;
use strongroom_network::{Feed, FeedError, Node};
use strongroom_protocol::{ChainId, Codec, RawTx, Slot};
use strongroom_screen::Failure;

use crate::exit;

/// Every codec.
pub static CODECS: &[&dyn Codec] = &[&EvmCodec];

/// The codec of a chain, if it is spoken here.
pub fn codec(chain: &ChainId) -> Option<&'static dyn Codec> {
    CODECS.iter().copied().find(|codec| codec.namespace() == chain.namespace())
}

/// The id that a chain knows a signed transaction by; which chain, its slot says.
pub fn transaction_id(slot: &Slot, raw: &RawTx) -> Option<String> {
    strongroom_evm_codec::parse_slot(slot).ok()?;
    Some(strongroom_evm_codec::transaction_hash(raw).to_string())
}

/// The chain that a slot is on; nothing if no chain spoken here has such slots.
pub fn chain_of(slot: &Slot) -> Option<ChainId> {
    Some(strongroom_evm_codec::parse_slot(slot).ok()?.chain)
}

/// A slot's place among those of its account, which land in this order.
pub fn order_of(slot: &Slot) -> Option<(String, u64)> {
    let nonce = strongroom_evm_codec::parse_slot(slot).ok()?;
    Some((format!("{}:{}", nonce.chain, nonce.sender), nonce.nonce))
}

/// What a chain tells through these nodes.
///
/// # Errors
/// [`FeedError::Chain`] if the chain is not spoken here.
pub fn feed(chain: &ChainId, nodes: Vec<Box<dyn Node>>) -> Result<Box<dyn Feed>, FeedError> {
    match chain.namespace() {
        "eip155" => Ok(Box::new(EvmFeed::new(chain, nodes)?)),
        _ => Err(FeedError::Chain(chain.clone())),
    }
}

/// The codec of a chain that must be spoken here.
///
/// # Errors
/// A failure, naming the families that are.
pub fn supported(chain: &ChainId) -> Result<&'static dyn Codec, Failure> {
    let refused = |message: String| {
        let families: Vec<_> = CODECS.iter().map(|codec| codec.namespace()).collect();
        let hint = format!(
            "chains are named as in CAIP-2, such as eip155:1; families known here: {}",
            families.join(", ")
        );
        Failure::new(exit::USAGE, "chain", message).hint(hint)
    };
    let codec = codec(chain).ok_or_else(|| refused(format!("{chain} is not a supported chain")))?;
    codec.native_asset(chain).map_err(|error| refused(error.to_string()))?;
    Ok(codec)
}
