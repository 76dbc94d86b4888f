//! Chains, assets, addresses and slots by their standard names.

use std::fmt;
use std::str::FromStr;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

/// A chain by its CAIP-2 name, such as `eip155:137`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(String);

/// An asset by its CAIP-19 name, such as `eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7`.
///
/// Symbol and decimals are not part of it: they come from the registry that the policy pins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(String);

/// An address on some chain in that chain's canonical, checksummed form. The chain's codec checks that it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// What excludes a second payment on a chain, such as a sender's nonce: `eip155:1:0xAb…/7`.
///
/// Two signatures that share a slot cannot both land. The codec writes it, in one canonical form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(String);

/// Why a text is no such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {what}")]
pub struct NameError {
    what: &'static str,
    found: String,
}

fn within(text: &str, lengths: std::ops::RangeInclusive<usize>, allowed: impl Fn(u8) -> bool) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(allowed)
}

/// CAIP-2: namespace `[-a-z0-9]{3,8}`, colon, reference `[-_a-zA-Z0-9]{1,32}`.
fn is_chain(text: &str) -> bool {
    text.split_once(':').is_some_and(|(namespace, reference)| {
        within(namespace, 3..=8, |b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit())
            && within(reference, 1..=32, |b| b == b'-' || b == b'_' || b.is_ascii_alphanumeric())
    })
}

/// CAIP-19: chain, slash, asset namespace `[-a-z0-9]{3,8}`, colon, reference `[-.%a-zA-Z0-9]{1,128}`.
fn is_asset(text: &str) -> bool {
    let Some((chain, asset)) = text.split_once('/') else {
        return false;
    };
    is_chain(chain)
        && asset.split_once(':').is_some_and(|(namespace, reference)| {
            within(namespace, 3..=8, |b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit())
                && within(reference, 1..=128, |b| b"-.%".contains(&b) || b.is_ascii_alphanumeric())
        })
}

/// CAIP-10 allows these in the account part.
fn is_address(text: &str) -> bool {
    within(text, 1..=128, |b| b"-.%".contains(&b) || b.is_ascii_alphanumeric())
}

fn is_slot(text: &str) -> bool {
    within(text, 1..=220, |b| b"-_.%:/#".contains(&b) || b.is_ascii_alphanumeric())
}

macro_rules! names {
    ($($name:ident, $check:ident, $what:literal;)*) => {$(
        impl $name {
            /// The characters.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                if $check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(NameError { what: $what, found: text.chars().take(160).collect() })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                d.str()?.parse().map_err(|error: NameError| minicbor::decode::Error::message(error).at(at))
            }
        }
    )*};
}

names! {
    ChainId, is_chain, "a chain: write it in CAIP-2 form, such as eip155:1";
    AssetId, is_asset, "an asset: write it in CAIP-19 form, such as eip155:1/slip44:60";
    Address, is_address, "an address: letters, digits, '-', '.' and '%' only, at most 128";
    Slot, is_slot, "a slot";
}

impl ChainId {
    /// The part before the colon: which family of chains, and so which codec.
    pub fn namespace(&self) -> &str {
        self.0.split_once(':').map_or("", |(namespace, _)| namespace)
    }

    /// The part after the colon: which chain of the family.
    pub fn reference(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, reference)| reference)
    }
}

impl AssetId {
    /// The chain it lives on.
    pub fn chain(&self) -> ChainId {
        ChainId(self.0.split_once('/').map_or("", |(chain, _)| chain).to_owned())
    }

    /// Whether it lives on this chain, without making a copy of the name.
    pub fn is_on(&self, chain: &ChainId) -> bool {
        self.0.split_once('/').is_some_and(|(own, _)| own == chain.as_str())
    }

    /// Its kind, such as `erc20` or `slip44` (a chain's native coin).
    pub fn namespace(&self) -> &str {
        self.0
            .split_once('/')
            .and_then(|(_, asset)| asset.split_once(':'))
            .map_or("", |(namespace, _)| namespace)
    }

    /// Its name within the kind: a contract's address, a coin type.
    pub fn reference(&self) -> &str {
        self.0
            .split_once('/')
            .and_then(|(_, asset)| asset.split_once(':'))
            .map_or("", |(_, reference)| reference)
    }

    /// Whether it is the coin that fees are paid in.
    pub fn is_native(&self) -> bool {
        self.namespace() == "slip44"
    }
}

impl Address {
    /// The whole address in groups of four, for reading aloud; a leading `0x` stands alone.
    pub fn grouped(&self) -> String {
        let (prefix, body) = self.0.strip_prefix("0x").map_or(("", self.0.as_str()), |body| ("0x ", body));
        let mut text = String::from(prefix);
        for (index, c) in body.chars().enumerate() {
            if index > 0 && index.is_multiple_of(4) {
                text.push(' ');
            }
            text.push(c);
        }
        text
    }

    /// The address with its chain, in CAIP-10 form.
    pub fn on(&self, chain: &ChainId) -> String {
        format!("{chain}:{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_names_are_taken_apart() {
        let asset: AssetId = "eip155:137/erc20:0xc2132D05D31c914a87C6611C10748AEb04B58e8F".parse().unwrap();
        assert_eq!(asset.chain(), "eip155:137".parse().unwrap());
        assert_eq!(asset.namespace(), "erc20");
        assert_eq!(asset.reference(), "0xc2132D05D31c914a87C6611C10748AEb04B58e8F");
        assert!(!asset.is_native());
        let chain = asset.chain();
        assert_eq!((chain.namespace(), chain.reference()), ("eip155", "137"));
        assert!(asset.is_on(&chain));
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in
            ["", "eip155", "eip155:", ":1", "EIP155:1", "eip155:1/", "ab:1", "eip155:1 ", "eip155:\u{661}"]
        {
            assert!(bad.parse::<ChainId>().is_err(), "{bad:?}");
        }
        for bad in ["", "eip155:1", "eip155:1/erc20", "eip155:1/erc20:", "eip155:1/erc20:0x\n", "/slip44:60"]
        {
            assert!(bad.parse::<AssetId>().is_err(), "{bad:?}");
        }
        assert!("0x12 34".parse::<Address>().is_err());
        assert!("".parse::<Address>().is_err());
    }

    #[test]
    fn addresses_print_whole_in_groups() {
        let address: Address = "0xdAC17F958D2ee523a2206206994597C13D831ec7".parse().unwrap();
        assert_eq!(address.grouped(), "0x dAC1 7F95 8D2e e523 a220 6206 9945 97C1 3D83 1ec7");
    }
}
