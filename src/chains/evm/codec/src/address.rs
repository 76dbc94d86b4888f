//! Addresses in checksummed form (EIP-55), addresses of keys, and assets by address.

use alloy_primitives as evm;
use alloy_primitives::hex;
use secp256k1::PublicKey;
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Address, AssetId, ChainId};

use crate::networks::Network;

/// Hexadecimal digits in an address.
const DIGITS: usize = 40;

/// The asset that fees are paid in on a chain, such as `eip155:137/slip44:966`.
///
/// # Errors
/// [`AddressError::Chain`] if the chain is not supported.
pub fn native_asset(chain: &ChainId) -> Result<AssetId, AddressError> {
    Network::of(chain)?.native.parse().map_err(|_| AddressError::Chain(chain.clone()))
}

/// The token of a contract: `eip155:1/erc20:0x…` (CAIP-19, CAIP-21).
///
/// # Errors
/// [`AddressError`] if the chain is not supported or the contract's address not canonical.
pub fn erc20_asset(chain: &ChainId, contract: &Address) -> Result<AssetId, AddressError> {
    Network::of(chain)?;
    parse(chain, contract)?;
    token(chain, contract.as_str()).ok_or_else(|| malformed(chain, contract, "it makes no asset name"))
}

/// The token of a contract whose canonical address is known already.
pub(crate) fn token(chain: &ChainId, contract: &str) -> Option<AssetId> {
    format!("{chain}/erc20:{contract}").parse().ok()
}

/// Reads an address that must be in canonical form.
pub(crate) fn parse(chain: &ChainId, text: &Address) -> Result<evm::Address, AddressError> {
    let written = text.as_str();
    let digits = written.strip_prefix("0x").ok_or_else(|| malformed(chain, text, without_prefix(written)))?;
    if let Some(other) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(malformed(chain, text, &format!("{other:?} is not a hexadecimal digit")));
    }
    if digits.len() != DIGITS {
        let why = format!("it has {} hexadecimal digits where an address has {DIGITS}", digits.len());
        return Err(malformed(chain, text, &why));
    }
    let mut bytes = evm::Address::ZERO;
    hex::decode_to_slice(digits, bytes.as_mut_slice())
        .map_err(|error| malformed(chain, text, &error.to_string()))?;
    let checksummed = bytes.to_checksum_buffer(None);
    if checksummed.as_str() == written {
        return Ok(bytes);
    }
    let mixed =
        digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
    match checksummed.as_str().parse() {
        Ok(canonical) if !mixed => Err(AddressError::NotCanonical { found: text.clone(), canonical }),
        // The letters' case is a checksum, and it says that a letter is wrong. Which one, nobody knows.
        _ => {
            let why = "its checksum (EIP-55) does not hold, so at least one character is wrong: get it again from its owner";
            Err(malformed(chain, text, why))
        }
    }
}

/// Why a text without `0x` in front is no address, with what to do about it.
fn without_prefix(written: &str) -> &'static str {
    if written.len() == DIGITS && written.bytes().all(|b| b.is_ascii_hexdigit()) {
        "it lacks the 0x in front"
    } else if written.starts_with("0X") {
        "it must begin with 0x, in lower case"
    } else if written.starts_with("XE") {
        "ICAP addresses are not taken: ask its owner for the form that begins with 0x"
    } else if written.contains('.') {
        "names are not looked up here: ask its owner for the address itself, which begins with 0x"
    } else {
        "an address begins with 0x, followed by 40 hexadecimal digits"
    }
}

/// An address in canonical text. It cannot fail; the type of texts does not know that.
pub(crate) fn text(address: &evm::Address) -> Option<Address> {
    address.to_checksum_buffer(None).as_str().parse().ok()
}

/// Reads a key of 33 bytes (SEC 1 §2.3.4, compressed).
pub(crate) fn public_key(chain: &ChainId, bytes: &[u8]) -> Result<PublicKey, AddressError> {
    let refused = || AddressError::PublicKey(chain.clone());
    let bytes: &[u8; 33] = bytes.try_into().map_err(|_| refused())?;
    PublicKey::from_slice(bytes).map_err(|_| refused())
}

/// The address of a key: the last 20 bytes of the Keccak-256 of its point (Yellow Paper, appendix F).
pub(crate) fn of_key(key: &PublicKey) -> evm::Address {
    let [_, point @ ..] = key.serialize_uncompressed();
    evm::Address::from_raw_public_key(&point)
}

