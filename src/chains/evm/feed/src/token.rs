//! What a token says: ERC-20's questions, in the Solidity ABI.

use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::{Value, json};
use strongroom_network::NodeError;
use strongroom_protocol::Text;

use crate::field::Field;
use abi::{balanceOfCall, decimalsCall, symbolCall};

mod abi {
    alloy_sol_types::sol! {
        function balanceOf(address owner) external view returns (uint256);
        function decimals() external view returns (uint256);
        function symbol() external view returns (string);
        event Transfer(address indexed from, address indexed to, uint256 amount);
    }
}

/// The most bytes that the answer to one of these questions has.
const ANSWER_LIMIT: usize = 1024;

/// Parameters of an `eth_call` of `to` at a block.
fn call(to: &str, calldata: &[u8], tag: &str) -> Value {
    json!([{"to": to, "data": hex::encode_prefixed(calldata)}, tag])
}

/// Asks a contract how much of its token an address holds.
pub(crate) fn balance_params(contract: &str, owner: Address, tag: &str) -> Value {
    call(contract, &balanceOfCall { owner }.abi_encode(), tag)
}

/// Asks a contract for its decimals.
pub(crate) fn decimals_params(contract: &str, tag: &str) -> Value {
    call(contract, &decimalsCall {}.abi_encode(), tag)
}

/// Asks a contract for its symbol.
pub(crate) fn symbol_params(contract: &str, tag: &str) -> Value {
    call(contract, &symbolCall {}.abi_encode(), tag)
}

/// Reads a balance: one word and nothing else.
pub(crate) fn read_balance(field: &Field<'_>) -> Result<U256, NodeError> {
    let bytes = field.bytes(ANSWER_LIMIT)?;
    if bytes.is_empty() {
        return Err(field.refuse("is empty, so there is no token contract at this address"));
    }
    match balanceOfCall::abi_decode_returns_validate(&bytes) {
        Ok(balance) if bytes.len() == 32 => Ok(balance),
        _ => Err(field.refuse("is not one number of 256 bits")),
    }
}

/// Reads decimals; `None` if the answer is none that a token gives.
pub(crate) fn read_decimals(field: &Field<'_>) -> Result<Option<u8>, NodeError> {
    let bytes = field.bytes(ANSWER_LIMIT)?;
    let word = decimalsCall::abi_decode_returns_validate(&bytes).ok().filter(|_| bytes.len() == 32);
    Ok(word.and_then(|word| u8::try_from(word).ok()))
}

/// Reads a symbol, in the form of the standard or as the 32 bytes that old tokens return; `None` if it is no fit text.
pub(crate) fn read_symbol(field: &Field<'_>) -> Result<Option<Text>, NodeError> {
    let bytes = field.bytes(ANSWER_LIMIT)?;
    let symbol = if bytes.len() == 32 {
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        bytes.get(..end).and_then(|text| std::str::from_utf8(text).ok()).map(str::to_owned)
    } else {
        symbolCall::abi_decode_returns_validate(&bytes).ok()
    };
    Ok(symbol.and_then(|symbol| symbol.parse().ok()))
}

/// A movement of a token, as its contract recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// The contract.
    pub contract: Address,
    /// Who paid.
    pub from: Address,
    /// Who received.
    pub to: Address,
    /// How much, in base units.
    pub amount: U256,
}

/// Reads an entry of a receipt's logs; `None` if it is some other event.
pub(crate) fn read_transfer(log: &Field<'_>) -> Result<Option<Transfer>, NodeError> {
    let contract = log.required("address")?.address()?;
    let topics: Vec<_> =
        log.required("topics")?.items(4)?.iter().map(Field::hash).collect::<Result<_, _>>()?;
    let [kind, from, to] = topics.as_slice() else { return Ok(None) };
    if *kind != hex::encode_prefixed(abi::Transfer::SIGNATURE_HASH) {
        return Ok(None);
    }
    let data = log.required("data")?.bytes(ANSWER_LIMIT)?;
    let word = <[u8; 32]>::try_from(data.as_slice()).ok();
    Ok(word.zip(padded_address(from)).zip(padded_address(to)).map(|((word, from), to)| Transfer {
        contract,
        from,
        to,
        amount: U256::from_be_bytes(word),
    }))
}

