//! A token's description, signed by the vendor: with it, the app shows amount and ticker of a transfer.
//!
//! `ticker length u8 | ticker | contract 20 | decimals u32 BE | chain id u32 BE | DER signature`. The app verifies the
//! signature and believes the rest, also on another chain than the descriptor names: so the match is made here, and
//! what does not match is never sent.

use std::str::FromStr;

use alloy_primitives::Address;
use strongroom_protocol::AssetId;

/// The longest ticker that the app takes.
const TICKER_LIMIT: usize = 12;

/// The longest DER encoding of two scalars below 2²⁵⁶, and the shortest.
const SIGNATURE_BYTES: std::ops::RangeInclusive<usize> = 8..=72;

/// A token's description. Only the device can tell whether the vendor signed it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenDescriptor {
    /// What the app will call the token.
    pub ticker: String,
    /// The token's contract.
    pub contract: [u8; 20],
    /// Decimal places the app will set the point at.
    pub decimals: u8,
    /// The chain it is of (EIP-155).
    pub chain_id: u32,
    bytes: Vec<u8>,
}

/// Why a description is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorError {
    /// Not of the vendor's form.
    #[error("the token descriptor is malformed: {0}; take it again from the vendor's list")]
    Malformed(&'static str),
    /// Of another token or chain.
    #[error("the token descriptor is of {found}, not of {wanted}: pin the right one in the policy")]
    OtherAsset {
        /// What it describes.
        found: String,
        /// What is paid.
        wanted: AssetId,
    },
    /// The device would show another name or another point.
    #[error(
        "the token descriptor says {ticker} with {decimals} decimals where the policy's registry says {symbol} with \
         {places}: find out which is wrong before anything is signed"
    )]
    OtherWords {
        /// Its ticker.
        ticker: String,
        /// Its decimals.
        decimals: u8,
        /// The registry's symbol.
        symbol: String,
        /// The registry's decimals.
        places: u8,
    },
}

impl TokenDescriptor {
    /// Reads a description.
    ///
    /// # Errors
    /// [`DescriptorError::Malformed`] if it is not of the vendor's form to the last byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, DescriptorError> {
        let malformed = DescriptorError::Malformed;
        let short = || malformed("it is too short");
        let (length, rest) = bytes.split_first().ok_or_else(short)?;
        let (ticker, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(short)?;
        let (contract, rest) = rest.split_first_chunk::<20>().ok_or_else(short)?;
        let (decimals, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (chain_id, signature) = rest.split_first_chunk().ok_or_else(short)?;
        if ticker.is_empty() || ticker.len() > TICKER_LIMIT || !ticker.iter().all(u8::is_ascii_graphic) {
            return Err(malformed("its ticker is not 1 to 12 printable characters"));
        }
        let decimals = u8::try_from(u32::from_be_bytes(*decimals))
            .map_err(|_| malformed("it has more decimals than any token"))?;
        let [0x30, inner, content @ ..] = signature else {
            return Err(malformed("its signature is missing"));
        };
        if !SIGNATURE_BYTES.contains(&signature.len()) || usize::from(*inner) != content.len() {
            return Err(malformed("its signature is cut off or has bytes to spare"));
        }
        Ok(Self {
            ticker: String::from_utf8_lossy(ticker).into_owned(),
            contract: *contract,
            decimals,
            chain_id: u32::from_be_bytes(*chain_id),
            bytes: bytes.to_vec(),
        })
    }

    /// The bytes, as the app takes them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it describes this very asset: chain and contract.
    ///
    /// # Errors
    /// [`DescriptorError::OtherAsset`] if it does not.
    pub fn describes(&self, asset: &AssetId) -> Result<(), DescriptorError> {
        let own = format!("eip155:{}", self.chain_id);
        let contract = Address::from(self.contract);
        let same = asset.chain().as_str() == own
            && asset.namespace() == "erc20"
            && Address::from_str(asset.reference()) == Ok(contract);
        if same {
            return Ok(());
        }
        let found = format!("{own}/erc20:{contract}");
        Err(DescriptorError::OtherAsset { found, wanted: asset.clone() })
    }

    /// Whether the device would call it what the registry calls it, and set the point where the registry does.
    ///
    /// # Errors
    /// [`DescriptorError::OtherWords`] if it would not.
    pub fn says(&self, symbol: &str, places: u8) -> Result<(), DescriptorError> {
        if self.ticker == symbol && self.decimals == places {
            return Ok(());
        }
        Err(DescriptorError::OtherWords {
            ticker: self.ticker.clone(),
            decimals: self.decimals,
            symbol: symbol.to_owned(),
            places,
        })
    }
}

impl std::fmt::Debug for TokenDescriptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let contract = Address::from(self.contract);
        let Self { ticker, decimals, chain_id, .. } = self;
        write!(f, "TokenDescriptor({ticker}, {decimals} decimals, eip155:{chain_id}/erc20:{contract})")
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    // tests/transcripts/ledger/ethereum-2.jsonl: PROVIDE_ERC20_TOKEN_INFORMATION USDC, Ethereum 1.22.0.
    const USDC: &[u8] = &hex!(
        "0455534443a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48000000060000000130\
         45022100b2e358726e4e6a6752cf344017c0e9d45b9a904120758d45f61b2804f9ad5299\
         022015161ef28d8c4481bd9432c13562def9cce688bcfec896ef244c9a213f106cdd"
    );

    fn asset(text: &str) -> AssetId {
        text.parse().unwrap()
    }

    #[test]
    fn the_recorded_one_is_of_usdc_on_ethereum() {
        let usdc = TokenDescriptor::parse(USDC).unwrap();
        assert_eq!((usdc.ticker.as_str(), usdc.decimals, usdc.chain_id), ("USDC", 6, 1));
        assert_eq!(usdc.as_bytes(), USDC);
        usdc.describes(&asset("eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")).unwrap();
        usdc.says("USDC", 6).unwrap();
    }

    #[test]
    fn another_chain_contract_or_coin_is_not_described() {
        let usdc = TokenDescriptor::parse(USDC).unwrap();
        for other in [
            // The trap of the recordings: the app took this descriptor for chain 137.
            "eip155:137/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
            "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7",
            "eip155:1/erc721:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
            "eip155:1/slip44:60",
        ] {
            let refused = usdc.describes(&asset(other)).unwrap_err();
            assert!(refused.to_string().contains(other), "{refused}");
        }
    }

    #[test]
    fn another_name_or_point_is_refused() {
        let usdc = TokenDescriptor::parse(USDC).unwrap();
        for (symbol, places) in [("USDT", 6), ("USDC", 18), ("usdc", 6)] {
            assert!(matches!(usdc.says(symbol, places), Err(DescriptorError::OtherWords { .. })));
        }
    }

    #[test]
    fn every_cut_and_every_surplus_byte_is_noticed() {
        for end in 0..USDC.len() {
            assert!(TokenDescriptor::parse(&USDC[..end]).is_err(), "{end}");
        }
        assert!(TokenDescriptor::parse(&[USDC, &[0]].concat()).is_err());
        let changed = |at: usize, byte: u8| {
            let mut bytes = USDC.to_vec();
            bytes[at] = byte;
            TokenDescriptor::parse(&bytes)
        };
        assert!(changed(1, 0x1b).is_err(), "an escape in the ticker");
        assert!(changed(0, 0).is_err(), "no ticker");
        assert!(changed(25, 1).is_err(), "16,777,222 decimals");
    }
}
