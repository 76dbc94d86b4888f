//! The chains this desk speaks. A new chain is one line here.

use strongroom_evm_codec::EvmCodec;
use strongroom_protocol::{ChainId, Codec};

/// Every codec.
pub static CODECS: &[&dyn Codec] = &[&EvmCodec];

/// The codec of a chain, if it is spoken here.
pub fn codec(chain: &ChainId) -> Option<&'static dyn Codec> {
    CODECS.iter().copied().find(|codec| codec.namespace() == chain.namespace())
}
