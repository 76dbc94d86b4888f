//! Why a transaction is not taken into the pool, in the words of go-ethereum.

use crate::json_rpc::RpcError;
use alloy_consensus::crypto::RecoveryError;
use alloy_eips::eip2718::Eip2718Error;
use alloy_primitives::U256;
use revm::context_interface::result::{EVMError, InvalidTransaction};
use std::convert::Infallible;

/// A transaction that the pool does not take. Amounts are wei, fees wei per gas.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not an EIP-2718 envelope, or bytes follow it.
    #[error("rlp: {0}")]
    Undecodable(Eip2718Error),
    /// Blob and set-code transactions.
    #[error("transaction type not supported")]
    TypeNotSupported,
    /// A legacy signature that names no chain.
    #[error("only replay-protected (EIP-155) transactions allowed over RPC")]
    Unprotected,
    /// Signed for another chain.
    #[error("invalid sender: invalid chain id for signer: have {have} want {want}")]
    WrongChain {
        /// The transaction's chain id.
        have: u64,
        /// This chain's.
        want: u64,
    },
    /// No address can be recovered from the signature, or its `s` is in the upper half (EIP-2).
    #[error("invalid sender: {0}")]
    InvalidSender(RecoveryError),
    /// These very bytes are waiting already.
    #[error("already known")]
    AlreadyKnown,
    /// The nonce is used.
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceTooLow {
        /// The account's next nonce.
        next: u64,
        /// The transaction's.
        nonce: u64,
    },
    /// The account cannot pay value and highest fee.
    #[error("insufficient funds for gas * price + value: {0}")]
    InsufficientFunds(Box<Shortfall>),
    /// The account cannot pay this on top of what waits already.
    #[error("insufficient funds for gas * price + value: {0}")]
    QueueOverdrawn(Box<Shortfall>),
    /// The nonce is taken by a waiting transaction, and the fees are not 10 % above its fees.
    #[error("replacement transaction underpriced")]
    ReplacementUnderpriced,
    /// The priority fee is under the pool's minimum.
    #[error("transaction underpriced: gas tip cap {tip}, minimum needed {minimum}")]
    Underpriced {
        /// The transaction's priority fee.
        tip: u128,
        /// The pool's minimum.
        minimum: u128,
    },
    /// The priority fee is above the fee cap.
    #[error(
        "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: {tip}, maxFeePerGas: {cap}"
    )]
    TipAboveFeeCap {
        /// The priority fee.
        tip: u128,
        /// The fee cap.
        cap: u128,
    },
    /// Not even the transaction itself could be paid with this gas.
    #[error("intrinsic gas too low: gas {gas}, minimum needed {minimum}")]
    IntrinsicGas {
        /// The gas limit given.
        gas: u64,
        /// The least that would do.
        minimum: u64,
    },
    /// The calldata's floor price (EIP-7623) is above the gas limit.
    #[error("insufficient gas for floor data gas cost: gas {gas}, minimum needed {minimum}")]
    FloorGas {
        /// The gas limit given.
        gas: u64,
        /// The least that would do.
        minimum: u64,
    },
    /// More gas than fits into a block.
    #[error("exceeds block gas limit")]
    BlockGasLimit,
    /// More gas than one transaction may use (EIP-7825).
    #[error("transaction gas limit too high (cap: {cap}, tx: {gas})")]
    GasCap {
        /// The gas limit given.
        gas: u64,
        /// The highest allowed.
        cap: u64,
    },
    /// Anything else that the EVM's validation finds.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// The EVM could not run at all.
    #[error("not executed: {0}")]
    NotExecuted(EVMError<Infallible>),
}

/// What an account would need and does not have, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("balance {balance}, queued cost {queued}, tx cost {cost}, overshot {overshot}")]
pub struct Shortfall {
    /// What the account holds.
    pub balance: U256,
    /// What its waiting transactions cost.
    pub queued: U256,
    /// What this transaction costs: value plus highest fee.
    pub cost: U256,
    /// What is missing.
    pub overshot: U256,
}

impl Shortfall {
    /// What is missing when `queued` and `cost` are to be paid from `balance`.
    pub(super) fn new(balance: U256, queued: U256, cost: U256) -> Self {
        let overshot = queued.saturating_add(cost).saturating_sub(balance);
        Self { balance, queued, cost, overshot }
    }
}

impl Refusal {
    /// The EVM's verdict in the pool's words.
    pub(super) fn from_validation(error: InvalidTransaction) -> Self {
        match error {
            InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
                Self::IntrinsicGas { gas: gas_limit, minimum: initial_gas }
            }
            InvalidTransaction::GasFloorMoreThanGasLimit { gas_floor, gas_limit } => {
                Self::FloorGas { gas: gas_limit, minimum: gas_floor }
            }
            InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
                Self::InsufficientFunds(Box::new(Shortfall::new(*balance, U256::ZERO, *fee)))
            }
            InvalidTransaction::CallerGasLimitMoreThanBlock => Self::BlockGasLimit,
            InvalidTransaction::TxGasLimitGreaterThanCap { gas_limit, cap } => {
                Self::GasCap { gas: gas_limit, cap }
            }
            other => Self::Invalid(other),
        }
    }
}

impl From<Refusal> for RpcError {
    fn from(refusal: Refusal) -> Self {
        Self::server(refusal.to_string())
    }
}
