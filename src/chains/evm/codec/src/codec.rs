//! The codec of Ethereum-like chains.

use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{
    Account, Address, AssetId, BuildError, ChainId, Codec, DecodeError, Facts, Intent, Tx, Unsigned,
};

use crate::address;
use crate::call::Call;
use crate::networks::Network;
use crate::sender::Sender;
use crate::terms::Terms;
use crate::transaction::Transaction;
use crate::tx::EvmTx;

/// Ethereum, Polygon and their test networks: CAIP-2 namespace `eip155`.
///
/// Unsigned bytes are the payload that is hashed and signed: `0x02 ‖ rlp([9 fields])` for EIP-1559, the nine-field
/// list ending in chain id, 0, 0 for legacy (EIP-155).
#[derive(Clone, Copy, Debug, Default)]
pub struct EvmCodec;

impl Codec for EvmCodec {
    fn namespace(&self) -> &'static str {
        "eip155"
    }

    fn native_asset(&self, chain: &ChainId) -> Result<AssetId, AddressError> {
        address::native_asset(chain)
    }

    fn check_address(&self, chain: &ChainId, address: &Address) -> Result<(), AddressError> {
        Network::of(chain)?;
        address::parse(chain, address).map(|_| ())
    }

    fn address_of(&self, chain: &ChainId, public_key: &[u8]) -> Result<Address, AddressError> {
        Network::of(chain)?;
        let key = address::public_key(chain, public_key)?;
        address::text(&address::of_key(&key)).ok_or_else(|| AddressError::PublicKey(chain.clone()))
    }

    fn build(&self, account: &Account, intent: &Intent, facts: &Facts) -> Result<Unsigned, BuildError> {
        let sender = Sender::of(account)?;
        let terms = Terms::from_facts(facts).map_err(|error| BuildError::Facts(error.to_string()))?;
        let (call, voided) = Call::checked(&sender, intent)?;
        if let Some(nonce) = voided.filter(|nonce| *nonce != terms.nonce) {
            let why = format!("the slot to be voided is nonce {nonce}, but they say nonce {}", terms.nonce);
            return Err(BuildError::Facts(why));
        }
        Ok(Unsigned(Transaction::new(sender.network, &terms, call).signing_payload()))
    }

    fn decode(&self, account: &Account, unsigned: &Unsigned) -> Result<Box<dyn Tx>, DecodeError> {
        Ok(Box::new(EvmTx::read(account, unsigned)?))
    }
}
