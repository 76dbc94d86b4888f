//! The account that a transaction is of, read and checked.

use alloy_primitives as evm;
use secp256k1::PublicKey;
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Account, Address, ChainId};

use crate::address;
use crate::networks::Network;

/// An account whose chain is supported and whose address is canonical.
pub(crate) struct Sender<'a> {
    /// Its chain.
    pub network: &'static Network,
    /// Its chain's name, as the account has it.
    pub chain: &'a ChainId,
    /// Its address.
    pub address: evm::Address,
    /// Its address, as the account has it.
    pub text: &'a Address,
}

impl<'a> Sender<'a> {
    pub(crate) fn of(account: &'a Account) -> Result<Self, AddressError> {
        let network = Network::of(&account.chain)?;
        // Otherwise one account could have many records, each with another id.
        if account.descriptor.is_some() {
            let why = format!("an account of {} has one address and no descriptor", account.chain);
            return Err(AddressError::Descriptor(why));
        }
        let address = address::parse(&account.chain, &account.address)?;
        Ok(Self { network, chain: &account.chain, address, text: &account.address })
    }

    /// The account's key, if it is the key of the account's address.
    ///
    /// The chain takes the sender from the signature alone. With another key, what leaves would leave another
    /// account than the one the effects name.
    pub(crate) fn key(&self, account: &Account) -> Result<PublicKey, AddressError> {
        let key = address::public_key(self.chain, &account.key.public_key)?;
        let own = address::of_key(&key);
        if own == self.address {
            return Ok(key);
        }
        Err(AddressError::Malformed {
            address: self.text.clone(),
            chain: self.chain.clone(),
            why: format!("the account's key has the address {own}, so the account's record is wrong"),
        })
    }
}
