//! The slot of a transaction: each outpoint it spends, `bip122:…:TXID/VOUT`.

use bitcoin::OutPoint;
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{ChainId, Slot};

use crate::networks::Network;

/// What a slot's text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outpoint {
    /// The chain.
    pub chain: ChainId,
    /// The output spent.
    pub outpoint: OutPoint,
}

/// Why a slot is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// The chain is refused.
    #[error(transparent)]
    Chain(#[from] AddressError),
    /// Not in the one form a slot has.
    #[error(
        "{0} is not a slot of a Bitcoin chain: write chain, transaction id and output number, as in bip122:…:TXID/0"
    )]
    Malformed(String),
}

/// The slot of an outpoint, in its one canonical form: the transaction id in small hexadecimal digits, as explorers
/// show it, and the output's number from 0.
///
/// # Errors
/// [`SlotError`] if the chain is not supported.
pub fn slot(chain: &ChainId, outpoint: &OutPoint) -> Result<Slot, SlotError> {
    Network::of(chain)?;
    let text = format!("{chain}:{}/{}", outpoint.txid, outpoint.vout);
    text.parse().map_err(|_| SlotError::Malformed(text))
}

/// Reads a slot. Only the form that [`slot`] writes is one.
///
/// # Errors
/// [`SlotError`] if it is of no supported chain, or written in any other way.
pub fn parse_slot(text: &Slot) -> Result<Outpoint, SlotError> {
    let malformed = || SlotError::Malformed(text.to_string());
    let (coin, vout) = text.as_str().split_once('/').ok_or_else(malformed)?;
    let (chain, txid) = coin.rsplit_once(':').ok_or_else(malformed)?;
    let chain: ChainId = chain.parse().map_err(|_| malformed())?;
    let txid = txid.parse().map_err(|_| malformed())?;
    let vout = vout.parse().map_err(|_| malformed())?;
    let outpoint = OutPoint { txid, vout };
    // Capitals, signs and leading zeros are not how it is written.
    if slot(&chain, &outpoint)? == *text { Ok(Outpoint { chain, outpoint }) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: &str = "bip122:000000000019d6689c085ae165831e93";
    const TXID: &str = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";

    #[test]
    fn one_outpoint_has_one_writing() {
        for vout in [0, 7, u32::MAX] {
            let text: Slot = format!("{CHAIN}:{TXID}/{vout}").parse().unwrap();
            let read = parse_slot(&text).unwrap();
            assert_eq!((read.outpoint.vout, read.outpoint.txid.to_string().as_str()), (vout, TXID));
            assert_eq!(slot(&read.chain, &read.outpoint).unwrap(), text);
        }
    }

    #[test]
    fn other_writings_are_refused() {
        for bad in [
            format!("{CHAIN}:{TXID}"),
            format!("{CHAIN}:{TXID}/"),
            format!("{CHAIN}:{TXID}/00"),
            format!("{CHAIN}:{TXID}/-1"),
            format!("{CHAIN}:{TXID}/4294967296"),
            format!("{CHAIN}:{TXID}/1/1"),
            format!("{CHAIN}:{}/1", TXID.to_uppercase()),
            format!("{CHAIN}:{}/1", TXID.trim_start_matches('4')),
            format!("{CHAIN}/{TXID}/1"),
            format!("{TXID}/1"),
        ] {
            assert_eq!(parse_slot(&bad.parse().unwrap()), Err(SlotError::Malformed(bad.clone())), "{bad}");
        }
        let elsewhere: Slot = format!("bip122:1:{TXID}/0").parse().unwrap();
        assert!(matches!(parse_slot(&elsewhere), Err(SlotError::Chain(_))));
    }
}
