//! Reading the arguments of JSON-RPC calls, as strictly as go-ethereum does.

use crate::json_rpc::RpcError;
use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::Value;
use std::str::FromStr;

/// The block that a call speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockRef {
    Latest,
    Pending,
    Finalized,
    Safe,
    Number(u64),
    Hash(B256),
}

/// A call that is executed but not sent; amounts in wei, fees in wei per gas.
#[derive(Clone, Debug, Default)]
pub(super) struct CallRequest {
    pub(super) from: Address,
    pub(super) to: Option<Address>,
    pub(super) gas: Option<u64>,
    pub(super) max_fee: Option<u128>,
    pub(super) tip: Option<u128>,
    pub(super) value: U256,
    pub(super) data: Bytes,
}

/// The argument at `index`, where null counts as missing.
pub(super) fn argument(params: &Value, index: usize) -> Option<&Value> {
    params.get(index).filter(|value| !value.is_null())
}

/// The argument at `index`, which must be there.
pub(super) fn required(params: &Value, index: usize) -> Result<&Value, RpcError> {
    argument(params, index)
        .ok_or_else(|| RpcError::invalid_params(format!("missing value for required argument {index}")))
}

/// A 20-byte address.
pub(super) fn address(value: &Value) -> Result<Address, RpcError> {
    prefixed(value).and_then(|text| Address::from_str(text).ok()).ok_or_else(|| invalid(value, "an address"))
}

/// A 32-byte hash.
pub(super) fn hash(value: &Value) -> Result<B256, RpcError> {
    prefixed(value).and_then(|text| B256::from_str(text).ok()).ok_or_else(|| invalid(value, "a 32-byte hash"))
}

/// Bytes of any length.
pub(super) fn bytes(value: &Value) -> Result<Bytes, RpcError> {
    prefixed(value)
        .and_then(|text| Bytes::from_str(text).ok())
        .ok_or_else(|| invalid(value, "0x-prefixed bytes"))
}

/// A quantity: `0x`, at least one digit, no leading zero.
pub(super) fn quantity(value: &Value) -> Result<U256, RpcError> {
    let error = || invalid(value, "a quantity");
    let digits = prefixed(value).and_then(|text| text.strip_prefix("0x")).ok_or_else(error)?;
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return Err(error());
    }
    U256::from_str_radix(digits, 16).map_err(|_| error())
}

/// A quantity that must fit a narrower integer.
pub(super) fn narrow<T: TryFrom<U256>>(value: &Value) -> Result<T, RpcError> {
    T::try_from(quantity(value)?).map_err(|_| invalid(value, "a quantity in range"))
}

/// A tag, a number, or an EIP-1898 object; `latest` when missing.
pub(super) fn block_ref(params: &Value, index: usize) -> Result<BlockRef, RpcError> {
    let Some(value) = argument(params, index) else {
        return Ok(BlockRef::Latest);
    };
    if let Some(hash_value) = value.get("blockHash") {
        return Ok(BlockRef::Hash(hash(hash_value)?));
    }
    tag_or_number(value.get("blockNumber").unwrap_or(value))
}

/// A tag or a number.
pub(super) fn tag_or_number(value: &Value) -> Result<BlockRef, RpcError> {
    Ok(match value.as_str() {
        Some("latest") => BlockRef::Latest,
        Some("pending") => BlockRef::Pending,
        Some("finalized") => BlockRef::Finalized,
        Some("safe") => BlockRef::Safe,
        Some("earliest") => BlockRef::Number(0),
        _ => BlockRef::Number(narrow(value)?),
    })
}

/// The transaction object of `eth_call` and `eth_estimateGas`.
pub(super) fn call_request(value: &Value) -> Result<CallRequest, RpcError> {
    let field = |name: &str| value.get(name).filter(|value| !value.is_null());
    if field("gasPrice").is_some()
        && (field("maxFeePerGas").is_some() || field("maxPriorityFeePerGas").is_some())
    {
        return Err(RpcError::server("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"));
    }
    let (data, input) = (field("data").map(bytes).transpose()?, field("input").map(bytes).transpose()?);
    if data.is_some() && input.is_some() && data != input {
        return Err(RpcError::server(
            "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data",
        ));
    }
    Ok(CallRequest {
        from: field("from").map(address).transpose()?.unwrap_or_default(),
        to: field("to").map(address).transpose()?,
        gas: field("gas").map(narrow).transpose()?,
        max_fee: field("maxFeePerGas").or(field("gasPrice")).map(narrow).transpose()?,
        tip: field("maxPriorityFeePerGas").map(narrow).transpose()?,
        value: field("value").map(quantity).transpose()?.unwrap_or_default(),
        data: input.or(data).unwrap_or_default(),
    })
}

fn prefixed(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| text.starts_with("0x"))
}

fn invalid(value: &Value, wanted: &str) -> RpcError {
    RpcError::invalid_params(format!("invalid argument: {value} is not {wanted}"))
}
