//! Token descriptors, signed by the vendor: `len ticker | ticker | contract 20 | decimals u32 | chain id u32 | DER`.

use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use k256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};
use strongroom_ledger::Status;

use super::networks;

/// The vendor's key for token descriptors ("erc20signer", of 2019), as its public sources have it.
const PRODUCTION: [u8; 65] = alloy_primitives::hex!(
    "045e6c1020c14dc46442fe89f97c0b68cdb15976dc24f24c316e7b30fe4e8cc76b\
     1489150c21514ebf440ff5dea5393d83de5358cd098fce8fd0f81daa94979183"
);

/// How many tokens the app remembers. The next one takes the place of the first.
const SLOTS: usize = 2;

/// The longest ticker.
const TICKER_LIMIT: usize = 11;

/// Whose descriptors the device believes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DescriptorKey {
    /// The vendor's.
    #[default]
    Vendor,
    /// Another one's, so that tokens of a test network can be described.
    Training(Box<VerifyingKey>),
}

impl DescriptorKey {
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = match self {
            Self::Vendor => VerifyingKey::from_sec1_bytes(&PRODUCTION).ok(),
            Self::Training(key) => Some(**key),
        };
        let signature = Signature::from_der(signature).ok();
        // Devices take both halves of s here; the library wants the low one.
        let signature = signature.map(|signature| signature.normalize_s().unwrap_or(signature));
        let verified = key
            .zip(signature)
            .map(|(key, signature)| key.verify_prehash(Sha256::digest(message).as_slice(), &signature));
        matches!(verified, Some(Ok(())))
    }
}

/// What a descriptor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    contract: [u8; 20],
    pub(super) ticker: String,
    pub(super) decimals: u8,
}

/// The tokens that were described since the app last forgot.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    slots: [Option<Token>; SLOTS],
    next: usize,
}

impl Tokens {
    /// Takes a descriptor. The answer is the place where it was put.
    pub(super) fn describe(&mut self, key: &DescriptorKey, data: &[u8]) -> Result<u8, Status> {
        let token = parse(key, data).ok_or(Status::BadData)?;
        let at = self.next;
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Some(token);
        }
        self.next = if at.saturating_add(1) < SLOTS { at.saturating_add(1) } else { 0 };
        u8::try_from(at).map_err(|_| Status::BadData)
    }

    /// The description of a contract. Of which chain it was described is not asked: recorded, and a trap.
    pub(super) fn of(&self, contract: &[u8]) -> Option<&Token> {
        self.slots.iter().flatten().find(|token| token.contract == contract)
    }
}

fn parse(key: &DescriptorKey, data: &[u8]) -> Option<Token> {
    let (length, described) = data.split_first()?;
    let (ticker, rest) = described.split_at_checked(usize::from(*length))?;
    let (contract, rest) = rest.split_first_chunk::<20>()?;
    let (decimals, rest) = rest.split_first_chunk::<4>()?;
    let (chain, signature) = rest.split_first_chunk::<4>()?;
    let message = described.get(..described.len().checked_sub(signature.len())?)?;
    if ticker.len() > TICKER_LIMIT || signature.is_empty() || !key.verifies(message, signature) {
        return None;
    }
    networks::name(u64::from(u32::from_be_bytes(*chain)))?;
    Some(Token {
        contract: *contract,
        ticker: String::from_utf8_lossy(ticker).into_owned(),
        decimals: u8::try_from(u32::from_be_bytes(*decimals)).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    // tests/transcripts/ledger/ethereum-2.jsonl: the vendor's own descriptor of USDC.
    const USDC: &[u8] = &hex!(
        "0455534443a0b86991c6218b36c1d19d4a2e9eb0ce3606eb480000000600000001\
         3045022100b2e358726e4e6a6752cf344017c0e9d45b9a904120758d45f61b2804f9ad5299\
         022015161ef28d8c4481bd9432c13562def9cce688bcfec896ef244c9a213f106cdd"
    );

    #[test]
    fn the_vendors_descriptor_is_believed_and_no_changed_one() {
        let mut tokens = Tokens::default();
        assert_eq!(tokens.describe(&DescriptorKey::Vendor, USDC), Ok(0));
        assert_eq!(tokens.of(&USDC[5..25]).unwrap().decimals, 6);
        assert_eq!(tokens.describe(&DescriptorKey::Vendor, USDC), Ok(1));
        assert_eq!(tokens.describe(&DescriptorKey::Vendor, USDC), Ok(0));
        for at in 0..USDC.len() {
            let mut changed = USDC.to_vec();
            changed[at] ^= 1;
            assert_eq!(tokens.describe(&DescriptorKey::Vendor, &changed), Err(Status::BadData), "{at}");
            assert_eq!(tokens.describe(&DescriptorKey::Vendor, &USDC[..at]), Err(Status::BadData), "{at}");
        }
    }

    #[test]
    fn a_training_key_is_believed_in_its_own_device_only() {
        let signing = k256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        let key = DescriptorKey::Training(Box::new(*signing.verifying_key()));
        let described = &USDC[1..33];
        let (signature, _) = signing.sign_prehash_recoverable(&Sha256::digest(described)).unwrap();
        let descriptor = [&USDC[..1], described, signature.to_der().as_bytes()].concat();
        assert_eq!(Tokens::default().describe(&key, &descriptor), Ok(0));
        assert_eq!(Tokens::default().describe(&DescriptorKey::Vendor, &descriptor), Err(Status::BadData));
        assert_eq!(Tokens::default().describe(&key, USDC), Err(Status::BadData));
    }
}