/// The address in an indexed word, if the word is one.
fn padded_address(topic: &str) -> Option<Address> {
    topic.strip_prefix("0x000000000000000000000000").and_then(|digits| digits.parse().ok())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn word(number: u64) -> String {
        format!("{number:064x}")
    }

    fn read<T>(text: &str, reader: fn(&Field<'_>) -> Result<T, NodeError>) -> Result<T, NodeError> {
        reader(&Field::answer("eth_call", &json!(text)))
    }

    #[test]
    fn questions_have_the_selectors_of_the_standard() {
        let owner = Address::repeat_byte(0x11);
        let asked = balance_params("0xcc", owner, "0x7");
        let calldata = format!("0x70a08231{}{}", "0".repeat(24), "11".repeat(20));
        assert_eq!(asked, json!([{"to": "0xcc", "data": calldata}, "0x7"]));
        assert_eq!(decimals_params("0xcc", "0x7")[0]["data"], "0x313ce567");
        assert_eq!(symbol_params("0xcc", "0x7")[0]["data"], "0x95d89b41");
    }

    #[test]
    fn a_balance_is_one_word() {
        assert_eq!(read(&format!("0x{}", word(7)), read_balance).unwrap(), U256::from(7));
        assert_eq!(read(&format!("0x{}", "f".repeat(64)), read_balance).unwrap(), U256::MAX);
        for (bad, words) in [
            ("0x".to_owned(), "no token contract at this address"),
            ("0x07".to_owned(), "is not one number"),
            (format!("0x{}00", word(7)), "is not one number"),
            (format!("0x{}", word(7).repeat(2)), "is not one number"),
            (format!("0x{}", word(7).repeat(33)), "more bytes than there can be"),
            ("7".to_owned(), "is not 0x and two"),
        ] {
            let refused = read(&bad, read_balance).unwrap_err().to_string();
            assert!(refused.contains(words), "{bad}: {refused}");
        }
    }

    #[test]
    fn decimals_are_taken_only_if_they_are_some() {
        assert_eq!(read(&format!("0x{}", word(6)), read_decimals).unwrap(), Some(6));
        for silent in ["0x".to_owned(), format!("0x{}", word(256)), format!("0x{}", word(6).repeat(2))] {
            assert_eq!(read(&silent, read_decimals).unwrap(), None, "{silent}");
        }
    }

    fn text(symbol: &[u8]) -> String {
        let padding = "00".repeat(32 - symbol.len());
        format!("0x{}{}{}{padding}", word(32), word(symbol.len().try_into().unwrap()), hex::encode(symbol))
    }

    #[test]
    fn symbols_are_taken_only_if_they_are_fit_to_be_shown() {
        let symbol = |answer: &str| read(answer, read_symbol).unwrap().map(|text| text.to_string());
        assert_eq!(symbol(&text(b"USDT")).unwrap(), "USDT");
        // As Maker's token returns it.
        let old = format!("0x{}{}", hex::encode(b"MKR"), "00".repeat(29));
        assert_eq!(symbol(&old).unwrap(), "MKR");
        for unfit in [
            "0x".to_owned(),
            text(b""),
            text(b"US\nDT"),
            text("US\u{202e}DT".as_bytes()),
            text(b"\xff\xfe"),
            format!("0x{}{}", word(32), word(u64::MAX)),
            format!("0x{}{}", word(1 << 40), word(4)),
            format!("0x{}", "00".repeat(32)),
            format!("0x{}", "ff".repeat(32)),
        ] {
            assert_eq!(symbol(&unfit), None, "{unfit}");
        }
    }

    fn log(kind: &str, from: &str, data: &str) -> Value {
        let to = format!("0x{}{}", "0".repeat(24), "22".repeat(20));
        json!({"address": format!("0x{}", "cc".repeat(20)), "topics": [kind, from, to], "data": data})
    }

    #[test]
    fn movements_are_read_from_the_standards_event_alone() {
        // ERC-20's Transfer, as every block explorer shows it.
        let kind = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
        let from = format!("0x{}{}", "0".repeat(24), "11".repeat(20));
        let data = format!("0x{}", word(5));
        let read = |log: Value| read_transfer(&Field::answer("log", &log));
        assert_eq!(
            read(log(kind, &from, &data)).unwrap().unwrap(),
            Transfer {
                contract: Address::repeat_byte(0xcc),
                from: Address::repeat_byte(0x11),
                to: Address::repeat_byte(0x22),
                amount: U256::from(5),
            }
        );
        let other = format!("0x{}", "8c".repeat(32));
        let dirty = format!("0x{}{}", "01".repeat(12), "11".repeat(20));
        assert_eq!(read(log(&other, &from, &data)).unwrap(), None);
        assert_eq!(read(log(kind, &dirty, &data)).unwrap(), None);
        assert_eq!(read(log(kind, &from, "0x")).unwrap(), None);
        // ERC-721 has the same event with the third argument indexed.
        let mut nft = log(kind, &from, "0x");
        nft["topics"].as_array_mut().unwrap().push(json!(other));
        assert_eq!(read(nft).unwrap(), None);
        for broken in
            [json!({}), json!({"address": "0x11"}), log("0x12", &from, &data), log(kind, &from, "zz")]
        {
            assert!(read(broken.clone()).is_err(), "{broken}");
        }
    }
}
