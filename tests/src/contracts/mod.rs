//! Token contracts of our own, to put on a chain.
//!
//! The sources and their compiled artifacts are in `tests/contracts`; `build.mjs` there compiles them again, and a
//! slow net test compares.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolValue, sol};
use serde_json::Value;
use std::str::FromStr;

sol! {
    /// EIP-20, as [`Contract::StandardToken`] has it.
    interface Erc20 {
        function name() external view returns (string);
        function symbol() external view returns (string);
        function decimals() external view returns (uint8);
        function totalSupply() external view returns (uint256);
        function balanceOf(address owner) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function transfer(address to, uint256 value) external returns (bool);
        function approve(address spender, uint256 value) external returns (bool);
        function transferFrom(address from, address to, uint256 value) external returns (bool);
        event Transfer(address indexed from, address indexed to, uint256 value);
        event Approval(address indexed owner, address indexed spender, uint256 value);
    }

    /// What [`Contract::TetherLike`] has besides.
    interface TetherLike {
        function setParams(uint256 basisPoints, uint256 maxFee) external;
    }
}

/// A contract whose artifact is checked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contract {
    /// A plain ERC-20; every call returns true or reverts.
    StandardToken,
    /// A token whose calls return nothing, with a fee that its owner can switch on.
    TetherLike,
}

/// What a token is deployed with.
#[derive(Clone, Debug)]
pub struct TokenSpec {
    /// The token's own name.
    pub name: String,
    /// The token's own symbol, which nobody vouches for.
    pub symbol: String,
    /// How many of the last digits of an amount are decimals.
    pub decimals: u8,
    /// Who gets the whole supply.
    pub holder: Address,
    /// In base units.
    pub supply: U256,
}

/// An artifact that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[error("tests/contracts/artifacts/{contract:?}.json has no usable {field}: compile it again with build.mjs")]
pub struct ArtifactError {
    /// Whose artifact.
    pub contract: Contract,
    /// The part that is missing or unreadable.
    pub field: &'static str,
}

impl Contract {
    /// Every contract there is.
    pub const ALL: [Self; 2] = [Self::StandardToken, Self::TetherLike];

    /// The checked-in artifact: JSON with the source's hash, compiler, settings, ABI and creation code.
    pub fn artifact(self) -> &'static str {
        match self {
            Self::StandardToken => include_str!("../../contracts/artifacts/StandardToken.json"),
            Self::TetherLike => include_str!("../../contracts/artifacts/TetherLike.json"),
        }
    }

    /// The Solidity source.
    pub fn source(self) -> &'static str {
        match self {
            Self::StandardToken => include_str!("../../contracts/StandardToken.sol"),
            Self::TetherLike => include_str!("../../contracts/TetherLike.sol"),
        }
    }

    /// The code of a transaction that creates this token.
    ///
    /// # Errors
    /// [`ArtifactError`] when the checked-in artifact is damaged.
    pub fn creation_code(self, token: &TokenSpec) -> Result<Bytes, ArtifactError> {
        let missing = |field| ArtifactError { contract: self, field };
        let artifact: Value = serde_json::from_str(self.artifact()).map_err(|_| missing("JSON"))?;
        let code = artifact
            .get("creationCode")
            .and_then(Value::as_str)
            .and_then(|code| Bytes::from_str(code).ok())
            .filter(|code| !code.is_empty())
            .ok_or_else(|| missing("creationCode"))?;
        // Contract ABI: the constructor's arguments follow the code. Both constructors take the same five; a uint8 and
        // a uint256 are encoded alike.
        let arguments = (
            token.name.as_str(),
            token.symbol.as_str(),
            U256::from(token.decimals),
            token.holder,
            token.supply,
        )
            .abi_encode_params();
        Ok([code.as_ref(), arguments.as_slice()].concat().into())
    }
}

#[cfg(test)]
mod tests;
