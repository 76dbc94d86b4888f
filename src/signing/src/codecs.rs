//! The chains this vault can read.

use strongroom_protocol::{ChainId, Codec};

/// One codec for each family of chains.
#[derive(Default)]
pub struct Codecs(Vec<Box<dyn Codec>>);

impl Codecs {
    /// These codecs.
    pub fn new(codecs: Vec<Box<dyn Codec>>) -> Self {
        Self(codecs)
    }

    /// The codec of a chain's family, if there is one.
    pub fn of(&self, chain: &ChainId) -> Option<&dyn Codec> {
        self.0.iter().map(AsRef::as_ref).find(|codec| codec.namespace() == chain.namespace())
    }
}
