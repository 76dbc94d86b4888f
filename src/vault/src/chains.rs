//! The chains this vault can read. A new one is one line here.

use strongroom_evm_codec::EvmCodec;
use strongroom_signing::Codecs;

/// One codec for each family of chains.
pub(crate) fn codecs() -> Codecs {
    Codecs::new(vec![Box::new(EvmCodec)])
}
