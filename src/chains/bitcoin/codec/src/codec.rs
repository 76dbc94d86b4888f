//! The codec of Bitcoin chains.

use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{
    Account, Address, AssetId, BuildError, ChainId, Codec, DecodeError, Facts, Intent, Tx, Unsigned,
};

use crate::address;
use crate::networks::Network;
use crate::psbt;
use crate::tx::BitcoinTx;
use crate::wish;

/// Bitcoin and its test networks: CAIP-2 namespace `bip122`.
///
/// Unsigned bytes are a PSBT of version 0 without signatures, in the one form that [`Codec::build`] writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct BitcoinCodec;

impl Codec for BitcoinCodec {
    fn namespace(&self) -> &'static str {
        "bip122"
    }

    fn native_asset(&self, chain: &ChainId) -> Result<AssetId, AddressError> {
        address::native_asset(chain)
    }

    fn check_address(&self, chain: &ChainId, address: &Address) -> Result<(), AddressError> {
        address::script_of(chain, address).map(|_| ())
    }

    /// Always refused: one key has an address of each kind here, so an account is a descriptor, and
    /// [`crate::address_at`] gives its addresses.
    fn address_of(&self, chain: &ChainId, _: &[u8]) -> Result<Address, AddressError> {
        Network::of(chain)?;
        let why = format!("a key alone has no one address on {chain}: enrol a descriptor (BIP-380)");
        Err(AddressError::Descriptor(why))
    }

    fn build(&self, account: &Account, intent: &Intent, facts: &Facts) -> Result<Unsigned, BuildError> {
        let (holder, spend) = wish::spend(account, intent, facts)?;
        Ok(Unsigned(psbt::of(&holder.wallet, &spend).serialize()))
    }

    fn decode(&self, account: &Account, unsigned: &Unsigned) -> Result<Box<dyn Tx>, DecodeError> {
        Ok(Box::new(BitcoinTx::read(account, unsigned)?))
    }
}
