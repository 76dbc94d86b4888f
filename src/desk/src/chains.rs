//! The chains this desk speaks. A new chain is one line here.

use strongroom_evm_codec::EvmCodec;
use strongroom_protocol::{ChainId, Codec, RawTx, Slot};

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