fn malformed(chain: &ChainId, address: &Address, why: &str) -> AddressError {
    AddressError::Malformed { address: address.clone(), chain: chain.clone(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> ChainId {
        "eip155:1".parse().unwrap()
    }

    fn refusal(text: &str) -> String {
        parse(&chain(), &text.parse().unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn checksummed_addresses_pass() {
        // EIP-55, "Test Cases": all caps, all lower and normal.
        for good in [
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
            "0xde709f2102306220921060314715629080e2fb77",
            "0x27b1fdb04752bbc536007a920d24acb045561c26",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            let address = parse(&chain(), &good.parse().unwrap()).unwrap();
            assert_eq!(text(&address).unwrap().as_str(), good);
        }
    }

    #[test]
    fn another_case_names_the_canonical_form() {
        let canonical: Address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse().unwrap();
        for other in
            ["0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED"]
        {
            let found: Address = other.parse().unwrap();
            assert_eq!(
                parse(&chain(), &found),
                Err(AddressError::NotCanonical { found, canonical: canonical.clone() })
            );
        }
    }

    #[test]
    fn a_wrong_letter_is_not_offered_a_checksum() {
        for wrong in [
            // One letter's case, one digit, two digits changed places.
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAec",
            "0x5aAeb6503F3E94C9b9A09f33669435E7Ef1BeAed",
        ] {
            let refused = refusal(wrong);
            assert!(refused.contains("checksum (EIP-55) does not hold"), "{refused}");
        }
    }

    #[test]
    fn other_forms_are_refused_with_the_remedy() {
        for (other, words) in [
            ("XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS", "ICAP"),
            ("alice.eth", "names are not looked up"),
            ("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "lacks the 0x"),
            ("0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "must begin with 0x"),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "39 hexadecimal digits"),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed00", "42 hexadecimal digits"),
            ("0x", "0 hexadecimal digits"),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeO", "'O' is not a hexadecimal digit"),
            ("0x0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA", "'x' is not a hexadecimal digit"),
            ("TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "begins with 0x"),
        ] {
            let refused = refusal(other);
            assert!(refused.contains(words), "{other}: {refused}");
        }
    }

    #[test]
    fn a_key_has_the_address_its_curve_point_gives_it() {
        // EIP-155, "Example": private key 0x46 × 32, sender 0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F.
        let compressed = hex!("024bc2a31265153f07e70e0bab08724e6b85e217f8cd628ceb62974247bb493382");
        let key = public_key(&chain(), &compressed).unwrap();
        assert_eq!(text(&of_key(&key)).unwrap().as_str(), "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
    }

    #[test]
    fn only_compressed_points_of_the_curve_are_keys() {
        let good = hex!("024bc2a31265153f07e70e0bab08724e6b85e217f8cd628ceb62974247bb493382");
        let uncompressed = public_key(&chain(), &good).unwrap().serialize_uncompressed();
        let mut off_curve = good;
        // x = 5 has no square root of x³ + 7.
        off_curve[1..].fill(0);
        off_curve[32] = 5;
        let mut other_tag = good;
        other_tag[0] = 5;
        for bad in [
            &[][..],
            &good[..32],
            &uncompressed,
            &off_curve,
            &other_tag,
            &[0; 33],
            &[good.as_slice(), &[0]].concat(),
        ] {
            assert_eq!(public_key(&chain(), bad), Err(AddressError::PublicKey(chain())), "{bad:02x?}");
        }
    }

    #[test]
    fn assets_are_named_by_canonical_addresses_on_supported_chains() {
        let usdt: Address = "0xdAC17F958D2ee523a2206206994597C13D831ec7".parse().unwrap();
        let asset = erc20_asset(&chain(), &usdt).unwrap();
        assert_eq!(asset.as_str(), "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7");
        let lower: Address = "0xdac17f958d2ee523a2206206994597c13d831ec7".parse().unwrap();
        assert!(matches!(erc20_asset(&chain(), &lower), Err(AddressError::NotCanonical { .. })));
        let elsewhere: ChainId = "eip155:56".parse().unwrap();
        assert_eq!(erc20_asset(&elsewhere, &usdt), Err(AddressError::Chain(elsewhere.clone())));
        assert_eq!(native_asset(&elsewhere), Err(AddressError::Chain(elsewhere)));
        assert_eq!(native_asset(&chain()).unwrap().as_str(), "eip155:1/slip44:60");
    }
}
