//! What a transaction does, read from its bytes and its sender.

use alloy_primitives as evm;
use alloy_primitives::{TxKind, U256};
use strongroom_protocol::{Address, Amount, AssetId, DecodeError, Effects, Grant, Move, Slot, Slots};

use crate::address;
use crate::erc20::{CalldataError, Erc20};
use crate::payee;
use crate::sender::Sender;
use crate::transaction::Transaction;

/// Why a transaction is refused for what it does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("the transaction creates a contract, whose code could do anything")]
    Creation,
    #[error("the transaction pays nothing to {0}: such transactions only put that address into the history")]
    NothingPaid(evm::Address),
    #[error("{contract} is called as a token: {why}")]
    Contract { contract: evm::Address, why: &'static str },
    #[error(
        "{value} wei of the chain's coin go along with a token call, which moves none: they would be lost"
    )]
    ValueWithCall { value: U256 },
    #[error("the call lets {spender} take up to {amount} of a token: allowances are only ever set to zero")]
    Allowance { spender: evm::Address, amount: U256 },
    #[error("the call takes back an allowance of the zero address: {0}")]
    Spender(&'static str),
    #[error(transparent)]
    Calldata(#[from] CalldataError),
    #[error("the transaction names something that has no standard name")]
    Name,
}

/// What `transaction` of `sender` does.
pub(crate) fn read(sender: &Sender<'_>, transaction: &Transaction) -> Result<Effects, DecodeError> {
    let TxKind::Call(to) = transaction.to() else { return Err(Refused::Creation.into()) };
    let (moves, grants) = if transaction.input().is_empty() {
        (vec![plain(sender, &to, transaction.value())?], Vec::new())
    } else {
        token(sender, &to, transaction)?
    };
    let terms = transaction.terms();
    let slot = format!("{}:{}/{}", sender.chain, sender.text, terms.nonce);
    let slot: Slot = slot.parse().map_err(|_| Refused::Name)?;
    Ok(Effects {
        moves,
        grants,
        fee_cap: terms.fee_cap(),
        fee_asset: native(sender)?,
        slots: Slots::Exclusive(vec![slot]),
    })
}

/// A call without calldata moves the chain's coin, or nothing from the sender to itself: the void.
fn plain(sender: &Sender<'_>, to: &evm::Address, value: U256) -> Result<Move, DecodeError> {
    if value.is_zero() {
        if *to != sender.address {
            return Err(Refused::NothingPaid(*to).into());
        }
    } else {
        payee::check_native(&sender.address, to).map_err(|why| payee_refused(to, why))?;
    }
    moved(sender, to, native(sender)?, value)
}

/// A call with calldata is a token's, or refused.
fn token(
    sender: &Sender<'_>,
    contract: &evm::Address,
    transaction: &Transaction,
) -> Result<(Vec<Move>, Vec<Grant>), DecodeError> {
    let call = Erc20::decode(transaction.input()).map_err(Refused::from)?;
    let value = transaction.value();
    if !value.is_zero() {
        return Err(Refused::ValueWithCall { value }.into());
    }
    payee::check_contract(&sender.address, contract)
        .map_err(|why| Refused::Contract { contract: *contract, why })?;
    let asset =
        address::token(sender.chain, contract.to_checksum_buffer(None).as_str()).ok_or(Refused::Name)?;
    match call {
        Erc20::Transfer { to, amount } => {
            if amount.is_zero() {
                return Err(Refused::NothingPaid(to).into());
            }
            payee::check_token(&sender.address, contract, &to).map_err(|why| payee_refused(&to, why))?;
            Ok((vec![moved(sender, &to, asset, amount)?], Vec::new()))
        }
        Erc20::Approve { spender, amount } => {
            if !amount.is_zero() {
                return Err(Refused::Allowance { spender, amount }.into());
            }
            payee::check_spender(&spender).map_err(Refused::Spender)?;
            let grant =
                Grant { owner: sender.text.clone(), spender: text(&spender)?, asset, amount: Amount::ZERO };
            Ok((Vec::new(), vec![grant]))
        }
    }
}

fn moved(sender: &Sender<'_>, to: &evm::Address, asset: AssetId, units: U256) -> Result<Move, DecodeError> {
    Ok(Move { from: sender.text.clone(), to: text(to)?, asset, amount: Amount::from_base_units(units) })
}

fn native(sender: &Sender<'_>) -> Result<AssetId, DecodeError> {
    sender.network.native.parse().map_err(|_| Refused::Name.into())
}

fn text(address: &evm::Address) -> Result<Address, DecodeError> {
    address::text(address).ok_or_else(|| Refused::Name.into())
}

fn payee_refused(to: &evm::Address, why: &str) -> DecodeError {
    text(to).map_or_else(|error| error, |to| DecodeError::Payee { to, why: why.to_owned() })
}

impl From<Refused> for DecodeError {
    fn from(refused: Refused) -> Self {
        Self::NotUnderstood(refused.to_string())
    }
}
