//! The words that everything else is written with: names, amounts, chains, times, keys.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use minicbor::{Decode, Encode};
use strongroom_evm_codec::parse_slot;
use strongroom_protocol::{
    Address, Amount, AssetId, ChainId, ComparisonCode, HouseId, Name, PublicKey, Slot, Text, Timestamp,
};

use super::assert_plain;

/// A word that is read is written the same, in text and in CBOR.
fn word<T>(text: &str) -> bool
where
    T: FromStr + Display + Debug + PartialEq + Encode<()> + for<'b> Decode<'b, ()>,
{
    let Ok(word) = text.parse::<T>() else { return false };
    assert_eq!(word.to_string(), text, "one word has two spellings");
    assert_plain(text);
    let bytes = minicbor::to_vec(&word).unwrap();
    assert_eq!(minicbor::decode::<T>(&bytes).unwrap(), word);
    true
}

/// An amount of base units. People write zeros before a number, and they change nothing; texts that are signed are compared as
/// a whole. Anything else is no digit.
fn amount(text: &str) -> bool {
    let Ok(amount) = text.parse::<Amount>() else { return false };
    let digits = text.trim_start_matches('0');
    assert_eq!(
        amount.to_string(),
        if digits.is_empty() { "0" } else { digits },
        "one amount has two spellings"
    );
    let bytes = minicbor::to_vec(amount).unwrap();
    assert_eq!(minicbor::decode::<Amount>(&bytes).unwrap(), amount);
    true
}

pub(super) fn words(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let taken = [
        word::<Text>(text),
        word::<Name>(text),
        word::<ChainId>(text),
        word::<AssetId>(text),
        word::<Address>(text),
        word::<Slot>(text),
        amount(text),
        word::<Timestamp>(text),
        word::<HouseId>(text),
    ];
    if let Ok(slot) = text.parse::<Slot>()
        && let Ok(nonce) = parse_slot(&slot)
    {
        let written = strongroom_evm_codec::slot(&nonce.chain, &nonce.sender, nonce.nonce);
        assert_eq!(written.as_ref(), Ok(&slot), "one slot has two spellings");
    }
    if let Ok(key) = text.parse::<PublicKey>() {
        assert_eq!(key.to_string().parse::<PublicKey>().as_ref(), Ok(&key));
    }
    for decimals in [0u8, 6, 18] {
        if let Ok(amount) = Amount::from_decimal(text, decimals) {
            let written = amount.to_decimal(decimals);
            assert_eq!(Amount::from_decimal(&written, decimals).as_ref(), Ok(&amount), "{written}");
        }
    }
    if let Ok(id) = text.parse::<HouseId>() {
        let code = ComparisonCode::of(id.as_bytes());
        assert!(code.groups().iter().enumerate().all(|(index, group)| code.group_is(index, group)));
    }
    taken.contains(&true)
}
