//! The slot of a transaction: its sender's nonce, `eip155:1:0xAb…/7`.

use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Address, ChainId, Slot};

use crate::address;
use crate::networks::Network;

/// The first nonce that no transaction may have (EIP-2681).
pub(crate) const NONCE_LIMIT: u64 = u64::MAX;

/// What a slot's text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce {
    /// The chain.
    pub chain: ChainId,
    /// Whose nonce.
    pub sender: Address,
    /// Transactions the sender had sent before.
    pub nonce: u64,
}

/// Why a slot is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// The chain or the sender is refused.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Not in the one form a slot has.
    #[error("{0} is not a slot of an EVM chain: write chain, sender and nonce, as in eip155:1:0x…/7")]
    Malformed(String),
    /// A nonce that no transaction may have.
    #[error("no transaction may have the nonce {0} (EIP-2681)")]
    Nonce(u64),
}

/// The slot of a sender's nonce, in its one canonical form.
///
/// # Errors
/// [`SlotError`] if the chain is not supported, the sender not canonical or the nonce 2⁶⁴ − 1.
pub fn slot(chain: &ChainId, sender: &Address, nonce: u64) -> Result<Slot, SlotError> {
    Network::of(chain)?;
    address::parse(chain, sender)?;
    if nonce == NONCE_LIMIT {
        return Err(SlotError::Nonce(nonce));
    }
    let text = format!("{chain}:{sender}/{nonce}");
    text.parse().map_err(|_| SlotError::Malformed(text))
}

/// Reads a slot. Only the form that [`slot`] writes is one.
///
/// # Errors
/// [`SlotError`] if it is of no supported chain, or written in any other way.
pub fn parse_slot(text: &Slot) -> Result<Nonce, SlotError> {
    let malformed = || SlotError::Malformed(text.to_string());
    let (account, nonce) = text.as_str().split_once('/').ok_or_else(malformed)?;
    let (chain, sender) = account.rsplit_once(':').ok_or_else(malformed)?;
    let parsed = Nonce {
        chain: chain.parse().map_err(|_| malformed())?,
        sender: sender.parse().map_err(|_| malformed())?,
        nonce: nonce.parse().map_err(|_| malformed())?,
    };
    // Signs, leading zeros and whatever else a number may be read from are not how it is written.
    if slot(&parsed.chain, &parsed.sender, parsed.nonce)? == *text { Ok(parsed) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

    #[test]
    fn one_nonce_has_one_writing() {
        let chain: ChainId = "eip155:137".parse().unwrap();
        let sender: Address = SENDER.parse().unwrap();
        for nonce in [0, 7, 10, u64::MAX - 1] {
            let written = slot(&chain, &sender, nonce).unwrap();
            assert_eq!(written.as_str(), format!("eip155:137:{SENDER}/{nonce}"));
            assert_eq!(
                parse_slot(&written).unwrap(),
                Nonce { chain: chain.clone(), sender: sender.clone(), nonce }
            );
        }
    }

    #[test]
    fn other_writings_are_refused() {
        for bad in [
            format!("eip155:1:{SENDER}"),
            format!("eip155:1:{SENDER}/"),
            format!("eip155:1:{SENDER}/07"),
            format!("eip155:1:{SENDER}/00"),
            format!("eip155:1:{SENDER}/7/"),
            format!("eip155:1:{SENDER}/7/8"),
            format!("eip155:1:{SENDER}/-7"),
            format!("eip155:1:{SENDER}/0x7"),
            format!("eip155:1:{SENDER}/18446744073709551616"),
            format!("eip155:1/{SENDER}/7"),
            format!("{SENDER}/7"),
            format!("1:{SENDER}/7"),
            "7".to_owned(),
        ] {
            let refused = parse_slot(&bad.parse().unwrap()).unwrap_err();
            assert_eq!(refused, SlotError::Malformed(bad.clone()), "{bad}");
        }
    }

    #[test]
    fn other_chains_senders_and_the_last_nonce_are_refused() {
        let refused = |text: String| parse_slot(&text.parse().unwrap()).unwrap_err();
        assert!(matches!(
            refused(format!("eip155:1:{}/7", SENDER.to_lowercase())),
            SlotError::Address(AddressError::NotCanonical { .. })
        ));
        assert!(matches!(
            refused(format!("eip155:56:{SENDER}/7")),
            SlotError::Address(AddressError::Chain(_))
        ));
        assert!(matches!(
            refused(format!("eip155:01:{SENDER}/7")),
            SlotError::Address(AddressError::Chain(_))
        ));
        assert_eq!(refused(format!("eip155:1:{SENDER}/{}", u64::MAX)), SlotError::Nonce(u64::MAX));
    }
}
