//! The two calls of a token that are understood (ERC-20), in the Solidity ABI's one canonical encoding.

use alloy_primitives::{Address, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolCall, sol};

sol! {
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
}

/// Bytes of arguments in both calls: two words.
const ARGUMENTS: usize = 64;

/// Calls that are often asked for and refused, so that the refusal can name them.
const REFUSED: [&str; 14] = [
    "transferFrom(address,address,uint256)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
    "increaseAllowance(address,uint256)",
    "decreaseAllowance(address,uint256)",
    "approve(address,address,uint160,uint48)",
    "setApprovalForAll(address,bool)",
    "safeTransferFrom(address,address,uint256)",
    "transferAndCall(address,uint256,bytes)",
    "approveAndCall(address,uint256,bytes)",
    "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
    "multicall(bytes[])",
    "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
    "transferOwnership(address)",
];

/// A call of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Erc20 {
    /// `transfer`: tokens of the sender's go to `to`.
    Transfer {
        /// Who receives.
        to: Address,
        /// How many, in base units.
        amount: U256,
    },
    /// `approve`: `spender` may take up to `amount` of the sender's, whatever it was before.
    Approve {
        /// Who may take.
        spender: Address,
        /// Up to how many, in base units.
        amount: U256,
    },
}

/// Why calldata is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CalldataError {
    /// No room for a selector.
    #[error("calldata of {0} byte(s) is shorter than a function selector, which has 4")]
    NoSelector(usize),
    /// Some other function.
    #[error("{}: only transfer and approve to zero are understood", called(*selector))]
    Selector {
        /// The first four bytes.
        selector: [u8; 4],
    },
    /// Arguments missing.
    #[error("the calldata ends {missing} byte(s) before the arguments of {function} do")]
    Short {
        /// The function.
        function: &'static str,
        /// Bytes missing.
        missing: usize,
    },
    /// Something after the arguments.
    #[error("{surplus} byte(s) follow the arguments of {function} in the calldata")]
    Trailing {
        /// The function.
        function: &'static str,
        /// Bytes too many.
        surplus: usize,
    },
    /// The unused bytes of an address are not zero.
    #[error(
        "an address in the arguments of {function} is not padded with zeros: two contracts could read it differently"
    )]
    Dirty {
        /// The function.
        function: &'static str,
    },
}

fn called(selector: [u8; 4]) -> String {
    let known = REFUSED.iter().find(|signature| keccak256(signature).starts_with(&selector));
    let name = known.map_or_else(String::new, |signature| format!(", {signature}"));
    format!("the call (selector 0x{}{name}) could do anything", hex::encode(selector))
}

impl Erc20 {
    /// Reads calldata to the last byte.
    pub(crate) fn decode(calldata: &[u8]) -> Result<Self, CalldataError> {
        let (selector, _) =
            calldata.split_first_chunk::<4>().ok_or(CalldataError::NoSelector(calldata.len()))?;
        match *selector {
            transferCall::SELECTOR => {
                let call = arguments::<transferCall>(calldata)?;
                Ok(Self::Transfer { to: call.to, amount: call.amount })
            }
            approveCall::SELECTOR => {
                let call = arguments::<approveCall>(calldata)?;
                Ok(Self::Approve { spender: call.spender, amount: call.amount })
            }
            selector => Err(CalldataError::Selector { selector }),
        }
    }

    /// The calldata.
    pub(crate) fn encode(self) -> Bytes {
        match self {
            Self::Transfer { to, amount } => transferCall { to, amount }.abi_encode().into(),
            Self::Approve { spender, amount } => approveCall { spender, amount }.abi_encode().into(),
        }
    }
}

/// Decodes a call of two static words and holds its encoding against the input.
fn arguments<Call: SolCall>(calldata: &[u8]) -> Result<Call, CalldataError> {
    let function = Call::SIGNATURE;
    let given = calldata.len().saturating_sub(Call::SELECTOR.len());
    if let Some(missing) = ARGUMENTS.checked_sub(given).filter(|missing| *missing > 0) {
        return Err(CalldataError::Short { function, missing });
    }
    if let Some(surplus) = given.checked_sub(ARGUMENTS).filter(|surplus| *surplus > 0) {
        return Err(CalldataError::Trailing { function, surplus });
    }
    match Call::abi_decode(calldata) {
        Ok(call) if call.abi_encode() == calldata => Ok(call),
        _ => Err(CalldataError::Dirty { function }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_those_of_the_standard() {
        // ERC-20, as every block explorer shows them.
        assert_eq!(transferCall::SELECTOR, hex!("a9059cbb"));
        assert_eq!(approveCall::SELECTOR, hex!("095ea7b3"));
    }

    #[test]
    fn calls_survive_their_encoding() {
        let address = Address::repeat_byte(0x35);
        for call in [
            Erc20::Transfer { to: address, amount: U256::from(123u8) },
            Erc20::Transfer { to: address, amount: U256::MAX },
            Erc20::Approve { spender: address, amount: U256::ZERO },
        ] {
            let calldata = call.encode();
            assert_eq!(calldata.len(), 68);
            assert_eq!(Erc20::decode(&calldata), Ok(call));
        }
    }

    #[test]
    fn known_calls_are_refused_by_name_and_others_by_selector() {
        for (selector, words) in [
            (hex!("23b872dd"), "0x23b872dd, transferFrom(address,address,uint256)"),
            (hex!("d505accf"), "0xd505accf, permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
            (hex!("a22cb465"), "0xa22cb465, setApprovalForAll(address,bool)"),
            (hex!("39509351"), "0x39509351, increaseAllowance(address,uint256)"),
            (hex!("ac9650d8"), "0xac9650d8, multicall(bytes[])"),
            (hex!("12345678"), "0x12345678)"),
        ] {
            let refused = Erc20::decode(&[selector.as_slice(), &[0; 64]].concat()).unwrap_err();
            assert_eq!(refused, CalldataError::Selector { selector });
            assert!(refused.to_string().contains(words), "{refused}");
        }
    }
}
