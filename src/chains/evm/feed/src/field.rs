//! One field of a node's answer, read as what it must be and refused by name otherwise.

use alloy_primitives::{Address, U256, hex};
use serde_json::Value;
use strongroom_network::NodeError;
use strongroom_network::said::said;

/// No gas ever cost more: 10¹⁸ wei a unit, one whole coin. What a node says above it is a lie or a fault.
pub(crate) const PRICE_LIMIT: u128 = 1_000_000_000_000_000_000;

/// A JSON value with the place it was found at, such as `eth_feeHistory reward[3][0]`.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    place: String,
    value: &'a Value,
}

impl<'a> Field<'a> {
    /// The whole answer of a method.
    pub(crate) fn answer(method: &str, value: &'a Value) -> Self {
        Self { place: method.to_owned(), value }
    }

    /// Refuses the field. The sentence goes on from its place: "is not a hex quantity".
    pub(crate) fn refuse(&self, why: &'static str) -> NodeError {
        let found = match self.value {
            Value::Array(items) => format!("an array of {}", items.len()),
            Value::Object(members) => format!("an object of {}", members.len()),
            plain => said(&plain.to_string()),
        };
        NodeError::Malformed { place: self.place.clone(), why, found }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// The member of this name; `None` if it is missing or null.
    pub(crate) fn member(&self, name: &str) -> Result<Option<Field<'a>>, NodeError> {
        let members = self.value.as_object().ok_or_else(|| self.refuse("is not an object"))?;
        let found = members.get(name).filter(|value| !value.is_null());
        Ok(found.map(|value| Field { place: format!("{} {name}", self.place), value }))
    }

    /// The member of this name.
    pub(crate) fn required(&self, name: &str) -> Result<Field<'a>, NodeError> {
        self.member(name)?.ok_or_else(|| NodeError::Malformed {
            place: format!("{} {name}", self.place),
            why: "is missing",
            found: String::new(),
        })
    }

    /// The items of an array of at most `limit`.
    pub(crate) fn items(&self, limit: usize) -> Result<Vec<Field<'a>>, NodeError> {
        let items = self.value.as_array().ok_or_else(|| self.refuse("is not an array"))?;
        if items.len() > limit {
            return Err(self.refuse("has more items than there can be"));
        }
        let item = |(index, value)| Field { place: format!("{}[{index}]", self.place), value };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// A quantity: `0x` and 1 to 64 hexadecimal digits. Leading zeros are forbidden by the standard and written by
    /// some nodes; they change nothing.
    pub(crate) fn quantity(&self) -> Result<U256, NodeError> {
        let refused = || self.refuse("is not a hex quantity of at most 256 bits");
        let digits = self.value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or_else(refused)?;
        if !(1..=64).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(refused());
        }
        U256::from_str_radix(digits, 16).map_err(|_| refused())
    }

    /// A quantity of at most 64 bits: a height, a nonce, an amount of gas.
    pub(crate) fn number(&self) -> Result<u64, NodeError> {
        u64::try_from(self.quantity()?).map_err(|_| self.refuse("does not fit 64 bits"))
    }

    /// A price of a unit of gas, in wei.
    pub(crate) fn price(&self) -> Result<u128, NodeError> {
        u128::try_from(self.quantity()?)
            .ok()
            .filter(|price| *price <= PRICE_LIMIT)
            .ok_or_else(|| self.refuse("is more than gas can cost (a whole coin a unit)"))
    }

    /// Bytes: `0x` and two hexadecimal digits a byte, at most `limit` bytes.
    pub(crate) fn bytes(&self, limit: usize) -> Result<Vec<u8>, NodeError> {
        let refused = || self.refuse("is not 0x and two hexadecimal digits a byte");
        let digits = self.value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or_else(refused)?;
        if digits.len() > limit.saturating_mul(2) {
            return Err(self.refuse("has more bytes than there can be"));
        }
        hex::decode(digits).map_err(|_| refused())
    }

    /// A hash: 32 bytes, in lower case.
    pub(crate) fn hash(&self) -> Result<String, NodeError> {
        match self.bytes(32)? {
            bytes if bytes.len() == 32 => Ok(hex::encode_prefixed(bytes)),
            _ => Err(self.refuse("is not a hash of 32 bytes")),
        }
    }

    /// An address: 20 bytes. Its letters' case is not looked at: nodes write them in any.
    pub(crate) fn address(&self) -> Result<Address, NodeError> {
        let bytes = self.bytes(20)?;
        Address::try_from(bytes.as_slice()).map_err(|_| self.refuse("is not an address of 20 bytes"))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(value: &Value) -> Field<'_> {
        Field::answer("eth_test", value)
    }

    #[test]
    fn quantities_are_read_exactly() {
        for (text, number) in [("0x0", 0), ("0x5208", 21_000), ("0xFf", 255), ("0x00ff", 255)] {
            assert_eq!(field(&json!(text)).number().unwrap(), number);
        }
        let max = format!("0x{}", "f".repeat(64));
        assert_eq!(field(&json!(max)).quantity().unwrap(), U256::MAX);
        assert_eq!(field(&json!("0xffffffffffffffff")).number().unwrap(), u64::MAX);
    }

    #[test]
    fn nothing_else_is_a_quantity() {
        let long = format!("0x{}", "0".repeat(65));
        for bad in [
            json!(7),
            json!(-7),
            json!(7.5),
            json!(null),
            json!(true),
            json!([]),
            json!({}),
            json!(""),
            json!("7"),
            json!("0x"),
            json!("0X7"),
            json!("-0x7"),
            json!("0x-7"),
            json!("0x+7"),
            json!("0x_7"),
            json!("0x 7"),
            json!("0x7g"),
            json!("0xé"),
            json!(long),
        ] {
            let refused = field(&bad).quantity().unwrap_err().to_string();
            assert!(refused.contains("eth_test is not a hex quantity of at most 256 bits"), "{refused}");
        }
    }

    #[test]
    fn quantities_out_of_range_are_refused() {
        let refused = |value: Value| field(&value).number().unwrap_err().to_string();
        assert!(refused(json!("0x10000000000000000")).contains("does not fit 64 bits"));
        assert_eq!(field(&json!("0xde0b6b3a7640000")).price().unwrap(), PRICE_LIMIT);
        for absurd in ["0xde0b6b3a7640001".to_owned(), format!("0x{}", "f".repeat(64))] {
            let refused = field(&json!(absurd)).price().unwrap_err().to_string();
            assert!(refused.contains("is more than gas can cost"), "{refused}");
        }
    }

    #[test]
    fn places_are_named() {
        let value = json!({"reward": [["0x1"], ["0xzz"]], "none": null});
        let rewards = field(&value).required("reward").unwrap().items(2).unwrap();
        let refused = rewards[1].items(1).unwrap()[0].price().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "gave no proper answer: eth_test reward[1][0] is not a hex quantity of at most 256 bits: \"0xzz\""
        );
        for name in ["none", "nothing"] {
            assert!(field(&value).member(name).unwrap().is_none());
            let refused = field(&value).required(name).unwrap_err().to_string();
            assert!(refused.ends_with(&format!("eth_test {name} is missing")), "{refused}");
        }
        assert!(field(&value).required("reward").unwrap().items(1).is_err());
        assert!(
            field(&json!([]))
                .member("x")
                .unwrap_err()
                .to_string()
                .contains("is not an object: an array of 0")
        );
        assert!(
            field(&json!({})).items(1).unwrap_err().to_string().contains("is not an array: an object of 0")
        );
    }

    #[test]
    fn hashes_and_addresses_have_their_length() {
        let hash = format!("0x{}", "aB".repeat(32));
        assert_eq!(field(&json!(hash)).hash().unwrap(), hash.to_lowercase());
        assert_eq!(
            field(&json!(format!("0x{}", "11".repeat(20)))).address().unwrap(),
            Address::repeat_byte(0x11)
        );
        for length in [0, 1, 19, 21, 31, 33] {
            let value = json!(format!("0x{}", "ab".repeat(length)));
            assert!(field(&value).hash().is_err() && field(&value).address().is_err(), "{length}");
        }
        for bad in ["0xabc", "ab", "0x\u{e9}"] {
            assert!(field(&json!(bad)).bytes(10).is_err(), "{bad}");
        }
    }
}
